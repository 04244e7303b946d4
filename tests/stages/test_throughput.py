"""The table of throughput: what was timed, and ratios within repetitions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch

from satisfice.stages.throughput import measure_throughput


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
