"""Do other estimators find the posterior that the ensemble finds?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from satisfice.population.derived import DERIVED, quantities
from satisfice.population.parameters import ParameterPrior

MOST_SHIFT, MOST_SPREAD = 0.3, 0.25
"""How far means, in posterior SDs, and SDs, as shares, may lie apart."""


def compare(
    prior: ParameterPrior,
    found: Mapping[str, np.ndarray],
    used: Mapping[str, int],
    costs: Mapping[str, Sequence[tuple[float, float]]],
) -> pd.DataFrame:
    """Mean and SD of every quantity by each estimator, and their distance from the ensemble's.

    Args:
        prior: The prior.
        found: Draws of theta by each estimator, the ensemble's first, under ``npe``.
        used: Simulations behind each.
        costs: Seconds and megabytes of each one's jobs.
    """
    rows, base = [], pd.DataFrame()
    for name, theta in found.items():
        names, values = quantities(prior, prior.to_unit(theta.reshape(-1, theta.shape[-1])))
        measured = pd.DataFrame({"mean": values.mean(0), "sd": values.std(0, ddof=1)}, index=names)
        measured["q05"], measured["q95"] = np.quantile(values, [0.05, 0.95], axis=0)
        base = measured if name == "npe" else base
        measured["shift"] = (measured["mean"] - base["mean"]) / base["sd"]
        measured["sd_ratio"] = measured["sd"] / base["sd"]
        measured.insert(0, "estimator", name)
        measured["simulations"] = used[name]
        measured["seconds"] = sum(cost[0] for cost in costs[name])
        measured["peak_memory_mb"] = max(cost[1] for cost in costs[name])
        rows.append(measured.rename_axis("quantity").reset_index())
    return pd.concat(rows, ignore_index=True)


def agreement(joined: pd.DataFrame, warning: str) -> dict[str, Any]:
    """Which estimators agree with the ensemble on the derived quantities, and why not all do.

    Args:
        joined: What :func:`compare` returns.
        warning: What stands beside the posterior where the model misfits.
    """
    derived = joined.quantity.map(lambda name: str(name).startswith(DERIVED))
    others = joined[derived & (joined.estimator != "npe")]
    apart = (others["shift"].abs() > MOST_SHIFT) | ((others["sd_ratio"] - 1).abs() > MOST_SPREAD)
    worst = {
        str(name): {
            "largest_shift": float(rows["shift"].abs().max()),
            "largest_sd_difference": float((rows["sd_ratio"] - 1).abs().max()),
            "agrees": not bool(apart[rows.index].any()),
        }
        for name, rows in others.groupby("estimator", sort=False)
    }
    agree = [name for name, row in worst.items() if row["agrees"]]
    apart_names = [name for name in worst if name not in agree]
    return {
        "by_estimator": worst,
        "sentence": _sentence(agree, apart_names, warning),
    }


def _sentence(agree: list[str], apart: list[str], warning: str) -> str:
    parts = []
    if agree:
        parts.append(f"Agree with the ensemble on the derived quantities: {', '.join(agree)}.")
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
