"""Figures of the benchmarks."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from satisfice.report.results import number
from satisfice.report.style import OTHER_MARKERS, OTHERS, Picture, legend, new_figure, panels

PANELS = {
    "agents": (
        "seconds_per_simulation",
        "agents in one market",
        "processor time (s)\na simulation",
    ),
    "markets": ("seconds_per_simulation", "markets", "processor time (s)\na simulation"),
    "simulations": ("seconds", "simulations", "processor time (s)\nof all"),
    "recorded": ("seconds", "recorded decisions", "processor time (s)\nof a likelihood"),
}
"""Column, label of the size and label of the cost, for each varied quantity."""

NAMES = {"npe": "neural posterior", "smc_abc": "SMC-ABC"}

GAME_COLOURS = ("#0072B2", "#D55E00", "#009E73", *OTHERS)
GAME_MARKERS = ("o", "^", "D", *OTHER_MARKERS)


def scaling_figure(table: pd.DataFrame, exponents: pd.DataFrame) -> Picture:
    """Cost and memory of simulations and likelihoods against their size, with fitted lines.

    Args:
        table: scaling.csv.
        exponents: exponents.csv.
    """
    figure = new_figure(9.0)
    axes, _ = panels(figure, len(PANELS) + 1, 2)
    words = []
    games = sorted(set(table.game))  # a game has the same colour in all figures
    for axis, (varied, (cost, size, label)) in zip(axes, PANELS.items(), strict=False):
        for place, game in enumerate(games):
            rows = table[(table.game == game) & (table.varied == varied)]
            if rows.empty:
                continue
            fit = exponents[(exponents.game == game) & (exponents.varied == varied)].iloc[0]
            _fitted_line(axis, rows, cost, fit, place)
            words.append(
                f"{game}, {varied}: exponent {number(fit.exponent)} "
                f"(s.e. {number(fit.standard_error)})"
            )
        _logarithmic(axis, size, label)
    _memory(axes[len(PANELS)], table, games)
    for place, game in enumerate(games):  # a legend of the games of all panels
        axes[len(PANELS)].plot(
            [], [], GAME_MARKERS[place], color=GAME_COLOURS[place], label=_words(game)
        )
    axes[len(PANELS)].plot([], [], "-", color="black", label="fitted to the upper half")
    legend(figure, [axes[len(PANELS)]])
    return Picture(figure, f"Cost grows as a power of the size. {'; '.join(words)}.")


def _fitted_line(
    axis: Axes, rows: pd.DataFrame, cost: str, fit: pd.Series[float], place: int
) -> None:
    colour, marker = GAME_COLOURS[place], GAME_MARKERS[place]
    axis.plot(rows["size"], rows[cost], marker, color=colour, ms=5)
    large = np.array([fit.from_size, rows["size"].max()])
    axis.plot(large, fit.factor * large**fit.exponent, "-", color=colour)
    # Below the lines, where labels of several games do not overlap.
    axis.text(
        0.97, 0.04 + 0.11 * place, f"{fit.exponent:.2f}",
        color=colour, ha="right", transform=axis.transAxes,
    )  # fmt: skip


def _memory(axis: Axes, table: pd.DataFrame, games: list[str]) -> None:
    for place, game in enumerate(games):
        rows = table[(table.game == game) & (table.varied == "agents")]
        axis.plot(
            rows["size"], rows.peak_memory_mebibytes, marker=GAME_MARKERS[place], ms=5,
            color=GAME_COLOURS[place],
        )  # fmt: skip
    _logarithmic(axis, "agents in one market", "peak memory (MiB)")
    axis.set_yscale("linear")
    axis.set_ylim(0, 1.1 * table.peak_memory_mebibytes.max())


def _logarithmic(axis: Axes, size: str, label: str) -> None:
    axis.set_xscale("log")
    axis.set_yscale("log")
    axis.set_xlabel(size)
    axis.set_title(label)
    axis.margins(x=0.16)


def _words(name: str) -> str:
    return name.replace("_", " ")


def budgets_figure(means: pd.DataFrame, needed: pd.DataFrame) -> Picture:
    """C2ST from the exact posterior against simulations for one data set.

    Args:
        means: Rows of :func:`benchmarks.budgets.mean_c2st`.
        needed: Rows of :func:`benchmarks.budgets.needed`.
    """
    figure = new_figure(3.2)
    axis = figure.subplots()
    words = []
    for place, (estimator, rows) in enumerate(means.groupby("estimator", sort=False)):
        axis.errorbar(
            rows.budget * 1.03 ** (2 * place - 1), rows.c2st, 2 * rows.standard_error,
            color=GAME_COLOURS[place], marker=GAME_MARKERS[place], ls=("-", "--")[place % 2],
            capsize=2.5, ms=5, label=NAMES[str(estimator)],
        )  # fmt: skip
    for game, estimator, wanted, simulations in needed.itertuples(index=False):
        words.append(f"{game}, {estimator}: {number(simulations)} simulations to {wanted:g}")
    level = float(needed.level.iloc[0])
    axis.axhline(level, color="black", ls=":", lw=1.2, label=f"wanted: {level:g}")
    axis.axhline(0.5, color="0.55", lw=1.0)
    axis.set_xscale("log")
    ticks = sorted(means.budget.unique())
    axis.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
    axis.minorticks_off()
    axis.set_xlabel("simulations for one data set")
    axis.set_title("C2ST from the exact posterior (mean ± 2 s.e.; 0.5 is perfect)")
    axis.legend()
    return Picture(figure, f"Mean accuracy of a classifier. {'; '.join(words)}.")


def costs_figure(costs: pd.DataFrame) -> Picture:
    """Wall time and largest memory of each stage.

    Args:
        costs: costs.csv.
    """
    stages = list(dict.fromkeys(costs.stage))[::-1]
    games = list(dict.fromkeys(costs.game))
    figure = new_figure(1.2 + 0.42 * len(stages))
    time, memory = figure.subplots(1, 2, sharey=True)
    left = np.zeros(len(stages))
    for place, game in enumerate(games):
        rows = costs[costs.game == game].set_index("stage").reindex(stages)
        hours = rows.seconds.fillna(0.0).to_numpy() / 3600
        time.barh(
            stages, hours, left=left, color=GAME_COLOURS[place], label=_words(str(game)),
            hatch=("", "///", "...", "xx", "\\\\")[place % 5], edgecolor="white", lw=0,
        )  # fmt: skip
        left = left + hours
        # Shifted slightly, so that equal values do not hide one another.
        heights = np.arange(len(stages)) + 0.16 * (place - (len(games) - 1) / 2)
        memory.plot(
            rows.peak_memory_mebibytes, heights, GAME_MARKERS[place], color=GAME_COLOURS[place],
            ms=5,
        )  # fmt: skip
    time.set_xlim(0, 1.05 * left.max())
    time.set_title("wall time\nof all jobs (h)")
    memory.set_title("largest memory\nof a job (MiB)")
    memory.set_xlim(0, 1.1 * costs.peak_memory_mebibytes.max())
    legend(figure, [time], columns=3)
    largest = costs.sort_values("peak_memory_mebibytes").dropna().iloc[-1]
    return Picture(
        figure,
        f"All jobs together: {number(costs.seconds.sum() / 3600)} hours. Largest memory: "
        f"{number(largest.peak_memory_mebibytes)} MiB ({largest.game}, {largest.job_of_peak}).",
    )


def throughput_figure(table: pd.DataFrame) -> Picture:
    """Decisions per second of each game with its default prior belief, by program.

    Args:
        table: throughput.csv, whose rows in decisions per second are drawn.
    """
    shown = table[table.default & (table.unit == "decisions per second")]
    games, kinds = (list(dict.fromkeys(shown[key])) for key in ("game", "measure"))
    figure = new_figure(3.0)
    axis, words = figure.subplots(), []
    for place, kind in enumerate(kinds):
        rows = shown[shown.measure == kind].set_index("game").reindex(games)
        axis.errorbar(
            np.arange(len(games)) + 0.12 * (place - (len(kinds) - 1) / 2), rows["median"],
            yerr=[rows["median"] - rows.smallest, rows.largest - rows["median"]],
            fmt=GAME_MARKERS[place], color=GAME_COLOURS[place], capsize=2.5, ms=6,
            label=_words(str(kind)),
        )  # fmt: skip
        words += [f"{game}, {kind}: {number(each)}" for game, each in rows["median"].items()]
    axis.set_xticks(np.arange(len(games)), [_words(str(game)) for game in games])
    axis.set_yscale("log")
    axis.set_title("decisions per second (median and range)")
    legend(figure, [axis], columns=3)
    return Picture(figure, f"Decisions per second: {'; '.join(words)}.")
