"""The prior's box, and its map to the unit cube."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from satisfice.errors import SatisficeError
from satisfice.population.parameters import ParameterPrior, parameter_names

PRIOR = ParameterPrior(mu=(0.0, 1.0), sigma=(0.02, 0.5), beta=(0.02, 2.0))
unit = st.floats(0, 1)
ordered = st.tuples(st.floats(0.001, 5), st.floats(0.001, 5)).filter(lambda b: b[1] > 1.01 * b[0])


@given(
    cube=st.lists(st.tuples(unit, unit, unit), min_size=1, max_size=5),
    mu=ordered,
    sigma=ordered,
    beta=ordered,
)
@settings(deadline=None, max_examples=200, derandomize=True)
def test_the_cube_and_theta_are_the_same_thing(
    cube: list[tuple[float, float, float]],
    mu: tuple[float, float],
    sigma: tuple[float, float],
    beta: tuple[float, float],
) -> None:
    prior = ParameterPrior(mu, sigma, beta)
    points = np.array(cube)
    before = points.copy()
    theta = prior.from_unit(points)
    np.testing.assert_allclose(prior.to_unit(theta), points, atol=1e-9)
    np.testing.assert_array_equal(points, before)
    low, high = np.array([mu, sigma, beta]).T
    slack = 1e-12 * high
    assert (theta >= low - slack).all()
    assert (theta <= high + slack).all()


def test_corners_are_the_bounds() -> None:
    np.testing.assert_allclose(PRIOR.from_unit(np.zeros(3)), [0.0, 0.02, 0.02])
    np.testing.assert_allclose(PRIOR.from_unit(np.ones(3)), [1.0, 0.5, 2.0])
    # Half way, beta is the geometric mean of its bounds, the others the arithmetic one.
    np.testing.assert_allclose(PRIOR.from_unit(np.full(3, 0.5)), [0.5, 0.26, 0.2])


def test_mu_and_sigma_are_uniform_and_beta_log_uniform() -> None:
    theta = PRIOR.from_unit(np.random.default_rng(0).random((200_000, 3)))
    for column, (low, high) in zip((0, 1), (PRIOR.mu, PRIOR.sigma), strict=True):
        cut = low + 0.3 * (high - low)
        assert (theta[:, column] < cut).mean() == pytest.approx(0.3, abs=0.005)
    # Every decade is as likely as any other.
    assert (theta[:, 2] < 0.2).mean() == pytest.approx(0.5, abs=0.005)
    assert np.log10(theta[:, 2]).std() == pytest.approx(2 / np.sqrt(12), rel=0.01)


ROLES = ParameterPrior(PRIOR.mu, PRIOR.sigma, PRIOR.beta, roles=("retailer", "factory"))


def test_each_role_has_parameters_of_its_own() -> None:
    assert (PRIOR.groups, ROLES.groups) == (1, 2)
    assert PRIOR.names == ("mu", "sigma", "beta")
    assert ROLES.names == (
        "mu_retailer",
        "sigma_retailer",
        "beta_retailer",
        "mu_factory",
        "sigma_factory",
        "beta_factory",
    )
    assert ROLES.bounds.shape == (2, 6)
    np.testing.assert_array_equal(ROLES.bounds, np.concatenate([PRIOR.bounds, PRIOR.bounds], 1))


@given(first=st.tuples(unit, unit, unit), second=st.tuples(unit, unit, unit))
@settings(deadline=None, max_examples=50, derandomize=True)
def test_roles_are_mapped_one_by_one(
    first: tuple[float, float, float], second: tuple[float, float, float]
) -> None:
    cube = np.array([[*first, *second]])
    theta = ROLES.from_unit(cube)
    apart = [PRIOR.from_unit(np.array(part)) for part in (first, second)]
    np.testing.assert_allclose(theta[0], np.concatenate(apart))
    np.testing.assert_allclose(ROLES.to_unit(theta), cube, atol=1e-9)


@pytest.mark.parametrize(
    ("roles", "expected"),
    [((), ("low", "high")), (("a", "b"), ("low_a", "high_a", "low_b", "high_b"))],
)
def test_quantities_are_named_supertype_by_supertype(
    roles: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    assert parameter_names(("low", "high"), roles) == expected


def test_inputs_are_not_changed() -> None:
    theta = np.array([[0.5, 0.2, 1.0]])
    PRIOR.to_unit(theta)
    np.testing.assert_array_equal(theta, [[0.5, 0.2, 1.0]])


def test_the_config_block_is_read() -> None:
    bounds = {"mu": [0, 1], "sigma": [0.02, 0.5], "beta": [0.02, 2]}
    assert ParameterPrior.from_config(bounds) == PRIOR
    assert ParameterPrior.from_config(bounds | {"roles": []}) == PRIOR
    assert ParameterPrior.from_config(bounds | {"roles": ["retailer", "factory"]}) == ROLES


@pytest.mark.parametrize("name", ["mu", "sigma", "beta"])
@pytest.mark.parametrize("bounds", [(0.5, 0.5), (0.6, 0.5), (float("nan"), 1.0)])
def test_bounds_in_the_wrong_order_are_told(name: str, bounds: tuple[float, float]) -> None:
    given = {"mu": [0, 1], "sigma": [0.02, 0.5], "beta": [0.02, 2]} | {name: list(bounds)}
    with pytest.raises(SatisficeError) as caught:
        ParameterPrior.from_config(given)
    assert f"parameter_prior.{name}" in str(caught.value)
    assert "Give [low, high] with low < high." in str(caught.value)
