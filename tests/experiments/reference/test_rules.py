"""Rule reference: the tables and figures that documentation may quote."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from made_up_decisions import comparison_of, write_decisions

from experiments.reference.collect import (
    CONTEST_FILES,
    DECISION_FILES,
    ESTIMATOR_FILES,
    EXPERIMENT_FILES,
    FIGURES,
    NEURAL_FILES,
    UNSEEN_FILES,
    collect_contest,
    collect_decision_checks,
    collect_experiments,
    collect_reference,
    collect_unseen_treatments,
)
from experiments.reference.tables import (
    decision_table,
    learning_table,
    origin_table,
    score_table,
)
from satisfice.games.beer_game import ROLES
from satisfice.io.files import read_arrays, read_json, read_table, write_json, write_table

MODELS = ["bounded", "rational", "ppo", "equilibrium", "tuned_base_stock", "sterman"]


@pytest.fixture(scope="module")
def reference(tiny_beer_game: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reference of a finished run, whose figures and benchmarks are made up."""
    run = tmp_path_factory.mktemp("reference") / "tiny"
    shutil.copytree(tiny_beer_game.folder.parent, run)
    game = run / "beer_game"
    for name in (*FIGURES, "pair"):
        path = game / "figures" / f"{name}.png"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(name.encode())
    (game / "benchmarks").mkdir()
    for job, seconds in (("learn_anchor", 12.5), ("fit_anchor_0", 3.25)):
        benchmark = pd.DataFrame({"s": [seconds], "h:m:s": ["0:00:01"], "max_rss": [512.0]})
        benchmark.to_csv(game / "benchmarks" / f"{job}.tsv", sep="\t", index=False)
    for name in (*EXPERIMENT_FILES, "curves.csv"):
        path = run / "experiments" / "sharing" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    for name in EXPERIMENT_FILES:
        for kept in ("pooled", "beer_game/cross_checks/sensitivity"):
            path = run / kept / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(name.encode())
    for name in (*ESTIMATOR_FILES, "nle.json"):
        (game / "cross_checks" / name).write_bytes(name.encode())
    scores = pd.read_csv(game / "scores.csv")
    scores.insert(0, "game", "beer_game")
    scores.to_csv(run / "scores.csv", index=False)
    tested = [
        ["beer_game", "bounded", 8, 24.0, 0.002, 12.0, True],
        ["beer_game", "ewa", 8, 9.0, 0.4, 15.0, True],
        ["beer_game", "level_k", 8, 20.0, 0.3, 15.0, False],
    ]
    columns = ["game", "contender", "statistics", "d2", "p_value", "usual_q95", "settled"]
    write_table(run / "misspecification.csv", pd.DataFrame(tested, columns=columns))
    games = {"beer_game": {"beliefs": {"anchor": {}}, "dataset": "sterman1989"}}
    output = run.parent / "kept" / "manifest.json"
    collect_reference(run / "scores.csv", games=games, decided=[], seed=7, manifest=output)
    collect_experiments(
        run / "pooled" / "summary.json",
        games=["beer_game"],
        seed=7,
        manifest=output.parent / "experiments" / "manifest.json",
    )
    return output.parent


def test_the_reference_holds_what_is_small_and_quotable(reference: Path) -> None:
    found = {path.relative_to(reference).as_posix() for path in reference.rglob("*.*")}
    assert found == {
        "manifest.json",
        "experiments/manifest.json",
        "scores.csv",
        "misspecification.csv",
        "table.md",
        "learning.md",
        *(f"experiments/sharing/{name}" for name in EXPERIMENT_FILES),
        *(f"pooled/{name}" for name in EXPERIMENT_FILES),
        *(f"beer_game/cross_checks/sensitivity/{name}" for name in EXPERIMENT_FILES),
        *(f"beer_game/cross_checks/{name}" for name in ESTIMATOR_FILES),
        "beer_game/diagnostics.json",
        "beer_game/verification_anchor.json",
        "beer_game/verification_rational.json",
        "beer_game/posterior_anchor.csv",
        "beer_game/misspecification_anchor.json",
        "beer_game/predictive.csv",
        "beer_game/benchmarks.csv",
        *(f"beer_game/{name}.png" for name in FIGURES),
    }
    told = (reference / "table.md").read_text("utf-8")
    assert "| beer_game | 8 | 3 | ewa (0.40) | ewa | 9.0 | 15.0 |" in told
    manifest = read_json(reference / "manifest.json")
    assert (manifest["command"], manifest["seed"]) == ("snakemake --cores all reference", 7)
    assert (manifest["run"], list(manifest["config"])) == ("tiny", ["beer_game"])


