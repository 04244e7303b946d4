"""Rule reference_benchmark: what is kept of a benchmark."""

from __future__ import annotations

from pathlib import Path

from satisfice.io.files import read_json
from satisfice.stages.reference import BENCHMARK_FILES, collect_benchmark


def test_a_benchmark_is_kept(tmp_path: Path) -> None:
    source, folder = tmp_path / "benchmark", tmp_path / "reference"
    names = [*BENCHMARK_FILES, "simulations_for_c2st/cobweb.csv", "simulations_for_c2st/cobweb.png"]
    for name in names:
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text(name, encoding="utf-8")
    settings = {"plan": {"agents": 10}}
    collect_benchmark("results/mine", source, settings, 7, "made so", folder / "manifest.json")
    assert {name: (folder / name).read_text() for name in names} == {name: name for name in names}
    manifest = read_json(folder / "manifest.json")
    assert (manifest["run"], manifest["command"], manifest["config"]) == (
        "mine", "made so", settings,
    )  # fmt: skip
