"""Learning: the worth of an action, the objective and what short trainings reach."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from satisfice.behaviour.policy import PolicyNetwork, Traits, network_inputs, tilted
from satisfice.behaviour.prior_beliefs import HabitBelief, PriorBelief, UniformBelief
from satisfice.behaviour.skill import Supertypes
from satisfice.config import resolve
from satisfice.games.cournot import Cournot, CournotState, nash_quantity
from satisfice.learning.exact_qre import solve
from satisfice.learning.policy_gradient import (
    Batch,
    CurvePoint,
    LearningProblem,
    LearningSettings,
    clipped_objective,
    continuation,
    join,
    learn,
    play_all_treatments,
    with_worth,
)
from satisfice.learning.rollout import Decisions, Population, play, sample_actions
from satisfice.learning.verification import distance_from_equilibrium

GAME = Cournot()
UNIFORM = UniformBelief(GAME.action_values)
HABIT = HabitBelief(GAME.action_values, stay=0.4, explore=0.1, reach=0.05)
SHORT = LearningSettings(iterations=60, markets=32, hidden=32, averaging=0.9, seed=4)


def always(mu: float, sigma: float, beta: float) -> Callable[[int, torch.Generator], Supertypes]:
    """Draw the same supertype again and again."""
    return lambda number, generator: Supertypes.from_array(np.tile([mu, sigma, beta], (number, 1)))


def any_supertype(number: int, generator: torch.Generator) -> Supertypes:
    return Supertypes.from_array(torch.rand((number, 3), generator=generator) + 0.02)


def problem_of(belief: PriorBelief, information: str) -> LearningProblem:
    return LearningProblem(GAME, belief, information, any_supertype)


def departing_policy(problem: LearningProblem, std: float = 0.3) -> PolicyNetwork:
    torch.manual_seed(1)
    policy = PolicyNetwork(problem.policy_shape(SHORT))
    nn.init.normal_(policy.head.weight, std=std)
    return policy


def random_decisions(rounds: int, actions: int, seed: int) -> tuple[Decisions, Tensor]:
    """Decisions of 2 markets with 2 agents, and a prior belief's kernel, in float64."""
    generator = torch.Generator().manual_seed(seed)

    def normal(*shape: int) -> Tensor:
        return torch.randn(shape, generator=generator, dtype=torch.float64)

    kernel = torch.softmax(normal(actions, actions), -1)
    scalar, vector = (rounds, 2, 2), (rounds, 2, 2, actions)
    cost = torch.rand(scalar[1:], generator=generator, dtype=torch.float64)
    decisions = Decisions(
        inputs=normal(*scalar, 1),
        processing_cost=cost.expand(scalar),
        log_prior=normal(*vector),
        tilt=2 * normal(*vector),
        log_policy=normal(*vector),
        action=torch.zeros(scalar, dtype=torch.long),
        payoff=normal(*scalar),
        foregone=normal(*vector),
        divergence=normal(*scalar),
    )
    return decisions, kernel


def worth_by_enumeration(
    decisions: Decisions,
    kernel: Tensor,
    discount: float,
    place: tuple[int, int],
    step: int,
    habit: int,
) -> float:
    """Expected net payoff of the rounds after ``step``, path by path, if it ended in ``habit``."""
    rounds, actions = len(decisions.foregone), len(kernel)
    foregone = decisions.foregone[:, *place].tolist()
    cost = decisions.processing_cost[0][place].item()
    policies = torch.stack(
        [
            torch.softmax(kernel.log() + decisions.tilt[number][place], -1)
            for number in range(rounds)
        ]
    )
    divergences = (policies * (policies / kernel).log()).sum(-1).tolist()
    probabilities = policies.tolist()
    total = 0.0
    for path in product(range(actions), repeat=rounds - step - 1):
        chance, net, before = 1.0, 0.0, habit
        for later, action in enumerate(path):
            number = step + 1 + later
            chance *= probabilities[number][before][action]
            gain = foregone[number][action] - cost * divergences[number][before]
            net += discount**later * gain
            before = action
        total += chance * net
    return total


@given(seed=st.integers(0, 1000), discount=st.sampled_from([1.0, 0.9, 0.3, 0.0]))
@settings(deadline=None, max_examples=8, derandomize=True)
def test_continuation_equals_the_sum_over_all_own_paths(seed: int, discount: float) -> None:
    decisions, kernel = random_decisions(rounds=4, actions=3, seed=seed)
    found = continuation(decisions, kernel, discount)
    assert found.shape == decisions.foregone.shape
    for step, market, agent, habit in product(range(3), range(2), range(2), range(3)):
        expected = worth_by_enumeration(decisions, kernel, discount, (market, agent), step, habit)
        assert found[step, market, agent, habit].item() == pytest.approx(expected, abs=1e-9)


def test_continuation_is_zero_after_the_last_round() -> None:
    decisions, kernel = random_decisions(rounds=3, actions=3, seed=0)
    found = continuation(decisions, kernel, 1.0)
    assert torch.equal(found[-1], torch.zeros(2, 2, 3, dtype=torch.float64))
    alone, kernel = random_decisions(rounds=1, actions=3, seed=0)
    assert torch.equal(continuation(alone, kernel, 1.0), torch.zeros_like(alone.foregone))


