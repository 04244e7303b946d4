"""Populations whose prior beliefs differ: play, learning and equilibria, as one by one."""

from __future__ import annotations

from functools import partial
from itertools import combinations
from typing import Any

import numpy as np
import pytest
import torch
from scipy import stats
from torch import Tensor, nn

from experiments.cross_checks.exact_simulator import ExactBehaviour
from satisfice.games import load_game
from satisfice.games.base import Game, Observation, StageGame
from satisfice.games.beer_game import ROLES
from satisfice.games.cournot import Cournot
from satisfice.learning import pathwise_gradient, policy_gradient
from satisfice.learning.exact_qre import best_net_payoff, net_payoff, solve_supertypes
from satisfice.learning.exploitability import one_shot_gains
from satisfice.learning.pathwise_gradient import LearnerFirst
from satisfice.learning.policy_gradient import continuation, return_along
from satisfice.learning.populations import build_problem
from satisfice.learning.problem import LearningProblem, LearningSettings
from satisfice.learning.rollout import Chance, Population, play, play_outcomes
from satisfice.learning.verification import (
    distance_from_exact_qre,
    first_prior_belief,
    policy_at_skills,
)
from satisfice.population.anchor import AnchorBelief
from satisfice.population.beliefs import NO_TRAITS, Named, PriorBelief
from satisfice.population.habit import HabitBelief
from satisfice.population.parameters import Parameter, ParameterSpace
from satisfice.population.policy import PolicyNetwork, Traits
from satisfice.population.registry import space_of
from satisfice.population.supertypes import (
    SKILL_PARAMETERS,
    SKILL_SPACE,
    Supertypes,
    skill_quadrature,
)

MARKETS = 5
HABIT = {"stay": [0.0, 0.5], "explore": [0.05, 0.4], "reach": [0.02, 1.0]}
ANCHOR = {"spread": [0.2, 20.0], "explore": [0.05, 0.4], "inertia": [0.0, 1.0]}
SETTINGS = LearningSettings(markets=4, hidden=8, action_basis=4, minibatches=2)
CASES = [
    (game, kind, chosen)
    for game, kind, bounds in (("cournot", "habit", HABIT), ("cobweb", "anchor", ANCHOR))
    for size in (1, 2, 3)
    for chosen in combinations(bounds, size)
    if game != "cobweb" or "inertia" not in chosen
]


def block(kind: str, chosen: tuple[str, ...], information: str = "market") -> dict[str, Any]:
    """A variant of which some parameters are fitted; the others lie in the middle."""
    bounds = {"habit": HABIT, "anchor": ANCHOR}[kind]
    settings: dict[str, Any] = {name: sum(ends) / 2 for name, ends in bounds.items()}
    if kind == "anchor":
        settings["inertia"] = 0.0
    return {
        "prior_belief": kind, "information": information, "reward": "own", "rational": False,
        **settings, **{name: bounds[name] for name in chosen},
    }  # fmt: skip


def network(problem: LearningProblem, size: float) -> PolicyNetwork:
    """An untrained network, or one of random weights."""
    policy = PolicyNetwork(problem.policy_shape(SETTINGS))
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for weight in policy.parameters():
            weight.add_(size * torch.randn(weight.shape, generator=generator))
    return policy


def population_of(game: Game, variant: dict[str, Any], size: float = 0.0) -> Population:
    space = space_of(variant, {})
    problem = build_problem(game, variant, space)
    return Population(game, network(problem, size), problem.belief, variant["information"], space)


def draws(space: ParameterSpace, number: int) -> np.ndarray:
    return space.from_unit(np.random.default_rng(3).random((number, len(space.names))))


def of_market(chance: Chance, market: int) -> Chance:
    one = slice(market, market + 1)
    return Chance(chance.skills[one], chance.actions[:, one], chance.shocks[:, one])


