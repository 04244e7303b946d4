"""Rules of the contest."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from experiments.contest.decision_scores import distributions
from experiments.contest.decisions import judge_decisions
from experiments.contest.judge import judge
from experiments.contest.predict import predict as predict_any
from experiments.contest.table import join_contests, markdown_table
from satisfice.contenders import load_contender
from satisfice.contenders.prediction import play_prediction
from satisfice.evaluation.rows import COLUMNS
from satisfice.games import load_game
from satisfice.io.datasets import load_dataset
from satisfice.io.files import read_arrays, read_json
from satisfice.simulation.simulator import Experiment

CONTENDERS: dict[str, dict[str, Any]] = {
    "noisy": {"group": "rival", "rule": "noisy_equilibrium"},
    "alike": {
        "group": "ablation",
        "belief": "habit",
        "fixed": {"mu": 0.5, "sigma": 0.02},
        "shared": [],
    },
    "nothing_free": {
        "group": "ablation",
        "belief": "habit",
        "fixed": {"mu": 0.5, "sigma": 0.02, "beta": 0.1},
        "shared": [],
    },
}
SPLITS = {
    "late": {"held_out": ["*/mean_rounds_17_25"], "set_aside": []},
    "without_2": {"held_out": ["2/*"], "set_aside": []},
}
SIZE = {"particles": 20, "simulations": 200, "draws": 30}


@pytest.fixture(scope="module")
def contest(tiny_run: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A contest of three contenders, two bounded models and two unfitted ones."""
    folder = tmp_path_factory.mktemp("contest")
    predictions = {}
    bounded = {"bounded": "habit", "bounded_uniform": "uniform"}
    for name, belief in bounded.items():
        block = {"group": "belief", "belief": belief}
        predictions[name] = folder / f"{name}.npz"
        predict(tiny_run, name, block, predictions[name])
    for name, block in CONTENDERS.items():
        predictions[name] = folder / f"{name}.npz"
        predict(tiny_run, name, block, predictions[name])
    predictions |= {name: tiny_run.predictive[name] for name in ("rational", "equilibrium")}
    blocks = tiny_run.run.contenders | CONTENDERS
    groups = {name: block["group"] for name, block in blocks.items()}
    trained = folder / "rational_2.npz"
    trained.write_bytes(tiny_run.predictive["rational"].read_bytes())
    curve = pd.read_csv(tiny_run.policies["rational"] / "training.csv")
    curve.assign(payoff=curve.payoff - 1.0).to_csv(folder / "worse.csv", index=False)
    judge(
        "cournot",
        observed=tiny_run.observed,
        predictions=list(predictions.values()),
        groups={name: groups[name] for name in predictions},
        rational=[trained, tiny_run.predictive["rational"]],
        training=[folder / "worse.csv", tiny_run.policies["rational"] / "training.csv"],
        retrained=[predictions["alike"]],
        correlations=tiny_run.folder / "correlations.csv",
        splits=SPLITS,
        replicates=100,
        seed=7,
        **outputs(folder),
    )
    return folder


def predict(run: Any, name: str, block: dict[str, Any], output: Path) -> None:
    predict_any(
        "cournot", name, splits=SPLITS, observed=run.observed, **SIZE, **about(run, block, output)
    )


def policy_of(run: Any, block: dict[str, Any]) -> Path | None:
    return run.policies[block["belief"]] if block.get("belief") else None


def about(run: Any, block: dict[str, Any], output: Path) -> dict[str, Any]:
    """What simulating and predicting are told alike."""
    policy = policy_of(run, block)
    return {
        "block": block, "policy": policy, "dataset": run.dataset, "seed": 7, "output": output,
    }  # fmt: skip


def outputs(folder: Path) -> dict[str, Path]:
    tables = {name: folder / f"{name}.csv" for name in ("scores", "differences", "weights", "fits")}
    return {**tables, "summary": folder / "summary.json", "figure": folder / "figure.png"}