def collect(run: Path, contest: dict[str, int], output: Path) -> None:
    table = run / "contest" / "table.csv"
    collect_contest(table, contests={"cournot": contest}, seed=7, manifest=output)


def test_a_contest_is_kept(tmp_path: Path) -> None:
    run, output = tmp_path / "tiny", tmp_path / "kept" / "manifest.json"
    made = [f"cournot/contest/{name}" for name in CONTEST_FILES]
    for name in (*made, "contest/table.csv", "contest/table.md", "cournot/contest/other.npz"):
        (run / name).parent.mkdir(parents=True, exist_ok=True)
        (run / name).write_bytes(name.encode())
    contest = {"draws": 50}
    collect(run, contest, output)
    found = {path.relative_to(output.parent).as_posix() for path in output.parent.rglob("*.*")}
    assert found == {
        "manifest.json", "table.csv", "table.md", *(f"cournot/{name}" for name in CONTEST_FILES),
    }  # fmt: skip
    manifest = read_json(output)
    assert (manifest["command"], manifest["seed"]) == ("snakemake --cores all reference_contest", 7)
    assert manifest["config"] == {"cournot": contest}


def test_decisions_are_kept_and_those_of_an_earlier_run_are_not(tmp_path: Path) -> None:
    run, output = tmp_path / "tiny", tmp_path / "kept" / "manifest.json"
    of_game = [f"cournot/contest/{name}" for name in (*CONTEST_FILES, *DECISION_FILES)]
    for name in (*of_game, "contest/table.csv", "contest/table.md"):
        (run / name).parent.mkdir(parents=True, exist_ok=True)
        (run / name).write_text(Path(name).name, encoding="utf-8")
    collect(run, {}, output)
    kept = [output.parent / "cournot" / name for name in DECISION_FILES]
    assert [path.read_text() for path in kept] == list(DECISION_FILES)
    for name in DECISION_FILES:
        (run / "cournot" / "contest" / name).unlink()
    collect(run, {}, output)
    assert not any(path.exists() for path in kept)


def test_checks_of_decisions_are_kept(tmp_path: Path) -> None:
    run, output = tmp_path / "tiny", tmp_path / "kept" / "manifest.json"
    write_table(run / "decision_checks.csv", pd.DataFrame({"game": ["cobweb"], "p_mu": [1 / 3]}))
    made = [run / "cournot" / "cross_checks" / name for name in NEURAL_FILES]
    for path in made:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(path.name.encode())
    collect_decision_checks(
        run / "decision_checks.csv", decided=["cournot"], seed=7, manifest=output
    )
    assert read_table(output.parent / "decision_checks.csv").p_mu.tolist() == [0.3333]
    for path in made:
        kept = tmp_path / "cournot" / "cross_checks" / path.name
        assert kept.read_bytes() == path.name.encode()
    assert read_json(output)["command"] == "snakemake --cores all reference_decisions"


def test_policies_that_have_not_met_treatments_are_kept(tmp_path: Path) -> None:
    run, output = tmp_path / "tiny", tmp_path / "kept" / "manifest.json"
    of_game = [f"cobweb/unseen_treatments/{name}" for name in (*UNSEEN_FILES, "uniform.npz")]
    for name in ("unseen_treatments.csv", *of_game):
        (run / name).parent.mkdir(parents=True, exist_ok=True)
        (run / name).write_bytes(name.encode())
    table = run / "unseen_treatments.csv"
    collect_unseen_treatments(table, games=["cobweb"], seed=7, manifest=output)
    found = {path.relative_to(output.parent).as_posix() for path in output.parent.rglob("*.*")}
    assert found == {"manifest.json", "table.csv", *(f"cobweb/{name}" for name in UNSEEN_FILES)}
    assert read_json(output)["command"] == "snakemake --cores all reference_unseen"


def test_the_table_of_decisions_names_the_best_other_contender(tmp_path: Path) -> None:
    write_decisions(tmp_path / "cournot", comparison_of(held_out={"ewa": -0.2}))
    rows = decision_table(tmp_path, ["cournot"]).splitlines()[2:]
    assert rows == [
        "| cournot | markets left out | -3.000 [-3.100, -2.900] | 50% | ewa "
        "| 0.100 [0.080, 0.120] |",
        "| cournot | treatments held out | -3.000 [-3.100, -2.900] | 50% | bounded_alike "
        "| 0.000 [-0.020, 0.020] |",
    ]
    assert decision_table(tmp_path, []) == ""


