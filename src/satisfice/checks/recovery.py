"""True parameters against their posteriors: ranks, joint coverage, contraction and z-scores.

The data are reserved simulations, whose parameters are known.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Recovery:
    """Posteriors of simulated data sets, compared with the true parameters.

    All but the last have the shape (data sets, quantities).

    Attributes:
        ranks: Rank of the true value among the draws.
        truth: The true values.
        mean: Posterior means.
        sd: Posterior standard deviations.
        contraction: 1 - posterior variance / prior variance: one where the data determine a
            quantity, zero where they say nothing (Schad et al. 2021) or all true values are equal.
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


def recover(
    draws: np.ndarray, truth: np.ndarray, cube_draws: np.ndarray, cube_truth: np.ndarray, seed: int
) -> Recovery:
    """Compare posterior draws with the true values.

    Draws have the shape (data sets, draws, quantities), in the quantities' own units, and
    (data sets, draws, parameters) on the unit cube; true values lack the axis of the draws.
    """
    mean, sd = draws.mean(1), draws.std(1, ddof=1)
    # True values are drawn from the prior, so their variance is the prior's.
    spread = np.broadcast_to(truth.var(0, ddof=1), sd.shape)
    contraction = 1.0 - np.divide(sd**2, spread, out=np.ones_like(sd), where=spread > 0)
    z_score = (mean - truth) / np.maximum(sd, 1e-12)
    joint = tarp_ranks(cube_draws, cube_truth, seed)
    return Recovery(sbc_ranks(draws, truth, seed), truth, mean, sd, contraction, z_score, joint)


def sbc_ranks(draws: np.ndarray, truth: np.ndarray, seed: int = 0) -> np.ndarray:
    """Ranks of the true parameters among posterior draws (Talts et al. 2018).

    Draws have the shape (data sets, draws, parameters), the others (data sets, parameters). Ranks,
    from 0 to the number of draws, are uniform if the posterior is right. Ties, such as shares of
    agents of exactly zero or one, get a random rank by the seed.
    """
    below = (draws < truth[:, None, :]).sum(axis=1)
    equal = (draws == truth[:, None, :]).sum(axis=1)
    return np.asarray(below + np.random.default_rng(seed).integers(equal + 1))


def tarp_ranks(draws: np.ndarray, truth: np.ndarray, seed: int) -> np.ndarray:
    """Ranks of the true parameters' distances from random points (TARP, Lemos et al. 2023).

    On the unit cube: draws of shape (data sets, draws, parameters), and uniform reference points.
    The rank, shape (data sets,), is the number of draws nearer to the point than the true
    parameters. It is uniform if the joint posterior is right; its ECDF is the paper's expected
    coverage.
    """
    reference = np.random.default_rng(seed).random(truth.shape)
    of_draws = np.linalg.norm(draws - reference[:, None, :], axis=-1)
    of_truth = np.linalg.norm(truth - reference, axis=-1)
    return np.asarray((of_draws < of_truth[:, None]).sum(axis=1))
