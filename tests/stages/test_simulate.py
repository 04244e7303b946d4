"""Rules simulate, gather and predict."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from satisfice.errors import SatisficeError
from satisfice.games import load_game
from satisfice.games.cournot import Cournot
from satisfice.io.checkpoints import load_policy, save_policy
from satisfice.io.datasets import load_dataset
from satisfice.io.files import read_arrays
from satisfice.population.parameters import ParameterSpace
from satisfice.simulation.simulator import BLOCK
from satisfice.stages import simulate
from satisfice.stages.simulate import (
    chunk_range,
    find_rule,
    gather_simulations,
    predict,
    simulate_chunk,
    thin,
)

SHIPPED = {"cournot": "huck2004", "cobweb": "hommes2007", "beer_game": "sterman1989"}
LABELS = [[treatment, name] for treatment in ("2", "3") for name in Cournot().statistics]


@given(simulations=st.integers(1, 5000), chunks=st.integers(1, 100))
@settings(deadline=None, max_examples=300, derandomize=True)
def test_chunks_share_the_simulations_out(simulations: int, chunks: int) -> None:
    ranges = [chunk_range(simulations, chunks, chunk) for chunk in range(chunks)]
    covered = [number for first, last in ranges for number in range(first, last)]
    assert covered == list(range(simulations))
    assert all(first % BLOCK == 0 for first, last in ranges if last > first)
    # No chunk has more than one block more than another, but for the last, unfilled block.
    blocks = [-(-(last - first) // BLOCK) for first, last in ranges]
    assert max(blocks) - min(blocks) <= 1


@pytest.mark.parametrize("belief", ["habit", "uniform"])
def test_simulations_hold_what_was_agreed_on(tiny_run: Any, belief: str) -> None:
    found = read_arrays(tiny_run.folder / "simulations" / f"{belief}.npz")
    assert set(found) == {"theta", "x", "seeds", "failures", "labels", "space"}
    assert ParameterSpace.from_json(str(found["space"])).names == ("mu", "sigma", "beta")
    assert found["theta"].shape == (400, 3)
    assert found["x"].shape == (400, 20)
    assert found["labels"].tolist() == LABELS
    np.testing.assert_array_equal(found["seeds"], np.arange(400))
    assert (found["failures"] == "").all()
    assert np.isfinite(found["x"]).all()
    low, high = np.array([[0, 0.02, 0.02], [1, 0.5, 2.0]])
    assert (found["theta"] >= low * (1 - 1e-9)).all()
    assert (found["theta"] <= high * (1 + 1e-9)).all()
    # Rounds of mean quantity are plausible, and simulations differ.
    assert 0.3 < found["x"][:, 0].mean() < 3
    assert len(np.unique(found["x"][:, 0])) > 300


def in_chunks(run: Any, belief: str, chunks: int, folder: Path) -> Path:
    """The simulations of a tiny run again, in another number of chunks."""
    parts = [folder / f"{chunk}.npz" for chunk in range(chunks)]
    for chunk, part in enumerate(parts):
        policy = run.policies[belief]
        simulate_chunk(policy, run.dataset, run.simulations, chunks, chunk, 7, part)
    gather_simulations([str(part) for part in parts], folder / "all.npz")
    return folder / "all.npz"


def test_results_do_not_depend_on_the_number_of_chunks(tiny_run: Any, tmp_path: Path) -> None:
    together = tiny_run.folder / "simulations" / "habit.npz"
    assert in_chunks(tiny_run, "habit", 9, tmp_path).read_bytes() == together.read_bytes()
    sizes = [len(read_arrays(tmp_path / f"{chunk}.npz")["x"]) for chunk in range(9)]
    assert 0 in sizes  # seven blocks cannot fill nine chunks


@pytest.mark.parametrize("chunks", [1, 5])
@pytest.mark.parametrize("name", ["tiny_cobweb", "tiny_beer_game"])
def test_chance_of_the_game_does_not_depend_on_the_number_of_chunks(
    request: pytest.FixtureRequest, tmp_path: Path, name: str, chunks: int
) -> None:
    run = request.getfixturevalue(name)
    together = run.folder / "simulations" / "anchor.npz"  # made in two chunks
    assert in_chunks(run, "anchor", chunks, tmp_path).read_bytes() == together.read_bytes()


@pytest.mark.parametrize(
    ("name", "parameters", "statistics"), [("tiny_cobweb", 3, 6), ("tiny_beer_game", 12, 29)]
)
def test_simulations_of_the_other_games(
    request: pytest.FixtureRequest, name: str, parameters: int, statistics: int
) -> None:
    run = request.getfixturevalue(name)
    found = read_arrays(run.folder / "simulations" / "anchor.npz")
    assert found["theta"].shape == (128, parameters)
    assert found["x"].shape == (128, statistics)
    game = load_game(run.game)
    treatments = dict.fromkeys(found["labels"][:, 0])
    assert set(treatments) == set(game.treatments)
    assert found["labels"].tolist() == [[t, s] for t in treatments for s in game.statistics]
    assert (found["failures"] == "").all()
    assert np.isfinite(found["x"]).all()
    assert len(np.unique(found["theta"])) == found["theta"].size
    # Simulations differ: hardly any two have the same mean price, or the same cost.
    assert len(np.unique(found["x"][:, 0])) > 120


def test_another_seed_gives_other_simulations(tiny_run: Any, tmp_path: Path) -> None:
    policy = tiny_run.folder / "policy" / "uniform"
    simulate_chunk(policy, tiny_run.dataset, 400, 7, 0, 8, tmp_path / "0.npz")
    other = read_arrays(tmp_path / "0.npz")
    first = read_arrays(tiny_run.folder / "simulations" / "uniform.npz")
    assert other["x"].shape == (64, 20)
    assert not np.isin(other["theta"], first["theta"]).any()
    habit = read_arrays(tiny_run.folder / "simulations" / "habit.npz")
    assert not np.isin(habit["theta"], first["theta"]).any()


def test_a_broken_checkpoint_is_told(tiny_run: Any, tmp_path: Path) -> None:
    with pytest.raises(SatisficeError) as caught:
        simulate_chunk(tmp_path, tiny_run.dataset, 400, 1, 0, 7, tmp_path / "x.npz")
    assert str(caught.value).startswith(f"{tmp_path / 'policy.json'}: file not found.")
    assert not (tmp_path / "x.npz").exists()


@pytest.mark.parametrize(
    ("model", "chains"), [("bounded", 2), ("bounded_uniform", 2), ("ppo", 1), ("equilibrium", 1)]
)
def test_predictions_hold_what_was_agreed_on(tiny_run: Any, model: str, chains: int) -> None:
    found = read_arrays(tiny_run.folder / "predictive" / f"{model}.npz")
    assert set(found) == {"theta", "chain", "x"}
    assert found["x"].shape == (100, 20)
    assert np.isfinite(found["x"]).all()
    assert np.bincount(found["chain"]).tolist() == [100 // chains] * chains
    if model.startswith("bounded"):
        belief = "uniform" if model.endswith("uniform") else "habit"
        posterior = read_arrays(tiny_run.folder / "inference" / belief / "posterior.npz")["theta"]
        for chain in range(chains):
            rows = found["theta"][found["chain"] == chain]
            assert np.isin(rows[:, 0], posterior[chain, :, 0]).all()
    else:
        assert found["theta"].shape == (100, 0)  # nothing is fitted of them


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

    monkeypatch.setattr(simulate, "simulate", broken)
    with pytest.raises(SatisficeError, match="predictions of equilibrium: hold statistics that"):
        predict("cournot", "equilibrium", tiny_run.dataset, 10, 7, tmp_path / "x.npz")
    assert not (tmp_path / "x.npz").exists()


RULES = [(game, rule) for game in SHIPPED for rule in load_game(game).rules]


@pytest.mark.parametrize(("game", "rule"), RULES)
def test_every_rule_of_every_game_predicts(
    root: Path, tmp_path: Path, game: str, rule: str
) -> None:
    dataset = root / "data" / game / SHIPPED[game]
    predict(game, rule, dataset, 20, 7, tmp_path / "x.npz")
    found = read_arrays(tmp_path / "x.npz")
    human = load_dataset(dataset, load_game(game)).table
    assert found["x"].shape == (20, len(human))
    assert np.isfinite(found["x"]).all()
    assert (found["chain"] == 0).all()
    predict(game, rule, dataset, 10, 7, tmp_path / "fewer.npz")
    np.testing.assert_array_equal(read_arrays(tmp_path / "fewer.npz")["x"], found["x"][:10])


def test_rules_are_told_apart(root: Path, tmp_path: Path) -> None:
    means = {}
    for game, rule in RULES:
        output = tmp_path / f"{rule}.npz"
        predict(game, rule, root / "data" / game / SHIPPED[game], 20, 7, output)
        means[rule] = read_arrays(output)["x"].mean(axis=0)
    cost = {rule: means[rule][-1] for rule in load_game("beer_game").rules}
    assert list(load_game("beer_game").statistics)[-1] == "team_cost"
    # Tuning for uncertain demand costs a little where demand is known; people's rule costs more.
    assert cost["equilibrium"] < cost["tuned_base_stock"] < 0.5 * cost["sterman"]
    variance = {rule: means[rule][5] for rule in load_game("cobweb").rules}
    order = ("equilibrium", "adaptive_expectations", "naive_expectations")
    assert sorted(order, key=variance.__getitem__) == list(order)


def test_a_rule_that_the_game_does_not_have_is_told(root: Path, tmp_path: Path) -> None:
    game = load_game("cobweb")
    assert find_rule(game, "naive_expectations") is game.rules["naive_expectations"]
    for model in ("sterman", "ppo", ""):
        with pytest.raises(SatisficeError) as caught:
            find_rule(game, model)
        assert str(caught.value) == (
            f"model {model}: is not a rule of the game cobweb. Remedy: Its rules are: "
            "equilibrium, naive_expectations, adaptive_expectations."
        )
    with pytest.raises(SatisficeError, match="model naive: is not a rule"):
        predict("cobweb", "naive", root / "data/cobweb/hommes2007", 10, 7, tmp_path / "x.npz")
    assert not (tmp_path / "x.npz").exists()


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
        assert (found["theta"][:, 2::3] > 0).all()
    bounded = read_arrays(run.predictive["bounded"])
    thinned, chain = thin({"theta": posterior}, 100)
    np.testing.assert_array_equal(bounded["theta"], thinned)
    np.testing.assert_array_equal(bounded["chain"], chain)


@given(members=st.integers(1, 6), available=st.integers(1, 50), draws=st.integers(6, 200))
@settings(deadline=None, max_examples=100, derandomize=True)
def test_thinning_takes_equally_many_of_each_member(
    members: int, available: int, draws: int
) -> None:
    numbers = np.arange(members * available, dtype=float).reshape(members, available, 1)
    theta, chain = thin({"theta": np.repeat(numbers, 3, axis=2)}, draws)
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
        predict("cournot", "ppo", tiny_run.dataset, 10, 7, tmp_path / "x.npz", policy=tmp_path)
