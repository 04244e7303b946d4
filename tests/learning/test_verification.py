"""Distances from equilibrium of populations whose distance is known."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from satisfice.games.base import Game, Rule
from satisfice.games.beer_game import BeerGame, mean_team_cost, tuned_base_stock
from satisfice.games.cobweb import Cobweb
from satisfice.games.cournot import Cournot, nash_quantity
from satisfice.learning.exact_qre import solve_supertypes
from satisfice.learning.rollout import Chance, Choice, Population, Seat, cumulated, play_rule
from satisfice.learning.verification import (
    distance_from_exact_qre,
    effect_of_processing_cost,
    grid_of_costs,
    policy_at_skills,
    possible_skills,
    rational_limits,
)
from satisfice.population.anchor import AnchorBelief
from satisfice.population.beliefs import PriorBelief, UniformBelief
from satisfice.population.habit import HabitBelief
from satisfice.population.parameters import ParameterSpace
from satisfice.population.policy import PolicyNetwork, PolicyShape, Traits
from satisfice.population.supertypes import (
    FEATURE_QUANTILES,
    SKILL_PARAMETERS,
    SKILL_SPACE,
    Supertypes,
    rational_space,
)

COURNOT, COBWEB, CHAIN = Cournot(), Cobweb(), BeerGame()
UNIFORM = UniformBelief(COURNOT.action_values)
ANCHOR = AnchorBelief(CHAIN.action_values, spread=2.86, explore=0.02, inertia=0.0)
THETA = np.array([[0.5, 0.2, 0.6], [0.9, 0.3, 1.5], [0.1, 0.02, 0.3]])
RATIONAL, NO_COLUMNS = rational_space(), np.empty(0)
Build = Callable[..., PolicyNetwork]


def untrained(
    game: Game, belief: PriorBelief, information: str, space: ParameterSpace = SKILL_SPACE
) -> Population:
    """Agents that follow their prior belief."""
    features = game.treatment_features(next(iter(game.training_treatments))).numel()
    observed = len(game.information[information])
    shape = PolicyShape(len(game.action_values), features, observed, hidden=8, groups=space.groups)
    return Population(game, PolicyNetwork(shape), belief, information, space)


def population_of(
    policy: Any, game: Game = COURNOT, space: ParameterSpace = SKILL_SPACE
) -> Population:
    """Memoryless agents with a uniform prior belief and any module as their policy."""
    return Population(game, policy, UniformBelief(game.action_values), "none", space)


def costs_of(space: ParameterSpace) -> np.ndarray:
    costs = grid_of_costs(space)
    assert costs is not None
    return costs


@pytest.mark.parametrize("treatment", ["2", "5"])
@pytest.mark.parametrize("skills", [1, 2, 4, 5, 7])
def test_policies_at_skills_are_those_of_agents_with_these_skills(
    restless_policy: Build, treatment: str, skills: int
) -> None:
    population = population_of(restless_policy())
    skill = np.random.default_rng(skills).random((len(THETA), skills))
    found = policy_at_skills(population, treatment, THETA, skill)
    assert found.shape == (len(THETA), skills, 101)
    np.testing.assert_allclose(found.sum(-1), 1.0, atol=1e-5)
    agents = COURNOT.treatments[treatment]
    for row, column in np.ndindex(skill.shape):
        supertype = Supertypes.from_array(THETA[row : row + 1])
        own = torch.full((1, agents), skill[row, column])
        traits = Traits(own, supertype.processing_costs(own), supertype.features())
        choice = population.decide(treatment, COURNOT.start(treatment, 1), traits)
        expected = choice.log_policy[0, 0].exp().detach().numpy()
        np.testing.assert_allclose(found[row, column], expected, atol=1e-6)


class Equilibrium(nn.Module):
    """The logit reply to exact payoffs, given for each treatment."""

    def __init__(self, payoffs: np.ndarray) -> None:
        super().__init__()
        self.payoffs = torch.from_numpy(payoffs)

    def forward(self, inputs: Tensor, processing_cost: Tensor) -> Tensor:
        start = 2 + len(FEATURE_QUANTILES)
        treatment = inputs[..., start : start + len(self.payoffs)].double()
        payoff = treatment @ self.payoffs
        return (payoff / processing_cost.double().unsqueeze(-1).clamp(min=1e-9)).float()


@pytest.mark.parametrize("game", [COURNOT, COBWEB])
def test_the_exact_equilibrium_is_at_no_distance_from_itself(game: Cournot | Cobweb) -> None:
    theta, log_prior = THETA[:1], -np.log(np.full(len(game.action_values), len(game.action_values)))
    exact = [
        solve_supertypes(theta, partial(game.expected_payoffs, treatment), log_prior)[1]
        for treatment in game.treatments
    ]
    payoffs = np.concatenate([solution.payoffs for solution in exact])
    found = distance_from_exact_qre(population_of(Equilibrium(payoffs), game), theta)
    assert found["total_variation"]["max"] < 1e-4
    assert list(found["by_treatment"]) == list(game.treatments)
    for part in found["by_treatment"].values():
        assert part["of_population"]["max"] < 1e-4
        assert all(part["market"][a.quantity]["max"] < 1e-3 for a in game.aggregates)
        assert part["largest_residual_of_exact_solution"] < 1e-7


def test_an_untrained_policy_is_as_far_from_equilibrium_as_its_prior_belief() -> None:
    found = distance_from_exact_qre(untrained(COURNOT, UNIFORM, "none"), THETA)
    grid, everything = np.arange(101), []
    for treatment, part in found["by_treatment"].items():
        payoffs = partial(COURNOT.expected_payoffs, treatment)
        _, exact = solve_supertypes(THETA, payoffs, np.full(101, -np.log(101)))
        by_skill = 0.5 * np.abs(exact.policy - 1 / 101).sum(-1)
        distance = (exact.weight * by_skill).sum(-1)
        everything.append(distance)
        assert part["total_variation"]["mean"] == pytest.approx(distance.mean(), abs=1e-6)
        mixed = 0.5 * np.abs(exact.population - 1 / 101).sum(-1)
        assert part["of_population"]["max"] == pytest.approx(mixed.max(), abs=1e-6)
        error = np.abs(50 / (exact.population @ grid) - 1)
        measured = part["market"]["mean total quantity"]
        assert measured["mean"] == pytest.approx(error.mean(), abs=1e-5)
        assert measured["max"] == pytest.approx(error.max(), abs=1e-5)
    together = np.concatenate(everything)
    assert found["total_variation"]["max"] == pytest.approx(together.max(), abs=1e-6)
    assert found["total_variation"]["p95"] == pytest.approx(np.quantile(together, 0.95), abs=1e-6)
    assert found["total_variation"]["mean"] > 0.1


class Stubborn(nn.Module):
    """Always plays the same action."""

    def __init__(self, action: int, actions: int = 101) -> None:
        super().__init__()
        self.tilt = -100.0 * (torch.arange(actions) != action)

    def forward(self, inputs: Tensor, processing_cost: Tensor) -> Tensor:
        return self.tilt.expand(*processing_cost.shape, -1)


def test_untrained_firms_do_not_keep_the_limits_of_rational_play() -> None:
    population = untrained(COURNOT, UNIFORM, "none", RATIONAL)
    found = rational_limits(population, NO_COLUMNS, 50, seed=1)
    assert list(found) == ["2", "3", "4", "5"]
    for treatment, quantities in found.items():
        (limit,) = quantities.values()
        nash = nash_quantity(int(treatment))
        assert limit["value"] == pytest.approx(50, abs=2)
        assert (limit["low"], limit["high"]) == pytest.approx((0.98 * nash, 1.02 * nash))
        assert limit["kept"] is False


@pytest.mark.parametrize(("quantity", "kept_in"), [(33, "2"), (25, "3"), (20, "4"), (50, "")])
def test_limits_are_kept_only_where_play_is_rational(quantity: int, kept_in: str) -> None:
    population = population_of(Stubborn(quantity), space=RATIONAL)
    found = rational_limits(population, NO_COLUMNS, 3, seed=1)
    kept = {treatment for treatment, limits in found.items() if limits["mean quantity"]["kept"]}
    assert kept == set(kept_in)
    assert all(limits["mean quantity"]["value"] == quantity for limits in found.values())


def test_untrained_producers_keep_no_limit_and_bounds_without_end_are_left_out() -> None:
    population = untrained(COBWEB, UniformBelief(COBWEB.action_values), "none", RATIONAL)
    found = rational_limits(population, NO_COLUMNS, 20, seed=1)
    assert list(found) == list(COBWEB.treatments)
    for limits in found.values():
        assert not any(limit["kept"] for limit in limits.values())
        assert set(limits["mean price"]) == {"value", "low", "high", "kept"}
        assert set(limits["price variance"]) == {"value", "high", "kept"}
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def cost_of(rule: Rule, markets: int, seed: int) -> float:
    """Team cost of a rule of the beer game, with the random numbers of the verification."""
    generator = torch.Generator().manual_seed(seed)
    chance = Chance.draw(CHAIN, 4, markets, CHAIN.rounds, generator)
    played = play_rule(CHAIN, rule, "uncertain", chance)
    return mean_team_cost({key: v.double().numpy() for key, v in played.items()})


@pytest.mark.parametrize("roles", [(), CHAIN.roles])
def test_untrained_teams_cost_more_than_the_rule_on_the_same_demand(
    roles: tuple[str, ...],
) -> None:
    population = untrained(CHAIN, ANCHOR, "local", rational_space(roles))
    found = rational_limits(population, NO_COLUMNS, 40, seed=3)
    (limit,) = found["uncertain"].values()
    assert limit["rule"] == "tuned_base_stock"
    assert limit["high"] == pytest.approx(cost_of(tuned_base_stock, 40, seed=3))
    assert limit["value"] > 1.2 * limit["high"]
    assert limit["kept"] is False
    assert "low" not in limit
    other = rational_limits(population, NO_COLUMNS, 40, seed=4)
    assert other["uncertain"]["team cost of 36 weeks"]["high"] != limit["high"]


class RuleFollowers(Population):
    """Agents that order by a rule of the game, whatever their policy says."""

    @staticmethod
    def rule(treatment: str, state: Any, uniforms: Tensor) -> Tensor:
        return tuned_base_stock(treatment, state, uniforms)

    def decide(self, treatment: str, state: Any, traits: Traits) -> Choice:
        choice = super().decide(treatment, state, traits)
        ordered = self.rule(treatment, state, traits.skill)
        log_policy = nn.functional.one_hot(ordered, len(self.game.action_values)).float().log()
        return Choice(choice.inputs, choice.log_prior, choice.tilt, log_policy)

    def cumulative_policies(
        self, treatment: str, state: Any, seats: Sequence[Seat]
    ) -> Iterator[Tensor]:
        ((_, _, traits),) = seats
        yield cumulated(self.decide(treatment, state, traits).log_policy)


class BenchmarkFollowers(RuleFollowers):
    @staticmethod
    def rule(treatment: str, state: Any, uniforms: Tensor) -> Tensor:
        return CHAIN.play_equilibrium(treatment, state, uniforms)


@pytest.mark.parametrize("kind", [RuleFollowers, BenchmarkFollowers])
def test_followers_of_a_rule_cost_what_the_rule_costs(kind: type[RuleFollowers]) -> None:
    population = kind(**vars(untrained(CHAIN, ANCHOR, "local", RATIONAL)))
    found = rational_limits(population, NO_COLUMNS, 200, seed=3)
    limit = found["uncertain"]["team cost of 36 weeks"]
    assert limit["value"] == pytest.approx(cost_of(kind.rule, 200, seed=3))
    assert limit["kept"] is (kind is RuleFollowers)


@pytest.mark.parametrize(
    ("game", "belief", "information", "groups"),
    [
        (COURNOT, UNIFORM, "none", 1),
        (
            COURNOT,
            HabitBelief(COURNOT.action_values, stay=0.4, explore=0.1, reach=0.1),
            "market",
            1,
        ),
        (CHAIN, ANCHOR, "local", 4),
    ],
)
def test_processing_costs_do_not_matter_to_an_untrained_policy(
    game: Game, belief: PriorBelief, information: str, groups: int
) -> None:
    space = ParameterSpace.of(SKILL_PARAMETERS, {}, game.roles if groups > 1 else ())
    assert space.groups == groups
    population = untrained(game, belief, information, space)
    found = effect_of_processing_cost(population, costs_of(space), 5, seed=1)
    assert found["total_variation_from_prior_belief"] == pytest.approx(0.0, abs=1e-6)
    assert len(set(found["payoff"])) == 1
    assert found["largest_rise"] == 1.0
    assert json.loads(json.dumps(found, allow_nan=False)) == found


class Recorder(nn.Module):
    """Keeps the nearer to a good quantity the cheaper thinking is, and remembers the costs."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[Tensor] = []

    def forward(self, inputs: Tensor, processing_cost: Tensor) -> Tensor:
        self.told.append(processing_cost)
        near = -((torch.arange(101) - 14.0) ** 2) / 300
        return near / processing_cost.unsqueeze(-1)