@pytest.mark.parametrize(("game", "kind", "chosen"), CASES)
def test_without_a_tilt_each_market_plays_as_if_its_beliefs_were_everybodys(
    game: str, kind: str, chosen: tuple[str, ...]
) -> None:
    loaded, variant = load_game(game), block(kind, chosen)
    population = population_of(loaded, variant)
    treatment, agents = next(iter(loaded.treatments.items()))
    chance = Chance.draw(loaded, agents, MARKETS, 12, torch.Generator().manual_seed(2))
    theta = draws(population.space, MARKETS)
    together = play_outcomes(
        population, treatment, Traits.draw(population.supertypes(theta), chance.skills), chance
    )
    values = population.space.values(theta)
    for market in range(MARKETS):
        own = {name: float(np.float32(values[name][market, 0])) for name in chosen}
        alone = population_of(loaded, variant | own)
        assert alone.space.fitted == SKILL_SPACE.fitted
        here = of_market(chance, market)
        traits = Traits.draw(alone.supertypes(theta[market : market + 1, :3]), here.skills)
        played = play_outcomes(alone, treatment, traits, here)
        for name, outcome in played.items():
            assert torch.equal(outcome[0], together[name][market])
    actions = together["action"]
    assert not torch.equal(actions[0], actions[1])


@pytest.mark.parametrize("chosen", [("inertia",), ("spread", "inertia"), ("spread", "explore")])
def test_roles_with_beliefs_of_their_own_play_a_dynamic_game(chosen: tuple[str, ...]) -> None:
    """Where all roles have the same values, they play as with these values fixed."""
    game, variant = load_game("beer_game"), block("anchor", chosen, "local")
    space = space_of(variant, {"roles": list(ROLES)})
    problem = build_problem(game, variant, space)
    shape = problem.policy_shape(SETTINGS)
    population = Population(game, PolicyNetwork(shape), problem.belief, "local", space)
    chance = Chance.draw(game, 4, MARKETS, 12, torch.Generator().manual_seed(2))
    one = draws(space_of(variant, {}), MARKETS)
    same = Traits.draw(population.supertypes(np.tile(one, 4)), chance.skills)
    together = play_outcomes(population, "uncertain", same, chance)["action"]
    names = space_of(variant, {}).names
    for market in range(MARKETS):
        own = {n: float(np.float32(one[market, names.index(n)])) for n in chosen}
        alone = population_of(game, variant | own)
        here = of_market(chance, market)
        traits = Traits.draw(alone.supertypes(one[market : market + 1, :3]), here.skills)
        played = play_outcomes(alone, "uncertain", traits, here)["action"]
        assert torch.equal(played[0], together[market])
    # And roles whose values differ play differently.
    other = Traits.draw(population.supertypes(draws(space, MARKETS)), chance.skills)
    assert not torch.equal(
        play_outcomes(population, "uncertain", other, chance)["action"], together
    )


@pytest.mark.parametrize("chosen", [("stay",), ("reach",), ("stay", "explore", "reach")])
def test_what_an_action_costs_later_is_known_agent_by_agent(chosen: tuple[str, ...]) -> None:
    game, variant = Cournot(), block("habit", chosen)
    population = population_of(game, variant, 0.3)
    theta = draws(population.space, MARKETS)
    generator = torch.Generator().manual_seed(4)
    traits = Traits.draw(population.supertypes(theta), torch.rand((MARKETS, 3)))
    decisions = play(population, "3", traits, 6, generator)
    assert list(decisions.traits) == ["skill", *chosen]
    found = continuation(decisions, population.belief, 0.9)
    earned = return_along(decisions, population.belief, 0.9)
    values = population.space.values(theta)
    for market in range(MARKETS):
        one = slice(market, market + 1)
        own = {name: float(np.float32(values[name][market, 0])) for name in chosen}
        fixed = {name: variant[name] for name in HABIT} | own
        belief = HabitBelief(game.action_values, **fixed)
        alone = type(decisions)(
            {}, *(each[:, one] for name, each in vars(decisions).items() if name != "traits")
        )
        torch.testing.assert_close(
            found[:, one], continuation(alone, belief, 0.9), atol=1e-5, rtol=1e-4
        )
        torch.testing.assert_close(earned[one], return_along(alone, belief, 0.9))


