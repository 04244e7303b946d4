"""NPE and sequential ABC against a reference posterior, at one budget of simulations each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.special import expit, logit
from scipy.stats import gaussian_kde
from torch import nn

from experiments.cross_checks.exact_statistics import ExactStatistics
from experiments.cross_checks.reference_posterior import Pilot, Reference
from experiments.cross_checks.sbi_cross_checks import sequential_abc
from satisfice.checks.two_sample import c2st
from satisfice.inference.density_training import EstimatorSettings
from satisfice.inference.emulator import noise_near
from satisfice.inference.sbi_compat import sample_estimator, train_estimator
from satisfice.randomness import small_seed


def train_at_budgets(
    exact: ExactStatistics, estimator: Mapping[str, Any], settings: Mapping[str, Any], seed: int
) -> dict[int, list[nn.Module]]:
    """An ensemble for each budget; a larger budget adds simulations to the smaller one's."""
    random = np.random.default_rng(small_seed(seed, "budgets"))
    cube = random.random((max(settings["budgets"]), len(exact.space.names)))
    statistics = exact.simulate(cube, "budgets")
    training = EstimatorSettings(**estimator)
    return {
        budget: [
            train_estimator(
                cube[:budget], statistics[:budget], training, small_seed(seed, "budget", member)
            )[0]
            for member in range(settings["members"])
        ]
        for budget in sorted(settings["budgets"])
    }


def neural_row(
    members: list[nn.Module],
    known: Reference,
    data: np.ndarray,
    budget: int,
    seed: int,
    number: int,
) -> dict[str, Any]:
    """How far NPE's draws for one data set are from the reference."""
    each = len(known.cube) // len(members)
    one_seed = small_seed(seed, "npe", budget, number)
    drawn = [
        sample_estimator(member, data[None], each, one_seed + place)[0]
        for place, member in enumerate(members)
    ]
    accuracy = _distance(known, np.concatenate(drawn), one_seed)
    return {"estimator": "npe", "simulations": budget, "c2st": accuracy}


def abc_row(
    exact: ExactStatistics,
    pilot: Pilot,
    known: Reference,
    data: np.ndarray,
    budget: int,
    seed: int,
    number: int,
) -> dict[str, Any]:
    """How far the draws of sequential ABC at that budget are from the reference."""
    calls = 0

    def simulate(cube: np.ndarray) -> np.ndarray:
        nonlocal calls
        calls += 1
        return exact.simulate(cube, "abc", budget, number, calls)

    parameters = len(exact.space.names)
    one_seed = small_seed(seed, "abc", budget, number)
    noise = noise_near(pilot.emulator, data, parameters)
    found = sequential_abc(simulate, parameters, data, noise, budget, len(known.cube), one_seed)
    accuracy = _distance(known, smoothed(found.cube, len(known.cube), one_seed), one_seed)
    return {"estimator": "smc_abc", "simulations": found.simulations, "c2st": accuracy}


def smoothed(cube: np.ndarray, draws: int, seed: int) -> np.ndarray:
    """As many draws as wanted, of a Gaussian kernel density where there are fewer.

    A small budget makes few particles, and a classifier that is given few draws finds nothing. So
    they are smoothed, as in the benchmark of Lueckmann et al. (2021), on the logit scale.

    Args:
        cube: Shape (draws found, parameters), on the unit cube.
        draws: Number wanted.
        seed: Seed of the density's draws.

    Returns:
        Shape (draws, parameters), inside the unit cube.
    """
    if len(cube) >= draws:
        return cube[:draws]
    density = gaussian_kde(logit(np.clip(cube, 1e-6, 1 - 1e-6)).T)
    return np.asarray(expit(density.resample(draws, seed=seed).T))


def _distance(known: Reference, cube: np.ndarray, seed: int) -> float:
    """C2ST between the reference and as many draws."""
    number = min(len(known.cube), len(cube))
    return c2st(known.cube[:number], cube[:number], seed % 1000)