def test_payoffs_fall_with_the_processing_cost_on_a_grid_within_the_prior() -> None:
    policy = Recorder()
    found = effect_of_processing_cost(population_of(policy), costs_of(SKILL_SPACE), 40, seed=1)
    costs = found["processing_cost"]
    assert len(costs) == len(found["payoff"]) == 12
    assert costs[0] == pytest.approx(0.002)
    assert costs[-1] == pytest.approx(0.95 * 2.0)
    np.testing.assert_allclose(np.diff(np.log(costs)), np.log(costs[1] / costs[0]))
    # Each cost is met in four treatments; then comes the very large one.
    assert len(policy.told) == 4 * (12 + 1)
    for number, cost in enumerate(costs):
        told = torch.cat([part.flatten() for part in policy.told[4 * number : 4 * number + 4]])
        assert told.mean().item() == pytest.approx(cost, rel=0.05)
        assert told.std() < 0.3 * cost
    assert found["very_large_cost"] == 200.0
    assert all((part == 200.0).all() for part in policy.told[-4:])
    assert found["largest_rise"] < 0.02
    assert found["payoff"][0] > found["payoff"][-1] + 0.3
    # The processing cost itself is not taken off: it is the payoff in the game that falls.
    assert found["payoff"][0] == pytest.approx(1.31, abs=0.02)


