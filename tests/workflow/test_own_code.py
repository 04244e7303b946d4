"""An edit of a game, contender or prior belief of one's own reruns exactly what depends on it."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

pytestmark = pytest.mark.workflow

GAME = """
from satisfice.games.cournot import Cournot

import my_helpers


class Mine(Cournot):
    name = "mine"
"""
RIVAL = """
from satisfice.contenders.cournot import NoisyBestReply


class Own(NoisyBestReply):
    pass
"""
BELIEF = """
from satisfice.population.beliefs import UniformBelief


class Own(UniformBelief):
    pass
"""
OFFERED = """
[satisfice.games]
mine = my_game:Mine
[satisfice.contenders]
offered_rival = my_offered_rival:Own
[satisfice.beliefs]
offered_belief = my_belief:Own
"""
CONTENDERS = {
    "built_in": "noisy_best_reply",
    "named": "my_rival:Own",
    "offered": "offered_rival",
}


def simulated(game: str, contender: str) -> str:
    return f"results/smoke/{game}/contest/{contender}/simulations.npz"


OF_THE_BELIEF = {"results/smoke/cournot/policy/own/policy.safetensors"}
OF_THE_GAME = {"results/smoke/mine/observed.csv", simulated("mine", "built_in")}
OF_OTHERS = {
    "results/smoke/cournot/observed.csv",
    *(simulated("cournot", name) for name in CONTENDERS),
}


@pytest.fixture
def project(copy_project: Callable[[Path], Path], tmp_path: Path) -> Path:
    """A project with a package beside it on Python's path, and with the package's metadata."""
    project = copy_project(tmp_path / "project")
    shutil.copytree(project / "data/cournot", project / "data/mine")
    on_path = project / "src"
    texts = {"my_game": GAME, "my_helpers": "", "my_rival": RIVAL, "my_offered_rival": RIVAL}
    texts["my_belief"] = BELIEF
    for name, text in texts.items():
        (on_path / f"{name}.py").write_text(text, encoding="utf-8")
    about = on_path / "mine-0.1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: mine\nVersion: 0.1\n")
    (about / "entry_points.txt").write_text(OFFERED)
    default = yaml.safe_load((project / "workflow/config/default.yaml").read_text("utf-8"))
    contest: dict[str, Any] = {
        "contenders": {name: {"group": "rival", "rule": rule} for name, rule in CONTENDERS.items()}
    }
    cournot: dict[str, Any] = {"simulation": {"simulations": 640, "chunks": 1}}
    mine = {**default["games"]["cournot"], **cournot, "inference": {"sbc": 200}}
    short = {"iterations": 5, "markets": 8}
    cournot["beliefs"] = {"own": {"prior_belief": "offered_belief", "learning": short}}
    games = {"cobweb": None, "beer_game": None, "cournot": cournot, "mine": mine}
    contests = {"contest": {"cournot": contest, "mine": contest}}
    config = {"games": games, "experiments": contests}
    (project / "own.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    return project


def test_an_edit_runs_again_what_depends_on_it_and_no_more(
    project: Path, snakemake: Callable[..., subprocess.CompletedProcess[str]], smoke: list[str]
) -> None:
    command = [*OF_THE_GAME, *OF_THE_BELIEF, *OF_OTHERS, "--cores", "2", *smoke, "own.yaml"]

    def left() -> set[str]:
        told = snakemake(project, "-n", *command)
        assert told.returncode == 0, told.stderr[-4000:]
        return set(re.findall(r"^    output: ([^\s,]+)", told.stdout + told.stderr, re.MULTILINE))

    def edit(module: str) -> None:
        with (project / "src" / f"{module}.py").open("a", encoding="utf-8") as file:
            file.write("\nEDITED = True\n")

    done = snakemake(project, *command)
    assert done.returncode == 0, done.stderr[-4000:]
    assert left() == set()
    edit("my_rival")
    assert left() == {simulated("cournot", "named")}
    edit("my_offered_rival")
    assert left() == {simulated("cournot", "named"), simulated("cournot", "offered")}
    done = snakemake(project, *command)
    assert done.returncode == 0, done.stderr[-4000:]
    assert left() == set()
    edit("my_helpers")  # Imported by the game.
    assert left() == OF_THE_GAME
    edit("my_belief")
    assert left() == OF_THE_GAME | OF_THE_BELIEF