@pytest.mark.parametrize(
    ("game", "variant"),
    [
        ("cournot", block("habit", ("stay", "reach"))),
        ("cobweb", block("anchor", ("spread", "explore"))),
        ("beer_game", block("anchor", ("spread", "explore", "inertia"), "local")),
    ],
)
def test_learning_goes_through_beliefs_with_traits(game: str, variant: dict[str, Any]) -> None:
    loaded = load_game(game)
    space = space_of(variant, {"roles": list(ROLES) if game == "beer_game" else []})
    problem = build_problem(loaded, variant, space)
    policy = network(problem, 0.1)
    before = nn.utils.parameters_to_vector(policy.parameters()).detach().clone()
    optimiser = torch.optim.Adam(policy.parameters(), lr=1e-2)
    dynamic = game == "beer_game"
    improve = pathwise_gradient.improve if dynamic else policy_gradient.improve
    found = improve(problem, SETTINGS, policy, optimiser, torch.Generator().manual_seed(5))
    after = nn.utils.parameters_to_vector(policy.parameters()).detach()
    assert np.isfinite([found.payoff, found.net_payoff, found.divergence]).all()
    assert torch.isfinite(after).all() and not torch.equal(after, before)


def test_seats_at_a_table_keep_what_belongs_to_each_agent() -> None:
    variant = block("anchor", ("spread", "inertia"), "local")
    space = space_of(variant, {"roles": list(ROLES)})
    traits = Traits.draw(Supertypes.from_array(draws(space, 3), space), torch.rand((3, 4)))
    first = LearnerFirst.rotating(3, 4)
    arranged = traits.of_agents(first.arranged)
    assert first.order.tolist() == [[0, 1, 2, 3], [1, 2, 3, 0], [2, 3, 0, 1]]
    assert torch.equal(arranged.population, traits.population)
    for market, agents in enumerate(first.order):
        assert torch.equal(arranged.processing_cost[market], traits.processing_cost[market, agents])
        for name, trait in traits.named.items():
            assert torch.equal(arranged.named[name][market], trait[market, agents])
        for one, other in zip(arranged.told, traits.told, strict=True):
            assert torch.equal(one[market], other[market, agents])


class Low(PriorBelief):
    """The lower an action, the likelier: q is proportional to exp(-kappa a / range)."""

    state_free = True
    parameters = (Parameter("kappa", (0.1, 6.0), "pull downwards", support=(0.0, 50.0)),)

    def log_probabilities(self, observation: Observation, traits: Named = NO_TRAITS) -> Tensor:
        lowest, highest = self.action_values.min(), self.action_values.max()
        share = (self.action_values - lowest) / (highest - lowest)
        logits = -self.value("kappa", traits) * share
        return logits.expand(*observation.previous_action.shape, -1).log_softmax(-1)


LOW_SPACE = ParameterSpace.of((*SKILL_PARAMETERS, *Low.parameters), {})
THETA = np.array([[0.5, 0.2, 0.6, 0.1], [0.9, 0.3, 1.5, 2.0], [0.1, 0.02, 0.3, 6.0]])
MIDDLE = np.full((3, 1), 0.5)
"""A skill, where it makes no difference to beliefs."""


def log_prior_of(game: Game, kappa: float) -> np.ndarray:
    grid = game.action_values.double().numpy()
    weights = np.exp(-kappa * (grid - grid.min()) / np.ptp(grid))
    return np.asarray(np.log(weights / weights.sum()))


def low_population(game: Game, policy: Any = None) -> Population:
    belief = Low(game.action_values)
    problem = LearningProblem(game, belief, "none", lambda n, g: pytest.fail(), LOW_SPACE)
    policy = policy or PolicyNetwork(problem.policy_shape(SETTINGS))
    return Population(game, policy, belief, "none", LOW_SPACE)


