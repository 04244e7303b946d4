"""Figures about the posterior: what the data say about the agents."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import arviz as az
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from satisfice.population.derived import MEAN_LAMBDA, SHARE_UNBOUNDED
from satisfice.population.parameters import names_by_role
from satisfice.report.labels import Quantity
from satisfice.report.results import GameResults, Posterior, constant, interval, number
from satisfice.report.style import Palette, Picture, legend, new_figure, panels

CUT_OFF = 4.0
"""A density is cut off at this many times another curve's peak, which it would hide."""


def fitted_label(results: GameResults, belief: str) -> str:
    """Name of a bounded model, with a warning if it cannot produce the human data."""
    label = results.label(results.model_of(belief))
    return f"{label}, misspecified" if results.posteriors[belief].warning else label


def prior_posterior(results: GameResults) -> Picture:
    """Densities of theta and of the derived quantities, prior against posteriors."""
    names = results.names(lambda posterior: posterior.varying)
    figure = new_figure(0.7 + 1.85 * -(-len(names) // 2))
    axes, _ = panels(figure, len(names), 2)
    palette, words = Palette.of(results.predictive), []
    for axis, name in zip(axes, names, strict=True):
        peaks: list[float] = []
        priors: set[tuple[float, ...]] = set()
        quantity = results.quantity(name)
        for belief, posterior in results.posteriors.items():
            if name not in posterior.groups["posterior"]:
                continue
            if (prior := _bounds(posterior, name)) not in priors:
                priors.add(prior)
                shade_prior(axis, posterior.draws("prior", name), quantity)
            draws, look = posterior.draws("posterior", name), palette.line(results.model_of(belief))
            label = fitted_label(results, belief)
            peaks.append(draw_density(axis, draws, quantity, label=label, **look))
            words.append(f"{name.replace('_', ' ')}, {belief}: {mean_and_interval(draws)}")
        parameter_axis(axis, quantity)
        limit_density(axis, peaks)
    legend(figure, axes, columns=2)
    return Picture(
        figure,
        f"Prior and posterior densities. Posterior means with 90 %: {'; '.join(words)}."
        f"{_misspecified(results)}",
    )


def _bounds(posterior: Posterior, name: str) -> tuple[float, ...]:
    """Bounds of a parameter's prior; derived quantities have none."""
    space = posterior.space
    if name not in space.names:
        return ()
    return tuple(space.bounds[:, space.names.index(name)].tolist())


def _misspecified(results: GameResults) -> str:
    beliefs = [belief for belief, found in results.posteriors.items() if found.warning]
    if not beliefs:
        return ""
    return f" Misspecified, as they cannot produce the human data: {', '.join(beliefs)}."


def shade_prior(axis: Axes, draws: np.ndarray, quantity: Quantity) -> None:
    """Draw the density of a prior as an area."""
    grid, density = density_of(draws, quantity)
    axis.fill_between(grid, density, color="0.85", lw=0, label="prior", step=step_of(quantity))


def draw_density(axis: Axes, draws: np.ndarray, quantity: Quantity, **look: Any) -> float:
    """Draw the density of a posterior as a line; return its peak."""
    grid, density = density_of(draws, quantity)
    steps = "steps-post" if step_of(quantity) else "default"
    axis.plot(grid, density, drawstyle=steps, **look)
    return float(density.max())


def mean_and_interval(draws: np.ndarray) -> str:
    """A posterior in words."""
    low, high = interval(draws)
    return f"{number(draws.mean())} ({number(low)} to {number(high)})"


def limit_density(axis: Axes, peaks: list[float]) -> None:
    """Cut off densities that would hide the others; see ``CUT_OFF``."""
    axis.set_ylim(0, 1.05 * min(max(peaks), CUT_OFF * min(peaks)))


def step_of(quantity: Quantity) -> Literal["post"] | None:
    """How a density is filled: in steps for a share, whose histogram it is."""
    # Many draws of a share are at its bounds; a smooth density would hide that.
    return "post" if quantity.declared == SHARE_UNBOUNDED else None


def density_of(draws: np.ndarray, quantity: Quantity) -> tuple[np.ndarray, np.ndarray]:
    """Points and density of draws; per decade for the quantities on a logarithmic axis.

    Draws that are all equal get a line of height one.
    """
    if step_of(quantity):
        height, edges = np.histogram(draws, bins=20, range=(0.0, 1.0), density=True)
        return edges, np.append(height, height[-1])
    values = np.log10(np.maximum(draws, 1e-6)) if quantity.logarithmic else draws
    if constant(values):
        grid, density = np.full(2, values[0]), np.array([0.0, 1.0])
    else:
        grid, density = map(np.asarray, az.kde(values))  # type: ignore[no-untyped-call]
    return (10.0**grid if quantity.logarithmic else grid), density


def parameter_axis(axis: Axes, quantity: Quantity) -> None:
    """Label the axes of a quantity's density."""
    # In one line, label and role would be wider than the panel.
    axis.set_xlabel("\n".join([quantity.declared.label, quantity.role]).strip())
    axis.set_ylabel("density")
    axis.set_yticks([])
    if quantity.logarithmic:
        axis.set_xscale("log")
        axis.set_ylabel("density per decade")


def pair(results: GameResults) -> Picture:
    """Pairs of parameters in the posterior under the default prior belief."""
    default = results.default
    names = _paired(default)
    colour = Palette.of(results.predictive).colours["bounded"]
    draws = {name: default.draws("posterior", name) for name in names}
    ticks = 3 if len(names) < 5 else 2
    figure = new_figure(max(5.0, 1.1 * len(names)))
    grid = figure.subplots(len(names), len(names), squeeze=False, sharex="col")
    for row, below in enumerate(names):
        for column, left in enumerate(names):
            axis: Axes = grid[row, column]
            if column > row:
                axis.set_axis_off()
            elif column == row:
                points, density = density_of(draws[left], default.quantity(left))
                axis.fill_between(points, density, color=colour, alpha=0.6, lw=0)
                axis.set_yticks([])
            else:
                shown = slice(None, None, max(1, len(draws[left]) // 1500))
                x, y = draws[left][shown], draws[below][shown]
                axis.plot(x, y, ".", ms=2.5, mew=0, color=colour, alpha=0.4)
                if column:
                    axis.tick_params(labelleft=False)
                _span_prior(axis, "y", default, below, ticks)
            _span_prior(axis, "x", default, left, ticks)
            axis.tick_params(labelsize=9, which="both")
            if row == len(names) - 1:
                axis.set_xlabel(default.quantity(left).short)
            if column == 0:
                axis.set_ylabel(default.quantity(below).short if row else "density")
    figure.align_labels()
    return Picture(figure, _describe_pair(results, draws))


def _paired(default: Posterior) -> list[str]:
    """Parameters and mean costs.

    With roles there are too many parameters; then the mean cost of each role, if it varies.
    """
    means = names_by_role([MEAN_LAMBDA.name], default.space.roles)
    varying = [name for name in means if name in default.varying]
    return varying if default.space.roles and varying else [*default.parameters, *varying]


def _span_prior(
    axis: Axes, which: Literal["x", "y"], default: Posterior, name: str, ticks: int
) -> None:
    """Let an axis span the prior, so that a narrow posterior looks narrow."""
    logarithmic = default.quantity(name).logarithmic
    ends = np.quantile(default.draws("prior", name), [0.005, 0.995] if logarithmic else [0.0, 1.0])
    axis.set(**{f"{which}lim": ends})
    if logarithmic:
        axis.set(**{f"{which}scale": "log"})
    else:
        getattr(axis, f"{which}axis").set_major_locator(MaxNLocator(ticks))


def _describe_pair(results: GameResults, draws: dict[str, np.ndarray]) -> str:
    shown = {name: results.default.quantity(name) for name in draws}
    values = [np.log(draws[name]) if shown[name].logarithmic else draws[name] for name in draws]
    correlation = np.atleast_2d(np.corrcoef(values))
    names = list(draws)
    parts = [
        f"{shown[names[j]].short} and {shown[names[i]].short} {correlation[i, j]:.2f}"
        for i in range(len(names))
        for j in range(i)
    ]
    of_anyone = (replace(each, role="").short for each in shown.values() if each.logarithmic)
    logarithmic = list(dict.fromkeys(of_anyone))
    scale = f" (in logarithms: {', '.join(logarithmic)})" if logarithmic else ""
    said = [
        f"Pairs of posterior draws under the prior belief {results.default_belief}.",
        f"Correlations{scale}: {'; '.join(parts)}."
        if parts
        else f"Only {shown[names[0]].short} is fitted.",
        results.default.warning,
    ]
    return " ".join(said).strip()
