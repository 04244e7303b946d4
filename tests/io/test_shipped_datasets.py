"""The published figures that the project ships: what they are, and how far they can be trusted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from satisfice.contenders.beer_game import PublishedSterman
from satisfice.games import load_game
from satisfice.games.beer_game import ROLES
from satisfice.io.datasets import HumanData, load_dataset
from satisfice.io.statistics_file import COLUMNS
from satisfice.randomness import seed_sequence
from satisfice.simulation.simulator import Experiment

DATA = Path(__file__).resolve().parents[2] / "data"
FOLDERS = {"cournot": "huck2004", "cobweb": "hommes2007", "beer_game": "sterman1989"}


def shipped(game: str) -> HumanData:
    return load_dataset(DATA / game / FOLDERS[game], load_game(game))


def keyed(game: str) -> pd.DataFrame:
    return shipped(game).table.set_index(["treatment", "statistic"])


@pytest.mark.parametrize("game", FOLDERS)
def test_every_shipped_data_set_is_whole(game: str) -> None:
    human, loaded = shipped(game), load_game(game)
    assert tuple(human.table.columns) == COLUMNS
    assert set(human.markets) == set(loaded.treatments)
    expected = {(t, name) for t in loaded.treatments for name in loaded.statistics}
    assert set(zip(human.table.treatment, human.table.statistic, strict=True)) == expected
    assert len(human.table) == len(expected)
    assert {path.name for path in (DATA / game).iterdir()} == {FOLDERS[game]}
    readme = (DATA / "README.md").read_text(encoding="utf-8")
    assert f"## {game}/{FOLDERS[game]}" in readme


def test_designs_are_those_of_the_experiments() -> None:
    markets = {"stable": 6, "unstable": 6, "strongly_unstable": 6}
    assert shipped("cobweb").markets == markets
    assert shipped("beer_game").markets == {"step": 11}
    for game, rounds in (("cobweb", 50), ("beer_game", 36)):
        assert shipped(game).description["design"]["rounds"] == rounds
    assert "Macroeconomic Dynamics 11" in shipped("cobweb").description["citation"]
    assert "Management Science 35" in shipped("beer_game").description["citation"]


def test_what_was_not_seen_is_unverified() -> None:
    assert set(keyed("cobweb").provenance) == {"unverified"}
    beer = keyed("beer_game").provenance.droplevel("treatment")
    assert beer["team_cost"] == "secondary"
    assert set(beer.drop("team_cost")) == {"unverified"}
    for game in ("cobweb", "beer_game"):
        assert "UNVERIFIED" in shipped(game).description["how_computed"]


PRICES = {
    "price_mean": {"stable": 5.64, "unstable": 5.85, "strongly_unstable": 5.93},
    "price_variance": {"stable": 0.36, "unstable": 0.63, "strongly_unstable": 2.62},
}


@pytest.mark.parametrize("treatment", ["stable", "unstable", "strongly_unstable"])
def test_prices_are_those_published(treatment: str) -> None:
    table = keyed("cobweb").loc[treatment]
    for statistic, published in PRICES.items():
        assert table.value[statistic] == published[treatment]
    # Six groups of fifty independent normal prices.
    variance = PRICES["price_variance"][treatment]
    errors = {"price_mean": np.sqrt(variance / 300), "price_variance": variance * np.sqrt(2 / 300)}
    for statistic, error in errors.items():
        assert table.standard_error[statistic] == pytest.approx(error, rel=5e-4)


# Retailer, wholesaler, distributor and factory.
PUBLISHED = {
    "cost": (383, 635, 630, 380),
    "peak_order": (15, 19, 27, 32),
    "peak_order_week": (16, 16, 21, 20),
    "highest_inventory": (20, 41, 49, 50),
    "lowest_inventory": (-25, -46, -45, -23),
    "lowest_inventory_week": (20, 22, 20, 22),
}
ORDER_VARIANCE = (13, 23, 45, 72)
COST_SD, TEAM_COST, TEAM_COST_SD = (231, 340, 285, 208), 2028, 786
EXCESS_SPREAD = (2.36, 1.52, 1.11, 1.24)
"""By how much real teams differ more in cost than teams that all play the same rule."""


@pytest.mark.parametrize("number", range(4))
def test_teams_are_those_published(number: int) -> None:
    table, role = keyed("beer_game").loc["step"], ROLES[number]
    for name, published in PUBLISHED.items():
        assert table.value[f"{role}_{name}"] == published[number]
    logarithm = np.log(ORDER_VARIANCE[number] + 0.01)
    assert table.value[f"{role}_log_order_variance"] == pytest.approx(logarithm, abs=1e-5)
    error = COST_SD[number] / np.sqrt(11)
    assert table.standard_error[f"{role}_cost"] == pytest.approx(error, rel=1e-3)


def test_the_cost_of_the_team_is_that_quoted() -> None:
    team = keyed("beer_game").loc[("step", "team_cost")]
    assert team.value == TEAM_COST == sum(PUBLISHED["cost"])
    assert team.standard_error == pytest.approx(TEAM_COST_SD / np.sqrt(11), rel=1e-3)


@pytest.fixture(scope="module")
def spread_of_the_rule() -> pd.Series:
    """Standard deviation of each statistic over experiments in which all play Sterman's rule."""
    game = load_game("beer_game")
    experiment = Experiment(game, shipped("beer_game").markets)
    sterman = PublishedSterman(game)
    statistics, _ = sterman.simulate(experiment, np.empty((640, 0)), seed_sequence(1, "test"))
    names = [name for _, name in experiment.labels]
    return pd.Series(statistics.std(axis=0, ddof=1), index=names)


@pytest.mark.parametrize("number", range(4))
def test_errors_of_teams_are_reproduced_from_the_rule(
    spread_of_the_rule: pd.Series, number: int
) -> None:
    role, documented = ROLES[number], keyed("beer_game").loc["step"].standard_error
    names = [name for name in documented.index if name.startswith(f"{role}_")]
    assert len(names) == 7
    expected = EXCESS_SPREAD[number] * spread_of_the_rule[names]
    np.testing.assert_allclose(documented[names], expected, rtol=0.1)


def test_how_errors_were_derived_is_written_down() -> None:
    words = " ".join(shipped("beer_game").description["how_computed"].split())
    for number in (*COST_SD, TEAM_COST_SD, *EXCESS_SPREAD):
        assert f"{number}" in words
    words = " ".join(shipped("cobweb").description["how_computed"].split())
    assert "sqrt(v / 300) for the mean and v sqrt(2 / 300) for the variance" in words
