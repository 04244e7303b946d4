"""The skill distribution against scipy's truncated normal."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import stats

from satisfice.errors import SatisficeError
from satisfice.population.parameters import Parameter, ParameterSpace
from satisfice.population.supertypes import (
    ABOUT,
    COST_RESOLUTION,
    FARTHEST,
    FEATURE_QUANTILES,
    SKILL_PARAMETERS,
    SKILL_SPACE,
    Supertypes,
    belief_parameters,
    costs_at,
    equal_agents,
    largest_cost,
    median_skill,
    nearest_cost,
    processing_cost,
    quadrature_by_group,
    rational_space,
    skill_at,
    skill_quadrature,
    standardised_cost,
    weight_at,
)

CORNERS = [(mu, sigma) for mu in (0.0, 0.01, 0.5, 0.99, 1.0) for sigma in (0.02, 0.1, 0.5, 10.0)]
KAPPA = Parameter("kappa", (1.0, 4.0), "kappa", transform="log")
locations = st.floats(0.0, 1.0)
scales = st.floats(0.02, 3.0)


def truncated_normal(mu: float, sigma: float) -> stats.rv_frozen:
    return stats.truncnorm((0.0 - mu) / sigma, (1.0 - mu) / sigma, loc=mu, scale=sigma)


def population(mu: float, sigma: float, beta: float = 1.0) -> Supertypes:
    return Supertypes.from_array(np.array([mu, sigma, beta]))


def test_from_array_keeps_the_order_of_parameters_and_any_batch_shape() -> None:
    theta = np.arange(12.0).reshape(2, 2, 3)
    supertypes = Supertypes.from_array(theta)
    assert supertypes.mu.tolist() == [[[0.0], [3.0]], [[6.0], [9.0]]]
    assert supertypes.sigma.tolist() == [[[1.0], [4.0]], [[7.0], [10.0]]]
    assert supertypes.beta.tolist() == [[[2.0], [5.0]], [[8.0], [11.0]]]
    assert torch.equal(supertypes.mu, Supertypes.from_array(torch.tensor(theta)).mu)


def test_from_array_reads_group_after_group() -> None:
    space = ParameterSpace.of(SKILL_PARAMETERS, {}, ("one", "two"))
    supertypes = Supertypes.from_array(np.arange(12.0).reshape(2, 6), space)
    assert supertypes.mu.tolist() == [[0.0, 3.0], [6.0, 9.0]]
    assert supertypes.sigma.tolist() == [[1.0, 4.0], [7.0, 10.0]]
    assert supertypes.beta.tolist() == [[2.0, 5.0], [8.0, 11.0]]


@pytest.mark.parametrize(("mu", "sigma"), CORNERS)
def test_skill_quantiles_equal_scipy(mu: float, sigma: float) -> None:
    uniforms = np.array([0.0, 1e-6, 1e-3, 0.05, 0.25, 0.5, 0.75, 0.95, 0.999, 1 - 1e-6])
    found = population(mu, sigma).skill_quantiles(torch.tensor(uniforms))
    np.testing.assert_allclose(found, truncated_normal(mu, sigma).ppf(uniforms), atol=2e-6)


@given(mu=locations, sigma=scales, uniform=st.floats(0.0, 0.999))
@settings(deadline=None, max_examples=100, derandomize=True)
def test_skill_quantiles_equal_scipy_everywhere(mu: float, sigma: float, uniform: float) -> None:
    found = population(mu, sigma).skill_quantiles(torch.tensor([uniform], dtype=torch.float64))
    assert found.item() == pytest.approx(truncated_normal(mu, sigma).ppf(uniform), abs=2e-6)


@pytest.mark.parametrize(("mu", "sigma"), [(0.0, 0.02), (1.0, 0.02), (0.0, 0.5), (1.0, 0.5)])
def test_bounds_carry_no_point_mass(mu: float, sigma: float) -> None:
    uniforms = (torch.arange(10_000) + 0.5) / 10_000
    skill = population(mu, sigma).skill_quantiles(uniforms)
    assert ((skill > 0.0) & (skill < 1.0)).all()
    assert (skill.diff() > 0.0).double().mean() > 0.999


def test_each_market_draws_from_its_own_supertype() -> None:
    theta = np.array([[0.1, 0.02, 1.0], [0.5, 0.3, 2.0], [0.9, 0.1, 3.0]])
    uniforms = torch.rand((3, 4), generator=torch.Generator().manual_seed(0))
    together = Supertypes.from_array(theta).skill_quantiles(uniforms)
    for market in range(3):
        alone = Supertypes.from_array(theta[market]).skill_quantiles(uniforms[market])
        assert torch.equal(together[market], alone)


ROLES = np.array([[0.1, 0.02, 1.0, 0.5, 0.3, 2.0, 0.9, 0.1, 3.0], [0.7, 0.2, 0.4] * 3])
"""Two markets of three roles, each with a supertype of its own."""
BY_ROLE = ParameterSpace.of(SKILL_PARAMETERS, {}, ("one", "two", "three"))


def test_each_role_draws_from_its_own_supertype() -> None:
    uniforms = torch.rand((2, 3), generator=torch.Generator().manual_seed(0))
    together = Supertypes.from_array(ROLES, BY_ROLE)
    skill = together.skill_quantiles(uniforms)
    costs = together.processing_costs(skill)
    assert skill.shape == costs.shape == (2, 3)
    for market, role in np.ndindex(2, 3):
        alone = population(*ROLES[market, 3 * role : 3 * role + 3])
        own = alone.skill_quantiles(uniforms[market, role : role + 1])
        assert torch.equal(skill[market, role], own[0])
        assert torch.equal(costs[market, role], alone.processing_costs(own)[0])


def test_features_of_roles_follow_one_another() -> None:
    found = Supertypes.from_array(ROLES, BY_ROLE).features()
    assert found.shape == (2, 3 * len(FEATURE_QUANTILES))
    for market in range(2):
        alone = [population(*ROLES[market, first : first + 3]).features() for first in (0, 3, 6)]
        assert torch.equal(found[market], torch.cat(alone))


@pytest.mark.parametrize("groups", [1, 4])
@given(uniform=st.floats(0.0, 1 - 2**-24, width=32))
@settings(deadline=None, max_examples=20, derandomize=True)
def test_agents_without_a_kl_cost_have_none_at_any_skill(groups: int, uniform: float) -> None:
    space = rational_space([f"role_{number}" for number in range(groups)] if groups > 1 else ())
    assert (space.groups, space.names) == (groups, ())
    supertypes = Supertypes.from_array(np.empty(0), space)
    skill = supertypes.skill_quantiles(torch.full((groups,), uniform))
    assert ((skill >= 0) & (skill <= 1)).all()
    assert torch.equal(supertypes.processing_costs(skill), torch.zeros(groups))


def test_processing_cost_falls_from_beta_to_zero_with_skill() -> None:
    supertypes = Supertypes.from_array(np.array([[0.5, 0.1, 2.0], [0.5, 0.1, 0.4]]))
    skill = torch.tensor([[0.0, 0.25, 1.0], [0.0, 0.5, 1.0]])
    expected = torch.tensor([[2.0, 1.5, 0.0], [0.4, 0.2, 0.0]])
    torch.testing.assert_close(supertypes.processing_costs(skill), expected)


@pytest.mark.parametrize(
    ("cost", "expected"), [(0.0, -2 / 0.7), (0.099, 0.0), (0.999, 1 / 0.7), (9.999, 2 / 0.7)]
)
def test_standardised_cost_is_logarithmic(cost: float, expected: float) -> None:
    assert standardised_cost(torch.tensor(cost)).item() == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(("mu", "sigma"), [(0.0, 0.02), (0.3, 0.2), (1.0, 1.0)])
@pytest.mark.parametrize("beta", [0.01, 1.0])
def test_features_are_cost_quantiles(mu: float, sigma: float, beta: float) -> None:
    found = population(mu, sigma, beta).features()
    cost = beta * (1.0 - truncated_normal(mu, sigma).ppf(FEATURE_QUANTILES))
    np.testing.assert_allclose(found, (np.log10(cost + 0.001) + 1) / 0.7, atol=1e-4)
    assert (found.diff() < 0).all()


@given(mu=locations, sigma=scales)
@example(mu=0.0, sigma=0.02)
@example(mu=1.0, sigma=0.02)
@example(mu=0.5, sigma=0.02)
@example(mu=0.0, sigma=10.0)
@settings(deadline=None, max_examples=60, derandomize=True)
def test_quadrature_has_the_moments_of_the_truncated_normal(mu: float, sigma: float) -> None:
    skill, weight = skill_quadrature(np.array([[mu, sigma, 1.0]]))
    mean, variance = truncated_normal(mu, sigma).stats(moments="mv")
    found = (weight * skill).sum()
    assert weight.sum() == pytest.approx(1.0)
    assert found == pytest.approx(mean, abs=1e-9)
    assert (weight * (skill - found) ** 2).sum() == pytest.approx(variance, rel=1e-6)
    assert ((skill >= 0) & (skill <= 1)).all()


def test_quadrature_nodes_of_a_narrow_gaussian_stay_near_it() -> None:
    skill, _ = skill_quadrature(np.array([[0.3, 0.02, 1.0]]))
    assert skill.min() == pytest.approx(0.3 - 8 * 0.02, abs=1e-3)
    assert skill.max() == pytest.approx(0.3 + 8 * 0.02, abs=1e-3)


def test_quadrature_integrates_a_logit_over_skill() -> None:
    skill, weight = skill_quadrature(np.array([[0.7, 0.2, 1.0]]))
    choice = 1 / (1 + np.exp(-0.5 / (1 - skill + 0.01)))
    exact = truncated_normal(0.7, 0.2).expect(lambda s: 1 / (1 + np.exp(-0.5 / (1 - s + 0.01))))
    assert (weight * choice).sum() == pytest.approx(exact, abs=1e-6)


def test_quadrature_treats_supertypes_separately_with_the_asked_number_of_nodes() -> None:
    theta = np.array([[0.2, 0.05, 1.0], [0.9, 0.6, 1.0]])
    skill, weight = skill_quadrature(theta, nodes=20)
    assert skill.shape == weight.shape == (2, 20)
    for row in range(2):
        alone = skill_quadrature(theta[row : row + 1], nodes=20)
        np.testing.assert_array_equal(skill[row], alone[0][0])
        np.testing.assert_array_equal(weight[row], alone[1][0])


@pytest.mark.parametrize(
    ("theta", "problem"),
    [
        ([0.5, 0.0, 1.0], "sigma is not above zero"),
        ([0.5, 1e-60, 1.0], "sigma is not above zero"),
        ([0.5, -0.1, 1.0], "sigma is not above zero"),
        ([0.5, 0.1, -1e-9], "beta is negative"),
        ([np.nan, 0.1, 1.0], "a parameter is not finite"),
        ([0.5, np.inf, 1.0], "a parameter is not finite"),
        ([0.5, 0.1, 1e60], "a parameter is not finite"),
        ([1.2, 0.02, 1.0], "mu lies more than 5 sigma outside"),
        ([-0.2, 0.02, 1.0], "mu lies more than 5 sigma outside"),
    ],
)
def test_supertypes_without_a_meaning_are_refused(theta: list[float], problem: str) -> None:
    good = [0.5, 0.1, 1.0]
    with pytest.raises(SatisficeError, match=f"theta: {problem}"):
        Supertypes.from_array(np.array([good, theta, good]))


@pytest.mark.parametrize("kappa", [np.nan, np.inf, -np.inf, 1e60])
@pytest.mark.parametrize("roles", [(), ("one", "two")])
def test_no_parameter_of_a_belief_is_without_end(kappa: float, roles: tuple[str, ...]) -> None:
    space = ParameterSpace.of((*SKILL_PARAMETERS, KAPPA), {}, roles)
    theta = np.tile([0.5, 0.1, 1.0, 2.0], (3, space.groups))
    Supertypes.from_array(theta, space)
    theta[1, -1] = kappa
    with pytest.raises(SatisficeError, match="theta: a parameter is not finite") as caught:
        Supertypes.from_array(theta, space)
    assert caught.value.remedy.startswith("Give finite numbers")


def test_quadratures_of_roles_are_those_of_each_role() -> None:
    skill, weight = quadrature_by_group(ROLES, 20, BY_ROLE)
    assert skill.shape == weight.shape == (2, 3, 20)
    for role in range(3):
        alone = skill_quadrature(ROLES[:, 3 * role : 3 * role + 3], 20)
        np.testing.assert_array_equal(skill[:, role], alone[0])
        np.testing.assert_array_equal(weight[:, role], alone[1])


@given(mu=locations, sigma=scales, beta=st.floats(0.0, 8.0))
@example(mu=1.0, sigma=0.02, beta=0.02)
@example(mu=0.5, sigma=10.0, beta=0.0)
@settings(deadline=None, max_examples=60, derandomize=True)
def test_nodes_by_cost_have_the_same_moments(mu: float, sigma: float, beta: float) -> None:
    theta = np.array([[mu, sigma, beta]])
    skill, weight = quadrature_by_group(theta, 32, SKILL_SPACE, by_cost=True)
    mean, variance = truncated_normal(mu, sigma).stats(moments="mv")
    found = (weight * skill).sum()
    assert found == pytest.approx(mean, abs=1e-4)
    assert (weight * (skill - found) ** 2).sum() == pytest.approx(variance, rel=1e-3)
    assert ((skill >= 0) & (skill <= 1)).all()
    assert (np.diff(skill) >= 0).all()


def test_nodes_by_cost_are_even_in_the_logarithm_of_the_cost() -> None:
    skill, _ = quadrature_by_group(np.array([[0.5, 10.0, 3.0]]), 9, SKILL_SPACE, by_cost=True)
    even = np.log(3.0 * (1.0 - skill[0, 0]) + COST_RESOLUTION)
    points, _ = np.polynomial.legendre.leggauss(9)
    ends = np.log([3.0 + COST_RESOLUTION, COST_RESOLUTION])
    np.testing.assert_allclose(even, ends[0] + (ends[1] - ends[0]) * (points + 1.0) / 2.0)


@pytest.mark.parametrize("sigma", [0.01, 0.5])
@pytest.mark.parametrize("side", [-1.0, 1.0])
def test_as_far_outside_as_is_allowed_skills_are_still_right(side: float, sigma: float) -> None:
    away = 0.999 * FARTHEST * sigma
    mu = float(np.float32(1.0 + away if side > 0 else -away))
    uniforms = np.array([1e-3, 0.25, 0.5, 0.75, 0.999])
    found = population(mu, sigma).skill_quantiles(torch.tensor(uniforms))
    # Single precision of mu and sigma is all that is lost.
    np.testing.assert_allclose(found, truncated_normal(mu, sigma).ppf(uniforms), atol=5e-6)


@given(beta=st.floats(0.01, 5.0), skill=st.floats(0.0, 0.99))
@settings(deadline=None, max_examples=50, derandomize=True)
def test_cost_weight_and_skill_say_the_same(beta: float, skill: float) -> None:
    cost = processing_cost(beta, skill)
    assert cost == beta * (1.0 - skill)
    assert skill_at(cost, beta) == pytest.approx(skill, abs=1e-12)
    assert weight_at(cost, skill) == pytest.approx(beta, rel=1e-9)


def test_any_parameter_may_be_fixed() -> None:
    space = ParameterSpace.of(SKILL_PARAMETERS, {"mu": 0.4, "beta": 1.5})
    theta = np.array([[0.1], [0.3]])
    found = Supertypes.from_array(theta, space)
    whole = Supertypes.from_array(np.array([[0.4, 0.1, 1.5], [0.4, 0.3, 1.5]]))
    for name in ("mu", "sigma", "beta"):
        assert torch.equal(getattr(found, name), getattr(whole, name))
    assert torch.equal(found.features(), whole.features())
    for one, other in zip(
        skill_quadrature(theta, space=space),
        skill_quadrature(np.array([[0.4, 0.1, 1.5], [0.4, 0.3, 1.5]])),
        strict=True,
    ):
        np.testing.assert_array_equal(one, other)
    skill = np.array([[0.0, 0.5], [0.25, 1.0]])
    np.testing.assert_allclose(costs_at(theta, skill, space), 1.5 * (1 - skill))


@pytest.mark.parametrize("columns", [2, 4, 6])
def test_theta_of_another_width_is_no_theta(columns: int) -> None:
    with pytest.raises(ValueError, match="reshape"):
        Supertypes.from_array(np.full((5, columns), 0.5))


def test_a_beliefs_parameters_are_told_after_the_costs() -> None:
    space = ParameterSpace.of((*SKILL_PARAMETERS, KAPPA), {}, ("one", "two"))
    assert belief_parameters(space) == ("kappa",)
    assert belief_parameters(ParameterSpace.of(SKILL_PARAMETERS, {})) == ()
    theta = np.array([[0.5, 0.1, 1.0, 1.0, 0.5, 0.1, 1.0, 4.0], [0.5, 0.1, 1.0, 2.0] * 2])
    found = Supertypes.from_array(theta, space)
    assert found.of_belief["kappa"].tolist() == [[1.0, 4.0], [2.0, 2.0]]
    features = found.features()
    assert features.shape == (2, 2 * (len(FEATURE_QUANTILES) + 1))
    quantiles = population(0.5, 0.1, 1.0).features()
    for market, group, told in ((0, 0, -1.0), (0, 1, 1.0), (1, 0, 0.0), (1, 1, 0.0)):
        own = features[market].reshape(2, -1)[group]
        assert torch.equal(own[:-1], quantiles)
        assert own[-1].item() == pytest.approx(told, abs=1e-6)
    repeated = found.repeated(3)
    assert repeated.values["kappa"].tolist() == [[1.0, 4.0]] * 3 + [[2.0, 2.0]] * 3
    assert torch.equal(repeated.features(), features.repeat_interleave(3, 0))


PRIORS: list[dict[str, Any]] = [
    {},
    {"mu": 0.8},
    {"mu": 1.0},
    {"beta": 1.5},
    {"sigma": 0.03},
    {"sigma": 0.5},
    {"mu": 0.5, "sigma": 0.1},
    {"sigma": 0.3, "beta": 0.7},
    {"mu": [0.2, 0.4]},
    {"mu": [0.7, 0.9], "beta": [0.5, 0.6]},
]
"""What may be fixed, or have narrow bounds, and leave a range of costs."""


@pytest.mark.parametrize("roles", [(), ("one", "two")])
@pytest.mark.parametrize("given", PRIORS)
def test_median_agents_have_about_any_cost_that_the_prior_holds(
    roles: tuple[str, ...], given: dict[str, Any]
) -> None:
    space = ParameterSpace.of((*SKILL_PARAMETERS, KAPPA), given, roles)
    smallest, largest = nearest_cost(space, 0.0), nearest_cost(space, 9.0)
    (low, high), (least, most) = space.range_of("mu"), space.range_of("beta")
    sigma, _ = space.range_of("sigma")
    for found, mu, beta in ((smallest, high, least), (largest, low, most)):
        median = truncated_normal(mu, sigma).median()
        assert found == pytest.approx(beta * (1 - median), rel=1e-4)
    for cost in np.geomspace(smallest, largest, 9):
        assert nearest_cost(space, cost) == cost
        theta = equal_agents(space, cost)
        assert theta.shape == (len(space.names),)
        bottom, top = space.from_unit(np.zeros_like(theta)), space.from_unit(np.ones_like(theta))
        assert ((theta >= bottom * (1 - 1e-9)) & (theta <= top * (1 + 1e-9))).all()
        values = space.values(theta)
        np.testing.assert_array_equal(values["sigma"], sigma)
        np.testing.assert_allclose(values["kappa"], 2.0, rtol=1e-6)
        for mu, beta in zip(values["mu"], values["beta"], strict=True):
            median = truncated_normal(mu, sigma).median()
            assert beta * (1 - median) == pytest.approx(cost, rel=1.01 * ABOUT)
    assert largest_cost(space) == most


def test_where_everything_is_fitted_agents_are_those_of_the_versions_before() -> None:
    for cost, mu, beta in ((0.002, 0.9, 0.02), (0.3, 0.5, 0.6), (1.9, 1 - 1.9 / 2, 2.0)):
        expected = np.array([mu, 0.02, beta])
        np.testing.assert_array_equal(equal_agents(SKILL_SPACE, cost), expected)
        assert nearest_cost(SKILL_SPACE, cost) == cost


@pytest.mark.parametrize(("mu", "sigma"), CORNERS)
def test_the_median_skill_equals_scipys(mu: float, sigma: float) -> None:
    found = median_skill(mu, sigma)
    assert found == pytest.approx(truncated_normal(mu, sigma).median(), abs=2e-6)
