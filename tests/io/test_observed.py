"""observed.csv: what is fitted and what is held out."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from satisfice.errors import SatisficeError
from satisfice.games import load_game
from satisfice.games.cournot import Cournot
from satisfice.io.datasets import HumanData, load_dataset
from satisfice.io.observed import (
    HeldOut,
    observed_table,
    wholly_held_out,
)

ROOT = Path(__file__).resolve().parents[2]
STATISTICS = list(Cournot().statistics)
BEER = load_game("beer_game")


def held_out(*treatments: str, statistics: tuple[str, ...] = ()) -> HeldOut:
    return {"treatments": treatments, "statistics": statistics}


@pytest.fixture(scope="module")
def human(
    tmp_path_factory: pytest.TempPathFactory, write_dataset: Callable[..., Path]
) -> HumanData:
    """The oligopoly with two treatments."""
    folder = write_dataset(tmp_path_factory.mktemp("observed"), {"2": 2, "3": 2})
    return load_dataset(folder, Cournot())


@pytest.fixture(scope="module")
def table(human: HumanData) -> pd.DataFrame:
    return observed_table(Cournot(), human, held_out("3"))


@pytest.mark.parametrize(
    ("chosen", "key", "problem"),
    [
        (held_out("9"), ".treatments", "'9' is not in the data set."),
        (held_out("3", "4"), ".treatments", "'4' is not in the data set."),
        (held_out("4*"), ".treatments", "'4*' is not in the data set."),
        (held_out(statistics=("median",)), ".statistics", "'median' is not in the data set."),
        (held_out("3", statistics=("*_sd", "sd")), ".statistics", "'sd' is not in the data set."),
        (held_out("2", "3"), "", "nothing is left to fit."),
        (held_out(statistics=("*",)), "", "nothing is left to fit."),
        (held_out(), "", "nothing is held out."),
    ],
)
def test_an_unusable_split_is_told_by_its_key(
    human: HumanData, chosen: HeldOut, key: str, problem: str
) -> None:
    with pytest.raises(SatisficeError) as caught:
        observed_table(Cournot(), human, chosen)
    assert str(caught.value).startswith(f"config, key games.cournot.held_out{key}: {problem}")
    choices = ", ".join(["2", "3"] if key == ".treatments" else STATISTICS)
    assert choices in caught.value.remedy


def test_statistics_are_held_out_in_every_treatment(human: HumanData) -> None:
    table = observed_table(
        Cournot(),
        human,
        held_out(statistics=("mean_*", "pooled_sd")),
    )
    unseen = table[table.split == "held_out"]
    means = [name for name in STATISTICS if name.startswith("mean_")]
    assert len(means) == 4
    for treatment in ("2", "3"):
        assert list(unseen.statistic[unseen.treatment == treatment]) == [
            name for name in STATISTICS if name in (*means, "pooled_sd")
        ]


def test_treatments_and_statistics_are_held_out_together(human: HumanData) -> None:
    chosen = held_out("3", statistics=("share_changed",))
    table = observed_table(Cournot(), human, chosen)
    fitted = table[table.split == "fit"]
    assert set(fitted.treatment) == {"2"}
    assert list(fitted.statistic) == [name for name in STATISTICS if name != "share_changed"]


def test_the_beer_game_is_fitted_to_costs_and_variances() -> None:
    dataset = ROOT / "data" / "beer_game" / "sterman1989"
    patterns = ("*_peak_order", "*_inventory", "*_week")
    table = observed_table(BEER, load_dataset(dataset, BEER), held_out(statistics=patterns))
    roles = BEER.roles
    fitted = [f"{role}_{name}" for name in ("cost", "log_order_variance") for role in roles]
    assert list(table.statistic[table.split == "fit"]) == fitted
    assert list(table.statistic[table.split == "shown"]) == ["team_cost"]
    assert len(table) == 29


def test_what_follows_from_other_statistics_is_only_shown(human: HumanData) -> None:
    class Redundant(Cournot):
        only_shown = ("pooled_sd",)

    table = observed_table(Redundant(), human, held_out("3"))
    assert list(table.statistic) == STATISTICS * 2
    assert set(table[table.statistic == "pooled_sd"].split) == {"shown"}
    assert set(table[table.statistic != "pooled_sd"].split) == {"fit", "held_out"}
    assert wholly_held_out(table) == ["3"]
    # To name it under held_out does not make it held out.
    for chosen in (held_out(statistics=("pooled_sd",)), held_out("2", "3")):
        with pytest.raises(SatisficeError):
            observed_table(Redundant(), human, chosen)
    both = observed_table(Redundant(), human, held_out(statistics=("*_sd", "share_changed")))
    assert set(both[both.split == "held_out"].statistic) == {"share_changed"}


def test_only_statistics_can_be_shown(human: HumanData) -> None:
    class Misspelt(Cournot):
        only_shown = ("pooled",)

    with pytest.raises(SatisficeError, match="'pooled' is no statistic of the game"):
        observed_table(Misspelt(), human, held_out("3"))


@cache
def huck() -> HumanData:
    return load_dataset(ROOT / "data" / "cournot" / "huck2004", Cournot())


NAMES = st.sampled_from([*STATISTICS, "mean_*", "*_sd", "sd_*", "*share*", "*_agent*", "lag_*"])


@given(patterns=st.lists(NAMES, max_size=4), treatments=st.sets(st.sampled_from("2345")))
@settings(deadline=None, max_examples=60, derandomize=True)
def test_exactly_what_is_named_is_held_out(patterns: list[str], treatments: set[str]) -> None:
    assume((patterns or treatments) and len(treatments) < 4)
    chosen = held_out(*sorted(treatments), statistics=tuple(patterns))
    table = observed_table(Cournot(), huck(), chosen)
    assert len(table) == 4 * len(STATISTICS)
    for row in table.itertuples():
        named = any(fnmatch.fnmatchcase(str(row.statistic), pattern) for pattern in patterns)
        unseen = named or row.treatment in treatments
        assert row.split == ("held_out" if unseen else "fit")
