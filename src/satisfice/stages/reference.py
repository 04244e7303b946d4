"""Rule ``reference_benchmark``: the small tables and figures of a benchmark worth quoting."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from satisfice.io.files import write_json, written_whole
from satisfice.provenance import versions

BENCHMARK_FILES = (
    "summary.csv", "throughput.csv", "throughput.png", "scaling.csv", "scaling.png",
    "exponents.csv", "retraining.csv", "costs.csv", "costs.png", "plan.csv",
)  # fmt: skip
"""What is kept of the benchmark, beside all of simulations_for_c2st."""


def collect_benchmark(
    run: str | Path,
    benchmark: str | Path,
    settings: Mapping[str, Any],
    seed: int,
    command: str,
    output: str | Path,
) -> None:
    """Copy what is small and quotable of a finished benchmark.

    Args:
        run: Folder of the run whose stages were measured.
        benchmark: Folder of the benchmark.
        settings: The config's ``benchmark``.
        seed: The run's seed.
        command: The command line that made the benchmark.
        output: Path of benchmark/manifest.json; the other files go beside it.
    """
    source, folder = Path(benchmark), Path(output).parent
    exact = sorted((source / "simulations_for_c2st").iterdir())
    for path in [*(source / name for name in BENCHMARK_FILES), *exact]:
        _copy(path, folder / path.relative_to(source))
    _write_manifest(output, command, Path(run), seed, settings)


def _write_manifest(
    output: str | Path, command: str, run: Path, seed: int, config: Mapping[str, Any]
) -> None:
    """Say how what is kept beside the manifest was made."""
    manifest = {
        "command": command,
        "run": run.name,
        "seed": seed,
        "config": config,
        "versions": versions(),
        "cores": os.cpu_count(),
    }
    write_json(output, manifest)


def _copy(source: Path, target: Path) -> None:
    with written_whole(target) as temporary:
        temporary.write_bytes(source.read_bytes())
