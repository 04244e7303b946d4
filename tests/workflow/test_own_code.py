"""An edit of a game, contender or prior belief of one's own reruns exactly what depends on it."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from safetensors.numpy import save_file

pytestmark = pytest.mark.workflow

GAME = """
from satisfice.games.cournot import Cournot

import my_helpers


class Mine(Cournot):
    name = "mine"
"""
RIVAL = """
from satisfice.contenders.cournot import CournotBestReply


class Own(CournotBestReply):
    pass
"""
BELIEF = """
from satisfice.population.beliefs import UniformBelief


class Own(UniformBelief):
    pass
"""
MODULES = {
    "my_game": GAME,
    "my_helpers": "",
    "my_rival": RIVAL,
    "my_other_rival": RIVAL,
    "my_belief": BELIEF,
}
OFFERED = """
[satisfice.games]
mine = my_game:Mine
[satisfice.contenders]
offered_rival = my_rival:Own
other_rival = my_other_rival:Own
[satisfice.beliefs]
offered_belief = my_belief:Own
"""
TARGETS = [f"results/smoke/{game}/predictive" for game in ("cournot", "mine")]


@pytest.fixture
def project(copy_project: Callable[[Path], Path], tmp_path: Path) -> Path:
    """A project with a package beside it on Python's path, and with the package's metadata."""
    project = copy_project(tmp_path / "project")
    shutil.copytree(project / "data/cournot", project / "data/mine")
    for name, text in MODULES.items():
        (project / f"src/{name}.py").write_text(text, encoding="utf-8")
    about = project / "src/mine-0.1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: mine\nVersion: 0.1\n")
    (about / "entry_points.txt").write_text(OFFERED)
    default = yaml.safe_load((project / "workflow/config/default.yaml").read_text("utf-8"))
    beliefs = {"own": {"prior_belief": "offered_belief"}, "uniform": None}
    cournot = {"beliefs": beliefs, "rivals": ["equilibrium", "offered_rival"]}
    mine = default["games"]["cournot"] | {"rivals": ["equilibrium", "other_rival"]}
    for block in (cournot, mine):
        block |= {"simulation": {"chunks": 1}}
    config = {
        "games": {
            "cobweb": None,
            "beer_game": None,
            "newsvendor": None,
            "cournot": cournot,
            "mine": mine,
        }
    }
    (project / "own.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    return project


def test_an_edit_runs_again_what_depends_on_it_and_no_more(
    project: Path, snakemake: Callable[..., subprocess.CompletedProcess[str]], smoke: list[str]
) -> None:
    command = [*TARGETS, "--cores", "1", *smoke, "own.yaml"]

    def left() -> set[str]:
        """Outputs of the jobs that would run."""
        told = snakemake(project, "-n", *command)
        assert told.returncode == 0, told.stderr[-4000:]
        lines = re.findall(r"^    output: (.+)$", told.stdout + told.stderr, re.MULTILINE)
        return {path for line in lines for path in line.split(", ")}

    def edit(module: str) -> None:
        with (project / f"src/{module}.py").open("a", encoding="utf-8") as file:
            file.write("\nEDITED = True\n")

    def of(game: str, *names: str) -> set[str]:
        starts = tuple(f"results/smoke/{game}/{name}" for name in names)
        return {path for path in made if path.startswith(starts)}

    # Files without content, and what Snakemake notes down of the jobs that make them.
    made = left()
    for path in map(project.joinpath, made):
        (path.parent if path.suffix else path).mkdir(parents=True, exist_ok=True)
        if path.suffix == ".safetensors":
            save_file({}, path)
        elif path.suffix:
            path.write_text("{}")
    touched = snakemake(project, "--touch", "-F", *command)
    assert touched.returncode == 0, touched.stderr[-4000:]
    assert left() == set()

    predicted = ("predictive", "paths.npz", "earnings.csv")
    of_the_belief = ("policy/own", "simulations/own", "inference/own")
    edit("my_rival")
    assert left() == of("cournot", *predicted)
    edit("my_other_rival")
    assert left() == of("cournot", *predicted) | of("mine", *predicted)
    edit("my_belief")
    assert left() == of("cournot", *predicted, *of_the_belief) | of("mine", *predicted)
    edit("my_helpers")  # imported by the game
    assert left() == of("cournot", *predicted, *of_the_belief) | of("mine", "")
