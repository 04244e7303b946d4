"""Figure of the experiment on the shape of the skill distribution."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter
from scipy.stats import truncnorm

from experiments.skill_shapes.shapes import ROOT_THREE
from satisfice.report.results import number
from satisfice.report.style import HUMAN, LineStyle, Picture, legend, new_figure, panels

STYLES: dict[str, tuple[str, LineStyle]] = {
    "gaussian": ("#0072B2", "-"),
    "uniform": ("#D55E00", "--"),
}
LABELS = {"gaussian": "Gaussian, truncated", "uniform": "uniform"}
GAMES = {"cournot": ("#009E73", "o"), "cobweb": ("#CC79A7", "s")}
QUANTITIES = {
    "mean_total_quantity": ("#009E73", "D"),
    "mean_price": ("0.3", "v"),
    "price_variance": ("#CC79A7", "X"),
}


def skill_shapes_figure(
    table: pd.DataFrame, curves: pd.DataFrame, summary: Mapping[str, Any]
) -> Picture:
    """Skill distributions, the effects of their shape, and learning with both.

    Args:
        table: One row for each game, treatment and population.
        curves: Learning curves of both shapes.
        summary: The experiment's summary.json.
    """
    games = list(summary["games"])
    figure = new_figure(5.2 + 2.4 * len(games))
    axes, _ = panels(figure, 4 + 2 * len(games), 2)
    mean = sorted(table.mean_skill.unique())[len(table.mean_skill.unique()) // 2]
    same_mean = table[table.mean_skill == mean].drop_duplicates("sd_skill")
    for axis, row in zip(axes[:2], (same_mean.iloc[0], same_mean.iloc[-1]), strict=True):
        _densities(axis, row)
    _shape_against_spread(axes[2], table)
    _shape_against_error(axes[3], table)
    for place, game in enumerate(games):
        left, right = axes[4 + 2 * place : 6 + 2 * place]
        _relative_changes(left, table[table.game == game], summary["games"][game])
        left.set_title(f"{game}: market")
        _learning_curves(right, curves[curves.game == game], summary["close"])
        right.set_title(f"{game}: learning")
    legend(figure, axes)
    return Picture(figure, f"Gaussian and uniform skills. {summary['answer']}")


def _densities(axis: Axes, row: pd.Series) -> None:
    skill = np.linspace(0.0, 1.0, 501)
    mu, sigma = row.gaussian_mu, row.gaussian_sigma
    gaussian = truncnorm.pdf(skill, -mu / sigma, (1.0 - mu) / sigma, mu, sigma)
    half = ROOT_THREE * row.sd_skill
    inside = np.abs(skill - row.mean_skill) <= half
    densities = {"gaussian": gaussian, "uniform": np.where(inside, 0.5 / half, 0.0)}
    for shape, density in densities.items():
        colour, line = STYLES[shape]
        axis.plot(skill, density, color=colour, ls=line, label=LABELS[shape])
    axis.set_ylim(bottom=0.0)
    axis.set_xlabel("skill s")
    axis.set_ylabel("density")
    axis.set_title(f"mean {row.mean_skill:.2g}, sd {row.sd_skill:.2f}")


def _points(axis: Axes, table: pd.DataFrame, across: str) -> None:
    """Total variation between the shapes against another distance, with the line of equality."""
    shown = table[table.total_variation_of_shapes > 0]
    for game, rows in shown.groupby("game", sort=False):
        colour, marker = GAMES[str(game)]
        axis.plot(
            rows[across], rows.total_variation_of_shapes, marker, color=colour, mfc="none", ms=4,
            label=str(game),
        )  # fmt: skip
    ends = [shown[across].min(), shown[across].max()]
    axis.plot(ends, ends, color=HUMAN, lw=1.0, ls=":", label="equal")
    axis.set_xscale("log")
    axis.set_yscale("log")
    axis.set_ylabel("TV between shapes")


def _shape_against_spread(axis: Axes, table: pd.DataFrame) -> None:
    _points(axis, table, "total_variation_of_spread")
    axis.set_xlabel("TV if all had mean skill")
    axis.text(0.97, 0.05, "TV = total\nvariation", transform=axis.transAxes, ha="right")
    axis.set_title("against effect of spread")


def _shape_against_error(axis: Axes, table: pd.DataFrame) -> None:
    columns = [f"learnt_total_variation_of_population_{shape}" for shape in STYLES]
    _points(axis, table.assign(error=table[columns].mean(axis=1)), "error")
    axis.set_xlabel("TV, learnt − exact")
    axis.xaxis.set_minor_formatter(NullFormatter())
    axis.set_title("against learning error")


def _relative_changes(axis: Axes, rows: pd.DataFrame, found: Mapping[str, Any]) -> None:
    """Effects of the shape on the market, in per cent, at each KL weight."""
    quantities = list(found["largest_relative_difference"])
    for place, name in enumerate(quantities):
        colour, marker = QUANTITIES[name]
        change = 100.0 * (rows[f"{name}_uniform"] / rows[f"{name}_gaussian"] - 1.0)
        beta = rows.beta * 1.15 ** (place - (len(quantities) - 1) / 2)
        axis.plot(
            beta, change, marker, color=colour, mfc="none", ms=4, label=name.replace("_", " "),
        )  # fmt: skip
    axis.axhline(0.0, color=HUMAN, lw=1.0)
    axis.set_xscale("log")
    axis.set_xticks(
        sorted(rows.beta.unique()), [f"{beta:g}" for beta in sorted(rows.beta.unique())]
    )
    axis.minorticks_off()
    axis.set_xlabel("β (ref. payoffs per nat)")
    axis.set_ylabel("uniform − Gaussian (%)")


def _learning_curves(axis: Axes, curves: pd.DataFrame, close: float) -> None:
    for shape, rows in curves.groupby("shape", sort=False):
        colour, line = STYLES[str(shape)]
        axis.plot(
            rows.decisions, rows.total_variation, color=colour, ls=line, label=LABELS[str(shape)]
        )
    axis.axhline(close, color=HUMAN, lw=1.0, ls="-.", label=f"close, TV {number(close)}")
    axis.set_xscale("log")
    axis.set_yscale("log")
    for scale, subdivisions in ((axis.xaxis, (1.0, 3.0)), (axis.yaxis, (1.0, 2.0, 5.0))):
        scale.set_major_locator(LogLocator(subs=subdivisions))
        scale.set_minor_formatter(NullFormatter())
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value / 1000:g}"))
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_xlabel("decisions (thousands)")
    axis.set_ylabel("TV, learnt − exact")
