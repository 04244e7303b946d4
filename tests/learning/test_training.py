"""The loop of learning, and what short trainings reach."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from torch import Tensor, nn

from satisfice.config import resolve
from satisfice.games.beer_game import BeerGame
from satisfice.games.cobweb import Cobweb
from satisfice.games.cournot import Cournot, nash_quantity
from satisfice.learning import pathwise_gradient, policy_gradient
from satisfice.learning.exact_qre import solve_supertypes
from satisfice.learning.problem import CurvePoint, Improvement, LearningProblem, LearningSettings
from satisfice.learning.rollout import Chance, Population, play, rounds_of_play
from satisfice.learning.training import learn
from satisfice.learning.verification import distance_from_exact_qre, rational_limits
from satisfice.population.anchor import AnchorBelief
from satisfice.population.beliefs import PriorBelief, UniformBelief
from satisfice.population.habit import HabitBelief
from satisfice.population.policy import PolicyNetwork, Traits
from satisfice.population.supertypes import Supertypes, rational_space

GAME = Cournot()
UNIFORM = UniformBelief(GAME.action_values)
HABIT = HabitBelief(GAME.action_values, stay=0.4, explore=0.1, reach=0.05)


def always(mu: float, sigma: float, beta: float) -> Callable[[int, torch.Generator], Supertypes]:
    """Draw the same supertype again and again."""
    return lambda number, generator: Supertypes.from_array(np.tile([mu, sigma, beta], (number, 1)))


def any_supertype(number: int, generator: torch.Generator) -> Supertypes:
    return Supertypes.from_array(torch.rand((number, 3), generator=generator) + 0.02)


def problem_of(belief: PriorBelief, information: str) -> LearningProblem:
    return LearningProblem(GAME, belief, information, any_supertype)


def counting(rates: list[float]) -> Callable[..., Improvement]:
    """Stands in for an improvement: sets all weights to the number of the iteration."""

    def improve(
        problem: LearningProblem,
        settings: LearningSettings,
        policy: PolicyNetwork,
        optimiser: torch.optim.Optimizer,
        generator: torch.Generator,
    ) -> Improvement:
        rates.append(optimiser.param_groups[0]["lr"])
        for weight in policy.parameters():
            nn.init.constant_(weight, float(len(rates)))
        optimiser.step()
        return Improvement(10 * len(rates), 0.1 * len(rates), 0.0, 0.0, 0.0, 0.0)

    return improve


@pytest.mark.parametrize("averaging", [0.0, 0.5, 0.9])
def test_the_network_kept_is_a_running_average_with_a_short_memory_at_first(
    monkeypatch: pytest.MonkeyPatch, averaging: float
) -> None:
    rates: list[float] = []
    monkeypatch.setattr(policy_gradient, "improve", counting(rates))
    chosen = LearningSettings(iterations=40, hidden=4, averaging=averaging, learning_rate=0.02)
    curve: list[CurvePoint] = []
    policy = learn(problem_of(UNIFORM, "none"), chosen, lambda point, _: curve.append(point))
    torch.manual_seed(chosen.seed)
    first = nn.utils.parameters_to_vector(PolicyNetwork(policy.shape).parameters()).detach()
    expected = first
    for iteration in range(1, 41):
        keep = min(averaging, iteration / (iteration + 10))
        expected = keep * expected + (1 - keep) * iteration
    found = nn.utils.parameters_to_vector(policy.parameters()).detach()
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)
    cosine = [0.01 * (1 + math.cos(math.pi * step / 40)) for step in range(40)]
    assert rates == pytest.approx(cosine)
    assert [point.payoff for point in curve] == pytest.approx([0.1 * (n + 1) for n in range(40)])
    assert [point.decisions for point in curve] == [5 * n * (n + 1) for n in range(1, 41)]


@pytest.mark.parametrize(
    ("game", "algorithm"),
    [(Cournot(), policy_gradient), (Cobweb(), policy_gradient), (BeerGame(), pathwise_gradient)],
)
def test_each_kind_of_game_is_learnt_in_its_own_way(
    monkeypatch: pytest.MonkeyPatch, game: Any, algorithm: Any
) -> None:
    called: dict[Any, list[float]] = {policy_gradient: [], pathwise_gradient: []}
    for module, calls in called.items():
        monkeypatch.setattr(module, "improve", counting(calls))
    belief = UniformBelief(game.action_values)
    information = next(iter(game.information))
    learn(
        LearningProblem(game, belief, information, any_supertype),
        LearningSettings(iterations=3, hidden=4),
    )
    assert {module: len(calls) for module, calls in called.items()} == {
        policy_gradient: 3 * (algorithm is policy_gradient),
        pathwise_gradient: 3 * (algorithm is pathwise_gradient),
    }


def learn_curve(
    problem: LearningProblem, chosen: LearningSettings
) -> tuple[PolicyNetwork, list[CurvePoint]]:
    curve: list[CurvePoint] = []
    return learn(problem, chosen, lambda point, _: curve.append(point)), curve


@pytest.mark.parametrize(("belief", "information"), [(UNIFORM, "none"), (HABIT, "round")])
def test_learning_raises_the_net_payoff(belief: PriorBelief, information: str) -> None:
    chosen = LearningSettings(iterations=20, markets=12, hidden=32, seed=4)
    problem = LearningProblem(GAME, belief, information, always(0.7, 0.1, 0.3))
    _, curve = learn_curve(problem, chosen)
    first = np.mean([point.net_payoff for point in curve[:3]])
    last = np.mean([point.net_payoff for point in curve[-3:]])
    assert last > first + 0.3
    assert curve[-1].divergence > curve[0].divergence


def test_curve_counts_decisions_and_begins_at_the_prior_belief() -> None:
    chosen = LearningSettings(iterations=3, markets=8, hidden=8)
    _, curve = learn_curve(problem_of(UNIFORM, "none"), chosen)
    assert [point.iteration for point in curve] == [1, 2, 3]
    assert [point.decisions for point in curve] == [112, 224, 336]
    assert curve[0].divergence == pytest.approx(0.0, abs=1e-5)
    assert curve[0].entropy == pytest.approx(math.log(101), rel=1e-5)
    assert curve[0].net_payoff == pytest.approx(curve[0].payoff, abs=1e-5)
    assert all(point.policy_change > 0 for point in curve)


def test_learning_is_determined_by_its_seed() -> None:
    problem = problem_of(HABIT, "market")
    policies, curves = [], []
    for seed in (3, 3, 5):
        torch.rand(seed)
        chosen = LearningSettings(iterations=2, markets=4, hidden=8, seed=seed)
        policy, curve = learn_curve(problem, chosen)
        policies.append(nn.utils.parameters_to_vector(policy.parameters()))
        curves.append([point.net_payoff for point in curve])
    assert torch.equal(policies[0], policies[1])
    assert curves[0] == curves[1]
    assert not torch.equal(policies[0], policies[2])
    assert curves[0][0] != curves[2][0]


def learnt_population(policy: PolicyNetwork, problem: LearningProblem, treatment: str) -> Tensor:
    """Mixture of the policies of many agents of the problem's supertype, shape (actions,)."""
    generator = torch.Generator().manual_seed(0)
    agents = GAME.treatments[treatment]
    drawn = torch.rand((1000, agents), generator=generator)
    traits = Traits.draw(problem.draw_supertypes(1000, generator), drawn)
    population = Population(GAME, policy, problem.belief, problem.information)
    decisions = play(population, treatment, traits, 1, generator)
    return decisions.log_policy.exp().mean((0, 1, 2))


