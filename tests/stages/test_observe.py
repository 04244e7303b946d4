"""Rule observe: from a data set's folder to observed.csv."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from satisfice.errors import SatisficeError
from satisfice.games.cournot import Cournot
from satisfice.io.datasets import load_dataset
from satisfice.io.observed import OBSERVED_COLUMNS, read_observed
from satisfice.stages.observe import observe

STATISTICS = list(Cournot().statistics)


def test_columns_and_order_are_those_agreed_on(tiny_run: Any) -> None:
    table = read_observed(tiny_run.observed)
    agreed = ["treatment", "statistic", "value", "standard_error", "provenance", "split"]
    assert list(table.columns) == agreed == OBSERVED_COLUMNS
    assert list(table.treatment) == ["2"] * 10 + ["3"] * 10
    assert list(table.statistic) == STATISTICS * 2
    assert list(table.split) == ["fit"] * 10 + ["held_out"] * 10


def test_values_are_those_of_the_data_set_whatever_its_order(
    tmp_path: Path, write_dataset: Callable[..., Path]
) -> None:
    folder = write_dataset(tmp_path / "mine", {"4": 3, "2": 2})
    path = folder / "statistics.csv"
    pd.read_csv(path).sample(frac=1, random_state=0).to_csv(path, index=False)
    observe("cournot", folder, {"treatments": ["2"]}, tmp_path / "observed.csv")
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
    with pytest.raises(SatisficeError, match="file not found"):
        observe("cournot", folder, {"treatments": ["3"]}, tmp_path / "observed.csv")
    assert not (tmp_path / "observed.csv").exists()
