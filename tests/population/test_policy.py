"""The form of the policy: a prior belief tilted by a smooth score over the processing cost."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from torch import nn

from satisfice.games.base import NO_ACTION_YET, Observation
from satisfice.population.parameters import Parameter, ParameterSpace
from satisfice.population.policy import (
    PolicyNetwork,
    PolicyShape,
    Traits,
    input_size,
    network_inputs,
    smooth_action_basis,
    tilted,
)
from satisfice.population.supertypes import (
    FEATURE_QUANTILES,
    SKILL_PARAMETERS,
    Supertypes,
    standardised_cost,
)

SHAPE = PolicyShape(
    actions=21, treatment_features=2, observation_features=3, hidden=8, action_basis=4
)
logits = hnp.arrays(np.float32, (3, 7), elements=st.floats(-20, 20, width=32))
tilts = hnp.arrays(np.float32, (3, 7), elements=st.floats(-60, 60, width=32))


def trained_policy(shape: PolicyShape = SHAPE) -> PolicyNetwork:
    """A network whose score is not zero, as after training."""
    torch.manual_seed(3)
    policy = PolicyNetwork(shape)
    nn.init.normal_(policy.head.weight)
    nn.init.normal_(policy.head.bias)
    return policy


def example_traits(markets: int = 4, agents: int = 3) -> Traits:
    generator = torch.Generator().manual_seed(5)
    theta = torch.rand((markets, 3), generator=generator) + 0.05
    return Traits.draw(
        Supertypes.from_array(theta), torch.rand((markets, agents), generator=generator)
    )


def example_observation(markets: int = 4, agents: int = 3) -> Observation:
    features = torch.rand((markets, agents, 3), generator=torch.Generator().manual_seed(6))
    no_anchor = torch.full((markets, agents), torch.nan)
    return Observation(features, torch.full((markets, agents), NO_ACTION_YET), no_anchor)


@pytest.mark.parametrize(("actions", "size"), [(101, 17), (101, 1), (21, 5), (5, 5)])
def test_action_basis_is_orthonormal_on_the_grid(actions: int, size: int) -> None:
    basis = smooth_action_basis(actions, size).double()
    assert basis.shape == (size, actions)
    torch.testing.assert_close(
        basis @ basis.T / actions, torch.eye(size, dtype=torch.float64), atol=1e-6, rtol=0
    )


def test_action_basis_begins_with_the_constant() -> None:
    constant = smooth_action_basis(101, 4)[0]
    torch.testing.assert_close(constant.abs(), torch.ones(101))
    assert constant.min() * constant.max() > 0


@pytest.mark.parametrize("degree", [0, 1, 2, 5])
def test_action_basis_spans_the_polynomials_and_no_more(degree: int) -> None:
    grid = torch.linspace(-1, 1, 101, dtype=torch.float64)
    basis = smooth_action_basis(101, degree + 1).double()

    def remainder(polynomial: torch.Tensor) -> float:
        return (polynomial - (polynomial @ basis.T / 101) @ basis).abs().max().item()

    assert remainder(grid**degree) < 1e-5
    assert remainder(grid ** (degree + 1)) > 1e-3


def test_action_basis_has_no_more_functions_than_actions() -> None:
    assert smooth_action_basis(4, 9).shape == (4, 4)


@given(prior_logits=logits, tilt=tilts)
@settings(deadline=None, max_examples=100, derandomize=True)
def test_policy_is_a_distribution_at_a_nonnegative_divergence(
    prior_logits: np.ndarray, tilt: np.ndarray
) -> None:
    log_prior = torch.log_softmax(torch.tensor(prior_logits), -1)
    log_policy = tilted(log_prior, torch.tensor(tilt))
    torch.testing.assert_close(log_policy.exp().sum(-1), torch.ones(3))
    divergence = (log_policy.exp() * (log_policy - log_prior)).sum(-1)
    assert (divergence > -1e-4).all()


@given(prior_logits=logits, tilt=tilts, shift=st.floats(-10, 10))
@settings(deadline=None, max_examples=50, derandomize=True)
def test_only_differences_of_the_tilt_matter(
    prior_logits: np.ndarray, tilt: np.ndarray, shift: float
) -> None:
    log_prior = torch.log_softmax(torch.tensor(prior_logits), -1)
    plain = tilted(log_prior, torch.tensor(tilt)).exp()
    shifted = tilted(log_prior, torch.tensor(tilt) + shift).exp()
    torch.testing.assert_close(plain, shifted, atol=1e-4, rtol=1e-3)


@given(prior_logits=logits, scale=st.floats(0.1, 2.0), data=st.data())
@settings(deadline=None, max_examples=50, derandomize=True)
def test_tilting_by_payoff_over_cost_maximises_payoff_minus_cost_of_divergence(
    prior_logits: np.ndarray, scale: float, data: st.DataObject
) -> None:
    log_prior = torch.log_softmax(torch.tensor(prior_logits[0]).double(), -1)
    payoff = torch.tensor(data.draw(st.lists(st.floats(-2, 2), min_size=7, max_size=7))).double()
    other = torch.tensor(data.draw(st.lists(st.floats(-5, 5), min_size=7, max_size=7))).double()

    def net(log_policy: torch.Tensor) -> float:
        probability = log_policy.exp()
        return (probability * (payoff - scale * (log_policy - log_prior))).sum().item()

    optimum = net(tilted(log_prior, payoff / scale))
    assert optimum >= net(torch.log_softmax(other, -1)) - 1e-9
    assert optimum == pytest.approx(scale * (log_prior + payoff / scale).logsumexp(-1).item())


def test_no_tilt_leaves_the_prior_belief() -> None:
    log_prior = torch.log_softmax(torch.randn(5, 7), -1)
    torch.testing.assert_close(tilted(log_prior, torch.zeros(5, 7)), log_prior)


def test_untrained_network_follows_the_prior_belief() -> None:
    policy = PolicyNetwork(SHAPE)
    tilt = policy(torch.randn(6, input_size(SHAPE)), torch.rand(6))
    assert torch.equal(tilt, torch.zeros(6, 21))


def test_processing_cost_divides_one_and_the_same_score() -> None:
    policy = trained_policy()
    inputs = torch.randn(6, input_size(SHAPE))
    scores = []
    for cost in (0.0, 0.3, 5.0):
        tilt = policy(inputs, torch.full((6,), cost))
        scores.append(tilt * (cost + SHAPE.smallest_cost))
    assert scores[0].abs().max() > 0.1
    torch.testing.assert_close(scores[0], scores[1], atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(scores[0], scores[2], atol=1e-5, rtol=1e-5)


def test_huge_processing_cost_leaves_the_prior_belief() -> None:
    policy = trained_policy()
    log_prior = torch.log_softmax(torch.randn(6, 21), -1)
    tilt = policy(torch.randn(6, input_size(SHAPE)), torch.full((6,), 1e6))
    torch.testing.assert_close(tilted(log_prior, tilt), log_prior, atol=1e-4, rtol=0)


def test_score_is_a_polynomial_without_constant() -> None:
    tilt = trained_policy()(torch.randn(6, input_size(SHAPE)), torch.ones(6)).double().detach()
    allowed = smooth_action_basis(21, SHAPE.action_basis + 1)[1:].double()
    torch.testing.assert_close(tilt.mean(-1), torch.zeros(6).double(), atol=1e-5, rtol=0)
    torch.testing.assert_close((tilt @ allowed.T / 21) @ allowed, tilt, atol=1e-5, rtol=1e-5)


def test_shape_survives_json_and_rebuilds_the_network() -> None:
    rebuilt = PolicyShape(**json.loads(json.dumps(vars(SHAPE))))
    assert rebuilt == SHAPE
    original, copy = trained_policy(), PolicyNetwork(rebuilt)
    copy.load_state_dict(original.state_dict())
    inputs, cost = torch.randn(4, input_size(SHAPE)), torch.rand(4)
    assert torch.equal(original(inputs, cost), copy(inputs, cost))


def test_traits_give_every_agent_a_skill_of_its_market() -> None:
    theta = torch.tensor([[0.1, 0.02, 1.0], [0.9, 0.02, 3.0]])
    supertypes = Supertypes.from_array(theta)
    uniforms = torch.tensor([[0.2, 0.5, 0.9], [0.1, 0.5, 0.8]])
    traits = Traits.draw(supertypes, uniforms)
    assert torch.equal(traits.skill, supertypes.skill_quantiles(uniforms))
    torch.testing.assert_close(traits.skill[:, 1], torch.tensor([0.1, 0.9]), atol=1e-5, rtol=0)
    torch.testing.assert_close(traits.processing_cost, theta[:, 2:] * (1 - traits.skill))
    assert torch.equal(traits.population, supertypes.features())


def test_network_inputs_have_the_size_that_the_network_expects() -> None:
    inputs = network_inputs(example_traits(), torch.tensor([0.0, 1.0]), example_observation())
    assert inputs.shape == (4, 3, input_size(SHAPE))
    assert trained_policy()(inputs, example_traits().processing_cost).shape == (4, 3, 21)


def test_network_inputs_hold_own_traits_population_treatment_and_observation() -> None:
    traits, observation = example_traits(), example_observation()
    treatment = torch.tensor([0.0, 1.0])
    inputs = network_inputs(traits, treatment, observation)
    torch.testing.assert_close(inputs[..., 0], 2 * traits.skill - 1)
    assert torch.equal(inputs[..., 1], standardised_cost(traits.processing_cost))
    for agent in range(3):
        assert torch.equal(inputs[:, agent, 2:-5], traits.population)
        assert torch.equal(inputs[:, agent, -5:-3], treatment.expand(4, 2))
    assert torch.equal(inputs[..., -3:], observation.features)


def test_network_inputs_change_only_for_the_agent_whose_skill_changes() -> None:
    traits, observation = example_traits(), example_observation()
    treatment = torch.tensor([1.0, 0.0])
    skill = traits.skill.clone()
    skill[2, 1] = 0.123
    before = network_inputs(traits, treatment, observation)
    after = network_inputs(
        Traits(skill, traits.processing_cost, traits.population), treatment, observation
    )
    assert (before != after).nonzero().tolist() == [[2, 1, 0]]


def test_traits_of_roles_come_from_supertypes_of_their_own() -> None:
    theta = torch.tensor([[0.1, 0.02, 1.0, 0.9, 0.02, 3.0], [0.5, 0.02, 0.4, 0.2, 0.02, 2.0]])
    uniforms = torch.tensor([[0.3, 0.3], [0.6, 0.6]])
    space = ParameterSpace.of(SKILL_PARAMETERS, {}, ("one", "two"))
    together = Traits.draw(Supertypes.from_array(theta, space), uniforms)
    for role in range(2):
        own = Supertypes.from_array(theta[:, 3 * role : 3 * role + 3])
        alone = Traits.draw(own, uniforms[:, role : role + 1])
        assert torch.equal(together.skill[:, role : role + 1], alone.skill)
        assert torch.equal(together.processing_cost[:, role : role + 1], alone.processing_cost)
        features = slice(5 * role, 5 * role + 5)
        assert torch.equal(together.population[:, features], alone.population)


@pytest.mark.parametrize("groups", [1, 3])
def test_networks_are_told_of_every_group(groups: int) -> None:
    shape = replace(SHAPE, groups=groups)
    generator = torch.Generator().manual_seed(7)
    theta = torch.rand((4, 3 * groups), generator=generator) + 0.05
    uniforms = torch.rand((4, 3), generator=generator)
    roles = [f"role_{number}" for number in range(groups)] if groups > 1 else ()
    space = ParameterSpace.of(SKILL_PARAMETERS, {}, roles)
    traits = Traits.draw(Supertypes.from_array(theta, space), uniforms)
    inputs = network_inputs(traits, torch.tensor([0.0, 1.0]), example_observation())
    assert inputs.shape == (4, 3, input_size(shape))
    assert input_size(shape) == 2 + groups * len(FEATURE_QUANTILES) + 2 + 3
    tilt = trained_policy(shape)(inputs, traits.processing_cost)
    assert tilt.shape == (4, 3, 21)


OWN = (
    Parameter("pull", (1.0, 3.0), "pull"),
    Parameter("speed", (0.1, 10.0), "speed", transform="log"),
)
"""Parameters of a prior belief."""


def supertypes_with_belief(markets: int, *roles: str) -> Supertypes:
    space = ParameterSpace.of((*SKILL_PARAMETERS, *OWN), {"sigma": 0.1}, roles)
    cube = np.random.default_rng(markets).random((markets, len(space.names)))
    return Supertypes.from_array(space.from_unit(cube), space)


@pytest.mark.parametrize("roles", [(), ("one", "two", "three")])
def test_agents_have_the_beliefs_parameters_of_their_supertype(roles: tuple[str, ...]) -> None:
    supertypes = supertypes_with_belief(4, *roles)
    traits = Traits.draw(supertypes, torch.rand((4, 3)))
    assert list(traits.named) == ["skill", "pull", "speed"]
    assert traits.named["skill"] is traits.skill
    for name in ("pull", "speed"):
        assert traits.of_belief[name].shape == (4, 3)
        for agent in range(3):
            group = agent if roles else 0
            found = traits.of_belief[name][:, agent]
            assert torch.equal(found, supertypes.values[name][:, group])


@pytest.mark.parametrize("roles", [(), ("one", "two", "three")])
def test_networks_are_told_of_the_beliefs_parameters_on_one_scale(roles: tuple[str, ...]) -> None:
    supertypes = supertypes_with_belief(4, *roles)
    traits = Traits.draw(supertypes, torch.rand((4, 3)))
    groups, quantiles = max(1, len(roles)), len(FEATURE_QUANTILES)
    shape = replace(SHAPE, groups=groups, belief_traits=2)
    inputs = network_inputs(traits, torch.tensor([0.0, 1.0]), example_observation())
    assert inputs.shape[-1] == input_size(shape) == 4 + groups * (quantiles + 2) + 2 + 3
    pull = traits.of_belief["pull"] - 2.0  # from 1 to 3
    speed = traits.of_belief["speed"].log10()  # from 0.1 to 10
    torch.testing.assert_close(inputs[..., 2], pull, atol=1e-6, rtol=1e-5)
    torch.testing.assert_close(inputs[..., 3], speed, atol=1e-6, rtol=1e-5)
    assert inputs[..., 2:4].abs().max() <= 1.0 + 1e-6
    # Of each group the quantiles of the cost come first, and then the belief's parameters.
    for group in range(groups):
        start = 4 + group * (quantiles + 2) + quantiles
        agent = group if roles else 0
        told = inputs[:, :, start : start + 2]
        expected = torch.stack([pull[:, agent], speed[:, agent]], -1).unsqueeze(1)
        torch.testing.assert_close(told, expected.expand(-1, 3, -1), atol=1e-6, rtol=1e-5)


def columns(traits: Traits) -> dict[str, torch.Tensor]:
    return {
        **traits.named,
        "cost": traits.processing_cost,
        "population": traits.population,
        **{f"told {number}": each for number, each in enumerate(traits.scaled)},
    }


def test_rows_of_traits_are_the_agents_of_some_markets() -> None:
    traits = Traits.draw(supertypes_with_belief(5), torch.rand((5, 3)))
    for which in ([3, 0, 0], slice(1, 4), torch.tensor([2])):
        chosen = columns(traits.rows(which))
        for name, column in columns(traits).items():
            assert torch.equal(chosen[name], column[which])
        assert torch.equal(traits.rows(which).features, traits.features[which])


def test_joined_traits_are_those_of_both_batches() -> None:
    parts = [Traits.draw(supertypes_with_belief(n), torch.rand((n, 3))) for n in (2, 4)]
    together = Traits.joined(parts)
    for name, column in columns(together).items():
        assert torch.equal(column, torch.cat([columns(part)[name] for part in parts]))
    for part, rows in zip(parts, (slice(2), slice(2, 6)), strict=True):
        assert torch.equal(together.rows(rows).features, part.features)


def test_a_change_of_agents_leaves_the_population_alone() -> None:
    traits = Traits.draw(supertypes_with_belief(4), torch.rand((4, 3)))
    turned = traits.of_agents(lambda trait: trait.flip(1))
    for name, column in columns(traits).items():
        expected = column if name == "population" else column.flip(1)
        assert torch.equal(columns(turned)[name], expected)


def test_skills_may_be_given() -> None:
    supertypes, uniforms = supertypes_with_belief(4), torch.rand((4, 3))
    drawn = Traits.draw(supertypes, uniforms)
    given = Traits.with_skill(supertypes, supertypes.skill_quantiles(uniforms))
    for name, column in columns(drawn).items():
        assert torch.equal(columns(given)[name], column)
