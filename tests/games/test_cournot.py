"""The Cournot game against oligopoly theory, enumeration and the human decisions."""

from __future__ import annotations

import csv
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from satisfice.games.base import NO_ACTION_YET
from satisfice.games.cournot import (
    Cournot,
    nash_profit,
    nash_quantity,
    price,
)

TREATMENTS = ("2", "3", "4", "5")
HUMAN_DECISIONS = Path(__file__).resolve().parents[3] / "shared" / "data" / "cournot_hno2004.csv"
quantities = st.integers(0, 100)


@pytest.fixture
def game() -> Cournot:
    return Cournot()


def firm_profit(own: float, others: float) -> float:
    """Profit in points, written out from the rules of the experiment."""
    return own * (max(100.0 - own - others, 0.0) - 1.0)


def test_price_follows_demand_down_to_zero() -> None:
    totals = torch.tensor([0.0, 40.0, 100.0, 250.0])
    assert price(totals).tolist() == [100.0, 60.0, 0.0, 0.0]


@pytest.mark.parametrize("treatment", TREATMENTS)
def test_best_grid_reply_to_nash_is_the_nearest_whole_quantity(treatment: str) -> None:
    firms = int(treatment)
    nash = nash_quantity(firms)
    best = max(range(101), key=lambda own: firm_profit(own, (firms - 1) * nash))
    assert abs(best - nash) <= 0.5


@pytest.mark.parametrize(
    "profile", [(33, 33), (25, 25, 25), (20, 20, 20, 19), (17, 17, 16, 16, 16)]
)
def test_whole_quantities_around_nash_are_mutual_best_replies(
    game: Cournot, profile: tuple[int, ...]
) -> None:
    treatment = str(len(profile))
    actions = torch.tensor([profile])
    state = game.start(treatment, 1)
    _, payoff = game.step(treatment, state, actions)
    best = game.foregone_payoffs(treatment, state, actions).max(-1).values
    torch.testing.assert_close(payoff, best)
    assert np.abs(np.array(profile) - nash_quantity(len(profile))).max() < 1


@pytest.mark.parametrize("treatment", TREATMENTS)
def test_nash_profile_earns_the_reference_payoff(game: Cournot, treatment: str) -> None:
    game.action_values = torch.tensor([nash_quantity(int(treatment))])
    actions = torch.zeros(1, int(treatment), dtype=torch.long)
    _, payoff = game.step(treatment, game.start(treatment, 1), actions)
    torch.testing.assert_close(payoff, torch.ones(1, int(treatment)))


@pytest.mark.parametrize(("treatment", "nash"), [("2", 33), ("3", 24.75), ("4", 19.8), ("5", 16.5)])
def test_equilibrium_action_is_the_textbook_quantity(
    game: Cournot, treatment: str, nash: float
) -> None:
    assert game.equilibrium_action(treatment) == pytest.approx(nash)


@pytest.mark.parametrize("firms", [2, 3, 4, 5])
def test_the_equilibrium_rule_plays_nash_on_average(game: Cournot, firms: int) -> None:
    treatment, markets = str(firms), 20_000
    uniforms = torch.rand((markets, firms), generator=torch.Generator().manual_seed(firms))
    actions = game.play_equilibrium(treatment, game.start(treatment, markets), uniforms)
    quantity = game.action_values[actions].double()
    share = nash_quantity(firms) % 1
    error = np.sqrt(share * (1 - share) / quantity.numel())
    assert abs(quantity.mean().item() - nash_quantity(firms)) <= 4 * error
    assert error < 0.005


@pytest.mark.parametrize(
    ("firms", "neighbours"), [(2, {33}), (3, {24, 25}), (4, {19, 20}), (5, {16, 17})]
)
def test_the_equilibrium_rule_plays_only_the_neighbours_of_nash(
    game: Cournot, firms: int, neighbours: set[int]
) -> None:
    uniforms = torch.linspace(0, 1 - 2**-24, 5 * firms).reshape(5, firms)
    state = game.start(str(firms), 5)
    played = game.play_equilibrium(str(firms), state, uniforms)
    assert set(played.flatten().tolist()) == neighbours
    # The past does not matter.
    later, _ = game.step(str(firms), state, torch.full((5, firms), 90))
    assert torch.equal(game.play_equilibrium(str(firms), later, uniforms), played)


