"""Rule ``misspecify``: can the model produce the human statistics at all?"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from satisfice.checks.misspecification import MisspecificationTest, findings
from satisfice.inference.training_data import split_simulations
from satisfice.io.files import write_json
from satisfice.io.observed import read_observed
from satisfice.io.runs import read_predictions
from satisfice.progress import logger


def misspecify(
    simulations: str | Path,
    observed: str | Path,
    reserved: int,
    rivals: Mapping[str, str | Path],
    output: str | Path,
) -> None:
    """Test the human data, and test the test.

    Args:
        simulations: The npz file of all simulations.
        observed: observed.csv.
        reserved: Simulations set aside, on which false alarms are counted.
        rivals: The npz files of what other rules of play predict, which should be detected.
        output: A JSON file with the p-value, the distance and what is usual, the closest
            theta, the statistics that disagree most, the share of false alarms, and the share
            of each rival's data sets that is detected.
    """
    data = split_simulations(simulations, observed, reserved)
    table = read_observed(observed)
    fitted = (table.split == "fit").to_numpy()
    test = MisspecificationTest(data.cube, data.x)
    predicted = {
        name: read_predictions(path, len(table))[:, fitted] for name, path in rivals.items()
    }
    content = findings(test, data, table[fitted], predicted)
    write_json(output, content)
    logger.info(
        "p = %.4f; false alarms %.3f; detected %s",
        content["p_value"],
        content["false_alarms"],
        content["detected"],
    )
