"""Figure of the experiment on supertype sharing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator

from satisfice.report.results import number
from satisfice.report.style import HUMAN, LineStyle, Picture, legend, new_figure, panels

LABELS = {
    "shared": "1 shared policy, B decisions",
    "individual": "n policies, B decisions each",
    "shared_more_play": "1 shared policy, n B decisions",
    "individual_less_play": "n policies, B/n decisions each",
}
STYLES: dict[str, tuple[str, str, LineStyle]] = {
    "shared": ("#0072B2", "o", "-"),
    "individual": ("#D55E00", "^", "-"),
    "shared_more_play": ("#56B4E9", "s", "--"),
    "individual_less_play": ("#E69F00", "v", "--"),
}
"""Colour, marker and line; dashed methods have the other one's amount of play."""

PANELS = {
    "net_return_gap": "net return, learnt − exact\n(ref. payoffs)",
    "total_variation": "mean total variation\nfrom the exact QRE",
    "decisions": "decisions played\n(all iterations)",
    "cpu_seconds": "processor time\n(s, all iterations)",
    "parameters": "weights trained\n(number)",
    "decisions_until_close": "decisions until close\nto the exact QRE",
}
SMALL_GAP = 0.01
"""Differences of returns below this, in reference payoffs, are drawn on a linear scale."""


def sharing_figure(table: pd.DataFrame, summary: Mapping[str, Any]) -> Picture:
    """Results and costs of both ways of training, against the number of agents.

    Args:
        table: One row for each number of agents and method.
        summary: The experiment's summary.json.
    """
    shown = table.assign(
        net_return_gap=table.net_return - table.exact_net_return,
        net_return_gap_se=table.net_return_se,
    )
    figure = new_figure(7.6)
    axes, _ = panels(figure, len(PANELS), 2, sharex=True)
    for axis, (column, label) in zip(axes, PANELS.items(), strict=True):
        for place, (method, rows) in enumerate(shown.groupby("method", sort=False)):
            _line(axis, rows, column, str(method), place)
        axis.set_title(label)
        axis.set_xscale("log")
        if column == "net_return_gap":
            axis.axhline(0.0, color=HUMAN, lw=1.0)
            axis.set_yscale("symlog", linthresh=SMALL_GAP)
        else:
            axis.set_yscale("log")
        if column == "cpu_seconds":  # spans too few decades for powers of ten
            axis.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
            axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
            axis.yaxis.set_minor_formatter(NullFormatter())
    agents = sorted(shown.agents.unique())
    axes[0].set_xticks(agents, [str(each) for each in agents])
    axes[0].xaxis.set_minor_locator(NullLocator())
    axes[0].xaxis.set_minor_formatter(NullFormatter())
    for axis in axes[-2:]:
        axis.set_xlabel("agents n in the market")
    legend(figure, axes, columns=1)
    return Picture(figure, _describe(shown, summary))


def _line(axis: Axes, rows: pd.DataFrame, column: str, method: str, place: int) -> None:
    colour, marker, line = STYLES[method]
    error = rows.get(f"{column}_se")
    # Shifted slightly, so that equal values do not hide one another.
    agents = rows.agents.to_numpy() * 1.04 ** (place - 1.5)
    axis.errorbar(
        agents, rows[column], error, color=colour, marker=marker, ls=line, ms=5, lw=1.4,
        elinewidth=1.0, capsize=2, label=LABELS[method],
    )  # fmt: skip


def _describe(shown: pd.DataFrame, summary: Mapping[str, Any]) -> str:
    many = shown[shown.agents == shown.agents.max()]
    words = [
        f"{LABELS[row.method]}: total variation {number(row.total_variation)}, net return minus "
        f"exact {number(row.net_return_gap)}, {number(row.cpu_seconds)} s"
        for row in many.itertuples()
    ]
    batch = np.floor(summary["decisions_per_policy_and_update"])
    return (
        f"Shared against individual training, B = {number(batch)}. With "
        f"{many.agents.iloc[0]} agents: {'; '.join(words)}. {summary['answer']}"
    )
