"""Has a fit converged? Would a smaller tolerance predict otherwise?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from satisfice.evaluation.rows import Split
from satisfice.evaluation.scores import Human, score_all
from satisfice.io.files import read_arrays

LARGEST_CHANGE = 0.03
"""A fit has converged if halving its tolerance changes the held-out energy score by less."""

FIT_COLUMNS = [
    "contender", "split", "parameters", "hand_set", "simulations", "smallest_distance", "tolerance",
    "energy_change", "converged",
]  # fmt: skip


def fits_table(
    predictions: Mapping[str, str | Path], splits: Sequence[Split], people: Human
) -> pd.DataFrame:
    """How each contender was fitted to each split.

    Only the size of the change counts, not its direction: nothing is chosen by its score.

    Args:
        predictions: File of each contender's predictions, by name.
        splits: The splits.
        people: The human statistics.

    Returns:
        The columns ``FIT_COLUMNS``. ``parameters`` counts the fitted ones and constants that were
        set by hand, ``hand_set`` names the latter. ``energy_change`` is relative to the score with
        twice the tolerance. A contender without fitted parameters has converged.
    """
    rows = []
    for contender, path in predictions.items():
        found = read_arrays(path)
        by_hand = [str(name) for name in found["hand_set"]]
        fitted = int(found["parameters"])
        for number, split in enumerate(splits):
            row = {
                "contender": contender,
                "split": split.name,
                "parameters": fitted + len(by_hand),
                "hand_set": " ".join(by_hand),
                "simulations": 0,
                "converged": True,
            }
            if "x_earlier" in found:
                there = people.restricted(split.held_out)
                energies = [
                    float(score_all(found[name][number][:, split.held_out], there)["energy"][0])
                    for name in ("x_earlier", "x")
                ]
                change = abs(energies[1] / energies[0] - 1)
                row |= {
                    "simulations": int(found["simulations"][number]),
                    "smallest_distance": float(found["smallest"][number]),
                    "tolerance": float(found["tolerance"][number]),
                    "energy_change": change,
                    "converged": bool(change < LARGEST_CHANGE),
                }
            rows.append(row)
    return pd.DataFrame(rows).reindex(columns=FIT_COLUMNS)
