"""Rule predict."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from satisfice.contenders import base, rules_of
from satisfice.errors import SatisficeError
from satisfice.games import load_game
from satisfice.games.cournot import Cournot
from satisfice.io.checkpoints import load_policy, save_policy
from satisfice.io.datasets import load_dataset
from satisfice.io.files import read_arrays
from satisfice.stages.predict import predict, thin

SHIPPED = {"cournot": "huck2004", "cobweb": "hommes2007", "beer_game": "sterman1989"}
LABELS = [[treatment, name] for treatment in ("2", "3") for name in Cournot().statistics]


@pytest.mark.parametrize(
    ("name", "estimator"),
    [("bounded", "npe"), ("bounded_uniform", "npe"), ("ppo", "none"), ("equilibrium", "none")],
)
def test_predictions_hold_what_was_agreed_on(tiny_run: Any, name: str, estimator: str) -> None:
    found = read_arrays(tiny_run.folder / "predictive" / f"{name}.npz")
    assert set(found) - {"chain"} == {"theta", "x", "estimator"}
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


def test_predictions_that_are_no_numbers_are_told(
    tiny_run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        return np.full((10, 20), np.nan), {}

    monkeypatch.setattr(base, "simulate", broken)
    with pytest.raises(SatisficeError, match="predictions of equilibrium: hold statistics that"):
        by_rule("cournot", "equilibrium", tiny_run.dataset, 10, tmp_path / "x.npz")
    assert not (tmp_path / "x.npz").exists()


def unfitted(game: str) -> list[str]:
    """Rules without parameters that can play a game."""
    loaded = load_game(game)
    return [name for name, rule in rules_of(loaded).items() if not rule(loaded).free]


RULES = [(game, rule) for game in SHIPPED for rule in unfitted(game)]


def by_rule(game: str, rule: str, dataset: Path, draws: int, output: Path) -> None:
    predict(game, rule, {"rule": rule}, None, dataset, draws, 7, output)


@pytest.mark.parametrize(("game", "rule"), RULES)
def test_every_rule_of_every_game_predicts(
    root: Path, tmp_path: Path, game: str, rule: str
) -> None:
    dataset = root / "data" / game / SHIPPED[game]
    by_rule(game, rule, dataset, 20, tmp_path / "x.npz")
    found = read_arrays(tmp_path / "x.npz")
    human = load_dataset(dataset, load_game(game)).table
    assert found["x"].shape == (20, len(human))
    assert np.isfinite(found["x"]).all()
    by_rule(game, rule, dataset, 10, tmp_path / "fewer.npz")
    np.testing.assert_array_equal(read_arrays(tmp_path / "fewer.npz")["x"], found["x"][:10])


def test_rules_are_told_apart(root: Path, tmp_path: Path) -> None:
    means = {}
    for game, rule in RULES:
        output = tmp_path / f"{rule}.npz"
        by_rule(game, rule, root / "data" / game / SHIPPED[game], 20, output)
        means[rule] = read_arrays(output)["x"].mean(axis=0)
    cost = {rule: means[rule][-1] for rule in unfitted("beer_game")}
    assert list(load_game("beer_game").statistics)[-1] == "team_cost"
    # Tuning for uncertain demand costs a little where demand is known; people's rule costs more.
    assert cost["equilibrium"] < cost["tuned_base_stock"] < 0.5 * cost["sterman"]
    variance = {rule: means[rule][5] for rule in unfitted("cobweb")}
    order = ("equilibrium", "adaptive_expectations", "naive_expectations")
    assert sorted(order, key=variance.__getitem__) == list(order)


def test_a_rule_that_the_game_does_not_have_is_told(root: Path, tmp_path: Path) -> None:
    with pytest.raises(SatisficeError, match="contender naive of cobweb: 'naive' is no rule"):
        by_rule("cobweb", "naive", root / "data/cobweb/hommes2007", 10, tmp_path / "x.npz")
    assert not (tmp_path / "x.npz").exists()


def test_parameters_are_not_made_up(root: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="nothing to estimate"):
        by_rule("cobweb", "noisy_equilibrium", root / "data/cobweb/hommes2007", 10, tmp_path / "x")


@pytest.mark.parametrize(("name", "groups"), [("tiny_cobweb", 1), ("tiny_beer_game", 4)])
def test_predictions_of_the_other_games(
    request: pytest.FixtureRequest, name: str, groups: int
) -> None:
    run = request.getfixturevalue(name)
    posterior = read_arrays(run.folder / "inference" / "anchor" / "posterior.npz")["theta"]
    for model in run.models:
        found = read_arrays(run.predictive[model])
        assert found["theta"].shape == (100, 0 if model == "ppo" else 3 * groups)
        assert np.isfinite(found["x"]).all()
    bounded = read_arrays(run.predictive["bounded"])
    thinned, chain = thin(posterior, 100)
    np.testing.assert_array_equal(bounded["theta"], thinned)
    np.testing.assert_array_equal(bounded["chain"], chain)


@given(members=st.integers(1, 6), available=st.integers(1, 50), draws=st.integers(6, 200))
@settings(deadline=None, max_examples=100, derandomize=True)
def test_thinning_takes_equally_many_of_each_member(
    members: int, available: int, draws: int
) -> None:
    numbers = np.arange(members * available, dtype=float).reshape(members, available, 1)
    theta, chain = thin(np.repeat(numbers, 3, axis=2), draws)
    each = min(draws // members, available)
    assert theta.shape == (members * each, 3)
    assert np.bincount(chain).tolist() == [each] * members
    # Draws of a member, each of them once, from the first to the last.
    own = (theta[:, 0] - chain * available).reshape(members, each)
    assert (own == own[0]).all()
    assert own[0, 0] == 0
    assert (np.diff(own[0]) >= 1).all()
    if each > 1:
        assert own[0, -1] == available - 1


def test_a_policy_of_another_shape_is_told(tiny_run: Any, tmp_path: Path) -> None:
    policy, description = load_policy(tiny_run.folder / "policy" / "uniform")
    save_policy(tmp_path, policy, {**description, "shape": {"actions": 5}})
    with pytest.raises(SatisficeError, match="does not describe a policy network"):
        predict("cournot", "ppo", {}, tmp_path, tiny_run.dataset, 10, 7, tmp_path / "x.npz")


def test_a_policy_of_another_game_is_told(tiny_run: Any, tiny_cobweb: Any, tmp_path: Path) -> None:
    with pytest.raises(SatisficeError, match="is a policy of the game cobweb, not of cournot"):
        policy = tiny_cobweb.policies["ppo"]
        predict("cournot", "ppo", {}, policy, tiny_run.dataset, 10, 7, tmp_path / "x.npz")
