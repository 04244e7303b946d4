"""Correlations of errors: a matrix in the order of the statistics, or an error with its row."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from satisfice.errors import SatisficeError
from satisfice.games.cournot import Cournot
from satisfice.io.correlations import correlation_of, read_correlations
from satisfice.io.files import write_table
from satisfice.io.summaries import CORRELATION_COLUMNS

ROOT = Path(__file__).resolve().parents[2]
LABELS = [(treatment, name) for treatment in ("2", "3") for name in Cournot().statistics]


def test_correlations_take_the_order_of_the_statistics(tmp_path: Path) -> None:
    path = ROOT / "data" / "cournot" / "huck2004" / "correlations.csv"
    whole = pd.read_csv(path, dtype={"treatment": str})
    few = tmp_path / "correlations.csv"
    whole[whole.treatment.isin(["2", "3"])].to_csv(few, index=False)
    found = correlation_of(few, LABELS)
    assert found is not None
    one, other = LABELS.index(("3", "pooled_sd")), LABELS.index(("3", "mean_rounds_1_8"))
    rows = whole[(whole.treatment == "3") & (whole.statistic == "mean_rounds_1_8")]
    expected = rows[rows.other == "pooled_sd"].correlation.item()
    assert found[one, other] == found[other, one] == expected
    assert (found.diagonal() == 1).all()
    # Treatments were played by different people.
    assert not found[:10, 10:].any()


def test_without_rows_no_correlation_is_known(tmp_path: Path) -> None:
    path = tmp_path / "correlations.csv"
    path.write_text("treatment,statistic,other,correlation\n", encoding="utf-8")
    assert correlation_of(path, LABELS) is None
    assert read_correlations(path, LABELS).empty


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("9,pooled_sd,mean_rounds_1_8,0.1", "'9, pooled_sd, mean_rounds_1_8, 0.1'"),
        ("2,pooled,mean_rounds_1_8,0.1", "'2, pooled, mean_rounds_1_8, 0.1'"),
        ("2,pooled_sd,mean_rounds_1_8,1.5", "'2, pooled_sd, mean_rounds_1_8, 1.5'"),
        ("2,pooled_sd,mean_rounds_1_8,much", "'2, pooled_sd, mean_rounds_1_8, much'"),
    ],
)
def test_bad_correlations_are_told_with_their_row(tmp_path: Path, row: str, problem: str) -> None:
    path = tmp_path / "correlations.csv"
    good = "2,pooled_sd,sd_between_agents,0.5"
    path.write_text(f"treatment,statistic,other,correlation\n{good}\n{row}\n", encoding="utf-8")
    with pytest.raises(SatisficeError) as caught:
        correlation_of(path, LABELS)
    assert f"correlations.csv, row 3: {problem} is no correlation" in str(caught.value)


def test_correlations_without_a_column_are_told(tmp_path: Path) -> None:
    path = tmp_path / "correlations.csv"
    path.write_text("treatment,statistic,correlation\n", encoding="utf-8")
    with pytest.raises(SatisficeError, match=r"row 1: the header lacks other\."):
        correlation_of(path, LABELS)


@given(data=st.data())
@settings(deadline=None, max_examples=40, derandomize=True)
def test_what_is_written_comes_back_the_same(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    pairs = [
        (*one, two[1])
        for number, one in enumerate(LABELS)
        for two in LABELS[number + 1 :]
        if one[0] == two[0]
    ]
    chosen = data.draw(st.lists(st.sampled_from(pairs), unique=True, max_size=8))
    # Small correlations cannot contradict each other.
    values = [data.draw(st.floats(-0.1, 0.1)) for _ in chosen]
    rows = [[*pair, value] for pair, value in zip(chosen, values, strict=True)]
    table = pd.DataFrame(rows, columns=list(CORRELATION_COLUMNS))
    path = tmp_path_factory.mktemp("correlations") / "correlations.csv"
    write_table(path, table)
    found = read_correlations(path, LABELS)
    assert found.to_numpy().tolist() == table.to_numpy().tolist()
    matrix = correlation_of(path, LABELS)
    if chosen:
        assert matrix is not None
        np.testing.assert_array_equal(matrix, matrix.T)
        assert np.abs(matrix - np.eye(len(LABELS))).sum() == pytest.approx(2 * np.abs(values).sum())
