"""The tutorials, followed literally in a copy of the project; only the budgets are smaller."""

from __future__ import annotations

import re
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import arviz as az
import pandas as pd
import pytest
import yaml

from satisfice.io.files import read_json

pytestmark = pytest.mark.workflow

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"<!-- (file: (?P<path>\S+)|run) -->\n```\w+\n(?P<text>.*?)```", re.DOTALL)
WRAPPERS = {
    "python": "{python}",
    "satisfice": "{python} -m satisfice.cli",
    # Into the copy, and not into the environment that runs the tests.
    "pip": "{python} -m pip -q {{0}} --no-deps --no-build-isolation --no-index --target={site}",
    "snakemake": "{python} -m snakemake",
}
LITTLE: dict[str, Any] = {
    "simulation": {"simulations": 2000, "chunks": 1},
    "inference": {
        "members": 2,
        "draws": 200,
        "sbc": 200,
        "lc2st_trials": 20,
        "estimator": {"most_epochs": 30, "batch": 50},
    },
    "decisions": {
        "live": 20,
        "effective": 50,
        "most_refits": 0,
        "nodes": 4,
        "draws": 100,
        "forecasts": 2,
        "ceiling_folds": 2,
        "ceiling_trees": 10,
        "rivals": [],
    },
    "misspecification": {"simulations": 100, "rounds": 1, "own": 50},
    "evaluation": {"draws": 200, "replicates": 100},
    "verification": {"supertypes": 10, "responder": {"iterations": 3, "markets": 4}},
    "rational": {"learning": {"iterations": 40, "markets": 16}},
    "ppo": {"decisions": 15000, "markets": 4, "minibatch": 500, "seeds": 2},
}


def prepare(project: Path, small: dict[str, Any]) -> None:
    """Give a project what looks like its own environment, whose runs are small."""
    (project / "small.yaml").write_text(yaml.safe_dump(small), encoding="utf-8")
    folder = project / ".venv" / "bin"
    folder.mkdir(parents=True)
    for name, command in WRAPPERS.items():
        words = command.format(python=sys.executable, site=project / "site")
        ending = " small.yaml" if name == "snakemake" else ""
        call = words.replace("{0}", '"$@"') if "{0}" in words else f'{words} "$@"'
        path = folder / name
        path.write_text(
            f"#!/bin/sh\nPYTHONPATH='{project / 'src'}:{project / 'site'}' exec {call}{ending}\n",
            encoding="utf-8",
        )
        path.chmod(path.stat().st_mode | stat.S_IEXEC)


def follow(project: Path, tutorial: str) -> list[str]:
    """Write its files and run its commands in the order of the text; return what they printed."""
    text, printed = (ROOT / "docs" / tutorial).read_text(encoding="utf-8"), []
    for block in BLOCK.finditer(text):
        if block["path"]:
            path = project / block["path"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block["text"], encoding="utf-8")
        else:
            done = subprocess.run(
                ["bash", "-euc", block["text"]],
                cwd=project, capture_output=True, text=True, check=False, timeout=1800,
            )  # fmt: skip
            assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
            printed.append(done.stdout)
    return printed


def test_own_data_give_back_the_population_that_made_them(
    tmp_path: Path, copy_project: Callable[[Path], Path]
) -> None:
    project = copy_project(tmp_path / "project")
    learning = {"uniform": {"learning": {"iterations": 400, "markets": 64}}}
    prepare(project, {"games": {"cournot": {**LITTLE, "beliefs": learning}}})
    checked, _, folder, _ = follow(project, "own_data.md")
    assert "Treatment 5: 6 markets of 5 agents, 25 rounds" in checked
    assert "40 statistics of the game cournot" in folder
    run = project / "results" / "mine"
    posterior: Any = az.from_netcdf(str(run / "cournot" / "posterior.nc"))["posterior"]
    low, high = posterior["mean_lambda"].quantile([0.005, 0.995])
    # The example was made with 0.123; the prior of the mean of lambda reaches from 0 to 2.
    assert low < 0.123 < high < 0.25
    assert "Simulated firms, an example." in (run / "cournot" / "report.html").read_text("utf-8")


def test_a_game_belief_and_contender_of_ones_own_walk_the_whole_workflow(
    tmp_path: Path, copy_project: Callable[[Path], Path]
) -> None:
    project = copy_project(tmp_path / "project")
    learning = {
        name: {"learning": {"iterations": 60, "markets": 8}} for name in ("leaning", "habit")
    }
    least = {
        "simulation": {"simulations": 640, "chunks": 1},
        "inference": {**LITTLE["inference"], "estimator": {"most_epochs": 10, "batch": 50}},
        "beliefs": learning,
    }
    numbers = {"particles": 20, "simulations": 200, "draws": 50, "replicates": 100, "seeds": 1}
    contest = {"public_goods": numbers}
    small = {"games": {"public_goods": {**LITTLE, **least}}, "experiments": {"contest": contest}}
    prepare(project, small)
    checked = follow(project, "own_game.md")[1]
    assert "Treatment high: 8 markets of 4 agents, 10 rounds" in checked
    run = project / "results" / "public_goods"
    page = (run / "public_goods" / "report.html").read_text("utf-8")
    assert "Pretended people, an example." in page
    gates = {gate["name"] for gate in read_json(run / "public_goods" / "diagnostics.json")}
    # The exact equilibrium of the new game is solved and compared with.
    assert {"exact_qre", "sbc", "held_out_prediction"} <= gates
    for own in ("public_goods", "leaning", "conditional"):
        assert len((project / "my_games" / f"{own}.py").read_text("utf-8").splitlines()) < 40
    # The belief's own parameter is fitted, with a label of its own.
    folder = run / "public_goods"
    posterior: Any = az.from_netcdf(str(folder / "inference" / "leaning" / "posterior.nc"))
    kappa = posterior["posterior"]["kappa"]
    assert 0.0 <= float(kappa.min()) < float(kappa.max()) <= 5.0
    # The contender is fitted, predicts and is scored in the same table as all others.
    scores = pd.read_csv(folder / "contest" / "scores.csv")
    estimators = scores.groupby("contender").estimator.first()
    assert estimators["conditional"] == "smc-abc"
    assert estimators["equilibrium"] == "none"