def test_every_contender_predicts_every_split(contest: Path, tiny_run: Any) -> None:
    columns = len(pd.read_csv(tiny_run.observed))
    for name in ("bounded", "noisy"):
        found = read_arrays(contest / f"{name}.npz")
        assert found["splits"].tolist() == ["default", "late", "without_2"]
        assert found["x"].shape == found["x_earlier"].shape == (3, 30, columns)
        assert np.isfinite(found["x"]).all()
        assert (found["simulations"] <= 200).all()
    theta = read_arrays(contest / "bounded.npz")["theta"]
    assert all(1 < len(np.unique(part, axis=0)) <= 20 for part in theta)
    assert not np.array_equal(theta[1], theta[2])
    assert read_arrays(contest / "alike.npz")["theta"][..., :2].tolist() == [
        [[0.5, 0.02]] * 30 for _ in range(3)
    ]
    assert read_arrays(contest / "nothing_free.npz")["theta"].ndim == 2


def test_fits_are_told(contest: Path) -> None:
    fits = pd.read_csv(contest / "fits.csv", keep_default_na=False)
    default = fits[fits.split == "default"].set_index("contender")
    assert list(default.index) == [
        "bounded", "bounded_uniform", "noisy", "alike", "nothing_free", "rational", "equilibrium",
    ]  # fmt: skip
    assert default.hand_set["bounded"] == "stay explore reach"
    assert default.parameters["bounded"] == 6 and default.parameters["bounded_uniform"] == 3
    for name in ("nothing_free", "rational", "equilibrium"):
        assert default.converged[name] in (True, "True") and default.simulations[name] == 0


def test_a_contender_may_need_more_simulations(tiny_run: Any, tmp_path: Path) -> None:
    predict(tiny_run, "noisy", CONTENDERS["noisy"] | {"simulations": 400}, tmp_path / "x.npz")
    assert (read_arrays(tmp_path / "x.npz")["simulations"] > 200).all()


def test_all_are_scored_on_all_splits(contest: Path) -> None:
    scores = pd.read_csv(contest / "scores.csv")
    assert list(scores.columns) == COLUMNS
    assert len(scores) == 7 * 3 * 2 * 6
    estimators = scores.drop_duplicates("contender").set_index("contender").estimator
    unfitted = {"nothing_free", "rational", "equilibrium"}
    assert set(estimators.index[estimators == "none"]) == unfitted
    assert set(estimators.drop(list(unfitted))) == {"smc-abc"}
    assert np.isfinite(scores[["value", "low", "high"]]).all().all()
    assert set(scores.group) == {"belief", "rival", "ablation"}
    differences = pd.read_csv(contest / "differences.csv")
    assert set(differences.verdict) <= {"better", "worse", "undecided"}
    assert "bounded" not in set(differences.contender)
    weights = pd.read_csv(contest / "weights.csv")
    assert weights.weight.sum() == pytest.approx(1.0)
    summary = read_json(contest / "summary.json")
    assert summary["sentence"].endswith("beyond doubt from other samples of people.")
    worse, better = summary["trainings"]["rational"]
    assert worse["payoff"] == pytest.approx(better["payoff"] - 1.0)
    assert worse["crps"] == better["crps"] > 0
    held = scores[(scores.split == "default") & (scores.part == "held_out")]
    energy = held[held.score == "energy"].set_index("contender").value
    found = [training["energy"] for training in summary["trainings"]["bounded"]]
    np.testing.assert_allclose(found, energy[["bounded", "alike"]])
    assert (contest / "figure.png").read_bytes().startswith(b"\x89PNG")


def test_the_contests_make_one_table(contest: Path, tmp_path: Path) -> None:
    join_contests(
        ["cournot", "other"],
        scores=[contest / "scores.csv"] * 2,
        differences=[contest / "differences.csv"] * 2,
        weights=[contest / "weights.csv"] * 2,
        fits=[contest / "fits.csv"] * 2,
        summaries=[contest / "summary.json"] * 2,
        table=tmp_path / "t.csv",
        markdown=tmp_path / "t.md",
    )
    found = pd.read_csv(tmp_path / "t.csv")
    assert found.game.tolist() == ["cournot"] * 7 + ["other"] * 7
    assert found.energy[:7].is_monotonic_increasing
    text = (tmp_path / "t.md").read_text(encoding="utf-8")
    assert text == markdown_table(found.fillna({"against_bounded": ""}))
    assert len(text.splitlines()) == 2 + 14
    assert "nan" not in text
    assert set(found.human_figures) == {"primary"}


