"""The table of throughput: what was timed, and ratios within repetitions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from satisfice.benchmarks.throughput import rows_of
from satisfice.stages.throughput import measure_throughput


def test_ratios_are_taken_within_each_repetition() -> None:
    rates = {
        "simulator": np.array([10.0, 40.0, 30.0]),
        "forward_passes": np.array([10.0, 20.0, 60.0]),
        "environment": np.array([1.0, 2.0, 1.0]),
    }
    rows = pd.DataFrame(rows_of(rates)).set_index("measure")
    found = rows[["median", "smallest", "largest"]].T
    assert found["simulator"].tolist() == [30, 10, 40]
    assert found["simulator_over_forward_passes"].tolist() == [1, 0.5, 2]
    assert found["simulator_over_environment"].tolist() == [20, 10, 30]


def test_untrained_policies_are_timed_where_none_is_trained(
    tmp_path: Path, variants: dict[str, dict[str, Any]], write_dataset: Any
) -> None:
    beliefs = {name: variants[name] for name in ("habit", "uniform")}
    prior = {"mu": [0.0, 1.0], "sigma": [0.02, 0.5], "beta": [0.02, 2.0]}
    config = {"default_belief": "habit", "beliefs": beliefs, "parameter_prior": prior}
    dataset = write_dataset(tmp_path / "data", {"2": 2})
    torch.set_num_threads(2)
    settings = {"repetitions": 1, "threads": 1}
    output = tmp_path / "throughput.csv"
    measure_throughput({"cournot": config}, {"cournot": dataset}, [], settings, 1, output)
    assert torch.get_num_threads() == 2
    table = pd.read_csv(output)
    assert len(table) == 2 * 5 and set(table["policy"]) == {"untrained"}
    assert (table["default"] == (table["belief"] == "habit")).all()
    assert (table["memoryless"] == (table["belief"] == "uniform")).all()
    assert ((table["smallest"] > 0) & (table["smallest"] <= table["median"])).all()
    assert (table["median"] <= table["largest"]).all()
    rate = table.set_index(["belief", "measure"])["median"]
    for belief in beliefs:
        # A batch of markets is much faster than one agent at a time, on any machine.
        assert rate[belief, "simulator_over_environment"] == pytest.approx(
            rate[belief, "simulator"] / rate[belief, "environment"], rel=0.9
        )
        assert rate[belief, "simulator_over_environment"] > 3
