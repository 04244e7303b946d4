"""The smoke configuration walks every rule and writes what the documentation promises."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import arviz as az
import pandas as pd
import pytest
import xarray as xr
import yaml

from satisfice.evaluation.rows import COLUMNS
from satisfice.io.files import read_arrays

pytestmark = pytest.mark.workflow

Snakemake = Callable[..., subprocess.CompletedProcess[str]]
Planned = Callable[..., set[str]]

BELIEFS = {"cournot": "uniform", "cobweb": "uniform", "beer_game": "inertia"}
GAMES = tuple(BELIEFS)
EXPERIMENTS = {"single_agent", "sharing", "skill_shapes"}
CROSS_CHECKS = {
    "cross_check", "compare_estimators", "reference_posteriors", "pool", "learnt_summaries",
    "sensitivity",
}  # fmt: skip
BENCHMARK = {"throughput", "scaling", "retraining", "simulations_for_c2st"}
CONTEST = {
    "contest_learn", "contest_simulate", "contest_predict", "contest_predict_ppo", "contest_judge",
    "contest_decisions", "contest",
}  # fmt: skip
TARGETS = {
    "all", "reference", "reference_contest", "reference_benchmark", "experiments", "cross_checks",
    "benchmark", *GAMES,
}  # fmt: skip

OUTPUTS = (
    "observed.csv",
    "policy/{belief}/policy.safetensors",
    "policy/ppo/training.csv",
    "policy/{belief}/verification.json",
    "policy/ppo/verification.json",
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
        return set(re.findall(r"^(?:local)?rule (\w+):$", printed, re.MULTILINE))

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
    left_over = [path for path in run.rglob(".*") if path.is_file()]
    assert not left_over


def test_every_rule_of_the_workflow_ran(
    finished_smoke_run: Path, snakemake: Snakemake, smoke: list[str]
) -> None:
    listed = snakemake(finished_smoke_run, "--list", *smoke).stdout
    rules = set(re.findall(r"^(\w+)", listed, re.MULTILINE)) - TARGETS
    assert rules > EXPERIMENTS | CROSS_CHECKS | CONTEST | BENCHMARK
    # Nobody has asked for the experiments, the cross-checks, the contest and the benchmark yet.
    rules -= EXPERIMENTS | CROSS_CHECKS | CONTEST | BENCHMARK
    logs = {path.stem for path in (finished_smoke_run / "results/smoke").rglob("logs/*.log")}
    for rule in rules:
        assert any(log == rule or log.startswith(f"{rule}_") for log in logs), rule


def test_a_finished_run_has_nothing_to_do(planned: Planned) -> None:
    assert planned() == set()


def test_a_setting_of_inference_reruns_inference_and_never_training(
    planned: Planned, tmp_path: Path
) -> None:
    changed = tmp_path / "changed.yaml"
    changed.write_text("games: {cournot: {inference: {estimator: {hidden: 32}}}}\n")
    rules = planned(str(changed))
    assert {"fit", "posterior", "assemble", "score", "diagnose"} <= rules
    assert not {"learn", "verify", "simulate", "gather", "observe"} & rules


def test_an_edit_of_learning_code_reruns_learning(
    finished_smoke_run: Path, planned: Planned
) -> None:
    source = finished_smoke_run / "src/satisfice/learning/policy_gradient.py"
    before = source.read_text()
    try:
        source.write_text(before + "\n# edited\n")
        assert {"learn", "simulate", "fit", "score"} <= planned()
    finally:
        source.write_text(before)


def test_an_edit_of_report_code_reruns_only_the_report(
    finished_smoke_run: Path, planned: Planned
) -> None:
    source = finished_smoke_run / "src/satisfice/report/page.py"
    before = source.read_text()
    try:
        source.write_text(before + "\n# edited\n")
        rules = planned()
        assert "page" in rules
        assert not {"learn", "simulate", "fit", "posterior", "score"} & rules
    finally:
        source.write_text(before)


def test_scores_name_models_splits_and_scores(finished_smoke_run: Path) -> None:
    scores = pd.read_csv(finished_smoke_run / "results/smoke/scores.csv")
    assert list(scores.columns) == ["game", *COLUMNS]
    assert set(scores.game) == set(GAMES)
    models = {game: set(scores.contender[scores.game == game]) for game in GAMES}
    assert models == {
        "cournot": {"bounded", "bounded_uniform", "ppo", "equilibrium", "best_reply"},
        "cobweb": {
            "bounded", "ppo", "equilibrium", "naive_expectations", "adaptive_expectations",
        },
        "beer_game": {"bounded", "ppo", "equilibrium", "tuned_base_stock", "sterman"},
    }  # fmt: skip
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
    assert {"fit", "held_out"} == set(observed.split)


@pytest.mark.parametrize("game", GAMES)
def test_a_game_is_a_target_of_its_own(
    finished_smoke_run: Path, snakemake: Snakemake, smoke: list[str], game: str
) -> None:
    done = snakemake(finished_smoke_run, game, "-n", "-F", *smoke)
    assert done.returncode == 0, done.stderr[-2000:]
    made = set(re.findall(r"results/smoke/(\w+)/", done.stdout + done.stderr))
    assert made & set(GAMES) == {game}


def test_cross_checks_are_a_target(
    finished_smoke_run: Path, snakemake: Snakemake, smoke: list[str]
) -> None:
    done = snakemake(finished_smoke_run, "cross_checks", "-n", *smoke)
    assert done.returncode == 0, done.stderr[-2000:]
    planned = set(re.findall(r"^(?:local)?rule (\w+):$", done.stdout + done.stderr, re.MULTILINE))
    assert planned == CROSS_CHECKS | {"cross_checks"}


def test_costs_are_measured_beside_a_finished_run(
    finished_smoke_run: Path, snakemake: Snakemake, smoke: list[str]
) -> None:
    done = snakemake(finished_smoke_run, "benchmark", "-n", *smoke)
    assert done.returncode == 0, done.stderr[-2000:]
    planned = set(re.findall(r"^(?:local)?rule (\w+):$", done.stdout + done.stderr, re.MULTILINE))
    assert planned == BENCHMARK | {"benchmark"}
    # What follows from the run alone; the measuring of times is tested without the workflow.
    kept = finished_smoke_run / "results/smoke/cournot/benchmarks"
    measured = {path.stem for path in kept.glob("*.tsv")}
    assert {"learn_habit", "simulate_habit_0", "fit_habit", "posterior_habit", "page"} < measured


@pytest.fixture
def decisions(finished_smoke_run: Path) -> Iterator[None]:
    """Single decisions beside the statistics, which the contest then looks at, too."""
    path = finished_smoke_run / "data/cournot/huck2004/decisions.csv"
    shutil.copy(finished_smoke_run / "docs/examples/cournot_decisions.csv", path)
    yield
    path.unlink()


@pytest.mark.usefixtures("decisions")
def test_a_contest_trains_only_what_it_needs(
    finished_smoke_run: Path, snakemake: Snakemake, smoke: list[str]
) -> None:
    done = snakemake(finished_smoke_run, "contest", "-n", *smoke)
    assert done.returncode == 0, done.stderr[-2000:]
    told = done.stdout + done.stderr
    planned = set(re.findall(r"^(?:local)?rule (\w+):$", told, re.MULTILINE))
    assert planned == CONTEST
    assert set(re.findall(r"output: results/smoke/\w+/policy/(\w+)/", told)) == {
        "ppo_2", "habit_2", "separate", "by_role",
    }  # fmt: skip
    summary = "results/smoke/cournot/contest/summary.json"
    single = "results/smoke/cournot/contest/decision_scores.csv"
    done = snakemake(finished_smoke_run, summary, single, "--cores", "2", *smoke)
    assert done.returncode == 0, done.stderr[-4000:]
    scores = pd.read_csv((finished_smoke_run / summary).with_name("scores.csv"))
    assert set(scores.contender) == {
        "bounded", "bounded_uniform", "noisy_equilibrium", "no_heterogeneity", "ppo",
        "equilibrium", "best_reply", "no_sharing",
    }  # fmt: skip
    assert set(pd.read_csv(finished_smoke_run / single).contender) == set(scores.contender)
    assert set(scores.split) == {"default", "late_from_early", *(f"without_{n}" for n in "2345")}
    # One more fits no other anew, and the calibration's own files stay as they are.
    more = finished_smoke_run / "more.yaml"
    mine = {"group": "ablation", "belief": "uniform", "fixed": {"beta": 1.0}}
    contest = {"contenders": {"mine": mine}, "replicates": 120}
    more.write_text(yaml.safe_dump({"experiments": {"contest": {"cournot": contest}}}))
    page = "results/smoke/cournot/report.html"
    done = snakemake(finished_smoke_run, summary, single, page, "-n", *smoke, str(more))
    assert done.returncode == 0, done.stderr[-2000:]
    told = done.stdout + done.stderr
    assert sorted(re.findall(r"^(?:local)?rule (\w+):$", told, re.MULTILINE)) == [
        "contest_decisions", "contest_judge", "contest_predict", "contest_simulate",
    ]  # fmt: skip
    assert "results/smoke/cournot/contest/mine/simulations.npz" in told


def test_snakemake_report_can_be_made(
    finished_smoke_run: Path, snakemake: Snakemake, smoke: list[str], tmp_path: Path
) -> None:
    archive = tmp_path / "report.zip"
    done = snakemake(finished_smoke_run, *smoke, "--report", str(archive))
    assert done.returncode == 0, done.stderr[-2000:]
    assert archive.stat().st_size > 10_000


def test_one_core_other_chunks_fresh_processes_and_a_kill_change_no_number(
    finished_smoke_run: Path,
    snakemake: Snakemake,
    start_snakemake: Callable[..., subprocess.Popen[bytes]],
    copy_project: Callable[[Path], Path],
    smoke: list[str],
    tmp_path: Path,
) -> None:
    project = copy_project(tmp_path / "project")
    chunks = tmp_path / "chunks.yaml"
    # Without the second belief, which takes as long again.
    chunks.write_text("games: {cournot: {beliefs: {uniform: null}, simulation: {chunks: 3}}}\n")
    command = ["results/smoke/cournot/scores.csv", "--cores", "1", *smoke, str(chunks)]
    running = start_snakemake(project, *command, forks=False)
    produced = project / "results/smoke/cournot"
    while running.poll() is None and not list(produced.glob("simulations/*/chunk_1.npz")):
        time.sleep(0.1)
    assert running.poll() is None, "the run ended before it could be killed"
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()

    done = snakemake(project, *command)

    assert done.returncode == 0, done.stderr[-4000:]
    expected = finished_smoke_run / "results/smoke/cournot"
    weights = [f"policy/{name}/policy.safetensors" for name in ("habit", "ppo")]
    for name in ("observed.csv", *weights):
        assert (produced / name).read_bytes() == (expected / name).read_bytes(), name
    scores = pd.read_csv(expected / "scores.csv")
    shared = scores[scores.contender != "bounded_uniform"].reset_index(drop=True)
    pd.testing.assert_frame_equal(pd.read_csv(produced / "scores.csv"), shared, rtol=0, atol=0)
    for name in ("simulations/habit.npz", "inference/habit/posterior.npz"):
        found, wanted = read_arrays(produced / name), read_arrays(expected / name)
        for key, values in wanted.items():
            assert (found[key] == values).all(), f"{name}: {key}"


def test_reference_keeps_what_documentation_may_quote(
    finished_smoke_run: Path, snakemake: Snakemake, smoke: list[str]
) -> None:
    done = snakemake(finished_smoke_run, "reference", "--cores", "2", *smoke)
    assert done.returncode == 0, done.stderr[-4000:]
    logs = {path.stem for path in (finished_smoke_run / "results/smoke/logs").iterdir()}
    assert logs > EXPERIMENTS
    reference = finished_smoke_run / "results/reference"
    manifest = json.loads((reference / "manifest.json").read_text())
    assert (manifest["run"], manifest["seed"]) == ("smoke", 2024)
    for name in ("single_agent", "sharing", "skill_shapes"):
        kept = {path.name for path in (reference / "experiments" / name).iterdir()}
        assert kept == {"table.csv", "summary.json", "figure.png"}
    table = (reference / "table.md").read_text()
    scores = pd.read_csv(finished_smoke_run / "results/smoke/scores.csv")
    for row in scores[scores.score == "crps"].round(4).itertuples():
        assert f"{row.value:.2f} [{row.low:.2f}, {row.high:.2f}]" in table
    posterior = pd.read_csv(reference / "cournot/posterior_habit.csv")
    assert (posterior.q05 <= posterior["median"]).all()
    assert (posterior["median"] <= posterior.q95).all()
    jobs = pd.read_csv(reference / "cournot/benchmarks.csv").job
    assert {"learn_habit", "learn_ppo", "fit_uniform"} <= set(jobs)