def test_continuation_stays_finite_for_extreme_tilts() -> None:
    decisions, kernel = random_decisions(rounds=3, actions=3, seed=0)
    decisions.tilt.mul_(1e4)
    found = continuation(decisions, kernel, 1.0)
    policies = torch.softmax(kernel.log() + decisions.tilt[2, 0, 0], -1)
    divergence = torch.special.xlogy(policies, policies / kernel).sum(-1)
    expected = policies @ decisions.foregone[2, 0, 0]
    expected -= decisions.processing_cost[2, 0, 0] * divergence
    torch.testing.assert_close(found[1, 0, 0], expected)


def test_continuation_equals_a_simulation_of_the_own_path() -> None:
    """Others repeat what they played; the agent's own rounds are played again and again."""
    rounds, copies, habit, discount = 4, 20_000, 45, 0.9
    problem = problem_of(HABIT, "market")
    policy = departing_policy(problem)
    generator = torch.Generator().manual_seed(11)
    supertypes = Supertypes.from_array(np.array([[0.4, 0.2, 0.6]]))
    traits = Traits.draw(supertypes, torch.tensor([[0.3, 0.6]]))
    population = Population(GAME, policy, HABIT, "market")
    decisions = play(population, "2", traits, rounds, generator)
    many = Traits(*(column.expand(copies, -1) for column in vars(traits).values()))
    previous = decisions.action[0].repeat(copies, 1)
    previous[:, 0] = habit
    state, net = CournotState(previous, 1), torch.zeros(copies)
    with torch.no_grad():
        for later, number in enumerate(range(1, rounds)):
            observation = GAME.observe("2", state, "market")
            inputs = network_inputs(many, GAME.treatment_features("2"), observation)
            log_prior = HABIT.log_probabilities(observation)
            log_policy = tilted(log_prior, policy(inputs, many.processing_cost))
            actions = decisions.action[number].repeat(copies, 1)
            uniforms = torch.rand(copies, generator=generator)
            actions[:, 0] = sample_actions(log_policy[:, 0], uniforms)
            divergence = (log_policy.exp() * (log_policy - log_prior)).sum(-1)
            state, payoff = GAME.step("2", state, actions)
            gain = payoff - many.processing_cost * divergence
            net += discount**later * gain[:, 0]
    found = continuation(decisions, HABIT.kernel, discount)[0, 0, 0, habit]
    error = net.std() / math.sqrt(copies)
    assert error < 0.05 * net.std()
    assert abs(found - net.mean()) < 4 * error


def test_worth_is_the_foregone_payoff_where_the_past_does_not_matter() -> None:
    problem = problem_of(UNIFORM, "none")
    played = play_all_treatments(
        problem, SHORT, departing_policy(problem), torch.Generator().manual_seed(0)
    )
    for part in played:
        assert torch.equal(with_worth(part, problem, SHORT).worth, part.foregone.flatten(0, 2))


def test_worth_adds_the_discounted_continuation_where_actions_become_habits() -> None:
    problem = problem_of(HABIT, "round")
    chosen = LearningSettings(markets=2, hidden=32, discount=0.7)
    played = play_all_treatments(
        problem, chosen, departing_policy(problem), torch.Generator().manual_seed(0)
    )
    part = played[1]
    batch = with_worth(part, problem, chosen)
    expected = part.foregone + 0.7 * continuation(part, HABIT.kernel, 0.7)
    torch.testing.assert_close(batch.worth, expected.flatten(0, 2))
    assert not torch.allclose(batch.worth, part.foregone.flatten(0, 2))


def test_every_treatment_is_played_by_new_supertypes() -> None:
    problem = problem_of(UNIFORM, "none")
    played = play_all_treatments(
        problem, SHORT, departing_policy(problem), torch.Generator().manual_seed(0)
    )
    assert [part.payoff.shape for part in played] == [(1, 32, firms) for firms in (2, 3, 4, 5)]
    costs = torch.cat([part.processing_cost.flatten() for part in played])
    assert len(set(costs.tolist())) > 0.99 * len(costs)


@pytest.mark.parametrize(("information", "rounds"), [("none", 1), ("round", 25), ("market", 25)])
def test_memoryless_problems_are_one_shot(information: str, rounds: int) -> None:
    problem = problem_of(UNIFORM, information)
    assert problem.rounds == rounds
    assert problem.policy_shape(SHORT).observation_features == len(GAME.information[information])


def example_batch(std: float = 0.3) -> tuple[PolicyNetwork, Batch]:
    problem = problem_of(UNIFORM, "none")
    policy = departing_policy(problem, std)
    played = play_all_treatments(problem, SHORT, policy, torch.Generator().manual_seed(0))
    return policy, join([with_worth(part, problem, SHORT) for part in played])