@pytest.mark.parametrize("treatment", TREATMENTS)
@pytest.mark.parametrize(("distance", "kept"), [(0.0, True), (0.018, True), (0.025, False)])
def test_rational_play_comes_within_two_percent_of_nash(
    game: Cournot, treatment: str, distance: float, kept: bool
) -> None:
    (limit,) = game.rational_limits(treatment)
    nash = nash_quantity(int(treatment))
    for quantity in (nash * (1 - distance), nash * (1 + distance)):
        value = limit.measure({"action": np.full((3, int(treatment), 25), quantity)})
        assert value == pytest.approx(quantity)
        assert (limit.low <= value <= limit.high) is kept


@given(profile=st.lists(quantities, min_size=2, max_size=5))
@settings(deadline=None, max_examples=100, derandomize=True)
def test_step_pays_the_profit_of_the_rules(profile: list[int]) -> None:
    game, treatment = Cournot(), str(len(profile))
    state, payoff = game.step(treatment, game.start(treatment, 1), torch.tensor([profile]))
    expected = [firm_profit(own, sum(profile) - own) for own in profile]
    assert payoff[0].tolist() == pytest.approx(
        [profit / nash_profit(len(profile)) for profit in expected], rel=1e-5
    )
    assert state.previous.tolist() == [profile]
    assert state.round == 1


@given(profile=st.lists(quantities, min_size=2, max_size=5), data=st.data())
@settings(deadline=None, max_examples=50, derandomize=True)
def test_foregone_payoffs_are_what_step_pays_when_only_own_action_changes(
    profile: list[int], data: st.DataObject
) -> None:
    game, treatment = Cournot(), str(len(profile))
    firm = data.draw(st.integers(0, len(profile) - 1))
    state = game.start(treatment, 1)
    foregone = game.foregone_payoffs(treatment, state, torch.tensor([profile]))
    alternatives = torch.tensor([profile]).repeat(101, 1)
    alternatives[:, firm] = torch.arange(101)
    _, payoff = game.step(treatment, game.start(treatment, 101), alternatives)
    torch.testing.assert_close(foregone[0, firm], payoff[:, firm])


def test_foregone_payoffs_keep_markets_apart(game: Cournot) -> None:
    actions = torch.tensor([[10, 20, 30], [40, 0, 100]])
    together = game.foregone_payoffs("3", game.start("3", 2), actions)
    for market in range(2):
        alone = game.foregone_payoffs("3", game.start("3", 1), actions[market : market + 1])
        torch.testing.assert_close(together[market], alone[0])


@given(
    firms=st.integers(2, 5),
    support=st.lists(quantities, min_size=1, max_size=3, unique=True),
    data=st.data(),
)
@settings(deadline=None, max_examples=25, derandomize=True)
def test_expected_payoffs_match_enumeration_of_the_others(
    firms: int, support: list[int], data: st.DataObject
) -> None:
    weights = np.array(data.draw(st.tuples(*[st.integers(1, 9) for _ in support])), dtype=float)
    weights /= weights.sum()
    population = np.zeros(101)
    population[support] = weights
    expected = np.zeros(101)
    for others in product(range(len(support)), repeat=firms - 1):
        probability = np.prod(weights[list(others)])
        total = sum(support[other] for other in others)
        expected += probability * np.array([firm_profit(own, total) for own in range(101)])
    found = Cournot().expected_payoffs(str(firms), population)
    np.testing.assert_allclose(found, expected / nash_profit(firms), rtol=1e-9, atol=1e-9)


def test_expected_payoffs_match_a_simulation_of_a_dispersed_population(game: Cournot) -> None:
    generator = np.random.default_rng(1)
    population = generator.dirichlet(np.ones(101))
    others = generator.choice(101, size=(100_000, 4), p=population).sum(1)
    expected = game.expected_payoffs("5", population)
    for own in (1, 10, 17, 40, 100):
        drawn = own * (np.maximum(100 - own - others, 0) - 1) / nash_profit(5)
        tolerance = 4 * drawn.std() / np.sqrt(len(drawn)) + 1e-9
        assert abs(drawn.mean() - expected[own]) < tolerance


@pytest.mark.parametrize("treatment", TREATMENTS)
def test_expected_payoffs_solve_populations_independently(game: Cournot, treatment: str) -> None:
    populations = np.random.default_rng(2).dirichlet(np.ones(101), size=(2, 3))
    together = game.expected_payoffs(treatment, populations)
    assert together.shape == populations.shape
    for index in np.ndindex(2, 3):
        alone = game.expected_payoffs(treatment, populations[index])
        np.testing.assert_allclose(together[index], alone, atol=1e-12)