@pytest.mark.parametrize("information", ["none", "market"])
def test_a_very_large_processing_cost_leaves_the_prior_belief(
    restless_policy: Build, information: str
) -> None:
    belief = HabitBelief(COURNOT.action_values, stay=0.15, explore=0.5, reach=0.1)
    population = Population(COURNOT, restless_policy(information), belief, information)
    found = effect_of_processing_cost(population, costs_of(SKILL_SPACE), 5, seed=1)
    assert 0 < found["total_variation_from_prior_belief"] < 0.01
    # At the costs of the prior the same policy is far from its prior belief.
    cheap = ParameterSpace.of(SKILL_PARAMETERS, {"beta": [0.001, 0.01]})
    cheap_agents = replace(population, space=cheap)
    near = effect_of_processing_cost(cheap_agents, costs_of(cheap), 5, seed=1)
    assert near["very_large_cost"] == 1.0
    assert near["total_variation_from_prior_belief"] > 0.05


@pytest.mark.parametrize(
    ("given", "ends"),
    [
        ({}, (0.002, 1.9)),
        ({"mu": 0.8}, (0.004, 0.4)),
        ({"sigma": 0.1, "mu": 0.5}, (0.01, 1.0)),
        ({"mu": [0.2, 0.7], "beta": [0.1, 1.0]}, (0.03, 0.8)),
        ({"mu": 0.5, "beta": 0.5}, None),
        ({"mu": 0.5, "sigma": 0.1, "beta": 0.5}, None),
        ({"mu": [0.4, 0.6], "beta": 0.5}, None),
        ({"mu": 0.5, "beta": [0.5, 0.9]}, None),
        ({"beta": [0.0011, 0.0015]}, None),
    ],
)
def test_costs_on_the_grid_are_those_that_the_prior_holds(
    given: dict[str, Any], ends: tuple[float, float] | None
) -> None:
    costs = grid_of_costs(ParameterSpace.of(SKILL_PARAMETERS, given))
    if ends is None:
        assert costs is None
    else:
        assert costs is not None
        np.testing.assert_allclose(costs, np.geomspace(*ends, 12), rtol=1e-4)


