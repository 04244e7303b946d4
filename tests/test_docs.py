"""The examples of the documentation run as they stand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from snakemake.utils import update_config

from satisfice.config import resolve
from satisfice.io.files import read_arrays
from satisfice.stages.simulate import simulate_contender


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
    config: dict[str, Any] = yaml.safe_load(
        (root / "workflow/config/default.yaml").read_text(encoding="utf-8")
    )
    update_config(config, yaml.safe_load(found["mine.yaml"]))
    schema = root / "workflow/schemas/config.schema.yaml"
    contest = resolve(config, schema, [])["games"]["cournot"]["contest"]
    block = contest["contenders"]["stubborn"]
    output, dataset = tmp_path / "out.npz", root / "data/cournot/huck2004"
    simulate_contender("cournot", "stubborn", block, None, dataset, 64, 7, output)
    made = read_arrays(output)
    assert made["free"].tolist() == ["centre", "spread"]
    changed = made["x"][:, [label[1] == "share_changed" for label in made["labels"]]]
    np.testing.assert_array_equal(changed, 0.0)