def test_before_the_first_round_nothing_is_known(game: Cournot) -> None:
    observation = game.observe("3", game.start("3", 4), "market")
    assert observation.features.shape == (4, 3, len(game.information["market"]))
    assert (observation.previous_action == NO_ACTION_YET).all()
    assert observation.features[0, 0].tolist() == [1.0, 0.0, 0.0]


def test_market_information_reports_the_others_relative_to_nash(game: Cournot) -> None:
    state, _ = game.step("2", game.start("2", 1), torch.tensor([[33, 66]]))
    observation = game.observe("2", state, "market")
    names = game.information["market"]
    others = observation.features[0, :, names.index("others")]
    torch.testing.assert_close(others, torch.tensor([1.0, 0.0]))
    assert observation.features[0, :, names.index("started")].tolist() == [1.0, 1.0]
    assert observation.previous_action.tolist() == [[33, 66]]


@given(first=quantities, second=quantities)
@settings(deadline=None, max_examples=30, derandomize=True)
def test_own_quantity_enters_an_observation_only_as_previous_action(
    first: int, second: int
) -> None:
    game = Cournot()
    observations = []
    for own in (first, second):
        state, _ = game.step("3", game.start("3", 1), torch.tensor([[own, 21, 34]]))
        observations.append(game.observe("3", state, "market").features[0, 0])
    assert torch.equal(observations[0], observations[1])


@pytest.mark.parametrize(("information", "features"), [("none", 0), ("round", 1), ("market", 3)])
def test_information_levels_have_their_features(
    game: Cournot, information: str, features: int
) -> None:
    observation = game.observe("4", game.start("4", 2), information)
    assert observation.features.shape == (2, 4, features)
    assert len(game.information[information]) == features


def test_rounds_left_counts_down_to_the_last_round(game: Cournot) -> None:
    state, seen = game.start("2", 1), []
    for _ in range(game.rounds):
        seen.append(game.observe("2", state, "round").features[0, 0, 0].item())
        state, _ = game.step("2", state, torch.tensor([[30, 30]]))
    assert seen == pytest.approx([1 - played / 25 for played in range(25)])


def test_the_rule_of_thumb_is_the_own_last_quantity(game: Cournot) -> None:
    state = game.start("3", 1)
    assert game.observe("3", state, "market").anchor.isnan().all()
    state, _ = game.step("3", state, torch.tensor([[0, 21, 100]]))
    assert game.observe("3", state, "market").anchor.tolist() == [[0.0, 21.0, 100.0]]


def test_treatments_are_told_apart(game: Cournot) -> None:
    features = torch.stack([game.treatment_features(treatment) for treatment in TREATMENTS])
    assert torch.equal(features[:, :4], torch.eye(4))
    assert features[:, 4].tolist() == pytest.approx([0.4, 0.6, 0.8, 1.0])


def test_record_gives_quantities_in_units_and_relative_to_nash(game: Cournot) -> None:
    quantities = np.array([[[0.0, 33.0, 99.0], [24.75, 33.0, 100.0]]])
    record = game.record({"action": quantities}, "2")
    np.testing.assert_array_equal(record["action"], quantities)
    np.testing.assert_allclose(record["relative_quantity"], quantities / 33.0)


def test_statistics_describe_a_known_panel(game: Cournot) -> None:
    """Both firms hold 33 for 8 rounds, then one adds 33 for 8 rounds, then both leave."""
    panel = np.zeros((2, 2, 25))
    panel[..., :8] = 33.0
    panel[:, 0, 8:16] = 66.0
    panel[:, 1, 8:16] = 33.0
    found = {
        name: one(game.record({"action": panel}, "2")).item()
        for name, one in game.statistics.items()
    }
    assert found["mean_rounds_1_8"] == pytest.approx(1.0)
    assert found["mean_rounds_9_16"] == pytest.approx(1.5)
    assert found["mean_rounds_17_25"] == pytest.approx(0.0)
    assert found["sd_between_markets"] == pytest.approx(0.0)
    assert found["share_changed"] == pytest.approx((2 + 1) / 48)
    assert found["mean_absolute_change"] == pytest.approx((1 + 2 + 1) / 48)