@pytest.mark.parametrize("name", ["cournot", "cobweb"])
def test_the_equilibrium_of_each_population_has_its_own_prior_belief(name: str) -> None:
    game = load_game(name)
    assert isinstance(game, StageGame)
    population = low_population(game)
    assert population.memoryless
    log_prior = first_prior_belief(population, THETA, MIDDLE)
    assert log_prior.shape == (3, 1, len(game.action_values))
    for treatment in game.treatments:
        payoffs = partial(game.expected_payoffs, treatment)
        skill, together = solve_supertypes(THETA, payoffs, log_prior, space=LOW_SPACE)
        assert together.residual.max() < 1e-8
        for row, theta in enumerate(THETA):
            own = log_prior_of(game, theta[3])
            np.testing.assert_allclose(log_prior[row, 0], own, atol=1e-5)
            alone_skill, alone = solve_supertypes(theta[None, :3], payoffs, log_prior[row, 0])
            np.testing.assert_array_equal(skill[row], alone_skill[0])
            np.testing.assert_allclose(together.policy[row], alone.policy[0], atol=1e-9)
            np.testing.assert_allclose(together.population[row], alone.population[0], atol=1e-9)
            # From the definition: q(a) exp(u(a) / lambda), normalised, at each skill.
            cost = theta[2] * (1 - skill[row])
            scores = log_prior[row, 0] + together.payoffs[row] / cost[:, None]
            reply = np.exp(scores - scores.max(1, keepdims=True))
            reply /= reply.sum(1, keepdims=True)
            np.testing.assert_allclose(together.policy[row], reply, atol=1e-7)


def test_the_equilibrium_follows_its_prior_belief_down() -> None:
    game = Cournot()
    theta = np.array([[0.5, 0.2, 1.0, kappa] for kappa in (0.1, 3.0, 6.0)])
    log_prior = first_prior_belief(low_population(game), theta, MIDDLE)
    payoffs = partial(game.expected_payoffs, "3")
    _, found = solve_supertypes(theta, payoffs, log_prior, space=LOW_SPACE)
    means = found.population @ np.arange(101)
    assert (np.diff(means) < -1).all()


class Equilibrium(nn.Module):
    """The logit reply to given payoffs of one treatment, for supertypes told apart by kappa."""

    def __init__(self, payoffs: np.ndarray) -> None:
        super().__init__()
        self.payoffs = torch.from_numpy(payoffs)
        middle = LOW_SPACE.standardised("kappa", torch.from_numpy(THETA[:, 3]))
        self.register_buffer("kappas", middle.float())

    def forward(self, inputs: Tensor, processing_cost: Tensor) -> Tensor:
        which = (inputs[..., 2:3] - self.kappas).abs().argmin(-1)
        cost = processing_cost.double().unsqueeze(-1).clamp(min=1e-9)
        return (self.payoffs[which] / cost).float()


def test_the_exact_equilibrium_is_at_no_distance_from_itself_and_cannot_be_exploited() -> None:
    game = Cournot((3,))
    log_prior = first_prior_belief(low_population(game), THETA, MIDDLE)
    payoffs = partial(game.expected_payoffs, "3")
    skill, exact = solve_supertypes(THETA, payoffs, log_prior, space=LOW_SPACE)
    population = low_population(game, Equilibrium(exact.payoffs))
    found = policy_at_skills(population, "3", THETA, skill)
    np.testing.assert_allclose(found, exact.policy, atol=1e-4)
    assert distance_from_exact_qre(population, THETA)["total_variation"]["max"] < 1e-4
    np.testing.assert_allclose(one_shot_gains(population, THETA)["3"], 0.0, atol=1e-5)
    # Who follows the prior belief alone gains by the exact reply.
    idle = one_shot_gains(low_population(game), THETA)["3"]
    for row, theta in enumerate(THETA):
        own = log_prior[row, 0]
        mix = np.exp(own)
        cost = theta[2] * (1 - skill[row])
        against = game.expected_payoffs("3", mix[None])[0]
        gains = best_net_payoff(np.tile(against, (64, 1)), cost, own)
        gains -= net_payoff(np.tile(mix, (64, 1)), np.tile(against, (64, 1)), cost, own)
        expected = (exact.weight[row] * gains).sum()
        assert idle[row] == pytest.approx(expected, rel=1e-3, abs=1e-6)
        assert idle[row] > 1e-3


