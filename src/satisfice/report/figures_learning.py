"""Figures about learning: curves, distance from exact solutions, behaviour by skill."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from satisfice.report.results import GameResults, number
from satisfice.report.style import HUMAN, Palette, Picture, legend, new_figure, panels

CURVES = {
    "net_payoff": "net payoff (ref. payoffs)",
    "divergence": "KL to prior belief (nats)",
    "entropy": "entropy (nats)",
    "policy_change": "policy change (nats)",
}
SKILL_COLOURS = ("#9ecae1", "#4292c6", "#08306b")


def learning(results: GameResults) -> Picture:
    """Learning curves of every variant."""
    figure = new_figure(4.9)
    axes, _ = panels(figure, len(CURVES), 2, sharex=True)
    palette, words = Palette.of(results.predictive), []
    for variant, table in results.training.items():
        model = results.model_of(variant)
        for axis, (column, label) in zip(axes, CURVES.items(), strict=True):
            values = table[column].to_numpy(dtype=np.float64)
            # A logarithmic axis has no place for a policy that no longer changes.
            shown = np.where(values > 0, values, np.nan) if column == "policy_change" else values
            axis.plot(
                table.decisions, shown, color=palette.colours[model], label=results.label(model),
                lw=1.3, ls=palette.lines[model],
            )  # fmt: skip
            axis.set_title(label)
        last = table.iloc[-1]
        words.append(
            f"{results.label(model)} after {number(last.decisions)} decisions: net payoff "
            f"{number(last.net_payoff)}, KL {number(last.divergence)} nats, entropy "
            f"{number(last.entropy)} nats"
        )
    for axis in axes:
        axis.set_xscale("log")
    for axis in axes[-2:]:
        axis.set_xlabel("decisions played")
    axes[-1].set_yscale("log")
    legend(figure, axes, columns=3)
    return Picture(figure, f"Learning curves. {'; '.join(words)}.")


def verification(results: GameResults) -> Picture:
    """Total variation from the exact QRE, and the rational baseline's mean action."""
    exact = {v: f["exact_qre"] for v, f in results.verification.items() if "exact_qre" in f}
    rational = {v: f["equilibrium"] for v, f in results.verification.items() if "equilibrium" in f}
    number_of_panels = max(1, len(exact) + len(rational))
    figure = new_figure(0.4 + 2.6 * number_of_panels)
    axes, _ = panels(figure, number_of_panels, 1)
    palette, words = Palette.of(results.predictive), []
    if not exact and not rational:
        axes[0].text(0.5, 0.5, "no exact solution to compare with", ha="center")
        axes[0].set_axis_off()
        words.append("No variant has an exact solution to compare with")
    for axis, (variant, found) in zip(axes, exact.items(), strict=False):
        words += _total_variation(axis, results, variant, found["by_treatment"], palette)
    for axis, (variant, found) in zip(axes[len(exact) :], rational.items(), strict=False):
        words += _mean_actions(axis, results, variant, found, palette)
    return Picture(figure, f"{'; '.join(words)}.")


def _total_variation(
    axis: Axes,
    results: GameResults,
    variant: str,
    found: Mapping[str, Any],
    palette: Palette,
) -> list[str]:
    treatments, model = list(found), results.model_of(variant)
    mean, p95 = (
        np.array([found[t]["total_variation"][part] for t in treatments])
        for part in ("mean", "p95")
    )
    place = np.arange(len(treatments))
    colour = palette.colours[model]
    axis.vlines(place, mean, p95, color=colour, lw=1)
    axis.plot(place, mean, "o", color=colour, ms=7, label="mean")
    axis.plot(place, p95, "o", color=colour, mfc="white", ms=7, label="95th percentile")
    key = ("exact_qre", variant)
    limits = [g["threshold"] for g in results.gates if (g["name"], g["model"]) == key]
    if limits:
        axis.axhline(limits[0], color=HUMAN, ls="--", lw=1.2, label=f"gate, mean ≤ {limits[0]:g}")
    axis.set_xticks(place, treatments)
    axis.set_ylim(0, 1.45 * max(float(p95.max()), *limits, 0.01))
    axis.set_xlim(-0.5, len(treatments) - 0.5)
    axis.set_xlabel("treatment")
    axis.set_ylabel("total variation")
    axis.set_title(f"{results.label(model)}: distance from the exact QRE")
    axis.legend(ncols=3, loc="upper center", columnspacing=1.0, handletextpad=0.4)
    return [
        f"{results.label(model)}, treatment {t}: total variation from the exact QRE mean "
        f"{number(m)}, 95th percentile {number(p)}"
        for t, m, p in zip(treatments, mean, p95, strict=True)
    ]