def mean_quantity(population: Tensor) -> float:
    return (population @ GAME.action_values).item()


def exact_population(theta: Sequence[float], treatment: str) -> Tensor:
    payoffs = partial(GAME.expected_payoffs, treatment)
    _, exact = solve_supertypes(np.array([theta]), payoffs, np.full(101, -np.log(101)))
    return torch.tensor(exact.population[0]).float()


def distance(first: Tensor, second: Tensor) -> float:
    """Total variation: the largest difference of the probabilities of an event."""
    return 0.5 * (first - second).abs().sum().item()


def test_almost_costless_thinking_learns_nash() -> None:
    problem = LearningProblem(GAME, UNIFORM, "none", always(0.8, 0.05, 0.02))
    chosen = LearningSettings(
        iterations=200, markets=48, hidden=32, averaging=0.95, learning_rate=1e-3, seed=1
    )
    policy = learn(problem, chosen)
    for treatment, firms in GAME.treatments.items():
        population = learnt_population(policy, problem, treatment)
        mean = mean_quantity(population)
        spread = (population @ (GAME.action_values - mean) ** 2).sqrt().item()
        assert mean == pytest.approx(nash_quantity(firms), rel=0.02)
        assert spread < 0.1 * nash_quantity(firms)


def test_bounded_agents_learn_the_exact_equilibrium() -> None:
    theta = (0.5, 0.15, 0.5)
    problem = LearningProblem(GAME, UNIFORM, "none", always(*theta))
    chosen = LearningSettings(iterations=200, markets=64, hidden=32, averaging=0.95, seed=1)
    policy = learn(problem, chosen)
    for treatment in GAME.treatments:
        found = learnt_population(policy, problem, treatment)
        exact = exact_population(theta, treatment)
        assert distance(found, exact) < 0.03


def test_one_network_serves_careful_and_careless_populations() -> None:
    def any_beta(number: int, generator: torch.Generator) -> Supertypes:
        drawn = torch.rand((number, 3), generator=generator)
        mu, sigma, beta = drawn.unbind(-1)
        theta = torch.stack([mu, 0.02 + sigma / 2, 10 ** (3.3 * beta - 3)], -1)
        return Supertypes.from_array(theta)

    chosen = LearningSettings(iterations=150, markets=48, hidden=32, averaging=0.95, seed=1)
    policy = learn(LearningProblem(GAME, UNIFORM, "none", any_beta), chosen)
    for theta in [(0.8, 0.05, 0.02), (0.5, 0.2, 0.6)]:
        served = LearningProblem(GAME, UNIFORM, "none", always(*theta))
        found = learnt_population(policy, served, "2")
        exact = exact_population(theta, "2")
        assert mean_quantity(found) == pytest.approx(mean_quantity(exact), rel=0.05)
        assert distance(found, exact) < 0.1