def test_exact_play_may_have_a_belief_with_a_parameter() -> None:
    game = Cournot((3,))
    belief_at = partial(first_prior_belief, low_population(game))
    behaviour = ExactBehaviour.solve(game, ["3"], LOW_SPACE, belief_at, 128)
    assert behaviour.error["3"] < 0.05
    cube = LOW_SPACE.to_unit(THETA[1:2])
    taken = np.zeros((1, 101))
    taken[0, 20] = 1
    payoffs = partial(game.expected_payoffs, "3")
    _, exact = solve_supertypes(
        THETA[1:2], payoffs, belief_at(THETA[1:2], MIDDLE[1:2]), space=LOW_SPACE
    )
    likelihood = np.exp(behaviour.log_likelihood({"3": taken}, cube))
    assert likelihood[0] == pytest.approx(exact.population[0, 20], rel=0.1)


class Cautious(PriorBelief):
    """The more skilled, the lower: q is proportional to exp(-8 skill a / range)."""

    state_free = True

    def log_probabilities(self, observation: Observation, traits: Named = NO_TRAITS) -> Tensor:
        share = self.action_values / self.action_values.max()
        return (-8.0 * traits["skill"].unsqueeze(-1) * share).log_softmax(-1)


def cautious_population(game: Game, policy: Any = None, **fixed: Any) -> Population:
    space = ParameterSpace.of(SKILL_PARAMETERS, fixed)
    belief = Cautious(game.action_values)
    problem = LearningProblem(game, belief, "none", lambda n, g: pytest.fail(), space)
    policy = policy or PolicyNetwork(problem.policy_shape(SETTINGS))
    return Population(game, policy, belief, "none", space)


def cautious(game: Game, skill: np.ndarray) -> np.ndarray:
    """The belief's logarithms by its definition, shape (..., actions)."""
    grid = game.action_values.double().numpy()
    weights = np.exp(-8.0 * skill[..., None] * grid / grid.max())
    return np.asarray(np.log(weights / weights.sum(-1, keepdims=True)))


SKILLED = np.array([[0.5, 0.2, 0.6], [0.9, 0.3, 1.5], [0.1, 0.02, 0.3]])


@pytest.mark.parametrize("skills", [1, 2, 3, 7])
def test_a_belief_told_of_skill_is_that_of_each_skill(skills: int) -> None:
    game = Cournot()
    skill = np.random.default_rng(skills).random((3, skills))
    found = first_prior_belief(cautious_population(game), SKILLED, skill)
    assert found.shape == (3, skills, 101)
    np.testing.assert_allclose(found, cautious(game, skill), atol=1e-5)


def test_agents_of_different_skills_and_one_belief_are_told_once() -> None:
    found = first_prior_belief(low_population(Cournot()), THETA, np.tile([0.1, 0.5, 0.9], (3, 1)))
    assert found.shape == (3, 1, 101)
    np.testing.assert_array_equal(
        found, first_prior_belief(low_population(Cournot()), THETA, MIDDLE)
    )


def test_the_equilibrium_of_agents_whose_beliefs_follow_their_skill() -> None:
    """Against many agents of equal weight, whose mix is found by iterating the definition."""
    game, population = Cournot((3,)), cautious_population(Cournot((3,)))
    payoffs = partial(game.expected_payoffs, "3")
    skill, _ = skill_quadrature(SKILLED)
    log_prior = first_prior_belief(population, SKILLED, skill)
    _, found = solve_supertypes(SKILLED, payoffs, log_prior)
    assert found.residual.max() < 1e-8
    for row, (mu, sigma, beta) in enumerate(SKILLED):
        cut = (0.0 - mu) / sigma, (1.0 - mu) / sigma
        agents = stats.truncnorm(*cut, loc=mu, scale=sigma).ppf((np.arange(1000) + 0.5) / 1000)
        believed, mix = np.exp(cautious(game, agents)), np.full(101, 1 / 101)
        for _ in range(300):
            utility = payoffs(mix[None])[0] / (beta * (1 - agents[:, None]))
            odds = believed * np.exp(utility - utility.max(-1, keepdims=True))
            mix = 0.8 * mix + 0.2 * (odds / odds.sum(-1, keepdims=True)).mean(0)
        np.testing.assert_allclose(found.population[row], mix, atol=2e-4)
        assert np.abs(mix - 1 / 101).max() > 0.01


