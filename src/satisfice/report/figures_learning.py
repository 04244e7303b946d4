"""Figures about learning: curves, distance from exact solutions, behaviour by skill."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from satisfice.io.game_run import PPO
from satisfice.learning.verification import SMALLEST_GRID_COST
from satisfice.report.results import Baseline, GameResults, number, statistic_label
from satisfice.report.style import HUMAN, Palette, Picture, legend, new_figure, panels

CURVES = {
    "net_payoff": "net payoff (ref. payoffs)",
    "divergence": "KL to prior belief (nats)",
    "entropy": "entropy (nats)",
    "policy_change": "policy change (nats)",
}
PPO_CURVES = {
    "payoff": "PPO: payoff (ref. payoffs)",
    "spread": "PPO: SD (half ranges)",
}
SKILL_COLOURS = ("#9ecae1", "#4292c6", "#08306b")


def learning(results: GameResults) -> Picture:
    """Learning curves of every variant, and of all trainings by PPO."""
    by_ppo = results.ppo is not None
    figure = new_figure(7.0 if by_ppo else 4.9)
    axes, _ = panels(figure, len(CURVES) + 2 * by_ppo, 2, sharex=True)
    palette, words = Palette.of(results.predictive), []
    for variant, table in results.training.items():
        model = results.model_of(variant)
        for axis, (column, label) in zip(axes, CURVES.items(), strict=False):
            values = table[column].to_numpy(dtype=np.float64)
            # A policy that no longer changes cannot be shown on a logarithmic axis.
            shown = np.where(values > 0, values, np.nan) if column == "policy_change" else values
            line = palette.line(model)
            axis.plot(table.decisions, shown, label=results.label(model), lw=1.3, **line)
            axis.set_title(label)
        last = table.iloc[-1]
        words.append(
            f"{results.label(model)} after {number(last.decisions)} decisions: net payoff "
            f"{number(last.net_payoff)}, KL {number(last.divergence)} nats, entropy "
            f"{number(last.entropy)} nats"
        )
    if results.ppo is not None:
        words += _by_ppo(axes[len(CURVES) :], results.ppo, palette)
    for axis in axes:
        axis.set_xscale("log")
    for axis in axes[-2:]:
        axis.set_xlabel("decisions played")
    axes[len(CURVES) - 1].set_yscale("log")
    legend(figure, axes, columns=3)
    return Picture(figure, f"Learning curves. {'; '.join(words)}.")


def _by_ppo(axes: Sequence[Axes], found: Baseline, palette: Palette) -> list[str]:
    """Payoff and noise of all trainings by PPO; the one that plays has a wide line."""
    chosen, best, words = found.verification["seed"], found.verification["best_known_play"], []
    for seed, curve in found.curves.groupby("seed"):
        line = palette.line(PPO) | ({"lw": 1.6} if seed == chosen else {"lw": 0.8, "alpha": 0.7})
        label = "PPO" if seed == chosen else "PPO, other seeds"
        for axis, column in zip(axes, PPO_CURVES, strict=True):
            axis.plot(curve.decisions, curve[column], label=label, **line)
        last = curve.iloc[-1]
        words.append(
            f"PPO, seed {seed}{' (plays)' if seed == chosen else ''}, after "
            f"{number(last.decisions)} decisions: payoff {number(last.payoff)}, SD of actions "
            f"{number(last.spread)} half ranges"
        )
    for axis, title in zip(axes, PPO_CURVES.values(), strict=True):
        axis.set_title(title)
    equilibrium = palette.line("equilibrium")
    axes[0].axhline(best, label="best known play", lw=1.2, **equilibrium)
    axes[1].set_ylim(bottom=0.0)
    # Untrained agents may lose so much that nothing else could be seen.
    seen = found.curves.payoff[found.curves.iteration > found.curves.iteration.max() / 10]
    low, high = min(float(seen.min()), best), max(float(seen.max()), best)
    margin = 0.08 * (high - low) or 0.1
    axes[0].set_ylim(low - margin, high + margin)
    return [*words, f"the best known play earns {number(best)} in PPO's training"]


def verification(results: GameResults) -> Picture:
    """Distance from the exact QRE, exploitability, rational limit, payoff against cost."""
    exact, gains, limits, costs = (
        {v: found[part] for v, found in results.verification.items() if part in found}
        for part in ("exact_qre", "exploitability", "rational_limits", "processing_cost")
    )
    quantities = list(
        dict.fromkeys(q for found in limits.values() for part in found.values() for q in part)
    )
    number_of_panels = len(exact) + bool(gains) + len(quantities) + bool(costs)
    figure = new_figure(0.4 + 2.6 * number_of_panels)
    axes, _ = panels(figure, number_of_panels, 1)
    palette, words = Palette.of(results.predictive), []
    free = iter(axes)
    for variant, found in exact.items():
        words += _total_variation(next(free), results, variant, found["by_treatment"], palette)
    if gains:
        words += _exploitability(next(free), results, gains, palette)
    for quantity in quantities:
        words += _rational_limit(next(free), results, quantity, limits, palette)
    if costs:
        words += _payoff_by_cost(next(free), results, costs, palette)
    # The panels about the exact QRE explain their own marks.
    if len(axes) > len(exact):
        legend(figure, axes[len(exact) :], columns=3)
    return Picture(figure, f"{'; '.join(words)}.")


def _treatment_axis(axis: Axes, treatments: Sequence[str]) -> np.ndarray:
    """Name the treatments below an axis, and return their places."""
    place = np.arange(len(treatments))
    axis.set_xticks(place, [t.replace("_", "\n") for t in treatments])
    axis.set_xlim(-0.5, len(treatments) - 0.5)
    axis.set_xlabel("treatment")
    return place


def _mean_and_p95(found: Iterable[Mapping[str, float]]) -> tuple[np.ndarray, np.ndarray]:
    mean, p95 = zip(*((each["mean"], each["p95"]) for each in found), strict=True)
    return np.array(mean), np.array(p95)


def _total_variation(
    axis: Axes, results: GameResults, variant: str, found: Mapping[str, Any], palette: Palette
) -> list[str]:
    model = results.model_of(variant)
    mean, p95 = _mean_and_p95(part["total_variation"] for part in found.values())
    place = _treatment_axis(axis, list(found))
    colour = palette.colours[model]
    axis.vlines(place, mean, p95, color=colour, lw=1)
    axis.plot(place, mean, "o", color=colour, ms=7, label="mean")
    axis.plot(place, p95, "o", color=colour, mfc="white", ms=7, label="95th percentile")
    key = ("exact_qre", variant)
    limits = [g["threshold"] for g in results.gates if (g["name"], g["model"]) == key]
    if limits:
        axis.axhline(limits[0], color=HUMAN, ls="--", lw=1.2, label=f"gate, mean ≤ {limits[0]:g}")
    axis.set_ylim(0, 1.45 * max(float(p95.max()), *limits, 0.01))
    axis.set_ylabel("total variation")
    axis.set_title(f"{results.label(model)}: distance from the exact QRE")
    axis.legend(ncols=3, loc="upper center", columnspacing=1.0, handletextpad=0.4)
    return [
        f"{results.label(model)}, treatment {t}: total variation from the exact QRE mean "
        f"{number(m)}, 95th percentile {number(p)}"
        for t, m, p in zip(found, mean, p95, strict=True)
    ]


def _exploitability(
    axis: Axes, results: GameResults, gains: Mapping[str, Mapping[str, Any]], palette: Palette
) -> list[str]:
    """Gain of one agent by a best response, by treatment and variant."""
    treatments, words = list(next(iter(gains.values()))["by_treatment"]), []
    place, offsets = _treatment_axis(axis, treatments), np.linspace(-0.25, 0.25, len(gains))
    for offset, (variant, found) in zip(offsets, gains.items(), strict=True):
        model = results.model_of(variant)
        mean, p95 = _mean_and_p95(found["by_treatment"][t] for t in treatments)
        colour, marker = palette.colours[model], palette.markers.get(model, "o")
        axis.vlines(place + offset, mean, p95, color=colour, lw=1)
        axis.plot(place + offset, mean, marker, color=colour, ms=7, label=results.label(model))
        axis.plot(place + offset, p95, marker, color=colour, mfc="white", ms=6)
        words += [
            f"{results.label(model)}, {t}: gain of a best response ({found['method']}) mean "
            f"{number(m)}, 95th percentile {number(p)}"
            for t, m, p in zip(treatments, mean, p95, strict=True)
        ]
    lines = (("exploitability", "--", "mean"), ("exploitability_of_most", ":", "95 %"))
    for name, style, part in lines:
        limits = [gate["threshold"] for gate in results.gates if gate["name"] == name]
        if limits:
            axis.axhline(limits[0], color=HUMAN, ls=style, lw=1.2, label=f"gate, {part}")
    axis.margins(y=0.15)
    axis.set_ylabel("gain per round\n(ref. payoffs)")
    axis.set_title("exploitability: filled mean, open 95th percentile")
    return words


def _rational_limit(
    axis: Axes,
    results: GameResults,
    quantity: str,
    limits: Mapping[str, Mapping[str, Mapping[str, Any]]],
    palette: Palette,
) -> list[str]:
    """Results of play without a KL cost, beside the interval in which they should be."""
    treatments = [t for t, part in next(iter(limits.values())).items() if quantity in part]
    place, words = _treatment_axis(axis, treatments), []
    offsets = np.linspace(-0.25, 0.25, len(limits))
    costs = {
        v: float(results.verification[v].get("cost_of_rational_limits", SMALLEST_GRID_COST))
        for v in limits
    }
    for offset, (variant, found) in zip(offsets, limits.items(), strict=True):
        values = np.array([found[t][quantity]["value"] for t in treatments])
        model = results.model_of(variant)
        at = "" if model == "rational" else f", λ = {number(costs[variant])}"
        axis.plot(
            place + offset, values, palette.markers.get(model, "o"), ms=7, ls="none",
            color=palette.colours[model], label=results.label(model),
        )  # fmt: skip
        words += [
            f"{results.label(model)}{at}, {t}: {quantity} {number(v)}"
            for t, v in zip(treatments, values, strict=True)
        ]
    allowed = [next(iter(limits.values()))[t][quantity] for t in treatments]
    for i, part in enumerate(allowed):
        for key in ("low", "high"):
            if key in part:
                label = "_" if axis.collections else "allowed"
                axis.hlines(part[key], i - 0.4, i + 0.4, color=HUMAN, ls="--", lw=1.2, label=label)
                words.append(f"{treatments[i]}: allowed {key} {number(part[key])}")
    axis.margins(y=0.15)
    bounded = (number(cost) for v, cost in costs.items() if results.model_of(v) != "rational")
    at = " and ".join(dict.fromkeys(bounded))
    if at:
        axis.set_xlabel(f"treatment (bounded agents at λ = {at})")
    axis.set_ylabel(quantity)
    axis.set_title(f"rational limit: {quantity}")
    return words


def _payoff_by_cost(
    axis: Axes, results: GameResults, costs: Mapping[str, Mapping[str, Any]], palette: Palette
) -> list[str]:
    """Mean payoff of equal agents over a grid of processing costs."""
    words = []
    for variant, found in costs.items():
        model = results.model_of(variant)
        axis.plot(
            found["processing_cost"], found["payoff"], marker=palette.markers[model], ms=4,
            label=results.label(model), **palette.line(model),
        )  # fmt: skip
        words.append(
            f"{results.label(model)}: mean payoff goes from {number(found['payoff'][0])} to "
            f"{number(found['payoff'][-1])} as λ rises"
        )
    axis.set_xscale("log")
    axis.set_xlabel("λ (reference payoffs per nat)")
    axis.set_ylabel("mean payoff (ref. payoffs)")
    axis.set_title("payoff against processing cost")
    return words


def policy(results: GameResults) -> Picture:
    """Action probabilities at three skills, for the posterior mean of theta."""
    behaviour = results.behaviour
    stages = list(behaviour.stages)
    agents = list(behaviour.stages[stages[0]])
    figure = new_figure(1.1 + 1.5 * len(agents))
    grid, _ = panels(figure, len(agents) * len(stages), len(stages), sharex=True, sharey=True)
    words = []
    for row, agent in enumerate(agents):
        for column, stage in enumerate(stages):
            axis = grid[row * len(stages) + column]
            words += _policy_panel(axis, results, agent, stage)
            if row == 0:
                axis.set_title(f"{stage}\n{statistic_label(agent)}")
            if row == len(agents) - 1:
                axis.set_xlabel(behaviour.action_unit)
        grid[row * len(stages)].set_ylabel("probability")
    legend(figure, grid)
    return Picture(
        figure,
        f"Action probabilities of the model {results.label('bounded')} at the posterior mean of "
        f"theta. Mean actions: {'; '.join(words)}.",
    )


def _policy_panel(axis: Axes, results: GameResults, agent: str, stage: str) -> list[str]:
    behaviour, palette = results.behaviour, Palette.of(results.predictive)
    shown, values = behaviour.stages[stage][agent], behaviour.action_values
    axis.axvline(
        shown.equilibrium, color=palette.colours["equilibrium"], lw=1.2, label="equilibrium action"
    )
    axis.plot(values, shown.prior_belief, ":", color="0.3", lw=1.2, label="prior belief")
    words = []
    traits = zip(behaviour.skills, behaviour.costs, shown.policy, SKILL_COLOURS, strict=True)
    for skill, cost, density, colour in traits:
        label = f"skill {skill:g} (λ = {number(cost)})"
        axis.plot(values, density, color=colour, lw=1.5, label=label)
        words.append(f"{number(float(density @ values))} at skill {skill:g}")
    axis.set_yscale("log")
    axis.set_ylim(1e-4, 1.2)
    axis.set_title(statistic_label(agent))
    return [f"{stage}, {agent}: {', '.join(words)} (equilibrium {number(shown.equilibrium)})"]
