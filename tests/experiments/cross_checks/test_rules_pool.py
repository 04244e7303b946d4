"""Rule pool."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments.cross_checks.pooling import DRAWS, pool_games
from satisfice.errors import SatisficeError
from satisfice.io.files import read_arrays, read_json, read_table, write_arrays
from satisfice.population.parameters import Parameter, ParameterSpace
from satisfice.population.supertypes import SKILL_PARAMETERS


def run_pool(runs: dict[str, Any], folder: Path, **other: ParameterSpace) -> None:
    beliefs = {game: run.folder / "inference" / run.beliefs[0] for game, run in runs.items()}
    posteriors = {game: path / "posterior.npz" for game, path in beliefs.items()}
    for game, space in other.items():
        theta = read_arrays(posteriors[game])["theta"]
        posteriors[game] = folder / f"posterior_{game}.npz"
        write_arrays(posteriors[game], theta=theta, space=np.array(space.as_json()))
    pool_games(
        list(runs),
        ensembles=[path / "ensemble.safetensors" for path in beliefs.values()],
        posteriors=list(posteriors.values()),
        observed=[run.observed for run in runs.values()],
        misspecification=[path / "misspecification.json" for path in beliefs.values()],
        seed=7,
        draws=folder / "posterior.npz",
        table=folder / "table.csv",
        summary=folder / "summary.json",
        figure=folder / "figure.png",
    )


@pytest.fixture
def runs(tiny_run: Any, tiny_cobweb: Any) -> dict[str, Any]:
    return {"cournot": tiny_run, "cobweb": tiny_cobweb}


def test_games_share_their_skills_and_keep_their_costs(
    runs: dict[str, Any], tmp_path: Path
) -> None:
    run_pool(runs, tmp_path)
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
    bounds = dict(runs["cobweb"].prior)
    other = ParameterSpace.of(SKILL_PARAMETERS, bounds | {"sigma": [0.1, 0.5]})
    with pytest.raises(
        SatisficeError, match=r"games\.cobweb\.parameter_prior: has other bounds of mu"
    ):
        run_pool(runs, tmp_path, cobweb=other)
    roles = ParameterSpace.of(SKILL_PARAMETERS, bounds, ["one", "two"])
    with pytest.raises(SatisficeError, match=r"cobweb\.parameter_prior\.roles: gives each role"):
        run_pool(runs, tmp_path, cobweb=roles)
    fewer = ParameterSpace.of(SKILL_PARAMETERS, bounds | {"beta": 0.5})
    with pytest.raises(SatisficeError, match=r"parameter_prior: fits mu, sigma, not mu, sigma, b"):
        run_pool(runs, tmp_path, cobweb=fewer)
    more = (*SKILL_PARAMETERS, Parameter("spread", (0.1, 1.0), "spread", transform="log"))
    with pytest.raises(SatisficeError, match=r"parameter_prior: fits mu, sigma, beta, spread, not"):
        run_pool(runs, tmp_path, cobweb=ParameterSpace.of(more, bounds))