class Reply(nn.Module):
    """The logit reply of one supertype to given payoffs."""

    def __init__(self, payoffs: np.ndarray) -> None:
        super().__init__()
        self.payoffs = torch.from_numpy(payoffs)

    def forward(self, inputs: Tensor, processing_cost: Tensor) -> Tensor:
        return (self.payoffs / processing_cost.double().unsqueeze(-1).clamp(min=1e-9)).float()


@pytest.mark.parametrize("row", range(3))
def test_their_equilibrium_is_at_no_distance_from_itself_and_cannot_be_exploited(row: int) -> None:
    game, theta = Cournot((3,)), SKILLED[row : row + 1]
    skill, _ = skill_quadrature(theta)
    payoffs = partial(game.expected_payoffs, "3")
    _, exact = solve_supertypes(theta, payoffs, cautious(game, skill))
    population = cautious_population(game, Reply(exact.payoffs[0]))
    np.testing.assert_allclose(
        policy_at_skills(population, "3", theta, skill), exact.policy, atol=1e-4
    )
    assert distance_from_exact_qre(population, theta)["total_variation"]["max"] < 1e-4
    np.testing.assert_allclose(one_shot_gains(population, theta)["3"], 0.0, atol=1e-5)
    assert one_shot_gains(cautious_population(game), theta)["3"] > 1e-3


def test_nobody_who_cannot_afford_to_think_is_far_from_their_own_belief() -> None:
    population = cautious_population(Cournot(), mu=0.5, beta=1e6)
    found = distance_from_exact_qre(population, np.array([[0.1], [0.4]]))
    assert found["total_variation"]["max"] < 1e-4


def test_an_anchor_of_the_own_action_has_agents_of_its_own() -> None:
    """Cournot's rule of thumb is to repeat; what a move costs differs between agents."""
    game, variant = Cournot(), block("anchor", ("spread",))
    population = population_of(game, variant, 0.3)
    assert isinstance(population.belief, AnchorBelief) and population.belief.remembers
    theta = draws(population.space, MARKETS)
    traits = Traits.draw(population.supertypes(theta), torch.rand((MARKETS, 3)))
    decisions = play(population, "3", traits, 4, torch.Generator().manual_seed(4))
    found = continuation(decisions, population.belief, 1.0)
    for market, spread in enumerate(population.space.values(theta)["spread"][:, 0]):
        one = slice(market, market + 1)
        fixed = {"explore": variant["explore"], "inertia": 0.0, "spread": float(spread)}
        belief = AnchorBelief(game.action_values, own_action=True, **fixed)
        alone = type(decisions)(
            {}, *(each[:, one] for name, each in vars(decisions).items() if name != "traits")
        )
        expected = continuation(alone, belief, 1.0)
        torch.testing.assert_close(found[:, one], expected, atol=1e-5, rtol=1e-4)


def test_what_the_traits_say_is_worked_out_once_for_all_rounds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A kernel for each agent is large: nobody can wait for one a round."""
    population = population_of(Cournot(), block("habit", ("reach",)), 0.3)
    theta = draws(population.space, MARKETS)
    traits = Traits.draw(population.supertypes(theta), torch.rand((MARKETS, 3)))
    decisions = play(population, "3", traits, 6, torch.Generator().manual_seed(4))
    found, moves = [], HabitBelief._moves

    def counted(self: HabitBelief, previous: Tensor, reach: float | Tensor) -> Tensor:
        found.append(moves(self, previous, reach))
        return found[-1]

    monkeypatch.setattr(HabitBelief, "_moves", counted)
    continuation(decisions, population.belief, 0.9)
    assert [tuple(each.shape) for each in found] == [(MARKETS, 3, 101, 101)]
