"""Known truths against their posteriors: ranks, joint coverage, contraction and z-scores.

Simulations that no estimator has seen play the data; what made them is the truth.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Calibration:
    """What posteriors of simulated data sets say about the truths behind them.

    All but the last of shape (data sets, quantities).

    Attributes:
        ranks: Rank of the truth among the draws.
        truth: The truths.
        mean: Posterior means.
        sd: Posterior standard deviations.
        contraction: 1 - posterior variance / prior variance: one where the data settle a quantity,
            zero where they say nothing (Schad et al. 2021), or where all truths are the same.
        z_score: (posterior mean - truth) / posterior SD.
        tarp_ranks: Shape (data sets,), see :func:`tarp_ranks`.
    """

    ranks: np.ndarray
    truth: np.ndarray
    mean: np.ndarray
    sd: np.ndarray
    contraction: np.ndarray
    z_score: np.ndarray
    tarp_ranks: np.ndarray


def calibrate(
    draws: np.ndarray, truth: np.ndarray, cube_draws: np.ndarray, cube_truth: np.ndarray, seed: int
) -> Calibration:
    """Compare posterior draws with the truths.

    Args:
        draws: Shape (data sets, draws, quantities), in the quantities' own units.
        truth: Shape (data sets, quantities).
        cube_draws: The same draws of the parameters on the unit cube, shape (data sets, draws,
            parameters).
        cube_truth: Shape (data sets, parameters).
        seed: Seed of the reference points of joint coverage.
    """
    mean, sd = draws.mean(1), draws.std(1, ddof=1)
    # Truths come from the prior, so their spread is the prior's.
    spread = np.broadcast_to(truth.var(0, ddof=1), sd.shape)
    contraction = 1.0 - np.divide(sd**2, spread, out=np.ones_like(sd), where=spread > 0)
    z_score = (mean - truth) / np.maximum(sd, 1e-12)
    joint = tarp_ranks(cube_draws, cube_truth, seed)
    return Calibration(sbc_ranks(draws, truth, seed), truth, mean, sd, contraction, z_score, joint)


def sbc_ranks(draws: np.ndarray, truth: np.ndarray, seed: int = 0) -> np.ndarray:
    """Ranks of the true parameters among posterior draws (Talts et al. 2018).

    Args:
        draws: Shape (data sets, draws, parameters).
        truth: Shape (data sets, parameters).
        seed: Seed of the places among equals: shares of agents are often exactly zero or one.

    Returns:
        Shape (data sets, parameters), whole numbers from 0 to the number of draws; uniform if
        the posterior is calibrated.
    """
    below = (draws < truth[:, None, :]).sum(axis=1)
    equal = (draws == truth[:, None, :]).sum(axis=1)
    return np.asarray(below + np.random.default_rng(seed).integers(equal + 1))


def tarp_ranks(draws: np.ndarray, truth: np.ndarray, seed: int) -> np.ndarray:
    """Ranks of the truths' distances from random reference points (TARP, Lemos et al. 2023).

    Args:
        draws: Shape (data sets, draws, parameters), on the unit cube.
        truth: Shape (data sets, parameters).
        seed: Seed of the reference points, uniform on the cube.

    Returns:
        Shape (data sets,), number of draws nearer to the reference point than the truth; uniform
        if the joint posterior is calibrated, and its ECDF is the paper's expected coverage.
    """
    reference = np.random.default_rng(seed).random(truth.shape)
    of_draws = np.linalg.norm(draws - reference[:, None, :], axis=-1)
    of_truth = np.linalg.norm(truth - reference, axis=-1)
    return np.asarray((of_draws < of_truth[:, None]).sum(axis=1))
