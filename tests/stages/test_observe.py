"""Rule observe: from a data set's folder to observed.csv."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from satisfice.errors import SatisficeError
from satisfice.games.cournot import Cournot
from satisfice.io.correlations import correlation_of
from satisfice.io.datasets import load_dataset
from satisfice.io.decisions import read_decisions
from satisfice.io.files import write_table
from satisfice.io.observed import OBSERVED_COLUMNS, labels_of, read_observed
from satisfice.io.summaries import summarise_decisions
from satisfice.stages.observe import observe

STATISTICS = list(Cournot().statistics)
ROOT = Path(__file__).resolve().parents[2]
HUCK = ROOT / "data" / "cournot" / "huck2004"
DECISIONS = ROOT.parent / "shared" / "data" / "cournot_hno2004.csv"
needs_decisions = pytest.mark.skipif(
    not DECISIONS.is_file(), reason="the decisions are not distributed with the project"
)


def outputs(folder: Path) -> list[Path]:
    return [folder / "observed.csv", folder / "correlations.csv"]


def test_columns_and_order_are_those_agreed_on(tiny_run: Any) -> None:
    table = read_observed(tiny_run.observed)
    agreed = ["treatment", "statistic", "value", "standard_error", "provenance", "split"]
    assert list(table.columns) == [*agreed, "markets"] == OBSERVED_COLUMNS
    assert list(table.treatment) == ["2"] * 10 + ["3"] * 10
    assert list(table.statistic) == STATISTICS * 2
    assert list(table.split) == ["fit"] * 10 + ["held_out"] * 10


def test_values_are_those_of_the_data_set_whatever_its_order(
    tmp_path: Path, write_dataset: Callable[..., Path]
) -> None:
    folder = write_dataset(tmp_path / "mine", {"4": 3, "2": 2})
    path = folder / "statistics.csv"
    pd.read_csv(path).sample(frac=1, random_state=0).to_csv(path, index=False)
    observe("cournot", folder, {"treatments": ["2"]}, *outputs(tmp_path))
    table = read_observed(tmp_path / "observed.csv")
    # Treatments in the order of the design, as the simulator has them.
    assert list(table.treatment.unique()) == ["4", "2"]
    assert list(table.statistic) == STATISTICS * 2
    given = load_dataset(folder, Cournot()).table.set_index(["treatment", "statistic"])
    found = table.set_index(["treatment", "statistic"])
    for column in ("value", "standard_error", "provenance"):
        assert (found[column] == given.loc[found.index, column]).all()


def test_nothing_is_written_of_bad_data(tmp_path: Path, write_dataset: Callable[..., Path]) -> None:
    folder = write_dataset(tmp_path / "mine", {"2": 2, "3": 2})
    (folder / "statistics.csv").unlink()
    with pytest.raises(SatisficeError, match="neither decisions"):
        observe("cournot", folder, {"treatments": ["3"]}, *outputs(tmp_path))
    assert not any(path.exists() for path in outputs(tmp_path))


def test_decisions_give_the_same_files_as_their_summary(
    tmp_path: Path, made_decisions: Any
) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    described = "citation: x\nlicence: y\nhow_computed: z\n"
    (folder / "dataset.yaml").write_text(described, encoding="utf-8")
    game, path = Cournot(), folder / "decisions.csv"
    made_decisions(game, treatments=["2", "3"]).to_csv(path, index=False)
    observe("cournot", folder, {"treatments": ["3"]}, *outputs(tmp_path / "decided"))
    summary = summarise_decisions(read_decisions(path, game), game)
    write_table(folder / "statistics.csv", summary.statistics.assign(provenance="primary"))
    write_table(folder / "correlations.csv", summary.correlations)
    # The files agree with each other.
    observe("cournot", folder, {"treatments": ["3"]}, *outputs(tmp_path / "both"))
    path.unlink()
    markets = "design: {markets: {'2': 3, '3': 3}}\n"
    (folder / "dataset.yaml").write_text(described + markets, encoding="utf-8")
    observe("cournot", folder, {"treatments": ["3"]}, *outputs(tmp_path / "summarised"))
    for other in ("both", "summarised"):
        pairs = zip(outputs(tmp_path / "decided"), outputs(tmp_path / other), strict=True)
        assert all(one.read_bytes() == two.read_bytes() for one, two in pairs)


@needs_decisions
def test_people_s_decisions_give_the_shipped_statistics_and_correlations(tmp_path: Path) -> None:
    for name, files in (
        ("decided", ["dataset.yaml"]),
        ("shipped", [p.name for p in HUCK.iterdir()]),
    ):
        folder = tmp_path / name
        folder.mkdir()
        for file in files:
            shutil.copy(HUCK / file, folder)
    shutil.copy(DECISIONS, tmp_path / "decided" / "decisions.csv")
    (tmp_path / "shipped" / "decisions.csv").unlink(missing_ok=True)
    held_out = {"treatments": ["4", "5"]}
    for name in ("decided", "shipped"):
        observe("cournot", tmp_path / name, held_out, *outputs(tmp_path / name))
    for one, other in zip(
        outputs(tmp_path / "decided"), outputs(tmp_path / "shipped"), strict=True
    ):
        assert one.read_bytes() == other.read_bytes()


def test_unknown_correlations_are_left_out(tmp_path: Path, write_dataset: Any) -> None:
    folder = write_dataset(tmp_path / "mine", {"2": 2, "3": 2})
    observed, correlations = outputs(tmp_path)
    observe("cournot", folder, {"treatments": ["3"]}, observed, correlations)
    assert correlations.read_text("utf-8") == "treatment,statistic,other,correlation\n"
    assert correlation_of(correlations, labels_of(read_observed(observed))) is None
