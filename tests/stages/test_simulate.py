"""Rules simulate_chunk and simulate."""

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
from satisfice.io.files import read_arrays
from satisfice.population.parameters import ParameterSpace
from satisfice.simulation.simulator import BLOCK
from satisfice.stages.simulate import chunk_range, simulate

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
    assert ParameterSpace.from_json(str(found["space"].item())).names == ("mu", "sigma", "beta")
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
    given = (run.policies[belief], run.dataset, run.simulations, 7)
    parts = [str(folder / f"{chunk}.npz") for chunk in range(chunks)] if chunks > 1 else []
    for chunk, part in enumerate(parts):
        simulate(*given, part, chunks=chunks, chunk=chunk)
    simulate(*given, folder / "all.npz", parts=parts)
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
    simulate(policy, tiny_run.dataset, 400, 8, tmp_path / "0.npz", chunks=7, chunk="0")
    other = read_arrays(tmp_path / "0.npz")
    first = read_arrays(tiny_run.folder / "simulations" / "uniform.npz")
    assert other["x"].shape == (64, 20)
    assert not np.isin(other["theta"], first["theta"]).any()
    habit = read_arrays(tiny_run.folder / "simulations" / "habit.npz")
    assert not np.isin(habit["theta"], first["theta"]).any()


def test_a_broken_checkpoint_is_told(tiny_run: Any, tmp_path: Path) -> None:
    with pytest.raises(SatisficeError) as caught:
        simulate(tmp_path, tiny_run.dataset, 400, 7, tmp_path / "x.npz")
    assert str(caught.value).startswith(f"{tmp_path / 'policy.json'}: file not found.")
    assert not (tmp_path / "x.npz").exists()
