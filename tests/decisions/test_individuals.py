"""Posteriors of agents' traits: known answers, and people whose traits are known."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import beta, kstest, truncnorm
from torch import Tensor
from two_actions import TwoActions

from satisfice.contenders.base import HasLikelihood, Kinds
from satisfice.contenders.bounded import TrainedPopulation
from satisfice.decisions.individuals import Individuals, describe
from satisfice.games.cournot import Cournot
from satisfice.learning.rollout import Chance, Population
from satisfice.population.beliefs import UniformBelief
from satisfice.population.parameters import Parameter, ParameterSpace
from satisfice.population.policy import PolicyNetwork, PolicyShape
from satisfice.population.supertypes import SKILL_SPACE, Supertypes
from satisfice.simulation.histories import History
from satisfice.simulation.simulator import population_player

FINER = 4


class Coins(HasLikelihood):
    """Agents choose 1 with a chance of their own, which is uniform, to a power of theta."""

    space = ParameterSpace.of((Parameter("power", (0.5, 2.0), "power"),), {})
    free = ("power",)

    def __init__(self, kinds: int, continuous: bool = False) -> None:
        self.number, self.continuous = kinds, continuous

    def from_unit(self, cube: np.ndarray) -> np.ndarray:
        return cube

    def nodes(self, finer: int = 1) -> tuple[np.ndarray, np.ndarray]:
        """The chance of a one of each kind if theta is one, and its share."""
        if not self.continuous:
            return (np.arange(self.number) + 0.5) / self.number, np.full(self.number, 1.0)
        place, weight = np.polynomial.legendre.leggauss(finer * self.number)
        return (place + 1) / 2, weight / 2

    def chance(self, theta: np.ndarray, finer: int = 1) -> Tensor:
        """The chance of a one of each kind, shape (populations, kinds)."""
        return torch.from_numpy(self.nodes(finer)[0] ** theta)

    def kinds(self, history: History, theta: np.ndarray, finer: int = 1) -> Kinds:
        chance, (place, share) = self.chance(theta, finer)[..., None], self.nodes(finer)
        shares = torch.from_numpy(share / share.sum())[:, None].expand_as(chance)
        return Kinds(shares, {"chance": chance}, place if self.continuous else None)

    def finer_kinds(self, history: History, theta: np.ndarray) -> Kinds | None:
        return self.kinds(history, theta, FINER) if self.continuous else None

    def log_policies(self, history: History, theta: np.ndarray, *, whole: bool = False) -> Tensor:
        one = self.chance(theta)[:, :, None, None, None]
        return torch.where(history.action == 1, one, 1 - one).log()


def history_of(ones: list[int]) -> History:
    """One market with two agents, who choose so many ones."""
    action = (np.arange(10) < np.array(ones)[:, None]).astype(float)[None]
    return History.of(TwoActions(rounds=10), "only", {"action": action})


def test_bayes_rule_by_hand() -> None:
    """Two kinds, who choose 1 with a chance of 1/4 and 3/4: odds are 3 to the difference."""
    history = history_of([3, 6])
    found = Individuals.of(Coins(2), history, np.array([[1.0]]))
    odds = 3.0 ** np.array([3 - 7, 6 - 4])
    np.testing.assert_allclose(found.weight[1, 0], odds / (1 + odds))
    share = odds / (1 + odds)
    np.testing.assert_allclose(found.mean("chance")[0], 0.25 + 0.5 * share)
    np.testing.assert_allclose(found.sd("chance")[0], 0.5 * np.sqrt(share * (1 - share)))


def test_draws_count_by_their_weight_and_as_often_as_they_occur() -> None:
    history, theta = history_of([3, 6]), np.array([[0.7], [1.5]])
    weighted = Individuals.of(Coins(4), history, theta, np.log([3.0, 1.0]))
    repeated = Individuals.of(Coins(4), history, theta[[0, 0, 1, 0]])
    np.testing.assert_allclose(weighted.weight, repeated.weight)
    np.testing.assert_allclose(weighted.weight[:4].sum(0), 0.75)
    apart = [Individuals.of(Coins(4), history, row[None]).mean("chance") for row in theta]
    np.testing.assert_allclose(weighted.mean("chance"), 0.75 * apart[0] + 0.25 * apart[1])


@pytest.mark.parametrize(("nodes", "tolerance"), [(8, 0.01), (16, 0.003)])
def test_quantiles_are_those_of_the_continuous_trait(nodes: int, tolerance: float) -> None:
    """A uniform chance gives a beta posterior; few nodes of it give the quantiles."""
    ones, history = np.array([3, 8]), history_of([3, 8])
    theta, levels = np.array([[1.0]]), [0.05, 0.25, 0.5, 0.75, 0.95]
    model = Coins(nodes, continuous=True)
    found = Individuals.of(model, history, theta).quantiles("chance", levels)
    exact = beta.ppf(np.array(levels)[:, None], 1 + ones, 11 - ones)
    np.testing.assert_allclose(found[:, 0], exact, atol=tolerance)
    individuals = Individuals.of(model, history, theta)
    below = individuals.share_below("chance", exact[3][None])
    np.testing.assert_allclose(below, 0.75, atol=tolerance)
    ends = individuals.share_below("chance", np.array([[-1.0, 2.0]]))[0]
    np.testing.assert_allclose(ends, [0.0, 1.0])


def population(spread: float = 0.0) -> Population:
    game = Cournot()
    torch.manual_seed(3)
    network = PolicyNetwork(PolicyShape(101, 5, 0, hidden=8, action_basis=4))
    torch.nn.init.normal_(network.head.weight, std=spread)
    return Population(game, network.eval(), UniformBelief(game.action_values), "none", SKILL_SPACE)


def test_decisions_without_information_leave_the_population() -> None:
    """Untrained agents decide alike, whatever their skill."""
    theta = np.array([[0.7, 0.2, 0.5]])
    action = np.random.default_rng(0).integers(0, 101, (2, 3, 25)).astype(float)
    history = History.of(Cournot(), "3", {"action": action})
    found = describe(TrainedPopulation(population()), history, theta)
    exact = truncnorm(-0.7 / 0.2, 0.3 / 0.2, 0.7, 0.2)
    assert found["skill_low"].shape == (2, 3)
    np.testing.assert_allclose(found["skill_mean"], exact.mean(), atol=1e-3)
    np.testing.assert_allclose(found["skill_sd"], exact.std(), atol=2e-3)
    for name, level in {"skill_low": 0.05, "skill_high": 0.95}.items():
        np.testing.assert_allclose(found[name], exact.ppf(level), atol=0.01)
    np.testing.assert_allclose(found["lambda_mean"], 0.5 * (1 - exact.mean()), atol=1e-3)
    np.testing.assert_allclose(found["lambda_low"], 0.5 * (1 - found["skill_high"]), atol=1e-6)


def test_agents_at_a_single_node_are_alike() -> None:
    theta = np.array([[0.7, 0.2, 0.5]])
    history = History.of(Cournot(), "3", {"action": np.zeros((2, 3, 25))})
    model = TrainedPopulation(population(), nodes=1)
    assert model.finer_kinds(history, theta) is None
    found = describe(model, history, theta)
    np.testing.assert_allclose(found["skill_sd"], 0.0, atol=1e-6)
    np.testing.assert_array_equal(found["skill_low"], found["skill_high"])


def test_simulated_people_are_recovered() -> None:
    """Their skills are at uniform quantiles of their posteriors, and known better than before."""
    model, theta = TrainedPopulation(population(0.2)), np.array([[0.5, 0.3, 0.5]])
    chance = Chance.draw(model.game, 5, 80, 25, torch.Generator().manual_seed(1))
    many = np.tile(theta, (80, 1))
    played = population_player(model.population)("5", many, chance)
    skill = Supertypes.from_array(many).skill_quantiles(chance.skills).double().numpy()
    history = History.of(
        model.game, "5", {name: values.double().numpy() for name, values in played.items()}
    )
    found = Individuals.of(model, history, theta)
    assert kstest(found.share_below("skill", skill).ravel(), "uniform").pvalue > 0.01
    low, high = found.quantiles("skill", (0.05, 0.95))
    assert 0.87 < ((low < skill) & (skill < high)).mean() < 0.93
    assert np.corrcoef(found.mean("skill").ravel(), skill.ravel())[0, 1] > 0.5


def test_agents_of_one_kind_have_no_traits() -> None:
    class Alike(Coins):
        def kinds(self, history: History, theta: np.ndarray) -> Kinds:
            return HasLikelihood.kinds(self, history, theta)

    assert describe(Alike(1), history_of([3, 6]), np.array([[0.5]])) == {}