def test_joined_batches_keep_rows_together() -> None:
    _, batch = example_batch()
    assert all(len(column) == 32 * (2 + 3 + 4 + 5) for column in vars(batch).values())
    parts = [batch.select(slice(part, None, 4)) for part in range(4)]
    assert sum(len(part.inputs) for part in parts) == len(batch.inputs)
    for name, column in vars(parts[1]).items():
        assert torch.equal(column, getattr(batch, name)[1::4])


def gradient(objective: Tensor, policy: PolicyNetwork) -> Tensor:
    policy.zero_grad()
    objective.backward()  # type: ignore[no-untyped-call]
    return torch.cat([p.grad.flatten() for p in policy.parameters() if p.grad is not None])


def test_first_step_climbs_the_gradient_of_expected_net_payoff() -> None:
    policy, batch = example_batch()
    objective, change = clipped_objective(policy, batch, clip=0.2)
    found = gradient(objective, policy)
    log_policy = tilted(batch.log_prior, policy(batch.inputs, batch.processing_cost))
    payoff = (log_policy.exp() * batch.worth).sum(-1)
    divergence = (log_policy.exp() * (log_policy - batch.log_prior)).sum(-1)
    exact = gradient((payoff - batch.processing_cost * divergence).mean(), policy)
    assert exact.norm() > 1e-3
    torch.testing.assert_close(found, exact, atol=1e-4 * exact.norm().item(), rtol=1e-3)
    assert change == pytest.approx(0.0, abs=1e-6)
    expected_value = -(batch.processing_cost * divergence).mean()
    torch.testing.assert_close(objective, expected_value, atol=1e-5, rtol=1e-4)


def two_action_batch(worth: list[float], old: float) -> Batch:
    probability = torch.tensor([[old, 1 - old]])
    return Batch(
        inputs=torch.zeros(1, 1),
        processing_cost=torch.zeros(1),
        log_prior=torch.full((1, 2), 0.5).log(),
        log_policy=probability.log(),
        worth=torch.tensor([worth]),
    )


class FixedPolicy(nn.Module):
    """Chooses the first of two actions with a given probability; the prior is uniform."""

    def __init__(self, first: float) -> None:
        super().__init__()
        self.first = first

    def forward(self, inputs: Tensor, processing_cost: Tensor) -> Tensor:
        return torch.tensor([[self.first, 1 - self.first]]).log()


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        (0.5, 0.0),
        (0.55, 0.05),
        (0.6, 0.1),
        (0.9, 0.1),  # both probabilities left the clip: no pay beyond +-20 %
        (0.1, -0.4),  # a step in the wrong direction is paid for in full
    ],
)
def test_objective_pays_no_more_than_the_clip(first: float, expected: float) -> None:
    batch = two_action_batch([1.0, 0.0], old=0.5)
    objective, change = clipped_objective(FixedPolicy(first), batch, 0.2)  # type: ignore[arg-type]
    assert objective.item() == pytest.approx(expected, abs=1e-6)
    exact = 0.5 * math.log(0.5 / first) + 0.5 * math.log(0.5 / (1 - first))
    assert change == pytest.approx(exact, abs=1e-5)


def learn_curve(
    problem: LearningProblem, chosen: LearningSettings
) -> tuple[PolicyNetwork, list[CurvePoint]]:
    curve: list[CurvePoint] = []
    return learn(problem, chosen, curve.append), curve


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
    return torch.tensor(solve(np.array([theta]), payoffs, 101).population[0]).float()


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
        return Supertypes(mu, 0.02 + sigma / 2, 10 ** (3.3 * beta - 3))

    chosen = LearningSettings(iterations=150, markets=48, hidden=32, averaging=0.95, seed=1)
    policy = learn(LearningProblem(GAME, UNIFORM, "none", any_beta), chosen)
    for theta in [(0.8, 0.05, 0.02), (0.5, 0.2, 0.6)]:
        served = LearningProblem(GAME, UNIFORM, "none", always(*theta))
        found = learnt_population(policy, served, "2")
        exact = exact_population(theta, "2")
        assert mean_quantity(found) == pytest.approx(mean_quantity(exact), rel=0.05)
        assert distance(found, exact) < 0.1


def test_rational_agents_reach_the_equilibrium_with_the_shipped_settings() -> None:
    root = Path(__file__).resolve().parents[2]
    config = yaml.safe_load((root / "workflow/config/default.yaml").read_text())
    schema = root / "workflow/schemas/config.schema.yaml"
    shipped = resolve(config, schema, [])["games"]["cournot"]["rational"]["learning"]
    game = Cournot()

    def unbounded(number: int, generator: torch.Generator) -> Supertypes:
        return Supertypes.from_array(np.tile([0.5, 0.25, 0.0], (number, 1)))

    problem = LearningProblem(game, UniformBelief(game.action_values), "none", unbounded)
    for seed in (1, 2):
        settings = LearningSettings(**{**shipped, "iterations": 100, "markets": 32}, seed=seed)
        policy = learn(problem, settings)
        population = Population(game, policy, problem.belief, "none")
        found = distance_from_equilibrium(population, 100, seed)
        assert max(part["relative_error"] for part in found.values()) < 0.02