def test_verification_is_kept_whole(reference: Path, tiny_beer_game: Any) -> None:
    for variant in ("anchor", "rational"):
        kept = read_json(reference / "beer_game" / f"verification_{variant}.json")
        assert kept == read_json(tiny_beer_game.policies[variant] / "verification.json")
        assert "rational_limits" in kept


def test_the_table_of_learning_says_how_far_each_policy_is_from_equilibrium(
    tmp_path: Path, reference: Path
) -> None:
    gain = {"mean": 0.01234, "p95": 0.05, "method": "exact"}
    distance = {"mean": 0.012, "p95": 0.0312, "max": 0.1}
    verified = {
        "uniform": {"exploitability": gain, "exact_qre": {"total_variation": distance}},
        "rational": {"exploitability": gain | {"mean": -0.0001, "method": "responder"}},
    }
    for variant, found in verified.items():
        write_json(tmp_path / "cobweb" / f"verification_{variant}.json", found)
    table = learning_table(tmp_path, {"cobweb": {"beliefs": {"uniform": {}}}})
    assert table.splitlines()[2:] == [
        "| cobweb | uniform | 0.0123 | 0.0500 | exact | 0.0120 | 0.0312 |",
        "| cobweb | rational | -0.0001 | 0.0500 | responder |  |  |",
    ]
    rows = (reference / "learning.md").read_text().splitlines()[2:]
    assert [row.split(" | ")[:2] for row in rows] == [
        ["| beer_game", "anchor"],
        ["| beer_game", "rational"],
    ]


def test_the_posterior_of_every_role_is_summarised(reference: Path, tiny_beer_game: Any) -> None:
    summary = pd.read_csv(reference / "beer_game" / "posterior_anchor.csv").set_index("quantity")
    assert len(summary) == 24
    theta = read_arrays(tiny_beer_game.folder / "inference" / "anchor" / "posterior.npz")["theta"]
    for number, role in enumerate(ROLES):
        draws = theta[..., 3 * number].ravel()
        row = summary.loc[f"mu_{role}"]
        assert row["mean"] == pytest.approx(draws.mean(), abs=1e-4)
        assert row["sd"] == pytest.approx(draws.std(ddof=1), abs=1e-4)
        expected = np.quantile(draws, [0.05, 0.5, 0.95])
        assert row[["q05", "median", "q95"]].tolist() == pytest.approx(expected, abs=1e-4)
        assert 0 < summary.loc[f"mean_lambda_{role}", "mean"] < 2


def test_predictions_stand_beside_the_human_values(reference: Path, tiny_beer_game: Any) -> None:
    table = pd.read_csv(reference / "beer_game" / "predictive.csv")
    human = pd.read_csv(tiny_beer_game.observed)
    assert set(table.contender) == set(MODELS)
    for model, part in table.groupby("contender"):
        shared = part[human.columns].reset_index(drop=True)
        pd.testing.assert_frame_equal(shared, human.round(4))
        x = read_arrays(tiny_beer_game.predictive[model])["x"]
        np.testing.assert_allclose(part["mean"], x.mean(axis=0), atol=1e-4)
        np.testing.assert_allclose(part["q05"], np.quantile(x, 0.05, axis=0), atol=1e-4)
        np.testing.assert_allclose(part["q95"], np.quantile(x, 0.95, axis=0), atol=1e-4)
    assert set(table.provenance[table.statistic == "team_cost"]) == {"secondary"}


def test_benchmarks_are_joined(reference: Path) -> None:
    table = pd.read_csv(reference / "beer_game" / "benchmarks.csv").set_index("job")
    assert table.seconds.to_dict() == {"learn_anchor": 12.5, "fit_anchor_0": 3.25}
    assert (table.peak_memory_mb == 512).all()


def test_the_table_quotes_the_scores(reference: Path) -> None:
    text = (reference / "table.md").read_text(encoding="utf-8")
    assert text == "\n".join([score_table(reference), origin_table(reference)])
    header, rule, *rows = score_table(reference).splitlines()
    assert header.count("|") == rule.count("|") == 7
    assert [row.split(" | ")[:2] for row in rows] == [["| beer_game", name] for name in MODELS]
    scores = pd.read_csv(reference / "scores.csv")
    keyed = scores.set_index(["contender", "part", "score"]).value
    for model, row in zip(MODELS, rows, strict=True):
        cells = row.strip("| ").split(" | ")
        assert cells[2].startswith(f"{keyed[model, 'fit', 'crps']:.2f} [")
        assert cells[3].startswith(f"{keyed[model, 'held_out', 'crps']:.2f} [")
        assert cells[4] == f"{keyed[model, 'held_out', 'coverage_90']:.0%}"
        assert cells[5] == "secondary and unverified"
