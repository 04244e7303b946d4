"""Rule decide: from decisions.csv to posteriors, individuals and the comparison."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import arviz as az
import numpy as np
import pandas as pd
import pytest

from satisfice.decisions.models import ALIKE
from satisfice.games.cournot import Cournot
from satisfice.io.game_run import GameRun
from satisfice.io.inference_data import read_inference_data
from satisfice.stages.ceiling import ceiling
from satisfice.stages.decide import decide

SETTINGS = {
    "rivals": ["noisy_equilibrium"], "live": 20, "effective": 50, "nodes": 2, "draws": 200,
    "forecasts": 2, "ceiling_trees": 5,
}  # fmt: skip
FITTED = {"bounded", ALIKE, "belief_uniform", "rational", "noisy_equilibrium"}
NAIVE = {"uniform", "frequencies", "ceiling"}


@pytest.fixture(scope="module")
def decided(
    tiny_run: Any, tmp_path_factory: pytest.TempPathFactory, made_decisions: Callable[..., Any]
) -> Path:
    """What the rule writes about made-up decisions of two and three firms."""
    folder = tmp_path_factory.mktemp("decide")
    table = made_decisions(Cournot(), markets=2, treatments=["2", "3"])
    table.to_csv(folder / "decisions.csv", index=False)
    ceiling("cournot", folder, tiny_run.observed, SETTINGS, seed=1, output=folder / "ceiling.npz")
    who = GameRun(str(tiny_run.folder), ("uniform",))
    decide(
        "cournot", vars(who), folder, SETTINGS, 100, 7, 1,
        ceiling=folder / "ceiling.npz",
        posterior=folder / "out" / "posterior.nc",
        comparison=folder / "out" / "comparison.csv",
        individuals=folder / "out" / "individuals.csv",
    )  # fmt: skip
    return folder / "out"


def test_it_writes_a_file_for_each_model(decided: Path) -> None:
    assert {path.name for path in decided.iterdir()} == {
        "posterior.nc", "comparison.csv", "individuals.csv", "posteriors",
    }  # fmt: skip
    others = {path.stem for path in (decided / "posteriors").iterdir()}
    assert others == FITTED - {"bounded"}
    _, attributes = read_inference_data(decided / "posterior.nc")
    assert (attributes["game"], attributes["contender"], attributes["seed"]) == (
        "cournot", "bounded", 7,
    )  # fmt: skip


def test_all_models_are_compared(decided: Path) -> None:
    table = pd.read_csv(decided / "comparison.csv").set_index("contender")
    assert set(table.index) == FITTED | NAIVE
    assert table.log_score_loo.is_monotonic_decreasing
    assert np.isfinite(table.log_score_loo).all()
    assert table.log_score_loo["uniform"] == pytest.approx(-np.log(101))
    # Three firms are held out, and the naive predictions but for frequencies speak of them.
    told = table.log_score_held_out.notna()
    assert set(table.index[told]) == (FITTED | NAIVE) - {"frequencies"}
    assert table.parameters.dropna().to_dict() == {
        "bounded": 3, ALIKE: 1, "belief_uniform": 1, "rational": 2, "noisy_equilibrium": 2,
    }  # fmt: skip
    assert not table.isna().all().any()


def test_every_person_is_described(decided: Path) -> None:
    people = pd.read_csv(decided / "individuals.csv", dtype={"treatment": str})
    keys = [f"{row.treatment}/{row.market}/{row.agent}" for row in people.itertuples()]
    assert len(set(keys)) == len(keys) == 2 * 2 + 2 * 3
    assert (people.decisions == Cournot.rounds).all()
    groups, _ = read_inference_data(decided / "posterior.nc")
    assert groups["individuals"].agent_id.values.tolist() == keys
    np.testing.assert_allclose(groups["individuals"].skill_mean, people.skill_mean, rtol=1e-6)
    assert (people.skill_low <= people.skill_mean).all()
    assert (people.skill_mean <= people.skill_high).all()


def test_arviz_finds_the_same(decided: Path) -> None:
    table = pd.read_csv(decided / "comparison.csv").set_index("contender")
    files = {"bounded": decided / "posterior.nc"} | {
        name: decided / "posteriors" / f"{name}.nc" for name in ("rational", "belief_uniform")
    }
    found = az.compare(
        {name: az.from_netcdf(str(path)) for name, path in files.items()}, var_name="market"
    )
    np.testing.assert_allclose(found.elpd_loo, table.elpd_loo[found.index], atol=1.0)