@pytest.mark.parametrize(
    "given", [{"mu": 0.8}, {"beta": 0.5}, {"sigma": 0.3}, {"mu": 0.4, "sigma": 0.2}]
)
def test_costs_that_are_told_are_those_of_the_agents(given: dict[str, Any]) -> None:
    policy, space = Recorder(), ParameterSpace.of(SKILL_PARAMETERS, given)
    found = effect_of_processing_cost(population_of(policy, space=space), costs_of(space), 40, 1)
    for number, cost in enumerate(found["processing_cost"]):
        told = torch.cat([part.flatten() for part in policy.told[4 * number : 4 * number + 4]])
        assert told.median().item() == pytest.approx(cost, rel=0.12)
    assert found["largest_rise"] < 0.05


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "1111111111"),
        ({"mu": 0.5}, "0011111100"),
        ({"mu": 0.5, "sigma": 0.05}, "0000110000"),
        ({"mu": 0.75, "sigma": 0.02}, "0000000100"),
        ({"mu": [0.75, 0.95], "sigma": [0.01, 0.02]}, "0000000111"),
        ({"sigma": 0.5}, "1111111111"),
    ],
)
def test_skills_that_some_supertype_has_are_possible(given: dict[str, Any], expected: str) -> None:
    found = possible_skills(ParameterSpace.of(SKILL_PARAMETERS, given))
    assert "".join(str(int(each)) for each in found) == expected
