"""Derived quantities against brute force."""

from __future__ import annotations

import numpy as np
import pytest

from satisfice.games.beer_game import ROLES
from satisfice.population.derived import (
    DERIVED_NAMES,
    NEARLY_UNBOUNDED,
    derived_quantities,
    judged,
    quantities,
)
from satisfice.population.parameters import Parameter, ParameterSpace
from satisfice.population.supertypes import SKILL_PARAMETERS

THETA = np.array(
    [
        [0.5, 0.2, 1.0],
        [0.9, 0.1, 0.3],
        [0.0, 0.5, 2.0],
        [1.0, 0.5, 0.02],
        [1.0, 0.02, 2.0],
        [0.0, 0.02, 0.05],
        [0.3, 0.4, 0.025],
    ]
)


def brute_force(theta: np.ndarray, draws: int = 1_000_000) -> dict[str, float]:
    """Draw from the Gaussian and throw away what lies outside [0, 1]."""
    mu, sigma, beta = theta
    skill = np.random.default_rng(0).normal(mu, sigma, size=4 * draws)
    skill = skill[(skill >= 0) & (skill <= 1)]
    assert len(skill) > draws
    cost = beta * (1 - skill)
    return {
        "mean_lambda": cost.mean(),
        "sd_lambda": cost.std(),
        "share_unbounded": (cost < NEARLY_UNBOUNDED).mean(),
    }


@pytest.mark.parametrize("theta", list(THETA))
def test_derived_quantities_agree_with_sampling(theta: np.ndarray) -> None:
    found = derived_quantities(theta)
    assert set(found) == set(DERIVED_NAMES)
    for name, expected in brute_force(theta).items():
        scale = 1.0 if name == "share_unbounded" else theta[2]
        assert float(found[name]) == pytest.approx(expected, abs=2e-3 * scale)


def test_shapes_are_kept() -> None:
    panel = np.stack([THETA, THETA[::-1]])
    found = derived_quantities(panel)
    for name in DERIVED_NAMES:
        assert found[name].shape == (2, len(THETA))
        np.testing.assert_allclose(found[name][1], found[name][0][::-1])


def test_roles_have_derived_quantities_of_their_own() -> None:
    roles = ("retailer", "wholesaler", "factory")
    theta = np.stack([THETA[:3].ravel(), THETA[3:6].ravel()])
    found = derived_quantities(theta, ParameterSpace.of(SKILL_PARAMETERS, {}, roles))
    assert list(found) == [f"{name}_{role}" for role in roles for name in DERIVED_NAMES]
    for number, role in enumerate(roles):
        alone = derived_quantities(np.stack([THETA[number], THETA[3 + number]]))
        for name in DERIVED_NAMES:
            np.testing.assert_array_equal(found[f"{name}_{role}"], alone[name])


def test_a_small_kl_weight_makes_everybody_nearly_unbounded() -> None:
    theta = np.array([[0.5, 0.2, NEARLY_UNBOUNDED], [0.5, 0.2, 1e-6]])
    np.testing.assert_array_equal(derived_quantities(theta)["share_unbounded"], 1.0)
    # Just above the threshold, only agents without any skill are out.
    above = derived_quantities(np.array([0.5, 0.2, NEARLY_UNBOUNDED * 1.001]))
    assert 0.999 < float(above["share_unbounded"]) < 1.0


def test_quantities_have_their_own_units() -> None:
    prior = ParameterSpace.of(SKILL_PARAMETERS, {}, ROLES)
    names, values = quantities(prior, np.full((2, 5, 12), 0.5))
    assert values.shape == (2, 5, len(names)) == (2, 5, 24)
    assert values[0, 0, names.index("mu_factory")] == 0.5
    assert values[0, 0, names.index("beta_factory")] == pytest.approx(0.2)


def test_what_is_held_fixed_counts_and_a_beliefs_parameters_do_not() -> None:
    belief = Parameter("spread", (0.1, 1.0), "spread")
    space = ParameterSpace.of((*SKILL_PARAMETERS, belief), {"sigma": 0.2}, ("a", "b"))
    theta = np.array([[0.5, 1.0, 0.3, 0.9, 0.4, 0.7]])
    found = derived_quantities(theta, space)
    for role, own in (("a", [0.5, 0.2, 1.0]), ("b", [0.9, 0.2, 0.4])):
        for name, expected in derived_quantities(np.array([own])).items():
            np.testing.assert_allclose(found[f"{name}_{role}"], expected)
    names, values = quantities(space, np.full((4, 6), 0.5))
    assert names[:6] == list(space.names) and len(names) == values.shape[1] == 12
    assert judged(space) == tuple(
        f"{name}_{role}" for role in ("a", "b") for name in (*DERIVED_NAMES, "spread")
    )


def test_what_follows_from_fixed_parameters_is_no_quantity_to_judge() -> None:
    belief = Parameter("spread", (0.1, 1.0), "spread")
    fixed = {"mu": 0.5, "sigma": 0.2, "beta": 0.5}
    space = ParameterSpace.of((*SKILL_PARAMETERS, belief), fixed)
    names, values = quantities(space, np.full((4, 1), 0.5))
    assert names == ["spread"] and values.shape == (4, 1)
    assert judged(space) == ("spread",)
    one = ParameterSpace.of(SKILL_PARAMETERS, fixed | {"beta": [0.02, 2.0]})
    assert quantities(one, np.full((4, 1), 0.5))[0] == ["beta", *DERIVED_NAMES]
    assert judged(one) == DERIVED_NAMES
