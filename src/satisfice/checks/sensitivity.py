"""What the posterior owes to each part of the data, and whether it is right given parts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from satisfice.checks.calibration import calibrate
from satisfice.checks.diagnostics import coverage_gate, sbc_gate
from satisfice.checks.moments import compared, finite
from satisfice.inference.density_training import EstimatorSettings
from satisfice.inference.ensemble import Ensemble, RecombinationSettings, train_as_configured
from satisfice.inference.sensitivity import ALL, Part, PartialEstimator
from satisfice.inference.training_data import TrainingData
from satisfice.population.derived import judged, quantities
from satisfice.population.parameters import ParameterSpace
from satisfice.randomness import small_seed

DRAWS = 2000
"""Draws of each posterior given the human data."""

CHECKED_DRAWS = 400
"""Draws for each reserved data set."""

HALF, FULL = "half", "full"
"""Parts of the simulations' budget."""


def calibration_gates(
    network: PartialEstimator,
    part: Part,
    data: TrainingData,
    key: tuple[int, str, str],
) -> list[dict[str, Any]]:
    """Verdicts on the calibration of the posteriors given a part."""
    truth, space = data.cube_reserved, data.space
    draws = network.sample(data.x_reserved, part, CHECKED_DRAWS, small_seed(*key, "check"))
    names, values = quantities(space, draws)
    ranks = calibrate(values, quantities(space, truth)[1], draws, truth, small_seed(*key)).ranks
    gates = (gate(ranks, CHECKED_DRAWS, tuple(names)) for gate in (sbc_gate, coverage_gate))
    return [gate.as_dict() for gate in gates]


def half_and_full(
    ensemble: Ensemble,
    cube: np.ndarray,
    data: TrainingData,
    inference: dict[str, Any],
    seed: int,
) -> dict[str, np.ndarray]:
    """Draws of the ensemble, and of one trained alike on half of the simulations."""
    seeds = [small_seed(seed, "half", number) for number in range(len(ensemble.members))]
    networks, _, _ = train_as_configured(
        cube[: len(cube) // 2],
        data,
        EstimatorSettings(**inference["estimator"]),
        RecombinationSettings(**inference["recombination"]),
        seeds,
    )
    each = DRAWS // len(networks)
    drawn = {
        name: some.sample(data.x_observed, each, seed, "budget")[:, 0]
        for name, some in {HALF: Ensemble(networks, HALF), FULL: ensemble}.items()
    }
    return {name: np.concatenate(draws) for name, draws in drawn.items()}


def moments(space: ParameterSpace, drawn: dict[tuple[str, str], np.ndarray]) -> pd.DataFrame:
    """Means and SDs of every quantity, and their change against the whole."""
    rows = []
    whole = next(key for key in drawn if key[1] in (ALL, FULL))
    names, values = quantities(space, drawn[whole])
    centre, spread = values.mean(0), values.std(0, ddof=1)
    for (kind, part), cube in drawn.items():
        values = quantities(space, cube)[1]
        mean, sd = values.mean(0), values.std(0, ddof=1)
        shift, sd_ratio = compared(mean, sd, centre, spread)
        rows.append(
            pd.DataFrame(
                {
                    "kind": kind, "part": part, "quantity": names, "mean": mean, "sd": sd,
                    "shift": shift, "sd_ratio": sd_ratio,
                }
            )
        )  # fmt: skip
    return pd.concat(rows, ignore_index=True)


def summarise(
    space: ParameterSpace, found: pd.DataFrame, gates: dict[str, Any], warned: bool
) -> dict[str, Any]:
    """The largest shifts of what data can identify, in numbers and in a sentence.

    Args:
        space: The parameters.
        found: What :func:`moments` returns.
        gates: Verdicts on calibration by part.
        warned: Whether the model misfits.
    """
    rows = found[found.quantity.isin(judged(space))]
    half = rows[(rows.kind == "budget") & (rows.part == HALF)]
    statistic, quantity, most = _largest(rows[rows.kind == "without"])
    _, halved, change = _largest(half)
    sentence = (
        f"The statistic that matters most is {statistic}: without it {quantity} shifts by "
        f"{most:+.1f} posterior SDs. With half of the simulations the largest shift is "
        f"{change:+.1f} SDs, of {halved}."
    )
    if warned:
        sentence += " The model misfits these data, so statistics pull in different directions."
    return {
        "sentence": sentence,
        "largest_shift_without_one_statistic": most,
        "statistic": statistic,
        "quantity": quantity,
        "largest_shift_at_half_the_budget": change,
        "sd_ratio_at_half_the_budget": dict(
            zip(half.quantity, map(finite, half.sd_ratio), strict=True)
        ),
        "calibration_given_parts": gates,
    }


def _largest(rows: pd.DataFrame) -> tuple[str, str, float]:
    """Part, quantity and size of the largest shift that is a number."""
    rows = rows[np.isfinite(rows["shift"])]
    row = int(rows["shift"].abs().to_numpy().argmax())
    part, quantity, shift = rows[["part", "quantity", "shift"]].to_numpy()[row]
    return str(part), str(quantity), float(shift)
