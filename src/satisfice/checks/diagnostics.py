"""Is the posterior right, and can the model produce the data? One gate for each check."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import arviz as az
import numpy as np
from arviz.stats.ecdf_utils import ecdf_confidence_band

from satisfice.checks.gate import Gate, at_least, at_most

FALSE_ALARMS = 0.001
"""Probability that a gate about calibration fails where it should pass. A run has dozens of such
gates; with 0.05 some would fail by chance, others with each seed."""

IN_BAND = f"{100 * (1 - FALSE_ALARMS):g} %"
"""How often a calibrated posterior's curve stays in its band, in words."""

LARGEST_R_HAT = 1.2
"""Largest r_hat of members that agree. In runs with different seeds most ensembles had 1.01 to
1.15, so the usual 1.1 would decide by the seed. Two ensembles still lie on both sides of 1.2."""

PRIOR_PREDICTIVE = "prior_predictive"
"""Name of its gate."""

SMALLEST_P = 0.01
"""Smallest p-value of the local C2ST. With a hundred permutations it cannot tell rarer things."""

LARGEST = 1000.0
"""r_hat of members that have no draws in common."""


@dataclass(frozen=True)
class EcdfBand:
    """Simultaneous band of an empirical distribution function (Saeilynoja et al. 2022).

    Attributes:
        points: Where the function is evaluated, in [0, 1].
        low: Lower end of the band at each point.
        high: Upper end.
    """

    points: np.ndarray
    low: np.ndarray
    high: np.ndarray

    def outside(self, ecdf: np.ndarray) -> np.ndarray:
        """Whether an ECDF leaves the band, at each point."""
        return (ecdf < self.low) | (ecdf > self.high)


@cache  # It takes most of a second, and is the same for all beliefs of a game.
def simultaneous_band(data_sets: int, largest_rank: int, gates: int = 1) -> EcdfBand:
    """Band that holds the whole ECDF of uniform ranks, and those of further gates, nearly always.

    The probability that one of several ECDFs leaves its band is ``FALSE_ALARMS`` (Bonferroni).
    """
    points = np.linspace(0.0, 1.0, 51)[1:-1]
    # A rank is discrete: its distribution function is a step function.
    cdf = _ranks_up_to(points, largest_rank) / (largest_rank + 1)
    level = 1 - FALSE_ALARMS / gates
    low, high = ecdf_confidence_band(data_sets, points, cdf, prob=level, method="optimized")
    return EcdfBand(points, np.asarray(low), np.asarray(high))


def _ranks_up_to(points: np.ndarray, largest_rank: int) -> np.ndarray:
    """Number of ranks with (rank + 1/2) / (largest + 1) <= point; ties count, rounded or not."""
    return np.floor(points * (largest_rank + 1) + 0.5 + 1e-9)


def rank_ecdf(ranks: np.ndarray, largest_rank: int, points: np.ndarray) -> np.ndarray:
    """Empirical distribution function of scaled ranks, shape (parameters, points).

    Ranks have the shape (data sets, parameters); the largest is the number of posterior draws.
    """
    below = _ranks_up_to(points, largest_rank)
    return np.asarray((ranks[:, :, None] < below).mean(axis=0))


def sbc_gate(ranks: np.ndarray, largest_rank: int, names: tuple[str, ...]) -> Gate:
    """Do the ECDFs of all parameters' ranks stay inside simultaneous bands?"""
    band = simultaneous_band(len(ranks), largest_rank, len(names))
    ecdf = rank_ecdf(ranks, largest_rank, band.points)
    failing = [names[i] for i in np.flatnonzero(band.outside(ecdf).any(axis=-1))]
    return at_most(
        "sbc", float(len(failing)), 0.0,
        f"Number of parameters whose ranks over {len(ranks)} simulated data sets leave the "
        f"{IN_BAND} simultaneous band. "
        + (f"Outside: {', '.join(failing)}; use more simulations." if failing else "None does."),
    )  # fmt: skip


def coverage(ranks: np.ndarray, largest_rank: int, levels: np.ndarray) -> np.ndarray:
    """Share of data sets whose true value lies in the central interval of each level.

    Returns:
        Shape (parameters, levels).
    """
    distance = np.abs((ranks + 0.5) / (largest_rank + 1) - 0.5)
    return np.asarray((distance[:, :, None] <= levels / 2).mean(axis=0))


def coverage_gate(ranks: np.ndarray, largest_rank: int, names: tuple[str, ...]) -> Gate:
    """Does the central 90 % interval hold the true value about 90 % of the time?"""
    found = coverage(ranks, largest_rank, np.array([0.9]))[:, 0]
    worst = int(np.argmin(found))
    # Only overconfidence misleads: the gate fails three binomial standard errors below 90 %.
    threshold = 0.9 - 3 * float(np.sqrt(0.9 * 0.1 / len(ranks)))
    return at_least(
        "expected_coverage", float(found[worst]), threshold,
        f"Smallest coverage of the central 90 % posterior interval ({names[worst]}) over "
        f"{len(ranks)} simulated data sets; below the threshold the posterior is overconfident.",
    )  # fmt: skip


