"""observed.csv: what is fitted and what is held out."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from satisfice.errors import SatisficeError
from satisfice.games import load_game
from satisfice.games.cournot import Cournot
from satisfice.io.datasets import load_dataset
from satisfice.stages.data import (
    OBSERVED_COLUMNS,
    HeldOut,
    correlation_of,
    labels_of,
    observe,
    observed_table,
    read_observed,
)

ROOT = Path(__file__).resolve().parents[2]
STATISTICS = list(Cournot().statistics)
BEER = load_game("beer_game")


def held_out(*treatments: str, statistics: tuple[str, ...] = ()) -> HeldOut:
    return {"treatments": treatments, "statistics": statistics}


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
    observe("cournot", folder, held_out("2"), tmp_path / "observed.csv")
    table = read_observed(tmp_path / "observed.csv")
    # Treatments in the order of the design, as the simulator has them.
    assert list(table.treatment.unique()) == ["4", "2"]
    assert list(table.statistic) == STATISTICS * 2
    given = load_dataset(folder, Cournot()).table.set_index(["treatment", "statistic"])
    found = table.set_index(["treatment", "statistic"])
    for column in ("value", "standard_error", "provenance"):
        assert (found[column] == given.loc[found.index, column]).all()


@pytest.mark.parametrize(
    ("chosen", "key", "problem"),
    [
        (held_out("9"), ".treatments", "'9' is none of the data set."),
        (held_out("3", "4"), ".treatments", "'4' is none of the data set."),
        (held_out("4*"), ".treatments", "'4*' is none of the data set."),
        (held_out(statistics=("median",)), ".statistics", "'median' is none of the data set."),
        (held_out("3", statistics=("*_sd", "sd")), ".statistics", "'sd' is none of the data set."),
        (held_out("2", "3"), "", "nothing is left to fit."),
        (held_out(statistics=("*",)), "", "nothing is left to fit."),
        (held_out(), "", "nothing is held out."),
    ],
)
def test_an_unusable_split_is_told_by_its_key(
    tiny_run: Any, chosen: HeldOut, key: str, problem: str
) -> None:
    with pytest.raises(SatisficeError) as caught:
        observed_table(Cournot(), load_dataset(tiny_run.dataset, Cournot()), chosen)
    assert str(caught.value).startswith(f"config, key games.cournot.held_out{key}: {problem}")
    choices = ", ".join(["2", "3"] if key == ".treatments" else STATISTICS)
    assert choices in caught.value.remedy


def test_statistics_are_held_out_in_every_treatment(tiny_run: Any) -> None:
    table = observed_table(
        Cournot(),
        load_dataset(tiny_run.dataset, Cournot()),
        held_out(statistics=("mean_*", "pooled_sd")),
    )
    unseen = table[table.split == "held_out"]
    means = [name for name in STATISTICS if name.startswith("mean_")]
    assert len(means) == 4
    for treatment in ("2", "3"):
        assert list(unseen.statistic[unseen.treatment == treatment]) == [
            name for name in STATISTICS if name in (*means, "pooled_sd")
        ]


def test_treatments_and_statistics_are_held_out_together(tiny_run: Any) -> None:
    chosen = held_out("3", statistics=("share_changed",))
    table = observed_table(Cournot(), load_dataset(tiny_run.dataset, Cournot()), chosen)
    fitted = table[table.split == "fit"]
    assert set(fitted.treatment) == {"2"}
    assert list(fitted.statistic) == [name for name in STATISTICS if name != "share_changed"]


def test_the_beer_game_is_fitted_to_costs_and_variances() -> None:
    dataset = ROOT / "data" / "beer_game" / "sterman1989"
    patterns = ("*_peak_order", "*_inventory", "*_week")
    table = observed_table(BEER, load_dataset(dataset, BEER), held_out(statistics=patterns))
    roles = BEER.roles
    fitted = [f"{role}_{name}" for name in ("cost", "log_order_variance") for role in roles]
    assert list(table.statistic[table.split == "fit"]) == [*fitted, "team_cost"]
    assert len(table) == 29


NAMES = st.sampled_from([*STATISTICS, "mean_*", "*_sd", "sd_*", "*share*", "*_agent*", "lag_*"])


@given(patterns=st.lists(NAMES, max_size=4), treatments=st.sets(st.sampled_from("2345")))
@settings(deadline=None, max_examples=60, derandomize=True)
def test_exactly_what_is_named_is_held_out(patterns: list[str], treatments: set[str]) -> None:
    assume((patterns or treatments) and len(treatments) < 4)
    dataset = ROOT / "data" / "cournot" / "huck2004"
    chosen = held_out(*sorted(treatments), statistics=tuple(patterns))
    table = observed_table(Cournot(), load_dataset(dataset, Cournot()), chosen)
    assert len(table) == 4 * len(STATISTICS)
    for row in table.itertuples():
        named = any(fnmatch.fnmatchcase(str(row.statistic), pattern) for pattern in patterns)
        unseen = named or row.treatment in treatments
        assert row.split == ("held_out" if unseen else "fit")


def test_nothing_is_written_of_bad_data(tmp_path: Path, write_dataset: Callable[..., Path]) -> None:
    folder = write_dataset(tmp_path / "mine", {"2": 2, "3": 2})
    (folder / "statistics.csv").unlink()
    with pytest.raises(SatisficeError, match="file not found"):
        observe("cournot", folder, held_out("3"), tmp_path / "observed.csv")
    assert not (tmp_path / "observed.csv").exists()


def test_correlations_take_the_order_of_the_statistics(tiny_run: Any, tmp_path: Path) -> None:
    table = read_observed(tiny_run.observed)
    path = ROOT / "data" / "cournot" / "huck2004" / "correlations.csv"
    whole = pd.read_csv(path, dtype={"treatment": str})
    few = tmp_path / "correlations.csv"
    whole[whole.treatment.isin(["2", "3"])].to_csv(few, index=False)
    found = correlation_of(table, few)
    assert found is not None
    labels = labels_of(table)
    one, other = labels.index(("3", "pooled_sd")), labels.index(("3", "mean_rounds_1_8"))
    rows = whole[(whole.treatment == "3") & (whole.statistic == "mean_rounds_1_8")]
    expected = rows[rows.other == "pooled_sd"].correlation.item()
    assert found[one, other] == found[other, one] == expected
    assert (found.diagonal() == 1).all()
    # Treatments were played by different people.
    assert not found[:10, 10:].any()
    assert correlation_of(table, None) is None


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("9,pooled_sd,mean_rounds_1_8,0.1", "'9, pooled_sd, mean_rounds_1_8, 0.1'"),
        ("2,pooled,mean_rounds_1_8,0.1", "'2, pooled, mean_rounds_1_8, 0.1'"),
        ("2,pooled_sd,mean_rounds_1_8,1.5", "'2, pooled_sd, mean_rounds_1_8, 1.5'"),
        ("2,pooled_sd,mean_rounds_1_8,much", "'2, pooled_sd, mean_rounds_1_8, much'"),
    ],
)
def test_bad_correlations_are_told_with_their_row(
    tiny_run: Any, tmp_path: Path, row: str, problem: str
) -> None:
    path = tmp_path / "correlations.csv"
    good = "2,pooled_sd,sd_between_agents,0.5"
    path.write_text(f"treatment,statistic,other,correlation\n{good}\n{row}\n", encoding="utf-8")
    with pytest.raises(SatisficeError) as caught:
        correlation_of(read_observed(tiny_run.observed), path)
    assert f"correlations.csv, row 3: {problem} is no correlation" in str(caught.value)


def test_correlations_without_a_column_are_told(tiny_run: Any, tmp_path: Path) -> None:
    path = tmp_path / "correlations.csv"
    path.write_text("treatment,statistic,correlation\n", encoding="utf-8")
    with pytest.raises(SatisficeError, match=r"row 1: the header lacks other\."):
        correlation_of(read_observed(tiny_run.observed), path)
