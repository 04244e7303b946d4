"""Shapes of the skill distribution against scipy and quadrature."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from experiments.skill_shapes.shapes import (
    UniformSupertypes,
    matched_gaussian,
    truncated_moments,
    uniform_quadrature,
    widest_uniform_sd,
)
from satisfice.population.supertypes import (
    FEATURE_QUANTILES,
    Supertypes,
    skill_quadrature,
    standardised_cost,
)

means, shares = st.floats(0.05, 0.95), st.floats(0.05, 0.95)


def moments_by_quadrature(mu: float, sigma: float) -> tuple[float, float]:
    """Mean and standard deviation of the truncated Gaussian, by adaptive integration."""

    def density(skill: float) -> float:
        # In units of the largest density, which may be far out in the tail.
        largest = (min(max(mu, 0.0), 1.0) - mu) / sigma
        return float(np.exp(0.5 * largest**2 - 0.5 * ((skill - mu) / sigma) ** 2))

    low, high = max(0.0, mu - 12 * sigma), min(1.0, mu + 12 * sigma)
    if low >= high:
        low, high = 0.0, 1.0
    total, first, second = (
        integrate.quad(lambda s, p=power: s**p * density(s), low, high, epsabs=1e-14)[0]
        for power in range(3)
    )
    mean = first / total
    return mean, float(np.sqrt(second / total - mean**2))


@given(mean=means, share=shares)
@settings(deadline=None, max_examples=40, derandomize=True)
def test_matched_gaussian_has_the_mean_and_variance_asked_for(mean: float, share: float) -> None:
    sd = share * widest_uniform_sd(mean)
    found = moments_by_quadrature(*matched_gaussian(mean, sd))
    assert found == (pytest.approx(mean, abs=1e-7), pytest.approx(sd, rel=1e-5))


@given(mean=means, share=shares)
@settings(deadline=None, max_examples=20, derandomize=True)
def test_both_quadratures_agree_on_mean_and_variance(mean: float, share: float) -> None:
    sd = share * widest_uniform_sd(mean)
    gaussian = skill_quadrature(np.array([[*matched_gaussian(mean, sd), 0.3]]), 200)
    uniform = uniform_quadrature(np.array([[mean, sd, 0.3]]))
    for skill, weight in (gaussian, uniform):
        assert ((skill >= 0) & (skill <= 1)).all()
        assert weight.sum() == pytest.approx(1.0)
        assert (weight * skill).sum() == pytest.approx(mean, abs=1e-7)
        assert (weight * (skill - mean) ** 2).sum() == pytest.approx(sd**2, rel=1e-5)


@pytest.mark.parametrize("mu", [-3.0, -0.2, 0.0, 0.4, 1.0, 1.5, 4.0])
@pytest.mark.parametrize("sigma", [0.2, 0.7, 3.0])
def test_truncated_moments_equal_those_of_quadrature(mu: float, sigma: float) -> None:
    found, exact = truncated_moments(mu, sigma), moments_by_quadrature(mu, sigma)
    assert found == pytest.approx(exact, rel=1e-6)


def test_wide_skills_are_cut_and_narrow_ones_are_not() -> None:
    assert matched_gaussian(0.3, 0.02) == pytest.approx((0.3, 0.02), rel=1e-6)
    mu, sigma = matched_gaussian(0.3, 0.95 * widest_uniform_sd(0.3))
    assert mu < 0.28
    assert sigma > 0.18


@pytest.mark.parametrize(("mean", "sd"), [(0.5, 0.45), (0.1, 0.4)])
def test_no_gaussian_spreads_more_than_its_bounds_allow(mean: float, sd: float) -> None:
    with pytest.raises(ValueError, match="no truncated Gaussian"):
        matched_gaussian(mean, sd)


def test_widest_uniform_touches_the_nearer_bound() -> None:
    for mean, low, high in ((0.3, 0.0, 0.6), (0.8, 0.6, 1.0)):
        assert widest_uniform_sd(mean) == pytest.approx(stats.uniform(low, high - low).std())


def test_uniform_quantiles_equal_scipy() -> None:
    supertypes = UniformSupertypes.from_array(np.array([0.4, 0.15, 1.0]))
    levels = torch.tensor([0.0, 0.05, 0.5, 0.8, 1.0])
    half = 3**0.5 * 0.15
    expected = stats.uniform(0.4 - half, 2 * half).ppf(levels.numpy())
    np.testing.assert_allclose(supertypes.skill_quantiles(levels), expected, atol=1e-6)


@pytest.mark.parametrize("kind", [Supertypes, UniformSupertypes])
def test_features_are_those_of_the_shapes_own_quantiles(kind: type[Supertypes]) -> None:
    theta = np.array([[0.5, 0.25, 0.4], [0.6, 0.1, 1.2]])
    supertypes = kind.from_array(theta)
    quantiles = supertypes.skill_quantiles(torch.tensor(FEATURE_QUANTILES).expand(2, -1))
    expected = standardised_cost(supertypes.processing_costs(quantiles))
    torch.testing.assert_close(supertypes.features(), expected)


def test_features_tell_the_shapes_apart() -> None:
    theta = np.array([0.5, 0.25, 0.4])
    gap = Supertypes.from_array(theta).features() - UniformSupertypes.from_array(theta).features()
    assert gap.abs().max() > 0.01
