"""Do other estimators agree with the ensemble's posterior?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from satisfice.population.derived import judged, quantities
from satisfice.population.parameters import ParameterSpace
from satisfice.population.supertypes import belief_parameters

MOST_SHIFT, MOST_SPREAD = 0.3, 0.25
"""Largest difference of means, in posterior SDs, and of SDs, as a share."""


def compared(
    mean: np.ndarray, sd: np.ndarray, base_mean: np.ndarray, base_sd: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Shift of the mean in SDs of the base, and ratio of the SDs.

    If both are equal and have no spread, such as a share that is always one, the shift is zero and
    the ratio one. If only the base has no spread, the result is not finite.

    Args:
        mean: Shape (quantities,).
        sd: Shape (quantities,).
        base_mean: Shape (quantities,).
        base_sd: Shape (quantities,).
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        shift, ratio = (mean - base_mean) / base_sd, sd / base_sd
    same = (mean == base_mean) & (sd == base_sd)
    return np.where(same, 0.0, shift), np.where(same, 1.0, ratio)


def finite(value: float) -> float | None:
    """A number for JSON, which has neither NaN nor infinity."""
    return float(value) if math.isfinite(value) else None


def compare(
    space: ParameterSpace,
    found: Mapping[str, np.ndarray],
    used: Mapping[str, int],
    costs: Mapping[str, tuple[float, float]],
) -> pd.DataFrame:
    """Mean and SD of every quantity by each estimator, and their distance from the ensemble's.

    Args:
        space: The parameters.
        found: Draws of theta by each estimator, first the ensemble's, under ``npe``.
        used: Number of simulations of each.
        costs: Seconds and megabytes of each job.
    """
    rows, base = [], pd.DataFrame()
    for name, theta in found.items():
        names, values = quantities(space, space.to_unit(theta.reshape(-1, theta.shape[-1])))
        measured = pd.DataFrame({"mean": values.mean(0), "sd": values.std(0, ddof=1)}, index=names)
        measured["q05"], measured["q95"] = np.quantile(values, [0.05, 0.95], axis=0)
        base = measured if name == "npe" else base
        measured["shift"], measured["sd_ratio"] = compared(
            *(each[key].to_numpy() for each in (measured, base) for key in ("mean", "sd"))
        )
        measured.insert(0, "estimator", name)
        measured["simulations"] = used[name]
        measured["seconds"], measured["peak_memory_mb"] = costs[name]
        rows.append(measured.rename_axis("quantity").reset_index())
    return pd.concat(rows, ignore_index=True)


def agreement(space: ParameterSpace, joined: pd.DataFrame, warning: str) -> dict[str, Any]:
    """Which estimators agree with the ensemble on what data can identify, and why some do not.

    Args:
        space: The parameters.
        joined: What :func:`compare` returns.
        warning: The warning of a misspecified model, or empty.
    """
    names = judged(space)
    others = joined[joined.quantity.isin(names) & (joined.estimator != "npe")]
    shift, spread = others["shift"].abs(), (others["sd_ratio"] - 1).abs()
    near = (shift <= MOST_SHIFT) & (spread <= MOST_SPREAD)  # NaN is not near
    worst = {
        str(name): {
            "largest_shift": finite(shift[rows.index].max(skipna=False)),
            "largest_sd_difference": finite(spread[rows.index].max(skipna=False)),
            "agrees": bool(near[rows.index].all()),
        }
        for name, rows in others.groupby("estimator", sort=False)
    }
    own = belief_parameters(space)
    kinds = {
        "the derived quantities": len(names) > len(own) * space.groups,
        "the prior belief's parameters": bool(own),
    }
    agree = [name for name, row in worst.items() if row["agrees"]]
    apart_names = [name for name in worst if name not in agree]
    return {
        "by_estimator": worst,
        "sentence": _sentence(
            agree, apart_names, [kind for kind, there in kinds.items() if there], warning
        ),
    }


def _sentence(agree: list[str], apart: list[str], kinds: list[str], warning: str) -> str:
    parts = []
    if agree:
        parts.append(f"Agree with the ensemble on {' and '.join(kinds)}: {', '.join(agree)}.")
    if apart:
        parts.append(
            f"Apart from it by more than {MOST_SHIFT:g} posterior SDs or {MOST_SPREAD:.0%} of the "
            f"SD: {', '.join(apart)}."
        )
        if warning:
            parts.append(
                "The human data lie where no simulation of the model falls, so every estimator "
                f"extrapolates in its own way. {warning}"
            )
    return " ".join(parts)