def tarp_gate(ranks: np.ndarray, largest_rank: int) -> Gate:
    """Does the expected coverage of random regions (TARP) stay inside its band?"""
    band = simultaneous_band(len(ranks), largest_rank)
    ecdf = rank_ecdf(ranks[:, None], largest_rank, band.points)[0]
    return at_most(
        "tarp", float(band.outside(ecdf).sum()), 0.0,
        f"Number of levels, of {len(ecdf)}, where the expected coverage of random regions (TARP) "
        f"over {len(ranks)} data sets leaves its {IN_BAND} simultaneous band. The largest "
        f"difference from nominal coverage is {np.abs(ecdf - band.points).max():.3f}.",
    )  # fmt: skip


def lc2st_gate(p_value: float) -> Gate:
    """Is the posterior right at the human data, judged by simulated data sets near them?"""
    return at_least(
        "lc2st", p_value, SMALLEST_P,
        "P-value of the local classifier two-sample test at the human data: below the threshold "
        "a classifier tells posterior draws from true parameters there; use more simulations. Far "
        "from all simulations (see misspecification) the classifier extrapolates, too.",
    )  # fmt: skip


def misspecification_gate(found: Mapping[str, Any]) -> Gate:
    """Can the model produce the human statistics?"""
    worst = "; ".join(
        f"{row['treatment']}/{row['statistic']} {row['standard_deviations']:+.1f} SD"
        for row in found["statistics"][:3]
    )
    # What is not settled does not pass.
    passed = found["p_value"] >= found["level"] and found["settled"]
    doubt = "" if found["settled"] else " It is NOT SETTLED; raise misspecification.simulations."
    return Gate(
        "misspecification", found["p_value"], found["level"], passed,
        "Share of data sets simulated at the nearest theta that are as far from their own nearest "
        f"theta as the human data are from theirs (squared distance {found['distance']:.1f}; 95 % "
        f"lie below {found['usual']['q95']:.1f}). There, humans differ most in: {worst}. Below the "
        "threshold read the posterior as the least bad fit, and ask what the model lacks."
        + doubt,
    )  # fmt: skip


def false_alarms_gate(found: Mapping[str, Any]) -> Gate:
    """Does the misspecification test reject the model's own data as often as it should?"""
    share, sets = found["rejected_own"], found["alarm_data_sets"]
    # Two percentage points; three standard errors where there are few data sets.
    allowed = max(0.02, 3 * float(np.sqrt(found["level"] * (1 - found["level"]) / sets)))
    return at_most(
        "misspecification_false_alarms", abs(share - found["level"]), allowed,
        f"Difference between the test's share of false alarms ({share:.3f} of {sets} data sets "
        f"simulated at the nearest theta) and its nominal {found['level']:g}.",
    )  # fmt: skip


def r_hat(chains: np.ndarray) -> np.ndarray:
    """ArviZ's r_hat of each parameter, from chains of shape (members, draws, parameters).

    Where a model cannot produce the data, all draws of a member may lie at a bound of the prior.
    ArviZ then finds no number. Members that are the same agree: 1; others disagree: ``LARGEST``.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.array([az.rhat(each) for each in np.moveaxis(chains, -1, 0)])  # type: ignore[no-untyped-call]
    same = np.ptp(chains, axis=(0, 1)) == 0
    return np.where(same, 1.0, np.minimum(np.nan_to_num(found, nan=LARGEST), LARGEST))


def rhat_gate(chains: np.ndarray, names: tuple[str, ...]) -> Gate:
    """Do the members of the ensemble, chains of shape (members, draws, parameters), agree?"""
    rhat = r_hat(chains)
    worst = int(np.argmax(rhat))
    return at_most(
        "ensemble_rhat", float(rhat[worst]), LARGEST_R_HAT,
        f"Largest r_hat over ensemble members ({names[worst]}): above the threshold the members "
        "disagree about the human data. More simulations help if the model can produce such data; "
        "where prior_predictive fails, the members extrapolate and need not agree.",
    )  # fmt: skip


def prior_predictive_gate(simulated: np.ndarray, observed: np.ndarray, labels: list[str]) -> Gate:
    """Can the model produce each fitted human statistic?

    Simulated from the prior, shape (simulations, statistics); observed, shape (statistics,).
    """
    low, high = np.nanquantile(simulated, [0.005, 0.995], axis=0)
    outside = (observed < low) | (observed > high)
    names = ", ".join(label for label, is_out in zip(labels, outside, strict=True) if is_out)
    return at_most(
        PRIOR_PREDICTIVE, float(outside.sum()), 0.0,
        "Number of fitted human statistics outside the central 99 % of the prior predictive. "
        + (
            f"Outside: {names}. The model cannot produce these; read the posterior as the least "
            "bad fit. The patterns that its predictions show are not judged."
            if outside.any()
            else "The model can produce each of them."
        ),
    )  # fmt: skip


def failures_gate(failures: np.ndarray) -> Gate:
    """Were few simulations unusable? Each has a reason, or an empty text; shape (simulations,)."""
    share = float((failures != "").mean())
    reasons, counts = np.unique(failures[failures != ""], return_counts=True)
    listed = "; ".join(f"{n} x {r}" for r, n in zip(reasons[:3], counts[:3], strict=True))
    return at_most(
        "simulation_failures", share, 0.01,
        "Share of simulations left out of inference because a statistic was not finite. "
        + (listed or "None."),
    )  # fmt: skip
