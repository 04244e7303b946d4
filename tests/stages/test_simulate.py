"""Rules simulate, gather and predict."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from satisfice.errors import SatisficeError
from satisfice.games.cournot import Cournot
from satisfice.inference.simulator import BLOCK
from satisfice.io.checkpoints import load_policy, save_policy
from satisfice.io.files import read_arrays
from satisfice.stages import simulate
from satisfice.stages.simulate import (
    chunk_range,
    gather_simulations,
    predict,
    simulate_chunk,
    thin,
)

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
def test_simulations_hold_what_was_agreed_on(tiny_run: SimpleNamespace, belief: str) -> None:
    found = read_arrays(tiny_run.folder / "simulations" / f"{belief}.npz")
    assert set(found) == {"theta", "x", "seeds", "failures", "labels"}
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


def test_results_do_not_depend_on_the_number_of_chunks(
    tiny_run: SimpleNamespace, tmp_path: Path
) -> None:
    together = tiny_run.folder / "simulations" / "habit.npz"
    parts = [tmp_path / f"{chunk}.npz" for chunk in range(9)]
    for chunk, part in enumerate(parts):
        policy = tiny_run.folder / "policy" / "habit"
        simulate_chunk(policy, tiny_run.dataset, 400, 9, chunk, 7, part)
    sizes = [len(read_arrays(part)["x"]) for part in parts]
    assert 0 in sizes  # seven blocks cannot fill nine chunks
    gather_simulations([str(part) for part in parts], tmp_path / "all.npz")
    assert (tmp_path / "all.npz").read_bytes() == together.read_bytes()


def test_another_seed_gives_other_simulations(tiny_run: SimpleNamespace, tmp_path: Path) -> None:
    policy = tiny_run.folder / "policy" / "uniform"
    simulate_chunk(policy, tiny_run.dataset, 400, 7, 0, 8, tmp_path / "0.npz")
    other = read_arrays(tmp_path / "0.npz")
    first = read_arrays(tiny_run.folder / "simulations" / "uniform.npz")
    assert other["x"].shape == (64, 20)
    assert not np.isin(other["theta"], first["theta"]).any()
    habit = read_arrays(tiny_run.folder / "simulations" / "habit.npz")
    assert not np.isin(habit["theta"], first["theta"]).any()


def test_a_broken_checkpoint_is_told(tiny_run: SimpleNamespace, tmp_path: Path) -> None:
    with pytest.raises(SatisficeError) as caught:
        simulate_chunk(tmp_path, tiny_run.dataset, 400, 1, 0, 7, tmp_path / "x.npz")
    assert str(caught.value).startswith(f"{tmp_path / 'policy.json'}: file not found.")
    assert not (tmp_path / "x.npz").exists()


@pytest.mark.parametrize(
    ("model", "chains"), [("bounded", 2), ("bounded_uniform", 2), ("ppo", 1), ("equilibrium", 1)]
)
def test_predictions_hold_what_was_agreed_on(
    tiny_run: SimpleNamespace, model: str, chains: int
) -> None:
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
        assert (found["theta"][:, 2] == 0).all()


def test_the_equilibrium_predicts_its_own_quantity(tiny_run: SimpleNamespace) -> None:
    x = read_arrays(tiny_run.folder / "predictive" / "equilibrium.npz")["x"]
    means = [index for index, (_, name) in enumerate(LABELS) if name.startswith("mean_rounds")]
    np.testing.assert_allclose(x[:, means].mean(axis=0), 1.0, atol=0.002)
    np.testing.assert_array_equal(x[:, LABELS.index(["2", "pooled_sd"])], 0.0)  # 33 is whole


def test_predictions_that_are_no_numbers_are_told(
    tiny_run: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        return np.full((10, 20), np.nan), {}

    monkeypatch.setattr(simulate, "simulate", broken)
    with pytest.raises(SatisficeError, match="predictions of equilibrium: hold statistics that"):
        predict("cournot", "equilibrium", tiny_run.dataset, 10, 7, tmp_path / "x.npz")
    assert not (tmp_path / "x.npz").exists()


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


def test_a_policy_of_another_shape_is_told(tiny_run: SimpleNamespace, tmp_path: Path) -> None:
    policy, description = load_policy(tiny_run.folder / "policy" / "uniform")
    save_policy(tmp_path, policy, {**description, "shape": {"actions": 5}})
    with pytest.raises(SatisficeError, match="does not describe a policy network"):
        predict("cournot", "ppo", tiny_run.dataset, 10, 7, tmp_path / "x.npz", policy=tmp_path)
