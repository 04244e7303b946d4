"""The rules of the experiment: a policy that has not met the treatment held out."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments.unseen_treatments.comparison import compare, join
from experiments.unseen_treatments.distances import COLUMNS, distance_table
from experiments.unseen_treatments.figure import label
from experiments.unseen_treatments.predict import predict
from satisfice.errors import SatisficeError
from satisfice.io.files import read_arrays, read_json, read_table, write_json
from satisfice.learning.populations import load_population
from satisfice.stages.learn import learn

WITHOUT = {"bounded_on_all": [], "bounded_on_fitted": ["3"]}


@pytest.fixture(scope="module")
def made(tiny_run: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Retrained models of a tiny run, whose posteriors are the run's own."""
    folder = tmp_path_factory.mktemp("unseen")
    for name, treatments in WITHOUT.items():
        policy = folder / name
        block = tiny_run.variants["habit"]
        learn("cournot", name, block, tiny_run.prior, 7, policy, trained_without=treatments)
        predict(
            "cournot",
            policy=policy,
            posterior=tiny_run.folder / "inference" / "habit" / "posterior.npz",
            dataset=tiny_run.dataset,
            draws=100,
            seed=7,
            output=folder / f"{name}.npz",
        )
    return folder


def compared(run: Any, made: Path, to: Path) -> dict[str, Path]:
    files = {name: to / f"{name}.csv" for name in ("scores", "distances")}
    files["figure"] = to / "figure.png"
    compare(
        "cournot",
        run=vars(run.run),
        retrained={name: str(made / name) for name in WITHOUT},
        predictions=[str(made / f"{name}.npz") for name in WITHOUT],
        replicates=100,
        supertypes=6,
        seed=7,
        **files,
    )
    return files


def test_the_policy_remembers_what_it_was_not_trained_in(made: Path) -> None:
    population, description = load_population(made / "bounded_on_fitted")
    assert description["trained_without"] == ["3"]
    assert dict(population.game.training_treatments) == {"2": 2, "4": 4, "5": 5}
    assert population.game.treatment_features("3").tolist() == pytest.approx([np.log(3)])


def test_a_broken_description_is_told(made: Path, tmp_path: Path) -> None:
    shutil.copytree(made / "bounded_on_fitted", tmp_path / "policy")
    description = tmp_path / "policy" / "policy.json"
    write_json(description, read_json(description) | {"trained_without": ["9"]})
    with pytest.raises(SatisficeError, match="cannot be trained without"):
        load_population(tmp_path / "policy")


def test_retrained_models_are_scored_beside_the_runs_own(
    made: Path, tiny_run: Any, tmp_path: Path
) -> None:
    files = compared(tiny_run, made, tmp_path)
    found = read_table(files["scores"])
    known = read_table(tiny_run.folder / "scores.csv")
    again = found[found.contender.isin(known.contender)][list(known.columns)]
    # The same redraws of people, so the run's own scores are found again.
    pd.testing.assert_frame_equal(
        again.sort_values(["part", "contender", "score"], ignore_index=True),
        known.sort_values(["part", "contender", "score"], ignore_index=True),
    )
    assert set(found.contender) == {*known.contender, *WITHOUT}
    others = found[found.contender != "bounded"]
    compared_too = others[others.score.isin(["crps", "energy", "log_score"])]
    assert np.isfinite(compared_too.difference).all()
    values = found.set_index(["contender", "part", "score"]).value
    row = found[(found.contender == "bounded_on_fitted") & (found.score == "crps")].iloc[0]
    bounded = values["bounded", row.part, "crps"]
    assert row.difference == pytest.approx(row.value - bounded)
    assert files["figure"].read_bytes().startswith(b"\x89PNG")


def test_distances_and_scores_make_one_table(made: Path, tiny_run: Any, tmp_path: Path) -> None:
    files = compared(tiny_run, made, tmp_path)
    distances = read_table(files["distances"])
    assert list(distances.columns) == COLUMNS
    assert set(distances.theta) == {"prior", "posterior"}
    assert (distances.total_variation[distances.contender == "bounded"] == 0).all()
    assert distances.from_exact_qre.isna().all()  # habits have no one-shot equilibrium
    left_out = distances[~distances.trained_in]
    assert set(left_out.treatment) == {"3"} and set(left_out.contender) == {"bounded_on_fitted"}
    join(
        ["cournot"],
        scores=[files["scores"]],
        distances=[files["distances"]],
        table=tmp_path / "table.csv",
    )
    table = read_table(tmp_path / "table.csv").set_index("contender")
    assert list(table.index[:1]) == ["bounded"]
    assert {*WITHOUT, "rational", "equilibrium"} <= set(table.index)
    assert table.total_variation["bounded_on_fitted"] == pytest.approx(
        left_out[left_out.theta == "posterior"].total_variation.mean(), abs=1e-4
    )
    assert np.isnan(table.total_variation["rational"]) and set(table.game) == {"cournot"}


def test_a_memoryless_policy_is_compared_with_the_exact_equilibrium(tiny_run: Any) -> None:
    population, _ = load_population(tiny_run.policies["uniform"])
    theta = {"prior": np.array([[0.5, 0.2, 0.3], [0.2, 0.1, 1.0]])}
    table = distance_table({"bounded": population}, theta, ["2", "5"], 7)
    verified = read_json(tiny_run.policies["uniform"] / "verification.json")["exact_qre"]
    assert len(table) == 2 and (table.from_exact_qre > 0).all()
    assert table.from_exact_qre.max() < 2 * verified["total_variation"]["max"]


def test_trainings_are_told_apart_in_the_figure() -> None:
    models = ["bounded", "bounded_on_all", "bounded_on_fitted", "bounded_on_fitted_2"]
    words = [label(model) for model in models]
    assert words[2:] == ["treatment unseen", "treatment unseen, training 2"]
    assert words[:2] == ["bounded", "told numbers"]


def test_models_are_predicted_with_the_same_random_numbers(made: Path, tiny_run: Any) -> None:
    theta = read_arrays(made / "bounded_on_all.npz")["theta"]
    np.testing.assert_array_equal(theta, read_arrays(tiny_run.predictive["bounded"])["theta"])
