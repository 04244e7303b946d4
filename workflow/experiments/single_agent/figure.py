"""The figure of the experiment with a single agent: learnt policies beside the closed form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from experiments.single_agent.closed_form import Comparison
from satisfice.report.results import number
from satisfice.report.style import FIXED, HUMAN, OTHERS, Picture, legend, new_figure

SHOWN_COSTS = (0.01, 0.1, 1.0)
"""Action probabilities are shown at the costs of the grid nearest to these."""
COST_COLOURS = (FIXED["bounded"], FIXED["rational"], FIXED["equilibrium"])
BELIEF_LOOKS = {
    "uniform": (FIXED["bounded"], "o", "-"),
    "habit": (FIXED["rational"], "^", "--"),
    "anchor": (OTHERS[1], "s", "-."),
}
SMALLEST_SHOWN = 1e-5
"""Probabilities below this are left out of the figure."""

Found = Mapping[str, Mapping[str, Sequence[Comparison]]]
"""Comparisons over the grid of processing costs, by prior belief and treatment."""


def comparison_figure(found: Found, action_unit: str, tolerance: float) -> Picture:
    """Draw action probabilities at a few processing costs, and the distance at all costs.

    Args:
        found: Comparisons by prior belief and treatment, all over the same costs.
        action_unit: Label of the actions' axes.
        tolerance: Largest total variation that passes.
    """
    treatments = list(next(iter(found.values())))
    figure = new_figure(2.1 * (len(found) + 1) + 1.0)
    halves = figure.subfigures(2, 1, squeeze=False, height_ratios=[2.0 * len(found) + 0.8, 2.9])
    upper, lower = halves[:, 0]
    grid = upper.subplots(len(found), len(treatments), sharex=True, sharey=True, squeeze=False)
    for row, (belief, by_treatment) in zip(grid, found.items(), strict=True):
        for axis, (treatment, comparisons) in zip(row, by_treatment.items(), strict=True):
            _probabilities(axis, comparisons)
            axis.set_title(f"{belief}{_yesterday(comparisons[0])}, {treatment.replace('_', ' ')}")
        row[0].set_ylabel("probability")
    for axis in grid[-1]:
        axis.set_xlabel(action_unit)
    legend(upper, list(grid.ravel()))
    distances = lower.subplots(1, len(treatments), sharey=True, squeeze=False)[0]
    for axis, treatment in zip(distances, treatments, strict=True):
        _distances(axis, {belief: part[treatment] for belief, part in found.items()}, tolerance)
        axis.set_title(treatment.replace("_", " "))
    distances[0].set_ylabel("largest total variation")
    legend(lower, list(distances))
    worst = "; ".join(
        f"{belief} {number(max(c.total_variation.max() for p in part.values() for c in p))}"
        for belief, part in found.items()
    )
    return Picture(
        figure,
        "Learnt probabilities of actions beside the closed form at three processing costs, and the "
        "largest total variation between the two over the grid of costs. Largest of all, by prior "
        f"belief: {worst} (tolerance {tolerance:g}).",
    )


def _yesterday(one: Comparison) -> str:
    """The state shown, if the prior belief depends on it: an order in the middle."""
    if np.array_equal(one.prior[0], one.prior[-1]):
        return ""
    return f" of {number(one.action_values[len(one.action_values) // 2])}"


def _probabilities(axis: Axes, comparisons: Sequence[Comparison]) -> None:
    """Closed form as lines; the agent farthest from it as points."""
    costs = np.array([one.cost for one in comparisons])
    chosen = dict.fromkeys(int(np.abs(np.log(costs / cost)).argmin()) for cost in SHOWN_COSTS)
    for index, colour in zip(chosen, COST_COLOURS, strict=False):
        one = comparisons[index]
        middle = len(one.exact) // 2
        agent = one.total_variation[:, middle].argmax()
        for policy, look in (
            (one.exact[middle], {"ls": "-", "lw": 1.2, "label": f"exact, λ = {one.cost:.2g}"}),
            (
                one.learnt[agent, middle],
                {"ls": "none", "marker": ".", "ms": 4, "label": "learnt (points)"},
            ),
        ):
            shown = np.where(policy > SMALLEST_SHOWN, policy, np.nan)
            axis.plot(one.action_values, shown, color=colour, **look)  # type: ignore[arg-type]
    axis.set_yscale("log")
    axis.set_ylim(SMALLEST_SHOWN, 2.0)


def _distances(axis: Axes, by_belief: Mapping[str, Sequence[Comparison]], tolerance: float) -> None:
    for belief, comparisons in by_belief.items():
        colour, marker, line = BELIEF_LOOKS[belief]
        axis.plot(
            [one.cost for one in comparisons],
            [one.total_variation.max() for one in comparisons],
            color=colour, marker=marker, ls=line, ms=4, label=belief,
        )  # fmt: skip
    axis.axhline(tolerance, color=HUMAN, ls=":", lw=1.2, label=f"tolerance {tolerance:g}")
    axis.set_xscale("log")
    axis.set_yscale("log")
    axis.set_xlabel("λ (ref. payoffs per nat)")
