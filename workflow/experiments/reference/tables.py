"""Small tables of a run for the documentation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from experiments.costs import read_costs
from satisfice.checks.misspecification_findings import may_have_made
from satisfice.io.datasets import provenance_in_words
from satisfice.io.files import read_json, read_table
from satisfice.io.game_run import BOUNDED, RATIONAL
from satisfice.io.inference_data import read_inference_data
from satisfice.io.runs import read_predictions
from satisfice.report.decisions import PARTS


def score_table(folder: Path) -> str:
    """Markdown table of the scores of all contenders, for README.md."""
    scores = read_table(folder / "scores.csv")
    provenance = {
        game: provenance_in_words(read_table(folder / game / "predictive.csv").provenance)
        for game in scores.game.unique()
    }
    lines = [
        "| game | contender | CRPS, fitted | CRPS, held out | held-out 90 % interval covers | "
        "human figures |",
        "|---|---|---|---|---|---|",
    ]
    for (game, name), rows in scores.groupby(["game", "contender"], sort=False):
        found = {(row.score, row.part): row for row in rows.itertuples()}
        cells = [
            f"{row.value:.2f} [{row.low:.2f}, {row.high:.2f}]"
            for row in (found["crps", "fit"], found["crps", "held_out"])
        ]
        covered = found["coverage_90", "held_out"].value
        lines.append(
            f"| {game} | {name} | {cells[0]} | {cells[1]} | {covered:.0%} | {provenance[game]} |"
        )
    return "\n".join(lines) + "\n"


def origin_table(folder: Path) -> str:
    """Markdown table of who may have made the fitted human statistics, for README.md."""
    tested = read_table(folder / "misspecification.csv")
    lines = [
        "| game | fitted statistics | contenders tested | may have made them (p) | "
        "nearest contender | its squared distance | 95 % of its own data |",
        "|---|---|---|---|---|---|---|",
    ]
    for game, rows in tested.groupby("game", sort=False):
        possible = may_have_made(rows)
        pairs = zip(possible.contender, possible.p_value, strict=True)
        named = [f"{name} ({p_value:.2f})" for name, p_value in pairs]
        nearest = rows.sort_values("d2").iloc[0]
        cells = [
            str(rows.statistics.max()), str(len(rows)), ", ".join(named) or "none",
            str(nearest.contender), f"{nearest.d2:.1f}", f"{nearest.usual_q95:.1f}",
        ]  # fmt: skip
        lines.append(f"| {game} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def decision_table(folder: Path, games: Sequence[str]) -> str:
    """Markdown table of the comparison by single decisions, for README.md.

    It is empty if no game has decisions.
    """
    lines = [
        "| game | single decisions in | log score of `bounded` | its completeness | "
        "best other contender | minus `bounded` |",
        "|---|---|---|---|---|---|",
    ]
    for game in games:
        table = read_table(folder / game / "decisions" / "comparison.csv").set_index("contender")
        others = table[(table.index != BOUNDED) & (table["group"] != "ceiling")]
        for part, words in PARTS.items():
            if (score := f"log_score_{part}") not in table:
                continue
            best = str(others[score].idxmax())
            cells = [
                _with_interval(table, BOUNDED, score, f"low_{part}", f"high_{part}"),
                f"{table[f'completeness_{part}'][BOUNDED]:.0%}",
                best,
                _with_interval(
                    table, best, *(f"difference{end}_{part}" for end in ("", "_low", "_high"))
                ),
            ]
            lines.append(f"| {game} | {words} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n" if games else ""


def _with_interval(table: pd.DataFrame, row: str, *columns: str) -> str:
    value, low, high = (float(table[name][row]) for name in columns)
    return f"{value:.3f} [{low:.3f}, {high:.3f}]"


def learning_table(folder: Path, games: Mapping[str, Mapping[str, Any]]) -> str:
    """Markdown table of each policy's distance from equilibrium, for docs/."""
    lines = [
        "| game | policy | gain of a best response, mean | 95th percentile | found | "
        "total variation from the exact QRE, mean | 95th percentile |",
        "|---|---|---|---|---|---|---|",
    ]
    for game, config in games.items():
        for variant in [*config["beliefs"], RATIONAL]:
            found = read_json(folder / game / f"verification_{variant}.json")
            gain = found["exploitability"]
            distance = found.get("exact_qre", {}).get("total_variation")
            exact = [f"{distance[part]:.4f}" if distance else "" for part in ("mean", "p95")]
            cells = [f"{gain['mean']:.4f}", f"{gain['p95']:.4f}", gain["method"], *exact]
            lines.append(f"| {game} | {variant} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def posterior_summary(path: Path) -> pd.DataFrame:
    """Mean, standard deviation and central 90 % interval of theta and derived quantities."""
    posterior = read_inference_data(path)[0]["posterior"]
    rows = []
    for name in posterior.data_vars:
        values = posterior[name].to_numpy().ravel()
        low, middle, high = pd.Series(values).quantile([0.05, 0.5, 0.95])
        rows.append([str(name), values.mean(), values.std(ddof=1), low, middle, high])
    columns = ["quantity", "mean", "sd", "q05", "median", "q95"]
    return pd.DataFrame(rows, columns=columns).round(4)


def predictive_summary(folder: Path) -> pd.DataFrame:
    """Human statistics with provenance beside every contender's mean and central 90 % interval."""
    human = read_table(folder / "observed.csv")
    tables = []
    for name in dict.fromkeys(read_table(folder / "scores.csv").contender):
        values = read_predictions(folder / "predictive" / f"{name}.npz", len(human))
        low, high = np.quantile(values, [0.05, 0.95], axis=0)
        summary = {"mean": values.mean(axis=0), "q05": low, "q95": high}
        tables.append(human.assign(contender=name, **summary))
    return pd.concat(tables).round(4)


def job_costs(folder: Path) -> pd.DataFrame:
    """Wall seconds and peak memory of the long jobs, from Snakemake's benchmark files."""
    rows = [[path.stem, *read_costs(path)] for path in sorted(folder.glob("*.tsv"))]
    return pd.DataFrame(rows, columns=["job", "seconds", "peak_memory_mb"])
