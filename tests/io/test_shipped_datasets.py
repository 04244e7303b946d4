"""The published figures that the project ships: what they are, and how far they can be trusted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from satisfice.contenders.beer_game import PublishedSterman
from satisfice.games import load_game
from satisfice.games.beer_game import ROLES
from satisfice.games.newsvendor import Newsvendor
from satisfice.io.datasets import HumanData, load_dataset
from satisfice.io.decisions import panels_of, read_decisions
from satisfice.io.statistics_file import COLUMNS
from satisfice.io.summaries import summarise_decisions
from satisfice.randomness import seed_sequence
from satisfice.simulation.simulator import Experiment

DATA = Path(__file__).resolve().parents[2] / "data"
FOLDERS = {"cournot": "huck2004", "cobweb": "hommes2007", "beer_game": "sterman1989",
           "newsvendor": "villa"}  # fmt: skip


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


NEWSVENDORS = DATA / "newsvendor" / FOLDERS["newsvendor"]
MEAN_ORDERS = {"classic": (51.77, 17.97), "expedite_3": (22.81, 24.40),
               "expedite_4": (41.17, 20.79), "expedite_6": (45.63, 21.81),
               "expedite_12": (49.39, 20.73),
               "expedite_18": (66.55, 16.45), "expedite_30": (68.75, 16.20)}  # fmt: skip
"""Mean and standard deviation (n - 1 in the denominator) of all orders, as the source has them."""


def newsvendors() -> dict[str, dict[str, np.ndarray]]:
    game = load_game("newsvendor")
    return panels_of(read_decisions(NEWSVENDORS / "decisions.csv", game), game)


def test_the_orders_of_newsvendors_are_those_of_the_source() -> None:
    panels, human = newsvendors(), shipped("newsvendor")
    assert {name: len(play["action"]) for name, play in panels.items()} == human.markets
    assert sum(play["action"].size for play in panels.values()) == 6690
    for name, (mean, spread) in MEAN_ORDERS.items():
        orders, demand = panels[name]["action"], panels[name]["demand"]
        assert orders.mean() == pytest.approx(mean, abs=0.006)
        assert orders.std(ddof=1) == pytest.approx(spread, abs=0.006)
        assert (orders % 1 == 0).all() and (demand % 1 == 0).all()
        assert demand.min() >= 1 and demand.max() <= 100
    assert "MIT License" in (NEWSVENDORS / "LICENSE").read_text(encoding="utf-8")
    assert "MIT" in human.description["licence"]
    assert human.description["design"]["rounds"] == load_game("newsvendor").rounds


def test_the_statistics_of_newsvendors_are_those_of_their_orders() -> None:
    game, table = load_game("newsvendor"), keyed("newsvendor")
    assert set(table.provenance) == {"primary"}
    decisions = read_decisions(NEWSVENDORS / "decisions.csv", game)
    again = summarise_decisions(decisions, game, replicates=2000, seed=1)
    again = again.statistics.set_index(["treatment", "statistic"]).loc[table.index]
    np.testing.assert_allclose(table.value, again.value, atol=1e-6)
    np.testing.assert_allclose(table.standard_error, again.standard_error, rtol=0.15)
    found = {key: np.array(value) for key, value in table.value.items()}
    for pattern, shown in game.stylised_facts.items():
        assert shown(found), pattern


@pytest.mark.parametrize("treatment", MEAN_ORDERS)
def test_states_that_follow_the_orders_of_newsvendors_pay_their_profits(treatment: str) -> None:
    game = Newsvendor()
    play = {name: torch.tensor(each).float() for name, each in newsvendors()[treatment].items()}
    state = game.start(treatment, len(play["action"]))
    reference = game.designs[treatment].largest_profit
    for now in range(game.rounds):
        seen = {name: values[..., now] for name, values in play.items()}
        order, demand = seen["action"], seen["demand"]
        # A shock in the middle of those that bring the recorded demand.
        _, payoff = game.step(treatment, state, order.long(), (demand - 0.5) / 100)
        state = game.follow(treatment, state, order.long(), seen)
        if treatment == "classic":
            profit = 12 * torch.minimum(order, demand) - 3 * order
        else:
            missing = (demand - order).clamp(min=0)
            profit = 12 * demand - 3 * order - float(treatment.split("_")[1]) * missing
        torch.testing.assert_close(payoff * reference, profit, rtol=1e-4, atol=1e-3)
        assert torch.equal(state.demand, demand) and torch.equal(state.previous, order.long())
