"""Rule predict: what each contender predicts, and how its play looks over time."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from satisfice.contenders.prediction import thin
from satisfice.contenders.shown_play import SINGLES, evenly_spaced
from satisfice.errors import SatisficeError
from satisfice.games import load_game
from satisfice.games.cournot import Cournot
from satisfice.io.checkpoints import load_policy, save_policy
from satisfice.io.files import read_arrays
from satisfice.io.played_paths import LEVELS, PlayedPath, read_paths
from satisfice.stages.predict import predict

LABELS = [[treatment, name] for treatment in ("2", "3") for name in Cournot().statistics]
STRETCHES = {"mean_rounds_1_8": (0, 8), "mean_rounds_9_16": (8, 16), "mean_rounds_17_25": (16, 25)}


@pytest.mark.parametrize(
    ("name", "estimator"),
    [("bounded", "npe"), ("bounded_uniform", "npe"), ("rational", "none"), ("equilibrium", "none")],
)
def test_predictions_hold_what_was_agreed_on(tiny_run: Any, name: str, estimator: str) -> None:
    found = read_arrays(tiny_run.folder / "predictive" / f"{name}.npz")
    assert set(found) - {"chain"} == {"theta", "x", "estimator", "parameters", "hand_set"}
    assert found["x"].shape == (100, 20)
    assert np.isfinite(found["x"]).all()
    assert str(found["estimator"]) == estimator
    if estimator == "npe":
        assert np.bincount(found["chain"]).tolist() == [50, 50]
        belief = "uniform" if name.endswith("uniform") else "habit"
        posterior = read_arrays(tiny_run.folder / "inference" / belief / "posterior.npz")["theta"]
        for chain in range(2):
            rows = found["theta"][found["chain"] == chain]
            assert np.isin(rows[:, 0], posterior[chain, :, 0]).all()
    else:
        assert found["theta"].shape == (100, 0)


def test_the_equilibrium_predicts_its_own_quantity(tiny_run: Any) -> None:
    x = read_arrays(tiny_run.folder / "predictive" / "equilibrium.npz")["x"]
    means = [index for index, (_, name) in enumerate(LABELS) if name.startswith("mean_rounds")]
    np.testing.assert_allclose(x[:, means].mean(axis=0), 1.0, atol=0.002)
    np.testing.assert_array_equal(x[:, LABELS.index(["2", "pooled_sd"])], 0.0)  # 33 is whole


@pytest.mark.parametrize(("name", "groups"), [("tiny_cobweb", 1), ("tiny_beer_game", 4)])
def test_predictions_of_the_other_games(
    request: pytest.FixtureRequest, name: str, groups: int
) -> None:
    run = request.getfixturevalue(name)
    posterior = read_arrays(run.folder / "inference" / "anchor" / "posterior.npz")["theta"]
    for model in (*run.run.bounded, "rational"):
        found = read_arrays(run.predictive[model])
        assert found["theta"].shape == (100, 0 if model == "rational" else 3 * groups)
        assert np.isfinite(found["x"]).all()
    bounded = read_arrays(run.predictive["bounded"])
    thinned, chain = thin(posterior, 100)
    np.testing.assert_array_equal(bounded["theta"], thinned)
    np.testing.assert_array_equal(bounded["chain"], chain)


def read(run: Any) -> list[PlayedPath]:
    return read_paths(run.paths, load_game(run.game))


@pytest.mark.parametrize(
    ("name", "panels", "rounds"), [("tiny_run", 2, 25), ("tiny_cobweb", 3, 50)]
)
def test_every_treatment_has_its_paths(
    request: pytest.FixtureRequest, name: str, panels: int, rounds: int
) -> None:
    played = read(request.getfixturevalue(name))
    assert len({each.treatment for each in played}) == len(played) == panels
    for each in played:
        assert each.quantiles.shape == (len(LEVELS), rounds)
        assert each.singles.shape == (SINGLES, rounds)
        assert (np.diff(each.quantiles, axis=0) >= 0).all()
        assert list(each.means) == ["rational", "equilibrium"]


def test_single_paths_are_those_of_stored_predictions(tiny_run: Any) -> None:
    x = read_arrays(tiny_run.predictive["bounded"])["x"]
    names = list(load_game("cournot").statistics)
    rows = evenly_spaced(np.arange(len(x))[:, None], SINGLES)[:, 0]
    for number, each in enumerate(read(tiny_run)):
        for name, (first, last) in STRETCHES.items():
            stored = x[rows, number * len(names) + names.index(name)]
            np.testing.assert_allclose(each.singles[:, first:last].mean(axis=1), stored)


@pytest.mark.parametrize("model", ["rational", "equilibrium"])
def test_mean_paths_are_those_of_stored_predictions(tiny_cobweb: Any, model: str) -> None:
    x = read_arrays(tiny_cobweb.predictive[model])["x"]
    for number, each in enumerate(read(tiny_cobweb)):
        np.testing.assert_allclose(each.means[model].mean(), x[:, 2 * number].mean())


def test_paths_of_roles_have_all_weeks(tiny_beer_game: Any) -> None:
    played = read(tiny_beer_game)
    assert len(played) == 8
    for each in played:
        fixed = {"orders": 4.0, "net inventory": 12.0}[each.shown.name]
        np.testing.assert_array_equal(each.quantiles[:, :4], fixed)
        assert each.quantiles.shape == (len(LEVELS), 36)


@pytest.fixture
def copied(tiny_run: Any, tmp_path: Path) -> Any:
    """A copy of a tiny run without its predictions."""
    shutil.copytree(tiny_run.folder, tmp_path / "copy")
    shutil.rmtree(tmp_path / "copy" / "predictive")
    return replace(tiny_run.run, folder=str(tmp_path / "copy"))


def refused(run: Any, dataset: Path, told: str) -> None:
    with pytest.raises(SatisficeError, match=told):
        predict("cournot", vars(run), dataset, 10, 7)


def test_predictions_are_reproduced_exactly(tiny_run: Any, copied: Any) -> None:
    predict("cournot", vars(copied), tiny_run.dataset, 100, 7)
    for name, path in tiny_run.predictive.items():
        assert Path(copied.predictions(name)).read_bytes() == path.read_bytes()
    assert Path(copied.file("paths.npz")).read_bytes() == tiny_run.paths.read_bytes()


def test_a_rule_that_the_game_does_not_have_is_told(tiny_run: Any, copied: Any) -> None:
    run = replace(copied, rules=("naive",))
    refused(run, tiny_run.dataset, "contender naive of cournot: 'naive' is not a rule")
    assert not Path(run.predictions("naive")).exists()


def test_a_policy_of_another_shape_is_told(tiny_run: Any, copied: Any) -> None:
    policy, description = load_policy(copied.policy("uniform"))
    save_policy(copied.policy("uniform"), policy, {**description, "shape": {"actions": 5}})
    refused(copied, tiny_run.dataset, "does not describe a policy network")


def test_a_policy_of_another_game_is_told(tiny_run: Any, tiny_cobweb: Any, copied: Any) -> None:
    shutil.rmtree(copied.policy("rational"))
    shutil.copytree(tiny_cobweb.policies["rational"], copied.policy("rational"))
    refused(copied, tiny_run.dataset, "is a policy of the game cobweb, not of cournot")
