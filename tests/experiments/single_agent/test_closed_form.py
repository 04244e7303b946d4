"""Comparison with the closed form: of policies that are it, nearly are, and are not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from experiments.single_agent.closed_form import agents_at_cost, compare
from experiments.single_agent.one_order import OneOrder
from satisfice.errors import SatisficeError
from satisfice.learning.policy_gradient import play_all_treatments
from satisfice.learning.problem import LearningProblem
from satisfice.learning.rollout import Population
from satisfice.learning.settings import LearningSettings
from satisfice.learning.training import learn
from satisfice.population.anchor import AnchorBelief
from satisfice.population.beliefs import PriorBelief, UniformBelief
from satisfice.population.habit import HabitBelief
from satisfice.population.policy import PolicyNetwork
from satisfice.population.supertypes import Supertypes

GAME = OneOrder()
ACTIONS = len(GAME.action_values)
BETA = (0.02, 2.0)
BELIEFS = {
    "uniform": UniformBelief(GAME.action_values),
    "habit": HabitBelief(GAME.action_values, stay=0.3, explore=0.1, reach=0.05),
    "anchor": AnchorBelief(GAME.action_values, spread=10.0, explore=0.1, inertia=0.0),
}


def any_supertype(number: int, generator: torch.Generator) -> Supertypes:
    mu, sigma, beta = torch.rand((number, 3), generator=generator).unbind(-1)
    theta = torch.stack([mu, 0.02 + 0.48 * sigma, 0.02 * 100**beta], -1)
    return Supertypes.from_array(theta)


def problem(belief: PriorBelief = BELIEFS["uniform"], information: str = "none") -> LearningProblem:
    return LearningProblem(GAME, belief, information, any_supertype)


def seeded() -> torch.Generator:
    return torch.Generator().manual_seed(3)


class ClosedForm(nn.Module):
    """Stands in for a network: expected payoffs over the processing cost, spoilt if asked to."""

    def __init__(self, treatment: str, spoilt: float = 0.0) -> None:
        super().__init__()
        payoffs = torch.from_numpy(GAME.expected_payoffs(treatment, np.ones(ACTIONS)).copy())
        self.score = payoffs + spoilt * torch.linspace(-1, 1, ACTIONS)

    def forward(self, inputs: Tensor, processing_cost: Tensor) -> Tensor:
        return (self.score / processing_cost.double().unsqueeze(-1)).float()


def population(belief: str, policy: nn.Module, information: str = "none") -> Population:
    return Population(GAME, policy, BELIEFS[belief], information)  # type: ignore[arg-type]


@pytest.mark.parametrize("treatment", GAME.treatments)
@pytest.mark.parametrize("belief", BELIEFS)
@pytest.mark.parametrize("cost", [0.01, 0.3])
def test_the_closed_form_is_at_no_distance_from_itself(
    belief: str, treatment: str, cost: float
) -> None:
    traits = agents_at_cost(problem(), cost, 2, seeded())
    found = compare(population(belief, ClosedForm(treatment)), treatment, cost, traits)
    assert found.total_variation.shape == (2, ACTIONS)
    assert found.total_variation.max() < 2e-5
    measures = found.measures()
    assert measures["divergence_from_exact"] < 1e-5
    assert measures["mean_action_learnt"] == pytest.approx(measures["mean_action_exact"], abs=1e-3)


@pytest.mark.parametrize("belief", BELIEFS)
def test_a_spoilt_policy_is_detected_and_measured(belief: str) -> None:
    cost, treatment = 0.1, "classic"
    traits = agents_at_cost(problem(), cost, 3, seeded())
    policy = ClosedForm(treatment, spoilt=0.05)
    found = compare(population(belief, policy), treatment, cost, traits)
    # Written out action by action, from the definition.
    payoffs = GAME.expected_payoffs(treatment, np.ones(ACTIONS))
    for yesterday in (0, 17, ACTIONS - 1):
        state = replace(GAME.start(treatment, 1), previous=torch.tensor([[yesterday]]))
        seen = GAME.observe(treatment, state, "none")
        q = BELIEFS[belief].log_probabilities(seen)[0, 0].double().exp().numpy()
        exact = q * np.exp((payoffs - payoffs.max()) / cost)
        learnt = exact * np.exp(0.05 * np.linspace(-1, 1, ACTIONS) / cost)
        exact, learnt = exact / exact.sum(), learnt / learnt.sum()
        distance = 0.5 * np.abs(learnt - exact).sum()
        assert distance > 0.01
        np.testing.assert_allclose(found.total_variation[:, yesterday], distance, atol=1e-5)
        np.testing.assert_allclose(found.exact[yesterday], exact, rtol=1e-4, atol=1e-12)
        np.testing.assert_allclose(found.prior[yesterday], q, rtol=1e-5)
    measures = found.measures()
    assert measures["total_variation_max"] == found.total_variation.max()
    assert measures["total_variation_mean"] == pytest.approx(found.total_variation.mean())
    assert measures["mean_action_learnt"] > measures["mean_action_exact"] + 1
    divergence = (found.learnt * np.log(found.learnt / found.exact)).sum(-1).mean()
    assert measures["divergence_from_exact"] == pytest.approx(divergence, rel=1e-6)


@given(
    spoilt=st.floats(-0.3, 0.3), cost=st.floats(0.005, 1.9), belief=st.sampled_from(list(BELIEFS))
)
@settings(deadline=None, max_examples=30, derandomize=True)
def test_no_policy_is_better_than_the_closed_form(spoilt: float, cost: float, belief: str) -> None:
    traits = agents_at_cost(problem(), cost, 1, seeded())
    policy = ClosedForm("expedite_4", spoilt)
    found = compare(population(belief, policy), "expedite_4", cost, traits).measures()
    assert found["net_payoff_learnt"] <= found["net_payoff_exact"] + 1e-9
    assert found["divergence_from_exact"] >= 0
    assert 0 <= found["total_variation_mean"] <= found["total_variation_max"] + 1e-12 <= 1 + 1e-9
    assert all(np.isfinite(list(found.values())))


def test_each_agent_is_measured_by_itself() -> None:
    """A network that reads the skill: one agent plays well, the other does not."""

    class Careless(ClosedForm):
        def forward(self, inputs: Tensor, processing_cost: Tensor) -> Tensor:
            right = super().forward(inputs, processing_cost)
            return torch.where(inputs[..., :1] > skills.mean() * 2 - 1, right, 0.5 * right)

    traits = agents_at_cost(problem(), 0.05, 2, seeded())
    skills = traits.skill
    assert skills[0] != skills[1]
    found = compare(population("uniform", Careless("expedite_4")), "expedite_4", 0.05, traits)
    good, bad = int(skills.argmax()), int(skills.argmin())
    assert found.total_variation[good].max() < 1e-5
    assert found.total_variation[bad].min() > 0.05
    assert found.measures()["total_variation_max"] > 0.05


@pytest.mark.parametrize("cost", [0.005, 0.1, 1.9])
def test_agents_have_the_cost_and_come_from_the_prior(cost: float) -> None:
    traits = agents_at_cost(problem(), cost, 40, seeded())
    assert traits.skill.shape == traits.processing_cost.shape == (40, 1)
    assert len(traits.population) == 40
    assert (traits.processing_cost == cost).all()
    weight = cost / (1 - traits.skill)
    assert (weight >= BETA[0] - 1e-6).all() and (weight <= BETA[1] + 1e-5).all()
    # Different supertypes; what they tell the network is that of their KL weight.
    assert len(traits.population.unique(dim=0)) == 40
    again = agents_at_cost(problem(), cost, 40, seeded())
    torch.testing.assert_close(again.population, traits.population, rtol=0, atol=0)


def test_features_are_those_of_the_agents_own_kl_weight() -> None:
    def one_kind(number: int, generator: torch.Generator) -> Supertypes:
        torch.rand(1, generator=generator)
        return Supertypes.from_array(np.tile([0.5, 0.1, 77.0], (number, 1)))

    drawn = LearningProblem(GAME, BELIEFS["uniform"], "none", one_kind)
    traits = agents_at_cost(drawn, 0.2, 5, seeded())
    weight = (0.2 / (1 - traits.skill)).squeeze(1)
    theta = torch.stack([torch.full((5,), 0.5), torch.full((5,), 0.1), weight], -1)
    torch.testing.assert_close(traits.population, Supertypes.from_array(theta).features())


@pytest.mark.parametrize("cost", [2.5, 1e-9])
def test_costs_outside_the_prior_are_refused(cost: float) -> None:
    with pytest.raises(SatisficeError, match="hardly any agent of the prior has it"):
        agents_at_cost(problem(), cost, 5, seeded())


def test_learning_approaches_the_closed_form() -> None:
    learning = LearningSettings(
        iterations=60, markets=128, minibatches=4, learning_rate=0.01, averaging=0.9, hidden=32,
        clip=1.0, action_basis=4, smallest_cost=0.0001, chance_draws=30, seed=1,
    )  # fmt: skip
    told = problem(BELIEFS["habit"], "yesterday")
    networks = {
        "learnt": learn(told, learning),
        "untrained": PolicyNetwork(told.policy_shape(learning)),
    }
    for cost in (0.05, 0.5):
        traits = agents_at_cost(told, cost, 3, seeded())
        for treatment in GAME.treatments:
            distance = {
                name: compare(
                    population("habit", network, "yesterday"), treatment, cost, traits
                ).total_variation.max()
                for name, network in networks.items()
            }
            assert distance["learnt"] < 0.15
            assert distance["untrained"] > 3 * distance["learnt"]


def test_learning_sees_as_many_draws_of_chance_as_it_is_told_to() -> None:
    told, spread = problem(), {}
    for draws in (1, 300):
        learning = LearningSettings(markets=50, hidden=8, chance_draws=draws)
        network = PolicyNetwork(told.policy_shape(learning))
        played = play_all_treatments(told, learning, network, seeded())
        spread[draws] = max(part.foregone.std(dim=1).max().item() for part in played)
    assert spread[1] > 1
    # All demands have been seen, each once.
    assert spread[300] < 1e-3
