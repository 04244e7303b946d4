"""The worth of an action and the objective of the clipped policy gradient."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from satisfice.games.aggregative import LastRound
from satisfice.games.base import Observation
from satisfice.games.cobweb import Cobweb
from satisfice.games.cournot import Cournot
from satisfice.learning.policy_gradient import (
    Batch,
    climb,
    clipped_objective,
    continuation,
    improve,
    join,
    play_all_treatments,
    policy_change,
    with_worth,
)
from satisfice.learning.problem import LearningProblem, LearningSettings
from satisfice.learning.rollout import Decisions, Population, play, sample_actions
from satisfice.population.beliefs import NO_TRAITS, Named, PriorBelief, UniformBelief
from satisfice.population.habit import HabitBelief
from satisfice.population.policy import PolicyNetwork, Traits, network_inputs, tilted
from satisfice.population.supertypes import Supertypes

GAME = Cournot()
UNIFORM = UniformBelief(GAME.action_values)
HABIT = HabitBelief(GAME.action_values, stay=0.4, explore=0.1, reach=0.05)
SHORT = LearningSettings(iterations=60, markets=32, hidden=32, averaging=0.9, seed=4)


def any_supertype(number: int, generator: torch.Generator) -> Supertypes:
    return Supertypes.from_array(torch.rand((number, 3), generator=generator) + 0.02)


def test_a_step_goes_uphill_and_no_further_than_a_clipped_gradient() -> None:
    policy = nn.Linear(2, 1, bias=False)
    nn.init.zeros_(policy.weight)
    slope = torch.tensor([[30.0, -40.0]])
    optimiser = torch.optim.SGD(policy.parameters(), lr=0.1)
    climb(policy, optimiser, (policy.weight * slope).sum())
    torch.testing.assert_close(policy.weight.detach(), torch.tensor([[0.06, -0.08]]))


def problem_of(belief: PriorBelief, information: str) -> LearningProblem:
    return LearningProblem(GAME, belief, information, any_supertype)


def departing_policy(problem: LearningProblem, std: float = 0.3) -> PolicyNetwork:
    torch.manual_seed(1)
    policy = PolicyNetwork(problem.policy_shape(SHORT))
    nn.init.normal_(policy.head.weight, std=std)
    return policy


class Remembered(PriorBelief):
    """Any prior belief about the own previous action.

    Args:
        kernel: Shape (previous action, action).
    """

    def __init__(self, kernel: Tensor) -> None:
        super().__init__(torch.arange(len(kernel)))
        self.kernel = kernel

    @property
    def remembers(self) -> bool:
        return True

    def log_probabilities(self, observation: Observation, traits: Named = NO_TRAITS) -> Tensor:
        return self.kernel[observation.previous_action].log()

    def expectation(self, traits: Named = NO_TRAITS) -> Callable[[Tensor], Tensor]:
        return lambda values: values @ self.kernel.T


def random_decisions(rounds: int, actions: int, seed: int) -> tuple[Decisions, Remembered]:
    """Decisions of 2 markets with 2 agents, and their prior belief, in float64."""
    generator = torch.Generator().manual_seed(seed)

    def normal(*shape: int) -> Tensor:
        return torch.randn(shape, generator=generator, dtype=torch.float64)

    kernel = torch.softmax(normal(actions, actions), -1)
    scalar, vector = (rounds, 2, 2), (rounds, 2, 2, actions)
    cost = torch.rand(scalar[1:], generator=generator, dtype=torch.float64)
    log_policy = normal(*vector).log_softmax(-1)
    decisions = Decisions(
        traits={},
        inputs=normal(*scalar, 1),
        processing_cost=cost.expand(scalar),
        log_prior=normal(*vector),
        tilt=2 * normal(*vector),
        log_policy=log_policy,
        probability=log_policy.exp(),
        action=torch.zeros(scalar, dtype=torch.long),
        payoff=normal(*scalar),
        foregone=normal(*vector),
        divergence=normal(*scalar),
    )
    return decisions, Remembered(kernel)


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
    decisions, belief = random_decisions(rounds=4, actions=3, seed=seed)
    kernel, found = belief.kernel, continuation(decisions, belief, discount)
    assert found.shape == decisions.foregone.shape
    for step, market, agent, habit in product(range(3), range(2), range(2), range(3)):
        expected = worth_by_enumeration(decisions, kernel, discount, (market, agent), step, habit)
        assert found[step, market, agent, habit].item() == pytest.approx(expected, abs=1e-9)


def test_continuation_is_zero_after_the_last_round() -> None:
    decisions, belief = random_decisions(rounds=3, actions=3, seed=0)
    found = continuation(decisions, belief, 1.0)
    assert torch.equal(found[-1], torch.zeros(2, 2, 3, dtype=torch.float64))
    alone, belief = random_decisions(rounds=1, actions=3, seed=0)
    assert torch.equal(continuation(alone, belief, 1.0), torch.zeros_like(alone.foregone))


def test_continuation_stays_finite_for_extreme_tilts() -> None:
    decisions, belief = random_decisions(rounds=3, actions=3, seed=0)
    decisions.tilt.mul_(1e4)
    kernel, found = belief.kernel, continuation(decisions, belief, 1.0)
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
    many = traits.rows([0] * copies)
    previous = decisions.action[0].repeat(copies, 1)
    previous[:, 0] = habit
    state, net = LastRound(previous, 1), torch.zeros(copies)
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
    found = continuation(decisions, HABIT, discount)[0, 0, 0, habit]
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
    expected = part.foregone + 0.7 * continuation(part, HABIT, 0.7)
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


def test_treatments_that_differ_in_numbers_only_are_played_at_once() -> None:
    """Each with as many near-rational markets of its own as if it were played alone."""
    game = Cobweb()
    drawn: list[Supertypes] = []

    def draw(number: int, generator: torch.Generator) -> Supertypes:
        beta = torch.linspace(0.1, 1.0, number) + len(drawn)
        drawn.append(Supertypes.from_array(torch.stack([0.5 * beta**0, 0.1 * beta**0, beta], -1)))
        return drawn[-1]

    problem = LearningProblem(game, UniformBelief(game.action_values), "market", draw)
    chosen = SHORT.model_copy(update={"markets": 5})
    policy = PolicyNetwork(problem.policy_shape(chosen))
    (played,) = play_all_treatments(problem, chosen, policy, torch.Generator().manual_seed(0))
    assert played.payoff.shape == (50, 15, 6)
    assert [len(each.mu) for each in drawn] == [5, 5, 5]
    # The treatments' features stand before those of the state, and tell which market is whose.
    one_hot = played.inputs[0, :, 0, -6:-3]
    assert torch.equal(one_hot, torch.eye(3).repeat_interleave(5, 0))
    # Costs are beta (1 - skill): those of the second treatment's supertypes lie above the first's.
    means = played.processing_cost[0].reshape(3, -1).mean(1)
    assert (means.diff() > 0.3).all()


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
    objective, now = clipped_objective(policy, batch, SHORT)
    found = gradient(objective, policy)
    log_policy = tilted(batch.log_prior, policy(batch.inputs, batch.processing_cost))
    payoff = (log_policy.exp() * batch.worth).sum(-1)
    divergence = (log_policy.exp() * (log_policy - batch.log_prior)).sum(-1)
    exact = gradient((payoff - batch.processing_cost * divergence).mean(), policy)
    assert exact.norm() > 1e-3
    torch.testing.assert_close(found, exact, atol=1e-4 * exact.norm().item(), rtol=1e-3)
    assert policy_change(batch.log_policy, now) == pytest.approx(0.0, abs=1e-6)
    expected_value = -(batch.processing_cost * divergence).mean()
    torch.testing.assert_close(objective, expected_value, atol=1e-5, rtol=1e-4)


def two_action_batch(worth: list[float], old: float) -> Batch:
    probability = torch.tensor([[old, 1 - old]])
    return Batch(
        inputs=torch.zeros(1, 1),
        processing_cost=torch.zeros(1),
        log_prior=torch.full((1, 2), 0.5).log(),
        log_policy=probability.log(),
        probability=probability,
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
    objective, now = clipped_objective(FixedPolicy(first), batch, SHORT)  # type: ignore[arg-type]
    assert objective.item() == pytest.approx(expected, abs=1e-6)
    exact = 0.5 * math.log(0.5 / first) + 0.5 * math.log(0.5 / (1 - first))
    assert policy_change(batch.log_policy, now) == pytest.approx(exact, abs=1e-5)


@pytest.mark.parametrize("bonus", [0.0, 0.002, 0.5])
def test_an_entropy_bonus_pays_for_every_nat(bonus: float) -> None:
    policy, batch = example_batch()
    plain, now = clipped_objective(policy, batch, SHORT)
    paid, same = clipped_objective(policy, batch, SHORT.model_copy(update={"entropy_bonus": bonus}))
    entropy = torch.distributions.Categorical(logits=batch.log_policy).entropy().mean()
    assert 1 < entropy < math.log(101)
    torch.testing.assert_close(paid, plain + bonus * entropy)
    assert torch.equal(now, same)


def test_an_improvement_tells_of_the_play_before_it() -> None:
    problem = problem_of(HABIT, "market")
    chosen = LearningSettings(markets=4, hidden=32, minibatches=3)
    policy = departing_policy(problem)
    before = nn.utils.parameters_to_vector(policy.parameters()).detach().clone()
    played = play_all_treatments(problem, chosen, policy, torch.Generator().manual_seed(8))
    optimiser = torch.optim.Adam(policy.parameters(), lr=1e-3)
    found = improve(problem, chosen, policy, optimiser, torch.Generator().manual_seed(8))
    assert found.decisions == 4 * 25 * (2 + 3 + 4 + 5)
    for name in ("payoff", "net_payoff", "divergence"):
        everything = torch.cat([getattr(part, name).flatten() for part in played])
        assert getattr(found, name) == pytest.approx(everything.mean().item(), rel=1e-4)
    assert 0 < found.entropy < math.log(101)
    assert found.policy_change > 0
    assert not torch.equal(nn.utils.parameters_to_vector(policy.parameters()), before)