def _mean_actions(
    axis: Axes,
    results: GameResults,
    variant: str,
    found: Mapping[str, Any],
    palette: Palette,
) -> list[str]:
    treatments, model = list(found), results.model_of(variant)
    place = np.arange(len(treatments))
    played = np.array([found[t]["mean_action"] for t in treatments])
    exact = np.array([found[t]["equilibrium_action"] for t in treatments])
    axis.plot(
        place - 0.08, exact, palette.markers["equilibrium"], color=palette.colours["equilibrium"],
        ms=7, label="equilibrium",
    )  # fmt: skip
    axis.plot(
        place + 0.08, played, palette.markers.get(model, "o"), color=palette.colours[model], ms=7,
        label=results.label(model),
    )  # fmt: skip
    axis.set_xticks(place, treatments)
    axis.set_xlim(-0.5, len(treatments) - 0.5)
    axis.set_ylim(0, 1.35 * max(played.max(), exact.max()))
    axis.set_xlabel("treatment")
    axis.set_ylabel(f"mean {results.behaviour.action_unit}")
    axis.set_title(f"{results.label(model)}: mean action and the equilibrium")
    axis.legend(ncols=2, loc="upper right")
    return [
        f"{results.label(model)}, treatment {t}: mean action {number(p)}, equilibrium {number(e)}"
        for t, p, e in zip(treatments, played, exact, strict=True)
    ]


def policy(results: GameResults) -> Picture:
    """Action probabilities at three skills, for the posterior mean of theta."""
    behaviour = results.behaviour
    treatments = [t for t in results.treatments if t in behaviour.equilibrium]
    stages = list(behaviour.stages)
    figure = new_figure(1.1 + 1.5 * len(treatments))
    grid, _ = panels(figure, len(treatments) * len(stages), len(stages), sharex=True, sharey=True)
    words = []
    for row, treatment in enumerate(treatments):
        for column, stage in enumerate(stages):
            axis = grid[row * len(stages) + column]
            words += _policy_panel(axis, results, treatment, stage)
            if row == 0:
                axis.set_title(f"{stage}\ntreatment {treatment}")
            if row == len(treatments) - 1:
                axis.set_xlabel(behaviour.action_unit)
        grid[row * len(stages)].set_ylabel("probability")
    legend(figure, grid)
    return Picture(
        figure,
        f"Action probabilities of the model {results.label('bounded')} at the posterior mean of "
        f"theta. Mean actions: {'; '.join(words)}.",
    )


def _policy_panel(axis: Axes, results: GameResults, treatment: str, stage: str) -> list[str]:
    behaviour, palette = results.behaviour, Palette.of(results.predictive)
    probabilities, prior = behaviour.stages[stage][treatment]
    values, nash = behaviour.action_values, behaviour.equilibrium[treatment]
    axis.axvline(nash, color=palette.colours["equilibrium"], lw=1.2, label="equilibrium action")
    axis.plot(values, prior, ":", color="0.3", lw=1.2, label="prior belief")
    words = []
    traits = zip(behaviour.skills, behaviour.costs, probabilities, SKILL_COLOURS, strict=True)
    for skill, cost, density, colour in traits:
        label = f"skill {skill:g} (λ = {number(cost)})"
        axis.plot(values, density, color=colour, lw=1.5, label=label)
        words.append(f"{number(float(density @ values))} at skill {skill:g}")
    axis.set_yscale("log")
    axis.set_ylim(1e-4, 1.2)
    axis.set_title(f"treatment {treatment}")
    return [
        f"{stage}, treatment {treatment}: {', '.join(words)} (equilibrium {number(nash)})",
    ]
