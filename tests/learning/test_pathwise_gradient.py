"""The pathwise gradient against distributions, finite differences and sums by hand."""

from __future__ import annotations

import math
from collections.abc import Iterator
from copy import deepcopy

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from satisfice.games.base import Observation
from satisfice.games.beer_game import BeerGame
from satisfice.learning.pathwise_gradient import (
    LearnerFirst,
    PlayedPath,
    amounts_within_cells,
    frozen,
    improve,
    play_and_learn,
)
from satisfice.learning.problem import LearningProblem, LearningSettings
from satisfice.learning.rollout import Chance, Population
from satisfice.population.anchor import AnchorBelief
from satisfice.population.beliefs import NO_TRAITS, Named, PriorBelief, UniformBelief
from satisfice.population.habit import HabitBelief
from satisfice.population.parameters import ParameterSpace
from satisfice.population.policy import PolicyNetwork, Traits, exponential
from satisfice.population.supertypes import SKILL_PARAMETERS, Supertypes

GAME = BeerGame()
ANCHOR = AnchorBelief(GAME.action_values, spread=2.86, explore=0.02, inertia=0.0)
HABIT = HabitBelief(GAME.action_values, stay=0.5, explore=0.1, reach=0.05)
logits = st.lists(st.floats(-4, 4), min_size=2, max_size=12)
BY_ROLE = ParameterSpace.of(SKILL_PARAMETERS, {}, GAME.roles)
steps = st.sampled_from([0.1, 0.5, 1.0])


Policies = tuple[PolicyNetwork, PolicyNetwork]
"""The learners' and the others'."""


class ShortChain(BeerGame):
    """A beer game of few weeks, for which a gradient can be had by brute force."""

    training_rounds = 9


SHORT = ShortChain()


