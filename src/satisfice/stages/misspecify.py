"""Rule ``misspecify``: can the model produce the human statistics at all?"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from satisfice.checks.misspecification import LEVEL, Misspecification, MisspecificationTest
from satisfice.inference.training_data import split_simulations
from satisfice.io.files import write_json
from satisfice.io.observed import read_observed
from satisfice.io.runs import read_predictions
from satisfice.population.parameters import ParameterPrior
from satisfice.progress import logger


def misspecify(
    simulations: str | Path,
    observed: str | Path,
    parameter_prior: dict[str, Any],
    reserved: int,
    rivals: Mapping[str, str | Path],
    output: str | Path,
) -> None:
    """Test the human data, and test the test.

    Args:
        simulations: The npz file of all simulations.
        observed: observed.csv.
        parameter_prior: Bounds of the prior.
        reserved: Simulations set aside, on which false alarms are counted.
        rivals: The npz files of what other rules of play predict, which should be detected.
        output: A JSON file with the p-value, the distance and what is usual, the closest
            theta, the statistics that disagree most, the share of false alarms, and the share
            of each rival's data sets that is detected.
    """
    prior = ParameterPrior.from_config(parameter_prior)
    data = split_simulations(simulations, observed, reserved)
    table = read_observed(observed)
    fitted = (table.split == "fit").to_numpy()
    test = MisspecificationTest(prior.to_unit(data["theta"]), data["x"])
    verdict = test.judge(data["x_observed"][0])
    well_specified = np.concatenate([data["x_reserved"], test.unseen])
    detected = {
        name: _share_detected(test, read_predictions(path, len(table))[:, fitted])
        for name, path in rivals.items()
    }
    statistics = _disagreement(table[fitted], verdict)
    content = {
        "warning": _warning(verdict, statistics),
        "p_value": verdict.p_value,
        "level": LEVEL,
        "distance": verdict.distance,
        "usual": {
            "median": float(np.median(verdict.usual)),
            "q95": float(np.quantile(verdict.usual, 1 - LEVEL)),
            "simulations": len(verdict.usual),
        },
        "closest": dict(zip(prior.names, map(float, prior.from_unit(verdict.cube)), strict=True)),
        "statistics": statistics,
        "false_alarms": _share_detected(test, well_specified),
        "well_specified": len(well_specified),
        "detected": detected,
    }
    write_json(output, content)
    logger.info(
        "p = %.4f; false alarms %.3f; detected %s",
        verdict.p_value,
        content["false_alarms"],
        detected,
    )


def _share_detected(test: MisspecificationTest, statistics: np.ndarray) -> float:
    usable = statistics[np.isfinite(statistics).all(-1)]
    return float((test.p_values(usable) < LEVEL).mean())


def _disagreement(table: pd.DataFrame, verdict: Misspecification) -> list[dict[str, Any]]:
    """The fitted statistics, those first that the closest theta misses most."""
    order = np.argsort(-np.abs(verdict.residual))
    rows = table.reset_index(drop=True)
    return [
        {
            "treatment": str(rows.treatment[i]),
            "statistic": str(rows.statistic[i]),
            "human": float(rows.value[i]),
            "provenance": str(rows.provenance[i]),
            "standard_deviations": float(verdict.residual[i]),
        }
        for i in order
    ]


def _warning(verdict: Misspecification, statistics: list[dict[str, Any]]) -> str:
    """What must stand beside the posterior; nothing where the model can produce the data."""
    if verdict.p_value >= LEVEL:
        return ""
    worst = statistics[0]
    mark = "" if worst["provenance"] == "primary" else f" ({worst['provenance']})"
    return (
        f"The human statistics are unlike those of this model (p = {verdict.p_value:.2g}), most of "
        f"all {worst['statistic']} of treatment {worst['treatment']}{mark}: read the posterior as "
        "the least bad fit."
    )