def shipped_rational(name: str) -> dict[str, Any]:
    """The settings that the default config gives to rational agents of a game."""
    root = Path(__file__).resolve().parents[2]
    config = yaml.safe_load((root / "workflow/config/default.yaml").read_text())
    return resolve(config, [])["games"][name]["rational"]


RATIONAL = rational_space()


def unbounded(number: int, generator: torch.Generator) -> Supertypes:
    return Supertypes.from_array(np.empty((number, 0)), RATIONAL)


@pytest.mark.parametrize(
    ("game", "iterations", "seed"), [(GAME, 100, 1), (GAME, 100, 2), (Cobweb(), 200, 1)]
)
def test_rational_agents_reach_the_equilibrium_with_the_shipped_settings(
    game: Cournot | Cobweb, iterations: int, seed: int
) -> None:
    shipped = shipped_rational(game.name)
    assert (shipped["prior_belief"], shipped["information"]) == ("uniform", "none")
    belief = UniformBelief(game.action_values)
    short = {**shipped["learning"], "iterations": iterations, "markets": 32}
    problem = LearningProblem(game, belief, "none", unbounded, RATIONAL)
    policy = learn(problem, LearningSettings(**short, seed=seed))
    population = Population(game, policy, belief, "none", RATIONAL)
    found = rational_limits(population, np.empty(0), 100, seed)
    assert list(found) == list(game.treatments)
    assert all(limit["kept"] for quantities in found.values() for limit in quantities.values())


def test_bounded_producers_learn_the_exact_equilibrium() -> None:
    game = Cobweb()
    belief = UniformBelief(game.action_values)
    problem = LearningProblem(game, belief, "none", always(0.5, 0.15, 0.3))
    chosen = LearningSettings(iterations=100, markets=24, hidden=32, averaging=0.95, seed=1)
    population = Population(game, learn(problem, chosen), belief, "none")
    found = distance_from_exact_qre(population, np.array([[0.5, 0.15, 0.3]]))
    assert found["total_variation"]["max"] < 0.06
    assert all(
        part["largest_residual_of_exact_solution"] < 1e-7 for part in found["by_treatment"].values()
    )


CHAIN = BeerGame()


def mean_net_payoff(problem: LearningProblem, policy: PolicyNetwork) -> float:
    """Net payoff per decision of 100 teams, with the same chance for every policy."""
    generator = torch.Generator().manual_seed(5)
    chance = Chance.draw(CHAIN, 4, 100, CHAIN.rounds, generator)
    traits = Traits.draw(problem.draw_supertypes(100, generator), chance.skills)
    population = Population(CHAIN, policy, problem.belief, problem.information)
    net = []
    with torch.inference_mode():
        for played in rounds_of_play(population, "uncertain", traits, chance):
            team = played.payoff.sum(1, keepdim=True).expand_as(played.payoff)
            earned = team if problem.team_reward else played.payoff
            net.append(earned - traits.processing_cost * played.choice.divergence)
    return torch.stack(net).mean().item()


@pytest.mark.parametrize(
    ("belief", "team", "smallest_gain"),
    [
        (AnchorBelief(CHAIN.action_values, spread=2.86, explore=0.02, inertia=0.0), True, 0.4),
        (UniformBelief(CHAIN.action_values), False, 2.0),
    ],
)
def test_learning_the_beer_game_raises_the_net_payoff_in_play(
    belief: PriorBelief, team: bool, smallest_gain: float
) -> None:
    """The teams that play face demand and random numbers that nobody learnt from."""
    problem = LearningProblem(CHAIN, belief, "local", always(0.8, 0.1, 0.3), team_reward=team)
    chosen = LearningSettings(
        iterations=20,
        markets=16,
        hidden=32,
        action_basis=4,
        smallest_cost=0.01,
        learning_rate=0.01,
        averaging=0.5,
        seed=1,
    )
    untrained = PolicyNetwork(problem.policy_shape(chosen))
    before = mean_net_payoff(problem, untrained)
    after = mean_net_payoff(problem, learn(problem, chosen))
    assert after > before + smallest_gain


def test_training_shows_the_average_that_it_will_return() -> None:
    chosen = LearningSettings(iterations=6, markets=4, hidden=4)
    seen: list[Tensor] = []

    def look(point: CurvePoint, policy: PolicyNetwork) -> None:
        assert point.iteration == len(seen) + 1
        seen.append(nn.utils.parameters_to_vector(policy.parameters()).detach().clone())

    policy = learn(problem_of(UNIFORM, "none"), chosen, look)
    assert len(seen) == 6
    assert torch.equal(seen[-1], nn.utils.parameters_to_vector(policy.parameters()))
    assert not torch.equal(seen[0], seen[-1])
    plain = learn(problem_of(UNIFORM, "none"), chosen)
    assert torch.equal(seen[-1], nn.utils.parameters_to_vector(plain.parameters()))
