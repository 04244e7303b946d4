"""Rule ceiling: from decisions.csv to the scores of naive predictions and of the ceiling."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from satisfice.evaluation.predicted_decisions import read_predicted
from satisfice.games.cournot import Cournot
from satisfice.io.files import write_table
from satisfice.io.observed import OBSERVED_COLUMNS
from satisfice.stages.ceiling import ceiling


def test_scores_of_all_decisions_are_written(tmp_path: Path) -> None:
    generator = np.random.default_rng(4)
    rows = [
        (treatment, market, period, agent, 10 * generator.integers(0, 4))
        for treatment in ("2", "3")
        for market in range(2)
        for agent in range(int(treatment))
        for period in range(1, Cournot.rounds + 1)
    ]
    table = pd.DataFrame(rows, columns=["treatment", "market", "period", "agent", "action"])
    table.to_csv(tmp_path / "decisions.csv", index=False)
    rows = [
        [treatment, "mean", 1.0, 0.1, "primary", split, 2]
        for treatment, split in (("2", "fit"), ("3", "held_out"))
    ]
    write_table(tmp_path / "observed.csv", pd.DataFrame(rows, columns=OBSERVED_COLUMNS))
    output = tmp_path / "ceiling.npz"
    ceiling("cournot", tmp_path, tmp_path / "observed.csv", {"ceiling_trees": 30}, 1, output=output)
    found = read_predicted(tmp_path / "ceiling.npz")
    assert list(found) == [
        "uniform", "frequencies", "ceiling", "uniform_across", "ceiling_across",
    ]  # fmt: skip
    assert list(found["ceiling"]) == ["2", "3"] and list(found["ceiling_across"]) == ["3"]
    assert found["ceiling"]["3"].log_score.shape == (2, 3, Cournot.rounds)
    means = [found[name]["3"].log_score.mean() for name in ("uniform", "frequencies", "ceiling")]
    assert means == sorted(means)
