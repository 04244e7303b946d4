"""Figures about the checks of the posterior: SBC, coverage, recovery and misspecification."""

from __future__ import annotations

from itertools import cycle
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from satisfice.checks.diagnostics import IN_BAND, EcdfBand, rank_ecdf, simultaneous_band
from satisfice.checks.diagnostics import coverage as coverage_of
from satisfice.io.datasets import provenance_in_words
from satisfice.report.results import GameResults, Posterior, number, statistic_label
from satisfice.report.style import GREY, LineStyle, Palette, Picture, legend, new_figure, panels

LINES: tuple[LineStyle, ...] = (
    "-", "--", ":", "-.", (0, (5, 1, 1, 1, 1, 1)), (0, (9, 2)),
    (0, (1, 4)), (0, (4, 4)), (0, (9, 2, 1, 2)), (0, (9, 2, 3, 2)), (0, (9, 6)), (0, (6, 2, 1, 5)),
)  # fmt: skip
WELL_INSIDE = 2.0
"""Standard deviations up to which the background is grey."""


def _shown(posterior: Posterior) -> tuple[str, ...]:
    """Parameters and derived quantities; parameters alone where each role has a supertype."""
    return posterior.parameters if posterior.space.roles else posterior.ranked


def sbc(results: GameResults) -> Picture:
    """Differences between the ECDF of ranks and the uniform, with the gate's band."""
    parameters = results.names(_shown)
    figure = new_figure(0.9 + 1.8 * -(-len(parameters) // 2))
    axes, cell = panels(figure, len(parameters), 2, spare=True, sharex=True, sharey=True)
    palette, words = Palette.of(results.predictive), []
    panel = dict(zip(parameters, axes, strict=True))
    banded: set[str] = set()
    for belief, posterior in results.posteriors.items():
        model, own = results.model_of(belief), _shown(posterior)
        ranks, largest = posterior.ranks_of(own), posterior.largest_rank
        band = simultaneous_band(len(ranks), largest, len(own))
        ecdf = rank_ecdf(ranks, largest, band.points)
        for name, line in zip(own, ecdf, strict=True):
            # All beliefs have as many data sets, so their bands are the same; or nearly so where
            # the correction is for other numbers of parameters.
            if name not in banded:
                _band(panel[name], band)
                banded.add(name)
            off = line - band.points
            panel[name].plot(band.points, off, label=results.label(model), **palette.line(model))
            words.append(
                f"{name}, {belief}: largest difference {np.abs(off).max():.3f}, "
                f"{band.outside(line).sum()} of {len(line)} points outside"
            )
    for axis, name in zip(axes, parameters, strict=True):
        axis.axhline(0.0, color=GREY, lw=0.8)
        axis.set_title(results.quantity(name).short)
        axis.set_xlabel("scaled rank")
        axis.tick_params(labelbottom=True)
    for axis in axes[::2]:
        axis.set_ylabel("ECDF minus uniform")
    legend(figure, axes, cell)
    return Picture(
        figure,
        "ECDF of the ranks of true parameters minus the uniform, with simultaneous "
        f"{IN_BAND} bands. {'; '.join(words)}.",
    )


def _band(axis: Axes, band: EcdfBand) -> None:
    low, high = band.low - band.points, band.high - band.points
    axis.fill_between(band.points, low, high, color="0.88", lw=0, label=f"{IN_BAND} band")


def coverage(results: GameResults) -> Picture:
    """How often central posterior intervals hold the true parameter, minus the level."""
    levels = np.linspace(0.05, 0.95, 19)
    figure = new_figure(1.2 + 1.9 * -(-len(results.posteriors) // 2))
    axes, _ = panels(figure, len(results.posteriors), 2, sharex=True, sharey=True)
    palette, words = Palette.of(results.predictive), []
    # With roles there are too many quantities to give each its own line.
    lines = cycle(LINES[:6] if results.default.space.roles else LINES)
    styles = dict(zip(results.names(_shown), lines, strict=False))
    for axis, (belief, posterior) in zip(axes, results.posteriors.items(), strict=True):
        model, own = results.model_of(belief), _shown(posterior)
        found = coverage_of(posterior.ranks_of(own), posterior.largest_rank, levels)
        error = 2 * np.sqrt(levels * (1 - levels) / len(posterior.tarp_ranks))
        axis.fill_between(levels, -error, error, color="0.88", lw=0, label="2 standard errors")
        axis.axhline(0.0, color=GREY, lw=0.8)
        for name, line in zip(own, found, strict=True):
            style: dict[str, Any] = {"ls": styles[name], "color": palette.colours[model], "lw": 1.3}
            axis.plot(levels, line - levels, label=posterior.quantity(name).short, **style)
            at_90 = line[int(np.argmin(np.abs(levels - 0.9)))]
            words.append(f"{name}, {belief}: {at_90:.3f}")
        axis.set_title(results.label(model))
        axis.set_xlabel("nominal level")
        axis.tick_params(labelbottom=True)
        axis.set_xlim(0, 1)
    for axis in axes[::2]:
        axis.set_ylabel("share inside\nminus level")
    # The line's form, not its colour in the legend, tells parameters apart.
    legend(figure, axes, columns=3)
    return Picture(
        figure,
        "Empirical minus nominal coverage of central posterior intervals. Coverage of the 90 % "
        f"interval: {'; '.join(words)}.",
    )


def tarp(results: GameResults) -> Picture:
    """Joint coverage: expected coverage of random regions minus the nominal one."""
    figure = new_figure(3.2)
    axis = figure.subplots()
    palette, words = Palette.of(results.predictive), []
    for belief, posterior in results.posteriors.items():
        model, ranks = results.model_of(belief), posterior.tarp_ranks
        band = simultaneous_band(len(ranks), posterior.largest_rank)
        ecdf = rank_ecdf(ranks[:, None], posterior.largest_rank, band.points)[0]
        if belief == results.default_belief:
            _band(axis, band)
        off = ecdf - band.points
        axis.plot(band.points, off, label=results.label(model), **palette.line(model))
        words.append(
            f"{belief}: largest difference {np.abs(off).max():.3f}, {band.outside(ecdf).sum()} of "
            f"{len(ecdf)} levels outside"
        )
    axis.axhline(0.0, color=GREY, lw=0.8)
    axis.set_xlabel("nominal coverage of random regions")
    axis.set_ylabel("expected minus nominal")
    legend(figure, [axis])
    return Picture(
        figure, f"Joint coverage of the posterior (TARP), minus nominal. {'; '.join(words)}."
    )


def recovery(results: GameResults) -> Picture:
    """Posterior means of simulated data sets against the true parameters."""
    posterior, words = results.default, []
    names = _shown(posterior)
    figure = new_figure(0.4 + 2.1 * -(-len(names) // 2))
    axes, _ = panels(figure, len(names), 2)
    colour = Palette.of(results.predictive).colours["bounded"]
    for axis, name in zip(axes, names, strict=True):
        truth, mean, sd = (posterior.of_truths(each, name) for each in ("truth", "mean", "sd"))
        contraction = float(posterior.of_truths("contraction", name).mean())
        z_score = posterior.of_truths("z_score", name)
        shown = slice(None, None, max(1, len(truth) // 150))
        # Normal intervals, cut off where the prior ends.
        low, high = (np.clip(mean + z * sd, truth.min(), truth.max()) for z in (-1.645, 1.645))
        axis.vlines(truth[shown], low[shown], high[shown], color=colour, alpha=0.2)
        axis.plot(truth[shown], mean[shown], ".", ms=4, mew=0, color=colour)
        axis.plot(ends := [truth.min(), truth.max()], ends, color=GREY, lw=0.8)
        quantity = posterior.quantity(name)
        if quantity.logarithmic:
            axis.set(xscale="log", yscale="log")
        axis.set_title(f"{quantity.short} (contraction {contraction:.2f})", size=9.5)
        words.append(
            f"{name}: mean contraction {contraction:.2f}, SD of the z-score {z_score.std():.2f}"
        )
    for axis in axes[::2]:
        axis.set_ylabel("posterior mean, 90 %")
    for axis in axes[-2:]:
        axis.set_xlabel("truth")
    return Picture(
        figure,
        f"Posterior means with 90 % intervals against true parameters, prior belief "
        f"{results.default_belief}. {'; '.join(words)}.",
    )


def misspecification(results: GameResults) -> Picture:
    """Differences between human statistics and those of each model's nearest theta."""
    default = results.default.misspecification
    names = [(row["treatment"], row["statistic"]) for row in default["statistics"]][::-1]
    figure = new_figure(1.6 + 0.27 * len(names))
    axis = figure.subplots()
    palette, words = Palette.of(results.predictive), []
    axis.axvspan(-WELL_INSIDE, WELL_INSIDE, color="0.92", lw=0)
    offsets = np.linspace(0.25, -0.25, len(results.posteriors))
    for offset, (belief, posterior) in zip(offsets, results.posteriors.items(), strict=True):
        model, found = results.model_of(belief), posterior.misspecification
        disagreement = {
            (row["treatment"], row["statistic"]): row["standard_deviations"]
            for row in found["statistics"]
        }
        axis.plot(
            [disagreement[name] for name in names], np.arange(len(names)) + offset,
            palette.markers[model], color=palette.colours[model], ms=5,
            label=f"{results.label(model)}, {_p_value(posterior)}",
        )  # fmt: skip
        worst = found["statistics"][0]
        words.append(
            f"{belief}: {_p_value(posterior)}, most at {worst['statistic']} of "
            f"{worst['treatment']} ({worst['standard_deviations']:+.1f} SD)"
        )
    one = len({where for where, _ in names}) == 1
    labels = [
        statistic_label(name) + ("" if one else f" ({statistic_label(where)})")
        for where, name in names
    ]
    axis.set_yticks(np.arange(len(names)), labels)
    axis.set_ylim(-0.6, len(names) - 0.4)
    human = provenance_in_words(row["provenance"] for row in default["statistics"])
    mark = "" if human == "primary" else f"\n(human values {human})"
    axis.set_xlabel(f"human minus model (SD){mark}")
    legend(figure, [axis], columns=1)
    return Picture(
        figure,
        "Difference between human statistics and those of the nearest theta of each model, in "
        f"standard deviations of simulated experiments. {'; '.join(words)}.",
    )


def _p_value(posterior: Posterior) -> str:
    found = posterior.misspecification
    # The smallest possible p-value is one over the number of simulations compared with.
    least = 1 / (1 + found["usual"]["simulations"])
    return f"p {'≤' if found['p_value'] <= least else '='} {number(max(found['p_value'], least))}"
