"""The examples of the documentation run as they stand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import yaml

from experiments.contest.predict import simulate
from experiments.settings import Experiments
from satisfice.io.files import read_arrays


def test_a_contender_of_ones_own_takes_a_class_and_a_line(
    root: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    examples: Callable[[str], dict[str, str]],
) -> None:
    found = examples((root / "docs/contest.md").read_text(encoding="utf-8"))
    assert set(found) == {"my_contenders.py", "mine.yaml"}
    (tmp_path / "my_contenders.py").write_text(found["my_contenders.py"], encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    given = yaml.safe_load(found["mine.yaml"])["experiments"]
    block = Experiments(**given).contest["cournot"].contenders["stubborn"].model_dump()
    output, dataset = tmp_path / "out.npz", root / "data/cournot/huck2004"
    simulate(
        "cournot", "stubborn", block=block, policy=None, dataset=dataset, simulations=64, seed=7,
        output=output,
    )  # fmt: skip
    made = read_arrays(output)
    assert made["free"].tolist() == ["centre", "spread"]
    changed = made["x"][:, [label[1] == "share_changed" for label in made["labels"]]]
    np.testing.assert_array_equal(changed, 0.0)