def two_supertypes(number: int, generator: torch.Generator) -> Supertypes:
    """Of each market's roles, in turn careful and careless ones."""
    theta = torch.tensor([[0.3, 0.2, 0.4, 0.8, 0.1, 0.2], [0.6, 0.3, 0.1, 0.1, 0.1, 0.6]])
    return Supertypes.from_array(theta.repeat(number // 2, 2), BY_ROLE)


def short_problem(
    team_reward: bool = False, belief: PriorBelief = ANCHOR, game: BeerGame = SHORT
) -> LearningProblem:
    return LearningProblem(game, belief, "local", two_supertypes, BY_ROLE, team_reward)


def tiny(markets: int = 8, discount: float = 1.0) -> LearningSettings:
    return LearningSettings(markets=markets, hidden=8, action_basis=3, discount=discount)


def departing_policy(problem: LearningProblem, chosen: LearningSettings) -> PolicyNetwork:
    torch.manual_seed(1)
    policy = PolicyNetwork(problem.policy_shape(chosen))
    nn.init.normal_(policy.head.weight, std=0.1)
    return policy


def self_play(
    problem: LearningProblem,
    chosen: LearningSettings,
    policy: PolicyNetwork,
    generator: torch.Generator,
) -> PlayedPath:
    return play_and_learn(problem, chosen, policy, frozen(policy), "uncertain", generator)


@given(logit=logits, step=steps)
@settings(deadline=None, max_examples=60, derandomize=True)
def test_amounts_fall_into_cells_as_often_as_the_policy_says(
    logit: list[float], step: float
) -> None:
    """At evenly spaced uniforms, the amounts' distribution function is known at every amount."""
    draws, grid = 5000, 2.0 + step * torch.arange(len(logit)).double()
    probability = torch.softmax(torch.tensor(logit).double(), -1)
    uniforms = (torch.arange(draws).double() + 0.5) / draws
    amounts = amounts_within_cells(probability.expand(draws, -1), grid, uniforms)
    assert (amounts.diff() >= 0).all()
    assert amounts.min() >= grid[0]
    assert amounts.max() <= grid[-1]
    # Between two borders of cells the distribution function is a straight line; what lies
    # beyond the ends of the grid is moved to the ends.
    borders = grid[0] + step * (np.arange(len(logit) + 1) - 0.5)
    reached = np.interp(amounts, borders, np.concatenate([[0.0], probability.cumsum(-1)]))
    inside = ((amounts > grid[0]) & (amounts < grid[-1])).numpy()
    np.testing.assert_allclose(reached[inside], uniforms.numpy()[inside], atol=1e-9)
    ends = [(amounts == grid[0]).double().mean(), (amounts == grid[-1]).double().mean()]
    expected = [probability[0] / 2, probability[-1] / 2]
    np.testing.assert_allclose(ends, expected, atol=1.1 / draws)


@given(logit=logits, step=steps, uniform=st.floats(0.001, 0.999), data=st.data())
@settings(deadline=None, max_examples=150, derandomize=True)
def test_the_derivative_of_an_amount_is_exact(
    logit: list[float], step: float, uniform: float, data: st.DataObject
) -> None:
    direction = torch.tensor(
        data.draw(st.lists(st.floats(-1, 1), min_size=len(logit), max_size=len(logit)))
    ).double()
    grid = step * torch.arange(len(logit)).double()
    at, chance = torch.tensor(logit).double(), torch.tensor(uniform).double()

    def amount(moved: Tensor) -> Tensor:
        return amounts_within_cells(torch.softmax(moved, -1), grid, chance)

    size = 1e-6
    low, middle, high = (amount(at + size * k * direction) for k in (-1, 0, 1))
    difference = (high - low).item() / (2 * size)
    start = at.clone().requires_grad_()
    (slope,) = torch.autograd.grad(amount(start), start)
    found = (slope @ direction).item()
    one_sided = [(high - middle).item() / size, (middle - low).item() / size]
    if abs(one_sided[0] - one_sided[1]) > 1e-3 * (1 + abs(difference)):
        # At the border of two cells the derivative jumps from one side's to the other's.
        assert min(abs(found - side) for side in one_sided) < 1e-3 * (1 + abs(found))
    else:
        assert found == pytest.approx(difference, rel=1e-4, abs=1e-5)


def test_amounts_move_with_the_policy_and_not_beyond_the_grid() -> None:
    at = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    grid = torch.arange(3.0)
    uniforms = torch.tensor([0.1, 0.5, 0.9])
    amounts = amounts_within_cells(torch.softmax(at, -1).expand(3, -1), grid, uniforms)
    assert amounts.tolist() == pytest.approx([0.0, 1.0, 2.0])
    slopes = torch.stack([torch.autograd.grad(a, at, retain_graph=True)[0] for a in amounts])
    assert slopes[0].abs().max() == slopes[2].abs().max() == 0
    # More weight on the last action moves the middle of the distribution up.
    assert slopes[1].tolist() == pytest.approx([-0.5, 0.0, 0.5])


@given(weight=st.lists(st.integers(0, 9), min_size=2, max_size=12).filter(lambda w: sum(w) > 0))
@settings(deadline=None, max_examples=100, derandomize=True)
def test_amounts_never_fall_into_impossible_cells(weight: list[int]) -> None:
    log_policy = (torch.tensor(weight, dtype=torch.float32) / sum(weight)).log()
    probability = exponential(log_policy)  # Small, but nowhere zero.
    assert (probability > 0).all()
    uniforms = torch.tensor([0.0, 1e-7, 0.25, 0.5, 0.75, 1 - 2**-24])
    grid = torch.arange(float(len(weight)))
    amounts = amounts_within_cells(probability.expand(6, -1), grid, uniforms)
    distance = (amounts.unsqueeze(-1) - grid).abs().masked_fill(torch.tensor(weight) == 0, 99)
    assert (distance.min(-1).values <= 0.5 + 1e-4).all()


@given(markets=st.integers(1, 12), agents=st.integers(1, 6))
@settings(deadline=None, max_examples=40, derandomize=True)
def test_learning_goes_round_the_table(markets: int, agents: int) -> None:
    first = LearnerFirst.rotating(markets, agents)
    assert (first.order.sort(1).values == torch.arange(agents)).all()
    names = torch.arange(agents).expand(2, markets, -1)
    assert torch.equal(first.arranged(names), first.order.expand(2, -1, -1))
    assert torch.equal(first.arranged(names).gather(-1, first.back.expand(2, -1, -1)), names)
    counts = torch.bincount(first.order[:, 0], minlength=agents)
    assert (counts.max() - counts.min()).item() <= 1


@pytest.fixture
def in_double() -> Iterator[None]:
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def learners_objective(
    problem: LearningProblem,
    chosen: LearningSettings,
    learner: PolicyNetwork,
    others: PolicyNetwork,
    seed: int,
) -> Tensor:
    """Return per round of one learner in each market, seat after seat, written out.

    Careless learners lose more, so each return counts in units of 1 + processing cost.
    """
    game, markets = problem.game, chosen.markets
    assert isinstance(game, BeerGame)
    generator = torch.Generator().manual_seed(seed)
    supertypes = problem.draw_supertypes(markets, generator)
    chance = Chance.draw(game, 4, markets, problem.rounds, generator)
    traits = Traits.draw(supertypes, chance.skills)
    learns = torch.arange(4) == torch.arange(markets).unsqueeze(1) % 4
    state, total = game.start("uncertain", markets), torch.zeros(())
    for week in range(problem.rounds):
        choices = [
            Population(game, policy, problem.belief, "local").decide("uncertain", state, traits)
            for policy in (learner, others)
        ]
        drawn = [
            amounts_within_cells(choice.log_policy.exp(), game.action_values, chance.actions[week])
            for choice in choices
        ]
        amounts = torch.where(learns, *drawn)
        state, payoff = game.advance("uncertain", state, amounts, chance.shocks[week])
        cost = traits.processing_cost * choices[0].divergence
        for market in range(markets):
            seat = market % 4
            earned = payoff[market].sum() if problem.team_reward else payoff[market, seat]
            net = (earned - cost[market, seat]) / (1 + traits.processing_cost[market, seat])
            total = total + chosen.discount**week * net / markets / problem.rounds
    return total


def moved(policy: PolicyNetwork, direction: Tensor, size: float) -> PolicyNetwork:
    """A copy of a policy with weights moved along a direction."""
    copy = deepcopy(policy)
    weights = nn.utils.parameters_to_vector(copy.parameters())
    nn.utils.vector_to_parameters(weights + size * direction, copy.parameters())
    return copy


def flat_gradient(policy: PolicyNetwork) -> Tensor:
    return torch.cat([p.grad.flatten() for p in policy.parameters() if p.grad is not None])


@pytest.mark.parametrize("team_reward", [False, True])
@pytest.mark.usefixtures("in_double")
def test_the_gradient_is_that_of_each_learners_own_weights(team_reward: bool) -> None:
    """Brute force: the learner's weights are moved, the others' stay; then the opposite."""
    problem, chosen = short_problem(team_reward), tiny(discount=0.9)
    policy = departing_policy(problem, chosen).double()
    path = self_play(problem, chosen, policy, torch.Generator().manual_seed(6))
    path.objective.backward()  # type: ignore[no-untyped-call]
    gradient = flat_gradient(policy)
    same = learners_objective(problem, chosen, policy, policy, seed=6)
    assert path.objective.item() == pytest.approx(same.item(), rel=1e-7)
    generator, size = torch.Generator().manual_seed(0), 1e-6
    everybody_differs = 0.0
    for _ in range(5):
        direction = torch.randn(gradient.shape, generator=generator)
        high, low = moved(policy, direction, size), moved(policy, direction, -size)

        def difference(up: Policies, down: Policies) -> float:
            with torch.no_grad():
                above = learners_objective(problem, chosen, *up, seed=6)
                below = learners_objective(problem, chosen, *down, seed=6)
            return (above - below).item() / (2 * size)

        own = difference((high, policy), (low, policy))
        assert (gradient @ direction).item() == pytest.approx(own, rel=1e-4, abs=1e-6)
        everybody = difference((high, high), (low, low))
        everybody_differs = max(everybody_differs, abs(everybody - own) / abs(own))
    # A planner who moves everybody's weights at once climbs something else.
    assert everybody_differs > 0.05


@pytest.mark.usefixtures("in_double")
def test_the_gradient_is_the_mean_of_the_seats_gradients() -> None:
    """With as many markets as seats, each seat learns in one; alone its market counts a fourth."""
    problem, chosen = short_problem(), tiny(markets=4)
    policy = departing_policy(problem, chosen).double()
    self_play(problem, chosen, policy, torch.Generator().manual_seed(6)).objective.backward()  # type: ignore[no-untyped-call]
    together = flat_gradient(policy)
    each = []
    for seat in range(4):
        policy.zero_grad()
        learner = deepcopy(policy)
        own = seat_objective(problem, chosen, learner, policy, seat)
        own.backward()  # type: ignore[no-untyped-call]
        each.append(flat_gradient(learner))
        assert each[-1].norm() > 1e-4
    torch.testing.assert_close(together, torch.stack(each).mean(0), rtol=1e-6, atol=1e-9)


def seat_objective(
    problem: LearningProblem,
    chosen: LearningSettings,
    learner: PolicyNetwork,
    others: PolicyNetwork,
    seat: int,
) -> Tensor:
    """Own return per round of the agent in one seat of the market where it learns."""
    generator = torch.Generator().manual_seed(6)
    supertypes = problem.draw_supertypes(4, generator)
    chance = Chance.draw(problem.game, 4, 4, problem.rounds, generator)
    traits = Traits.draw(supertypes, chance.skills)
    one = slice(seat, seat + 1)
    alone = traits.rows(one)
    state, total = SHORT.start("uncertain", 1), torch.zeros(())
    for week in range(problem.rounds):
        own, theirs = (
            Population(SHORT, policy, problem.belief, "local").decide("uncertain", state, alone)
            for policy in (learner, others)
        )
        uniforms = chance.actions[week, one]
        mine = amounts_within_cells(own.log_policy.exp(), SHORT.action_values, uniforms)
        frozen = amounts_within_cells(theirs.log_policy.exp(), SHORT.action_values, uniforms)
        amounts = torch.cat([frozen[:, :seat], mine[:, one], frozen[:, seat + 1 :]], 1)
        state, payoff = SHORT.advance("uncertain", state, amounts, chance.shocks[week, one])
        net = (payoff - alone.processing_cost * own.divergence) / (1 + alone.processing_cost)
        total = total + net[0, seat] / problem.rounds
    return total


@pytest.mark.parametrize("belief", [ANCHOR, HABIT, UniformBelief(GAME.action_values)])
def test_a_team_earns_the_sum_of_its_payoffs(belief: PriorBelief) -> None:
    paths = []
    for team_reward in (False, True):
        problem, chosen = short_problem(team_reward, belief), tiny(markets=40)
        policy = departing_policy(problem, chosen)
        generator = torch.Generator().manual_seed(2)
        paths.append(self_play(problem, chosen, policy, generator))
    own, team = (path.means.tolist() for path in paths)
    payoff, net, *_ = own
    # The play is the same: what differs is what it is worth.
    assert team[0] == pytest.approx(payoff)
    assert team[1] == pytest.approx(net + 3 * payoff, rel=1e-5)
    assert team[2:] == pytest.approx(own[2:])
    assert payoff < 0
    assert net < payoff


def test_the_means_describe_the_play() -> None:
    problem, chosen = short_problem(), tiny(markets=40)
    untrained = PolicyNetwork(problem.policy_shape(chosen))
    generator = torch.Generator().manual_seed(2)
    path = self_play(problem, chosen, untrained, generator)
    payoff, net, divergence, entropy = path.means.tolist()
    assert divergence == pytest.approx(0.0, abs=1e-6)
    assert net == pytest.approx(payoff, abs=1e-6)
    assert 0.5 * math.log(2 * math.pi * math.e * 2.86**2) - 0.6 < entropy < math.log(61)
    assert path.decisions == 40 * 4 * 9


@pytest.mark.parametrize("belief", [ANCHOR, HABIT])
def test_an_improvement_is_a_clipped_step_along_the_gradient(belief: PriorBelief) -> None:
    problem, chosen = short_problem(team_reward=True, belief=belief), tiny()
    policy = departing_policy(problem, chosen)
    before = nn.utils.parameters_to_vector(policy.parameters()).detach().clone()
    path = self_play(problem, chosen, policy, torch.Generator().manual_seed(3))
    path.objective.backward()  # type: ignore[no-untyped-call]
    gradient = flat_gradient(policy)
    optimiser = torch.optim.SGD(policy.parameters(), lr=0.01)
    found = improve(problem, chosen, policy, optimiser, torch.Generator().manual_seed(3))
    after = nn.utils.parameters_to_vector(policy.parameters()).detach()
    climbed = gradient / max(1.0, gradient.norm().item())
    assert climbed.norm() > 1e-3
    torch.testing.assert_close(after - before, 0.01 * climbed, rtol=1e-3, atol=1e-6)
    assert found.decisions == path.decisions
    means = [found.payoff, found.net_payoff, found.divergence, found.entropy]
    assert means == pytest.approx(path.means.tolist(), rel=1e-5)
    assert found.policy_change > 0


class Broken(UniformBelief):
    """A prior belief that is not a number."""

    def log_probabilities(self, observation: Observation, traits: Named = NO_TRAITS) -> Tensor:
        return super().log_probabilities(observation) * torch.nan


def test_a_gradient_that_is_no_number_leaves_the_weights_alone() -> None:
    problem, chosen = short_problem(belief=Broken(GAME.action_values)), tiny()
    policy = departing_policy(problem, chosen)
    before = deepcopy(policy.state_dict())
    optimiser = torch.optim.Adam(policy.parameters(), lr=0.1)
    improve(problem, chosen, policy, optimiser, torch.Generator().manual_seed(3))
    for name, weight in policy.state_dict().items():
        assert torch.equal(weight, before[name])


def test_play_is_determined_by_the_generator() -> None:
    problem, chosen = short_problem(), tiny()
    policy = departing_policy(problem, chosen)

    def objective(seed: int) -> float:
        generator = torch.Generator().manual_seed(seed)
        return self_play(problem, chosen, policy, generator).objective.item()

    first = objective(1)
    torch.manual_seed(99)
    assert objective(1) == first
    assert objective(2) != first
