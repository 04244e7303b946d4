"""Two lines of a config fit two parameters of a prior belief: from the network to SBC."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from tiny_runs import MISSPECIFICATION

from satisfice.checks.diagnostics import coverage_gate, sbc_gate, tarp_gate
from satisfice.config import resolve
from satisfice.io.files import read_arrays, write_arrays
from satisfice.io.game_run import GameRun
from satisfice.stages.check import check
from satisfice.stages.infer import infer
from satisfice.stages.learn import learn
from satisfice.stages.observe import observe
from satisfice.stages.simulate import simulate

ROOT = Path(__file__).resolve().parents[2]
DEFAULT = ROOT / "workflow" / "config" / "default.yaml"

TWO_LINES = """
stay: [0.02, 0.45]
explore: [0.05, 0.5]
"""
"""What the habit of the Cournot game gets in place of the default config's values."""

SEED, SIMULATIONS, RESERVED = 1, 5000, 200

INFERENCE: dict[str, Any] = {
    "members": 2,
    "estimator": {"most_epochs": 18},
    "recombination": {},
    "sbc": RESERVED,
    "draws": 50,
    "lc2st_trials": 10,
}


@pytest.fixture(scope="module")
def game() -> dict[str, Any]:
    """The Cournot game's resolved config, with the two lines and a short training."""
    config = yaml.safe_load(DEFAULT.read_text(encoding="utf-8"))
    config["games"] = {"cournot": config["games"]["cournot"]}
    habit = config["games"]["cournot"]["beliefs"]["habit"]
    habit |= yaml.safe_load(TWO_LINES) | {"learning": {"iterations": 15, "markets": 8}}
    resolved: dict[str, Any] = resolve(config, [DEFAULT])["games"]["cournot"]
    return resolved


@pytest.fixture(scope="module")
def run(game: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The stages up to the known truths, on two of the experiment's treatments."""
    folder = tmp_path_factory.mktemp("fitted_belief")
    shipped, data = ROOT / "data" / "cournot" / "huck2004", folder / "data"
    data.mkdir()
    described = yaml.safe_load((shipped / "dataset.yaml").read_text(encoding="utf-8"))
    described["design"]["markets"] = {"2": 6, "3": 6}
    (data / "dataset.yaml").write_text(yaml.safe_dump(described), encoding="utf-8")
    statistics = pd.read_csv(shipped / "statistics.csv", dtype={"treatment": str})
    statistics[statistics.treatment.isin(["2", "3"])].to_csv(data / "statistics.csv", index=False)
    made = GameRun(str(folder), ("habit",))
    policy, simulations = made.policy("habit"), made.simulations("habit")
    observed, about = made.file("observed.csv"), (game["beliefs"]["habit"], game["parameter_prior"])
    observe("cournot", data, {"treatments": ["3"]}, observed, made.file("correlations.csv"))
    learn("cournot", "habit", *about, SEED, policy)
    simulate(policy, data, SIMULATIONS, SEED, simulations)
    names = {
        "ensemble": "ensemble.safetensors",
        "record": "ensemble.json",
        "draws": "posterior.npz",
    }
    to = {key: made.inferred("habit", name) for key, name in names.items()}
    infer("habit", simulations, observed, INFERENCE, SEED, **to)
    # Calibration does not look at predictions, which take a while.
    write_arrays(made.predictions("bounded"), x=np.zeros((2, 20)))
    settings = {"inference": INFERENCE}
    check("cournot", "habit", vars(made), settings, data, MISSPECIFICATION, SEED)
    return folder


def test_the_network_is_told_the_fitted_parameters(run: Path) -> None:
    described = json.loads((run / "policy/habit/policy.json").read_text(encoding="utf-8"))
    fitted = [each["parameter"]["name"] for each in json.loads(described["space"])["fitted"]]
    assert fitted == ["mu", "sigma", "beta", "stay", "explore"]
    assert described["shape"]["belief_traits"] == 2


def test_simulations_range_over_all_five_parameters(run: Path) -> None:
    theta = read_arrays(run / "simulations/habit.npz")["theta"]
    assert theta.shape == (SIMULATIONS, 5)
    assert theta[:, 3:].min(0) == pytest.approx([0.02, 0.05], abs=0.002)
    assert theta[:, 3:].max(0) == pytest.approx([0.45, 0.5], abs=0.002)


def test_sbc_passes_for_all_five_parameters(run: Path) -> None:
    found = read_arrays(run / "inference/habit/calibration.npz")
    names, largest = tuple(str(name) for name in found["names"]), int(found["largest_rank"])
    assert names[:5] == ("mu", "sigma", "beta", "stay", "explore")
    for gate in (
        sbc_gate(found["ranks"], largest, names),
        coverage_gate(found["ranks"], largest, names),
        tarp_gate(found["tarp_ranks"], largest),
    ):
        assert gate.passed, gate.meaning


def test_the_statistics_tell_how_strong_the_habit_is(run: Path) -> None:
    found = read_arrays(run / "inference/habit/calibration.npz")
    contraction = dict(zip(found["names"].tolist(), found["contraction"].mean(0), strict=True))
    assert contraction["stay"] > 0.7
    correlation = np.corrcoef(found["truth"][:, 3], found["mean"][:, 3])[0, 1]
    assert correlation > 0.9
