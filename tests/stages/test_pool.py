"""Rule pool."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from satisfice.errors import SatisficeError
from satisfice.io.files import read_arrays, read_json, read_table
from satisfice.stages.pool import DRAWS, pool_games


def run_pool(runs: dict[str, Any], priors: dict[str, dict[str, Any]], folder: Path) -> None:
    beliefs = {game: run.folder / "inference" / run.beliefs[0] for game, run in runs.items()}
    pool_games(
        {game: path / "ensemble.safetensors" for game, path in beliefs.items()},
        {game: run.observed for game, run in runs.items()},
        priors,
        {game: path / "misspecification.json" for game, path in beliefs.items()},
        7,
        folder / "posterior.npz",
        folder / "table.csv",
        folder / "summary.json",
        folder / "figure.png",
    )


@pytest.fixture
def runs(tiny_run: Any, tiny_cobweb: Any) -> dict[str, Any]:
    return {"cournot": tiny_run, "cobweb": tiny_cobweb}


def test_games_share_their_skills_and_keep_their_costs(
    runs: dict[str, Any], tmp_path: Path
) -> None:
    run_pool(runs, {game: dict(run.prior) for game, run in runs.items()}, tmp_path)
    theta = read_arrays(tmp_path / "posterior.npz")
    assert theta["cournot"].shape == theta["cobweb"].shape == (DRAWS, 3)
    np.testing.assert_array_equal(theta["cournot"][:, :2], theta["cobweb"][:, :2])
    assert not np.allclose(theta["cournot"][:, 2], theta["cobweb"][:, 2])
    table = read_table(tmp_path / "table.csv")
    assert set(table.posterior) == {"separate", "pooled"}
    assert np.isfinite(table["mean"]).all()
    summary = read_json(tmp_path / "summary.json")
    assert summary["log_bayes_factor"] < summary["largest_log_bayes_factor_of_the_grid"]
    assert summary["sentence"].endswith(".")
    assert (tmp_path / "figure.png").read_bytes().startswith(b"\x89PNG")


def test_populations_that_cannot_be_shared_are_refused(
    runs: dict[str, Any], tmp_path: Path
) -> None:
    priors = {game: dict(run.prior) for game, run in runs.items()}
    other = {**priors, "cobweb": priors["cobweb"] | {"sigma": [0.1, 0.5]}}
    with pytest.raises(SatisficeError, match=r"games\.cobweb\.parameter_prior: bounds mu or sigma"):
        run_pool(runs, other, tmp_path)
    roles = {**priors, "cobweb": priors["cobweb"] | {"roles": ["one", "two"]}}
    with pytest.raises(SatisficeError, match=r"cobweb\.parameter_prior\.roles: gives each role"):
        run_pool(runs, roles, tmp_path)