def test_every_statistic_has_a_unit(game: Cournot) -> None:
    assert set(game.statistic_units) == set(game.statistics)
    assert game.statistic_units["share_changed"] == "share"
    assert game.statistic_units["lag_one_autocorrelation"] == "correlation"
    assert game.statistic_units["pooled_sd"] == "Nash quantities"


HUMAN_STATISTICS = {
    "mean_rounds_1_8": (0.836, 0.940, 0.940, 1.038),
    "mean_rounds_9_16": (0.944, 1.052, 0.962, 1.022),
    "mean_rounds_17_25": (0.916, 0.978, 1.018, 1.072),
    "pooled_sd": (0.294, 0.386, 0.496, 0.613),
    "sd_between_agents": (0.063, 0.144, 0.284, 0.403),
    "median_sd_within_agent": (0.178, 0.169, 0.167, 0.250),
    "sd_between_markets": (0.107, 0.059, 0.061, 0.107),
    "lag_one_autocorrelation": (0.448, 0.151, 0.325, 0.153),
    "share_changed": (0.528, 0.727, 0.615, 0.694),
    "mean_absolute_change": (0.147, 0.228, 0.215, 0.270),
}
"""From the decisions of Huck, Normann and Oechssler (2004), treatments 2 to 5, to three digits."""


@pytest.fixture(scope="module")
def human_quantities() -> dict[str, np.ndarray]:
    """Quantities by treatment, each of shape (markets, firms, rounds); a few are no whole ones."""
    if not HUMAN_DECISIONS.exists():
        pytest.skip("the human decisions are not distributed with the project")
    quantities = {treatment: np.full((6, int(treatment), 25), np.nan) for treatment in TREATMENTS}
    with HUMAN_DECISIONS.open(newline="") as file:
        for row in csv.DictReader(file):
            place = (int(row["market"]) - 1, int(row["agent"]) - 1, int(row["period"]) - 1)
            quantities[row["treatment"]][place] = float(row["action"])
    assert not any(np.isnan(panel).any() for panel in quantities.values())
    return quantities


@pytest.mark.parametrize("name", HUMAN_STATISTICS)
@pytest.mark.parametrize("treatment", TREATMENTS)
def test_human_statistics_are_reproduced(
    game: Cournot, human_quantities: dict[str, np.ndarray], treatment: str, name: str
) -> None:
    expected = HUMAN_STATISTICS[name][TREATMENTS.index(treatment)]
    record = game.record({"action": human_quantities[treatment]}, treatment)
    found = game.statistics[name](record).item()
    assert found == pytest.approx(expected, abs=0.0006)


@pytest.mark.parametrize(
    ("treatment", "total"), [("2", 60.435), ("3", 72.593), ("4", 80.667), ("5", 88.426)]
)
def test_human_late_total_quantity_is_the_published_one(
    game: Cournot, human_quantities: dict[str, np.ndarray], treatment: str, total: float
) -> None:
    panel = human_quantities[treatment]
    assert panel.sum(1)[:, 16:].mean() == pytest.approx(total, abs=0.00051)
    record = game.record({"action": panel}, treatment)
    found = game.statistics["mean_rounds_17_25"](record).item()
    assert found * 99 * int(treatment) / (int(treatment) + 1) == pytest.approx(total, abs=0.00051)


def test_every_statistic_is_checked_against_humans(game: Cournot) -> None:
    assert set(HUMAN_STATISTICS) == set(game.statistics)


def test_people_played_with_two_to_five_firms() -> None:
    assert dict(Cournot().treatments) == {"2": 2, "3": 3, "4": 4, "5": 5}
    assert Cournot().treatment_features("3").tolist() == pytest.approx([0, 1, 0, 0, 0.6])


def test_other_numbers_of_firms_are_the_same_game() -> None:
    game, usual = Cournot((4, 7)), Cournot()
    assert dict(game.treatments) == {"4": 4, "7": 7}
    assert game.treatment_features("7").tolist() == pytest.approx([0, 1, 1.4])
    population = np.random.default_rng(0).dirichlet(np.ones(101))
    same = game.expected_payoffs("4", population), usual.expected_payoffs("4", population)
    np.testing.assert_array_equal(*same)
    assert game.start("7", 3).previous.shape == (3, 7)
    assert game.equilibrium_action("7") == pytest.approx(99 / 8)


@pytest.mark.parametrize("firms", [(), (1,), (3, 1)])
def test_an_oligopoly_has_several_firms(firms: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="two firms"):
        Cournot(firms)
