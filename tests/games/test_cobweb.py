"""The cobweb market against theory, quadrature, enumeration and the rules of the experiment."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats
from torch import Tensor

from satisfice.games.base import NO_ACTION_YET
from satisfice.games.cobweb import (
    FORECAST_STEP,
    LATTICE_CELLS,
    Cobweb,
    clearing_price,
    expected_payoff_share,
    noise,
    payoff_share,
    rational_expectations_price,
    supply,
)
from satisfice.learning.rollout import Chance, play_rule

SLOPES = {"stable": 0.22, "unstable": 0.5, "strongly_unstable": 2.0}
RATIONAL = {"stable": 5.574, "unstable": 5.732, "strongly_unstable": 5.910}
"""Rational-expectations prices, to three decimals."""
LARGEST_UNIFORM = 1 - 2**-24
CALM = torch.tensor([[0.5]])
"""A shock without noise."""
by_treatment = pytest.mark.parametrize("treatment", SLOPES)
treatments = st.sampled_from(list(SLOPES))
ACTIONS = len(Cobweb().action_values)
GRID = np.linspace(0, 10, ACTIONS)
forecasts = st.lists(st.integers(0, ACTIONS - 1), min_size=6, max_size=6)
shocks = st.floats(0.001, 0.999)


@pytest.fixture
def game() -> Cobweb:
    return Cobweb()


def forecast_supply(forecast: float, treatment: str) -> float:
    return 1 + math.tanh(SLOPES[treatment] * (forecast - 6))


def price_of(profile: list[float], treatment: str) -> float:
    """The price before noise, written out from the rules of the experiment."""
    return (13.8 - sum(forecast_supply(forecast, treatment) for forecast in profile)) / 1.5


def points(error: float) -> float:
    """Payoff of a forecast error in points, written out from the rules of the experiment."""
    return max(1300 - 260 * error**2, 0)


@by_treatment
def test_rational_expectations_come_true(treatment: str) -> None:
    price = rational_expectations_price(treatment)
    assert price == pytest.approx(RATIONAL[treatment], abs=0.0005)
    assert price_of([price] * 6, treatment) == pytest.approx(price, abs=1e-9)


@given(profile=forecasts, shock=shocks, treatment=treatments)
@settings(deadline=None, max_examples=100, derandomize=True)
def test_step_follows_the_rules(profile: list[int], shock: float, treatment: str) -> None:
    game = Cobweb()
    start, chance = game.start(treatment, 1), torch.tensor([[shock]])
    state, payoff = game.step(treatment, start, torch.tensor([profile]), chance)
    expected = price_of(GRID[profile].tolist(), treatment)
    expected += 0.5 * stats.norm.ppf(chance.double().item())
    assert state.price.item() == pytest.approx(expected, abs=1e-5)
    earned = [points(expected - forecast) / 1300 for forecast in GRID[profile]]
    assert payoff[0].tolist() == pytest.approx(earned, abs=1e-4)
    assert state.previous.tolist() == [profile]
    assert state.round == 1


@given(profile=forecasts, shock=shocks, treatment=treatments)
@settings(deadline=None, max_examples=60, derandomize=True)
def test_foregone_payoffs_are_what_each_forecast_earns_at_the_price_that_came_out(
    profile: list[int], shock: float, treatment: str
) -> None:
    game, actions, chance = Cobweb(), torch.tensor([profile]), torch.tensor([[shock]])
    start = game.start(treatment, 1)
    foregone = game.foregone_payoffs(treatment, start, actions, chance)
    state, payoff = game.step(treatment, start, actions, chance)
    earned = [points(state.price.item() - forecast) / 1300 for forecast in GRID]
    for producer, played in enumerate(profile):
        assert foregone[0, producer].tolist() == pytest.approx(earned, abs=1e-4)
        assert foregone[0, producer, played].item() == pytest.approx(
            payoff[0, producer].item(), abs=1e-6
        )


def test_foregone_payoffs_keep_markets_apart(game: Cobweb) -> None:
    actions = torch.tensor([[10, 20, 30, 40, 50, 60], [55, 56, 57, 58, 59, 60]])
    chance = torch.tensor([[0.1], [0.8]])
    together = game.foregone_payoffs("stable", game.start("stable", 2), actions, chance)
    for market in range(2):
        one = slice(market, market + 1)
        alone = game.foregone_payoffs("stable", game.start("stable", 1), actions[one], chance[one])
        torch.testing.assert_close(together[one], alone)


@given(mean=st.floats(-12, 12))
@settings(deadline=None, max_examples=100, derandomize=True)
def test_expected_payoff_share_equals_quadrature(mean: float) -> None:
    def integrand(error: float) -> float:
        return points(error) / 1300 * float(stats.norm.pdf(error, mean, 0.5))

    bound = math.sqrt(5)
    low, high = max(-bound, mean - 6), min(bound, mean + 6)
    exact = integrate.quad(integrand, low, high, points=[np.clip(mean, low, high)])[0]
    exact = exact if low < high else 0.0
    assert expected_payoff_share(np.array(mean)) == pytest.approx(exact, abs=1e-9)


def test_expected_payoff_share_is_the_mean_over_noise() -> None:
    uniforms = ((torch.arange(400_000) + 0.5) / 400_000).double().unsqueeze(1)
    for mean in (0.0, 0.7, -2.0, 2.5):
        averaged = payoff_share(mean + noise(uniforms)).double().mean().item()
        assert expected_payoff_share(np.array(mean)) == pytest.approx(averaged, abs=2e-5)


@given(
    treatment=treatments,
    support=st.lists(st.integers(0, ACTIONS - 1), min_size=1, max_size=2, unique=True),
    first=st.integers(1, 9),
)
@settings(deadline=None, max_examples=15, derandomize=True)
def test_expected_payoffs_match_enumeration_of_all_markets(
    treatment: str, support: list[int], first: int
) -> None:
    weights = [1.0] if len(support) == 1 else [first / 10, 1 - first / 10]
    population, expected = np.zeros(ACTIONS), np.zeros(ACTIONS)
    population[support] = weights
    for way in product(range(len(support)), repeat=6):
        price = price_of([GRID[support[index]] for index in way], treatment)
        chance = math.prod(weights[index] for index in way)
        expected += chance * expected_payoff_share(price - GRID)
    found = Cobweb().expected_payoffs(treatment, population)
    # Splitting six supplies between points of a lattice adds at most this to the variance of
    # the price, and the payoff's second derivative is below 1.2.
    added = 6 * (2 / LATTICE_CELLS / 1.5) ** 2 / 4
    np.testing.assert_allclose(found, expected, rtol=0, atol=0.6 * added + 1e-12)
    assert added < 2e-5


def test_expected_payoffs_are_the_mean_of_foregone_payoffs(game: Cobweb) -> None:
    markets = 40_000
    weights = np.random.default_rng(3).dirichlet(np.full(ACTIONS, 0.3))
    for number, treatment in enumerate(SLOPES):
        generator = np.random.default_rng(number)
        actions = torch.from_numpy(generator.choice(ACTIONS, size=(markets, 6), p=weights))
        chance = torch.from_numpy(generator.random((markets, 1)))
        start = game.start(treatment, markets)
        drawn = game.foregone_payoffs(treatment, start, actions, chance)[:, 0].double()
        error = drawn.std(0) / math.sqrt(markets)
        gap = (drawn.mean(0) - torch.from_numpy(game.expected_payoffs(treatment, weights))).abs()
        # What 40,000 draws have not shown once may still have a chance of 3 in 40,000.
        assert (gap <= 4.5 * error + 3 / markets).all()
        assert error.max() < 0.003


@by_treatment
def test_expected_payoffs_solve_populations_independently(game: Cobweb, treatment: str) -> None:
    populations = np.random.default_rng(2).dirichlet(np.ones(ACTIONS), size=(2, 3))
    together = game.expected_payoffs(treatment, populations)
    assert together.shape == populations.shape
    for index in np.ndindex(2, 3):
        alone = game.expected_payoffs(treatment, populations[index])
        np.testing.assert_allclose(together[index], alone, atol=1e-12)


@by_treatment
def test_the_best_forecast_is_the_expected_price(game: Cobweb, treatment: str) -> None:
    for forecast in (4.0, 5.5, round(RATIONAL[treatment], 1), 6.5):
        population = np.zeros(ACTIONS)
        population[np.abs(GRID - forecast).argmin()] = 1.0
        payoffs = game.expected_payoffs(treatment, population)
        price = min(max(price_of([forecast] * 6, treatment), 0.0), 10.0)
        assert abs(GRID[payoffs.argmax()] - price) <= FORECAST_STEP
        error = price_of([forecast] * 6, treatment) - forecast
        if abs(error) < 0.5:
            assert payoffs[population.argmax()] == pytest.approx(
                1 - 0.2 * (error**2 + 0.5**2), abs=1e-3
            )


@by_treatment
def test_the_grid_is_fine_enough_for_rational_expectations(treatment: str) -> None:
    """Where both neighbours on the grid earn the same, the price is midway between them."""
    rational = rational_expectations_price(treatment)
    lower = GRID[np.searchsorted(GRID, rational) - 1]
    assert abs(lower + FORECAST_STEP / 2 - rational) <= 0.03


def test_noise_is_normal_and_finite_at_the_ends() -> None:
    uniforms = ((torch.arange(10_000) + 0.5) / 10_000).unsqueeze(1)
    drawn = noise(uniforms)
    assert drawn.shape == (10_000,)
    assert stats.kstest(drawn.numpy(), stats.norm(0, 0.5).cdf).statistic < 1e-3
    assert noise(torch.tensor([[0.0], [LARGEST_UNIFORM]])).abs().max() < 0.5 * 5.5
    assert noise(CALM).item() == pytest.approx(0.0, abs=1e-7)


def test_supply_and_price_at_the_middle() -> None:
    assert supply(torch.tensor(6.0), 2.0).item() == 1.0
    assert clearing_price(torch.tensor(6.0)).item() == pytest.approx(5.2)
    assert supply(torch.tensor([0.0, 10.0]), 2.0).tolist() == pytest.approx([0, 2], abs=1e-3)


def play_equilibrium(game: Cobweb, treatment: str, markets: int, seed: int) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    chance = Chance.draw(game, 6, markets, game.rounds, generator)
    return play_rule(game, game.play_equilibrium, treatment, chance)


@by_treatment
def test_rational_expectations_leave_only_the_noise(game: Cobweb, treatment: str) -> None:
    markets = 800
    play = play_equilibrium(game, treatment, markets, seed=1)
    price = play["price"][:, 0].double()
    rational, decisions = rational_expectations_price(treatment), price.numel()
    # The standard error of a mean is sd / sqrt(n), that of a normal variance s^2 sqrt(2 / n);
    # producers mix between two forecasts, which makes the price vary by at most 0.007 more.
    above = np.searchsorted(GRID, rational)
    low, high = torch.tensor(GRID[above - 1]), torch.tensor(GRID[above])
    mixing = (rational - low.item()) * (high.item() - rational) / FORECAST_STEP**2
    gap = supply(high, SLOPES[treatment]) - supply(low, SLOPES[treatment])
    variance = 0.25 + 6 * gap.item() ** 2 * mixing / 1.5**2
    assert variance < 0.257
    error = variance * math.sqrt(2 / decisions)
    found = game.statistics["price_variance"](
        {name: values.double().numpy() for name, values in play.items()}
    )
    assert float(found) == pytest.approx(variance, abs=4 * error)
    assert error < 0.002
    # Supply is nearly linear between two forecasts: that moves the mean by less than 0.002.
    tolerance = 4 * math.sqrt(variance / decisions) + 0.002
    assert price.mean().item() == pytest.approx(rational, abs=tolerance)
    assert play["action"].unique().tolist() == pytest.approx([low.item(), high.item()])


def test_a_price_is_recorded_for_every_producer(game: Cobweb) -> None:
    actions = torch.tensor([[50, 52, 54, 56, 58, 60], [0, 0, 0, 0, 0, 0]])
    before = game.start("stable", 2)
    after, _ = game.step("stable", before, actions, torch.tensor([[0.3], [0.9]]))
    outcomes = game.outcomes(before, actions, after)
    assert tuple(outcomes) == game.recorded
    assert torch.equal(outcomes["price"], after.price[:, None].expand(2, 6))
    torch.testing.assert_close(outcomes["action"], torch.from_numpy(GRID).float()[actions])


def test_statistics_describe_a_known_play(game: Cobweb) -> None:
    prices = np.zeros((2, 6, 4))
    prices[0] = [4.0, 6.0, 4.0, 6.0]
    prices[1] = [5.0, 5.0, 5.0, 9.0]
    play = game.record({"action": np.zeros((2, 6, 4)), "price": prices}, "stable")
    assert float(game.statistics["price_mean"](play)) == pytest.approx((5 + 6) / 2)
    # Variances over periods are 4 / 3 and 12 / 3: their mean, not the variance of everything.
    assert float(game.statistics["price_variance"](play)) == pytest.approx((4 / 3 + 4) / 2)
    assert game.statistic_units == {"price_mean": "price", "price_variance": "price²"}


def facts(game: Cobweb, means: list[float], variances: list[float]) -> list[bool]:
    found = {}
    for treatment, mean, variance in zip(SLOPES, means, variances, strict=True):
        found[treatment, "price_mean"] = np.array([mean])
        found[treatment, "price_variance"] = np.array([variance])
    return [bool(fact(found)[0]) for fact in game.stylised_facts.values()]


@pytest.mark.parametrize(
    ("means", "variances", "expected"),
    [
        ([5.6, 5.7, 5.9], [0.36, 0.63, 2.62], [True, True]),
        ([5.6, 5.7, 5.9], [0.36, 0.36, 2.62], [True, False]),
        ([5.6, 5.7, 5.9], [0.36, 0.63, 0.5], [True, False]),
        ([5.87, 5.44, 6.2], [0.3, 0.4, 0.5], [True, True]),
        ([5.88, 5.7, 5.9], [0.3, 0.4, 0.5], [False, True]),
        ([5.6, 5.7, 5.6], [0.3, 0.4, 0.5], [False, True]),
    ],
)
def test_stylised_facts_tell_what_humans_showed(
    game: Cobweb, means: list[float], variances: list[float], expected: list[bool]
) -> None:
    assert facts(game, means, variances) == expected


@by_treatment
def test_rational_limits_admit_rational_play_and_not_the_prior_belief(
    game: Cobweb, treatment: str
) -> None:
    rational = play_equilibrium(game, treatment, 200, seed=2)
    anything = torch.randint(ACTIONS, (200, 6, 50), generator=torch.Generator().manual_seed(0))
    state, prices = game.start(treatment, 200), []
    for actions in anything.unbind(-1):
        state, _ = game.step(treatment, state, actions, CALM.expand(200, 1))
        prices.append(state.price[:, None].expand(-1, 6))
    kept = []
    for price in (rational["price"], torch.stack(prices, -1)):
        play = {"price": price.double().numpy()}
        limits = game.rational_limits(treatment)
        assert [limit.quantity for limit in limits] == ["mean price", "price variance"]
        kept.append([limit.low <= limit.measure(play) <= limit.high for limit in limits])
    assert all(kept[0])
    assert not all(kept[1])


def test_treatments_are_told_apart(game: Cobweb) -> None:
    features = torch.stack([game.treatment_features(treatment) for treatment in SLOPES])
    assert torch.equal(features, torch.eye(3))
    assert dict(game.treatments) == dict.fromkeys(SLOPES, 6)


def test_before_the_first_period_nothing_is_known(game: Cobweb) -> None:
    seen = game.observe("stable", game.start("stable", 4), "market")
    assert game.information["market"] == ("rounds_left", "started", "last_price")
    assert torch.equal(seen.features, torch.tensor([1.0, 0.0, 0.0]).expand(4, 6, 3))
    assert (seen.previous_action == NO_ACTION_YET).all()
    assert seen.anchor.isnan().all()


def test_producers_see_the_last_price_and_follow_it_by_rule_of_thumb(game: Cobweb) -> None:
    actions = torch.tensor([[50, 51, 52, 53, 54, 55]])
    state, _ = game.step("stable", game.start("stable", 1), actions, CALM)
    seen = game.observe("stable", state, "market")
    price = price_of(GRID[actions[0]].tolist(), "stable")
    expected = torch.tensor([1 - 1 / 50, 1.0, (price - 6) / 2]).expand(1, 6, 3)
    torch.testing.assert_close(seen.features, expected)
    torch.testing.assert_close(seen.anchor, torch.full((1, 6), price))
    assert torch.equal(seen.previous_action, actions)
    assert game.observe("stable", state, "none").features.shape == (1, 6, 0)


@by_treatment
def test_moments_of_the_price_are_those_of_play(treatment: str) -> None:
    """Many periods in which all producers draw from one distribution of forecasts."""
    game, generator = Cobweb(), torch.Generator().manual_seed(4)
    population = torch.rand(2, len(game.action_values), generator=generator).softmax(-1) ** 9
    population = population / population.sum(-1, keepdim=True)
    drawn = torch.multinomial(population[1], 6 * 20_000, replacement=True, generator=generator)
    shocks = torch.rand((20_000, 1), generator=generator)
    state = game.start(treatment, 20_000)
    after, _ = game.step(treatment, state, drawn.reshape(20_000, 6), shocks)
    mean, variance = game.aggregates
    exact = population.double().numpy()
    price = after.price.double().numpy()
    assert mean.of(treatment, exact)[1] == pytest.approx(price.mean(), abs=4 * price.std() / 141)
    assert variance.of(treatment, exact)[1] == pytest.approx(price.var(), rel=0.04)


def test_certain_forecasts_leave_only_the_noise() -> None:
    game = Cobweb()
    certain = np.eye(len(game.action_values))[[100]]
    mean, variance = (aggregate.of("unstable", certain) for aggregate in game.aggregates)
    assert variance == pytest.approx(0.25)
    assert mean == pytest.approx((13.8 - 6 * (1 + np.tanh(0.5 * (5.0 - 6.0)))) / 1.5)


@by_treatment
def test_a_replica_of_twelve_producers_has_the_same_prices(treatment: str) -> None:
    six, twelve = Cobweb(), Cobweb(12)
    actions = torch.tensor([[3, 90, 110, 120, 130, 200]])
    prices, payoffs = [], []
    for game, played in ((six, actions), (twelve, actions.repeat(1, 2))):
        state, payoff = game.step(treatment, game.start(treatment, 1), played, CALM)
        prices.append(state.price.item())
        payoffs.append(payoff)
        seen = game.observe(treatment, state, "market")
        assert seen.features.shape == (1, game.producers, 3)
        assert game.outcomes(state, played, state)["price"].shape == played.shape
        foregone = game.foregone_payoffs(treatment, game.start(treatment, 1), played, CALM)
        assert foregone.shape == (1, game.producers, ACTIONS)
    assert prices[0] == pytest.approx(prices[1], abs=1e-5)
    torch.testing.assert_close(payoffs[0].repeat(1, 2), payoffs[1], atol=1e-5, rtol=0)


def test_more_producers_average_out_what_each_does_by_chance() -> None:
    population = np.full(ACTIONS, 1 / ACTIONS)
    found = {number: Cobweb(number).aggregates[1].of("unstable", population) for number in (6, 12)}
    assert found[6] - 0.25 == pytest.approx(2 * (found[12] - 0.25))
    # Exact payoffs know it, too: a forecast far off is hit less often.
    far = {number: Cobweb(number).expected_payoffs("unstable", population)[-1] for number in found}
    assert far[12] < far[6]


def test_a_market_needs_a_producer() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Cobweb(0)


def test_markets_of_all_slopes_side_by_side_are_those_of_each_slope(game: Cobweb) -> None:
    generator = torch.Generator().manual_seed(4)
    together, treatments = game.side_by_side(2), list(game.treatments)
    actions = torch.randint(ACTIONS, (6, 6), generator=generator)
    shocks = torch.rand((6, 1), generator=generator)
    assert isinstance(together, Cobweb)
    told = together.treatment_features("any").expand(6, 6, -1)
    state, payoff = together.step("any", together.start("any", 6), actions, shocks)
    foregone = together.foregone_payoffs("any", state, actions, shocks)
    for number, treatment in enumerate(treatments):
        markets = slice(2 * number, 2 * number + 2)
        played, drawn = actions[markets], shocks[markets]
        alone, earned = game.step(treatment, game.start(treatment, 2), played, drawn)
        torch.testing.assert_close(state.price[markets], alone.price)
        torch.testing.assert_close(payoff[markets], earned)
        other = game.foregone_payoffs(treatment, alone, played, drawn)
        torch.testing.assert_close(foregone[markets], other)
        assert (told[markets] == game.treatment_features(treatment)).all()
    assert len(set(state.price.tolist())) == 6
