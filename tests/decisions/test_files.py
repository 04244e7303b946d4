"""ArviZ files of posteriors from decisions: what a user gets out of them."""

from __future__ import annotations

from pathlib import Path

import arviz as az
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from coins import Biased, BiasedBySeat, log_evidence, thrown

from satisfice.contenders.base import HasLikelihood
from satisfice.decisions.archive import Archive
from satisfice.decisions.files import PRIOR_DRAWS, labels_of, write_posterior_of_decisions
from satisfice.decisions.judgement import judge
from satisfice.decisions.settings import DecisionSettings
from satisfice.io.inference_data import read_inference_data

ONES = [[3, 4], [5, 8], [6, 2], [4, 6], [7, 1]]
HISTORIES = {"a": thrown(ONES[:3]), "b": thrown(ONES[3:])}
AGENTS = ["a/1/1", "a/1/2", "a/2/1", "a/2/2", "a/3/1", "a/3/2", "b/1/1", "b/1/2", "b/2/1", "b/2/2"]
SETTINGS = DecisionSettings(live=50, effective=300)


def written(path: Path, model: HasLikelihood) -> tuple[float, float]:
    """The elpd of markets left out, and the log evidence."""
    archive = Archive(model, HISTORIES, SETTINGS, 1)
    found = judge(archive, np.zeros(5), 2)
    write_posterior_of_decisions(
        path, model, HISTORIES, found.posterior,
        pd.DataFrame({"treatment": ["a"] * 6 + ["b"] * 4, "skill_mean": np.arange(10.0)}),
        draws=1000, seed=5, attributes={"game": "coins"},
    )  # fmt: skip
    return float(found.loo.sum()), found.posterior.log_evidence


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("posteriors")


@pytest.fixture(scope="module")
def biased(folder: Path) -> tuple[Path, float, float]:
    return folder / "biased.nc", *written(folder / "biased.nc", Biased())


def test_groups_and_their_variables(biased: tuple[Path, float, float]) -> None:
    path, _, evidence = biased
    groups, attributes = read_inference_data(path)
    assert list(groups) == ["posterior", "prior", "log_likelihood", "observed_data", "individuals"]
    assert attributes["game"] == "coins"
    assert attributes["log_evidence"] == evidence
    likelihood = groups["log_likelihood"]
    assert likelihood.market_id.values.tolist() == ["a/1", "a/2", "a/3", "b/1", "b/2"]
    assert likelihood.agent_id.values.tolist() == AGENTS
    theta = groups["posterior"].chance.values[0]
    ones = np.array(ONES).ravel()
    wanted = ones * np.log(theta)[:, None] + (10 - ones) * np.log(1 - theta)[:, None]
    np.testing.assert_allclose(likelihood.agent.values[0], wanted)
    np.testing.assert_allclose(likelihood.market.values[0], wanted.reshape(-1, 5, 2).sum(-1))
    assert theta.mean() == pytest.approx((1 + ones.sum()) / 102, abs=0.01)
    prior = groups["prior"].chance
    assert prior.sizes == {"chain": 1, "draw": PRIOR_DRAWS}
    assert prior.values.mean() == pytest.approx(0.5, abs=0.05)
    assert groups["observed_data"].market.values.tolist() == [20] * 5
    assert groups["observed_data"].agent.values.tolist() == [10] * 10
    assert groups["individuals"].sel(agent_id="b/1/1").skill_mean == 6.0


def test_arviz_leaves_out_markets_and_agents(biased: tuple[Path, float, float]) -> None:
    path, elpd, _ = biased
    data = az.from_netcdf(str(path))
    found = az.loo(data, var_name="market")
    assert found.elpd_loo == pytest.approx(elpd, abs=0.1)
    assert (found.n_data_points, found.n_samples) == (5, 1000)
    agents, total = az.loo(data, var_name="agent"), int(np.sum(ONES))
    exact = sum(
        log_evidence(total, 100) - log_evidence(total - one, 90) for one in np.ravel(ONES).tolist()
    )
    assert agents.elpd_loo == pytest.approx(exact, abs=0.1)


def test_arviz_compares_models(biased: tuple[Path, float, float], folder: Path) -> None:
    elpd, _ = written(folder / "by_seat.nc", BiasedBySeat())
    files = {"biased": biased[0], "by_seat": folder / "by_seat.nc"}
    models = {name: az.from_netcdf(str(path)) for name, path in files.items()}
    table = az.compare(models, var_name="market")
    found = table.elpd_loo[["biased", "by_seat"]]
    np.testing.assert_allclose(found, [biased[1], elpd], atol=0.3)


def test_it_is_a_tree_of_groups(biased: tuple[Path, float, float]) -> None:
    """As ArviZ 1 reads it, which has xarray's trees in place of a class of its own."""
    with xr.open_datatree(biased[0]) as tree:
        assert tree["log_likelihood/market"].dims == ("chain", "draw", "market_id")
        assert tree["posterior"].to_dataset().sizes == {"chain": 1, "draw": 1000}


def test_labels_are_unique() -> None:
    markets, agents = labels_of(HISTORIES)
    assert agents == AGENTS
    assert len(set(markets)) == len(markets) == 5
