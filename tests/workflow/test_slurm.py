"""Through a real Slurm, of one node, the workflow gives the very numbers of a local run.

This takes minutes, so it has to be asked for, by a game's name, or all for all games:
``SATISFICE_SLURM=cobweb pytest -n0 tests/workflow/test_slurm.py``
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

ASKED = os.environ.get("SATISFICE_SLURM", "")
SCRIPT = Path(__file__).parent / "slurm" / "one_node.sh"
DAEMONS = ("munged", "slurmctld", "slurmd")
SEARCHED = f"{os.environ['PATH']}:/usr/sbin:/sbin"
NUMBERS = (".csv", ".json", ".npz", ".safetensors")
GAMES = ("cournot", "cobweb", "beer_game", "newsvendor")

pytestmark = [
    pytest.mark.workflow,
    pytest.mark.skipif(not ASKED, reason="not asked for: set SATISFICE_SLURM=cobweb"),
    pytest.mark.skipif(
        find_spec("snakemake_executor_plugin_slurm") is None,
        reason="the plugin is not installed: pip install -e '.[slurm]'",
    ),
    pytest.mark.skipif(
        not all(shutil.which(name, path=SEARCHED) for name in DAEMONS),
        reason=f"Slurm is not installed: {SCRIPT.name} install",
    ),
]


@pytest.fixture
def slurm(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """A Slurm of one node with two cores, which this process's children submit to."""
    folder = tmp_path_factory.mktemp("slurm")
    try:
        subprocess.run([SCRIPT, "start", folder, "2"], check=True, timeout=120)
        monkeypatch.setenv("SLURM_CONF", str(folder / "slurm.conf"))
        monkeypatch.setenv("PATH", f"{folder / 'bin'}:{os.environ['PATH']}")
        yield
    finally:
        subprocess.run([SCRIPT, "stop", folder], check=True, timeout=120)


def numbers(run: Path) -> dict[Path, bytes]:
    """What a run computed: all its tables, arrays, weights and records."""
    found = (path for path in run.rglob("*") if path.suffix in NUMBERS)
    return {path.relative_to(run): path.read_bytes() for path in found}


@pytest.mark.usefixtures("slurm")
def test_slurm_gives_the_numbers_of_a_local_run(
    finished_smoke_run: Path,
    snakemake: Callable[..., subprocess.CompletedProcess[str]],
    copy_project: Callable[[Path], Path],
    smoke: list[str],
    tmp_path: Path,
) -> None:
    project = copy_project(tmp_path / "project")
    often = ["--slurm-init-seconds-before-status-checks", "2"]  # jobs of seconds
    done = snakemake(project, ASKED, "--profile", "profiles/slurm", *often, *smoke, timeout=5400)
    assert done.returncode == 0, done.stderr[-4000:]
    assert done.stderr.count("has been submitted with SLURM jobid") > 10
    found = numbers(project / "results/smoke")
    wanted = numbers(finished_smoke_run / "results/smoke")
    games = GAMES if ASKED == "all" else (ASKED,)
    assert {path.parts[0] for path in found} >= set(games)
    for game in games:
        assert Path(game, "scores.csv") in found
    assert [path for path, content in found.items() if wanted[path] != content] == []
