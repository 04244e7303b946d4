"""The smoke configuration walks every rule and writes what the documentation promises."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import arviz as az
import pandas as pd
import pytest
import xarray as xr

from satisfice.evaluation.rows import COLUMNS

pytestmark = pytest.mark.workflow

Snakemake = Callable[..., subprocess.CompletedProcess[str]]
Planned = Callable[..., set[str]]

ROOT = Path(__file__).resolve().parents[2]
BELIEFS = {"cournot": "uniform", "cobweb": "uniform", "beer_game": "inertia", "newsvendor": "habit"}
GAMES = tuple(BELIEFS)
RULES = {
    name
    for file in (ROOT / "workflow/rules").glob("*.smk")
    for name in re.findall(r"^rule (\w+):$", file.read_text("utf-8"), re.MULTILINE)
}
STARTED = re.compile(r"^(?:local)?rule (\w+):$", re.MULTILINE)
"""How Snakemake tells of a job."""

OUTPUTS = (
    "observed.csv",
    "policy/{belief}/policy.safetensors",
    "policy/rational/training.csv",
    "policy/{belief}/verification.json",
    "policy/rational/verification.json",
    "simulations/{belief}.npz",
    "predictive/equilibrium.npz",
    "paths.npz",
    "posterior.nc",
    "inference/{belief}/posterior.nc",
    "diagnostics.json",
    "scores.csv",
    "figures/posterior_predictive.png",
    "report.html",
)
OUTPUTS_OF_COURNOT = (
    "policy/habit/policy.safetensors",
    "policy/habit/policy.json",
    "policy/habit/training.csv",
    "simulations/habit.npz",
)


@pytest.fixture
def planned(finished_smoke_run: Path, snakemake: Snakemake, smoke: list[str]) -> Planned:
    """Names of the rules that a dry run would execute."""

    def dry_run(*more_configs: str) -> set[str]:
        done = snakemake(finished_smoke_run, "-n", *smoke, *more_configs)
        assert done.returncode == 0, done.stderr[-2000:]
        printed = done.stdout + done.stderr
        return set(STARTED.findall(printed))

    return dry_run


def test_every_promised_output_is_there(finished_smoke_run: Path) -> None:
    run = finished_smoke_run / "results/smoke"
    promised = [
        run / game / name.format(belief=belief)
        for game, belief in BELIEFS.items()
        for name in OUTPUTS
    ]
    promised += [run / "cournot" / name for name in OUTPUTS_OF_COURNOT]
    assert not [path for path in promised if not path.is_file()]
    assert (run / "scores.csv").is_file() and (run / "report.html").is_file()
    own = ".snakemake_timestamp"  # Snakemake's, in a folder that a rule makes
    left_over = [path for path in run.rglob(".*") if path.is_file() and path.name != own]
    assert not left_over


def test_every_rule_of_the_workflow_ran(finished_smoke_run: Path) -> None:
    first = min((finished_smoke_run / ".snakemake/log").iterdir())  # named by their times
    assert set(STARTED.findall(first.read_text("utf-8"))) == RULES | {"all"}
    assert len(RULES) > 10


def test_a_finished_run_has_nothing_to_do(planned: Planned) -> None:
    assert planned() == set()


def test_a_setting_of_inference_reruns_inference_and_never_training(
    planned: Planned, tmp_path: Path
) -> None:
    changed = tmp_path / "changed.yaml"
    changed.write_text("games: {cournot: {inference: {estimator: {hidden: 32}}}}\n")
    rules = planned(str(changed))
    assert {"infer", "predict", "check", "score", "report"} <= rules
    assert not {"learn", "verify", "simulate", "observe"} & rules


@pytest.mark.parametrize(
    ("module", "again", "left"),
    [
        ("learning/policy_gradient.py", {"learn", "simulate", "infer", "score"}, {"observe"}),
        ("report/page.py", {"report"}, {"learn", "simulate", "infer", "predict", "score"}),
    ],
)
def test_an_edit_of_code_reruns_what_depends_on_it(
    finished_smoke_run: Path, planned: Planned, module: str, again: set[str], left: set[str]
) -> None:
    source = finished_smoke_run / "src/satisfice" / module
    before = source.read_text()
    try:
        source.write_text(before + "\n# edited\n")
        rules = planned()
    finally:
        source.write_text(before)
    assert again <= rules and not left & rules


def test_scores_name_models_splits_and_scores(finished_smoke_run: Path) -> None:
    scores = pd.read_csv(finished_smoke_run / "results/smoke/scores.csv")
    assert list(scores.columns) == ["game", *COLUMNS]
    assert set(scores.game) == set(GAMES)
    models = {game: set(scores.contender[scores.game == game]) for game in GAMES}
    without_cost = {"bounded", "rational", "ppo", "equilibrium"}
    assert models == {
        "cournot": without_cost | {"bounded_uniform", "best_reply"},
        "cobweb": without_cost | {"naive_expectations", "adaptive_expectations"},
        "beer_game": without_cost | {"tuned_base_stock", "sterman"},
        "newsvendor": without_cost,
    }
    assert set(scores.part) == {"fit", "held_out"}
    assert {"crps", "energy", "log_score", "rmse", "coverage_50", "coverage_90"} == set(
        scores.score
    )
    assert (scores.low <= scores.value + 1e-9).all() and (scores.value <= scores.high + 1e-9).all()


def test_posterior_opens_in_arviz_and_in_plain_xarray(finished_smoke_run: Path) -> None:
    path = finished_smoke_run / "results/smoke/cournot/posterior.nc"
    data = az.from_netcdf(path)
    groups = {"posterior", "prior", "prior_predictive", "posterior_predictive"}
    assert groups | {"observed_data", "constant_data", "sbc"} <= set(data.groups())
    assert {"mu", "sigma", "beta"} <= set(az.summary(data).index)
    assert json.loads(data.attrs["config"])["dataset"] == "huck2004"
    tree = xr.open_datatree(path, engine="h5netcdf")
    assert tree["posterior"]["mu"].dims == ("chain", "draw")


def test_gates_carry_verdict_and_meaning(finished_smoke_run: Path) -> None:
    gates = json.loads((finished_smoke_run / "results/smoke/cournot/diagnostics.json").read_text())
    names = {gate["name"] for gate in gates}
    assert {"sbc", "expected_coverage", "ensemble_rhat", "prior_predictive", "exact_qre"} <= names
    for gate in gates:
        assert isinstance(gate["passed"], bool) and len(gate["meaning"]) > 20


@pytest.mark.parametrize("game", ["cobweb", "beer_game"])
def test_the_provenance_of_human_figures_is_on_the_page(
    finished_smoke_run: Path, game: str
) -> None:
    page = (finished_smoke_run / f"results/smoke/{game}/report.html").read_text()
    assert page.count("unverified") >= 6
    observed = pd.read_csv(finished_smoke_run / f"results/smoke/{game}/observed.csv")
    # The team's cost is the sum of the roles' costs.
    shown = {"shown"} if game == "beer_game" else set()
    assert {"fit", "held_out"} | shown == set(observed.split)


def test_a_game_is_a_target_of_its_own(
    finished_smoke_run: Path, snakemake: Snakemake, smoke: list[str]
) -> None:
    done = snakemake(finished_smoke_run, "cobweb", "-n", "-F", *smoke)
    assert done.returncode == 0, done.stderr[-2000:]
    made = set(re.findall(r"results/smoke/(\w+)/", done.stdout + done.stderr))
    assert made & set(GAMES) == {"cobweb"}
    targets = re.findall(
        r'^rule (\w+):\n.+\n    input:\n        about_game\("(\w+)"\),$',
        (ROOT / "Snakefile").read_text("utf-8"),
        re.MULTILINE,
    )
    assert sorted(targets) == sorted((game, game) for game in GAMES)


def test_snakemake_report_can_be_made(
    finished_smoke_run: Path, snakemake: Snakemake, smoke: list[str], tmp_path: Path
) -> None:
    archive = tmp_path / "report.zip"
    done = snakemake(finished_smoke_run, *smoke, "--report", str(archive))
    assert done.returncode == 0, done.stderr[-2000:]
    assert archive.stat().st_size > 10_000