def test_single_decisions_are_scored_where_they_are_at_hand(
    contest: Path, tiny_run: Any, tmp_path: Path
) -> None:
    dataset = shutil.copytree(tiny_run.dataset, tmp_path / "data")
    markets = yaml.safe_load((dataset / "dataset.yaml").read_text())["design"]["markets"]
    random = np.random.default_rng(0)
    rows = [
        (treatment, market, period, agent, int(random.integers(20, 40)))
        for treatment, number in markets.items()
        for market in range(number)
        for period in range(25)
        for agent in range(int(treatment))
    ]
    columns = ["treatment", "market", "period", "agent", "action"]
    pd.DataFrame(rows, columns=columns).to_csv(dataset / "decisions.csv", index=False)
    (dataset / "statistics.csv").unlink()  # those of other decisions
    names = ("bounded", "noisy", "rational", "equilibrium")
    blocks = {name: (tiny_run.run.contenders | CONTENDERS)[name] for name in names}
    fitted = {name: contest / f"{name}.npz" for name in ("bounded", "noisy")}
    made = {"table": tmp_path / "table.csv", "figure": tmp_path / "figure.png"}
    judge_decisions(
        "cournot",
        dataset=dataset,
        observed=tiny_run.observed,
        predictions=[(tiny_run.predictive | fitted)[name] for name in names],
        blocks=blocks,
        policies={name: policy_of(tiny_run, block) for name, block in blocks.items()},
        rational=[tiny_run.predictive["rational"]],
        training=[tiny_run.policies["rational"] / "training.csv"],
        splits=SPLITS,
        replicates=100,
        seed=7,
        **made,
    )
    table = pd.read_csv(made["table"])
    # The split "late" holds out no whole treatment, so nothing of it is scored.
    assert sorted(set(zip(table.split, table.part, strict=True))) == [
        ("default", "fit"),
        ("default", "held_out"),
        ("without_2", "held_out"),
    ]
    assert set(table.score) == {"crps", "wasserstein"}
    assert set(table.contender) == {"bounded", "noisy", "rational", "equilibrium"}
    assert (table.low <= table.value).all()
    assert (table.value > 0).all()
    # Everybody plays 24.75 in equilibrium, a mixture of the grid's two nearest.
    actions = np.array([row[4] for row in rows if row[0] == "3"])
    exact = 0.75 * np.abs(25 - actions) + 0.25 * np.abs(24 - actions) - 0.75 * 0.25
    at = (table.split == "default") & (table.part == "held_out") & (table.score == "crps")
    at &= table.contender == "equilibrium"
    assert table[at].value.item() == pytest.approx(exact.mean(), abs=0.05)
    assert made["figure"].read_bytes().startswith(b"\x89PNG")


def test_the_baseline_with_another_seed_is_predicted_unfitted(
    tiny_run: Any, tmp_path: Path
) -> None:
    given = about(tiny_run, tiny_run.run.contenders["rational"], tmp_path / "x.npz")
    predict_any("cournot", "rational", splits=SPLITS, **SIZE | {"draws": 100}, **given)
    found, default = read_arrays(tmp_path / "x.npz"), read_arrays(tiny_run.predictive["rational"])
    np.testing.assert_array_equal(found["x"], default["x"])


def test_play_is_repeated_as_it_was_predicted(contest: Path, tiny_run: Any) -> None:
    game = load_game("cournot")
    experiment = Experiment(game, load_dataset(tiny_run.dataset, game).markets)
    bounded = load_contender(
        game, tiny_run.run.contenders["bounded"], tiny_run.policies["habit"], "test"
    )
    predicted = read_arrays(contest / "bounded.npz")
    again, play = play_prediction(
        bounded, experiment, "bounded", predicted["theta"], 7, keep_play=True
    )
    np.testing.assert_array_equal(again, predicted["x"])
    grid = game.action_values.double().numpy()
    found = distributions(grid, play, 3, by_agent=False)
    assert len(found) == 3
    for number, by_treatment in enumerate(found):
        for treatment, shares in by_treatment.items():
            np.testing.assert_allclose(shares.sum(-1), 1.0)
            early = (shares[0, :8] @ grid).mean()
            column = experiment.labels.index((treatment, "mean_rounds_1_8"))
            nash = 99 / (int(treatment) + 1)
            mean = predicted["x"][number, :, column].mean() * nash
            assert early == pytest.approx(mean)
