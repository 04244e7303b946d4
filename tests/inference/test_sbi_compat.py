"""The estimator on a problem whose posterior is known."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
import torch
from torch import nn

from experiments.cross_checks.one_estimator import train_estimator
from satisfice.errors import SatisficeError
from satisfice.inference.density_training import EstimatorSettings
from satisfice.inference.sbi_compat import rebuild_estimator, sample_estimator
from satisfice.io.checkpoints import load_weights, save_weights

NOISE = 0.05
SMALL = EstimatorSettings(hidden=24, components=2, learning_rate=5e-3, batch=100, most_epochs=30)
TRUTH = np.array([[0.3, 0.5], [0.7, 0.4], [0.5, 0.6]])


def problem(simulations: int = 2000) -> tuple[np.ndarray, np.ndarray]:
    """Uniform on the square; each statistic is a parameter with a little noise."""
    generator = np.random.default_rng(0)
    cube = generator.random((simulations, 2))
    return cube, cube + NOISE * generator.normal(size=cube.shape)


@pytest.fixture(scope="module")
def trained(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[nn.Module, dict[str, Any], list[str]]:
    """The estimator, its record, and what training left in the working directory."""
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("working")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        estimator, record = train_estimator(*problem(), SMALL, seed=1)
        sample_estimator(estimator, TRUTH, 10, seed=1)
    return estimator, record, [path.name for path in Path(folder).iterdir()]


Trained = tuple[nn.Module, dict[str, Any], list[str]]


def test_nothing_is_left_in_the_working_directory(trained: Trained) -> None:
    assert trained[2] == []


def test_the_record_tells_how_training_went(trained: Trained) -> None:
    record = trained[1]
    assert 1 <= record["epochs"] <= SMALL.most_epochs
    assert record["stopped_early"] == (record["epochs"] < SMALL.most_epochs)
    assert min(record["validation_loss"]) == pytest.approx(record["best_validation_loss"])
    assert len(record["training_loss"]) == len(record["validation_loss"])
    # The entropy of two Gaussians with this noise, which is the best loss there is.
    best = 2 * (0.5 * np.log(2 * np.pi * np.e) + np.log(NOISE))
    assert record["best_validation_loss"] == pytest.approx(best, abs=0.3)
    assert record["validation_loss"][0] > record["best_validation_loss"] + 0.5


def test_the_posterior_is_the_known_one(trained: Trained) -> None:
    draws = sample_estimator(trained[0], TRUTH, 2000, seed=1)
    assert draws.shape == (3, 2000, 2)
    np.testing.assert_allclose(draws.mean(axis=1), TRUTH, atol=NOISE)
    np.testing.assert_allclose(draws.std(axis=1), NOISE, rtol=0.4)


@pytest.mark.parametrize("far", [-1e3, -3.0, 3.0, 1e3])
def test_draws_stay_in_the_cube_for_absurd_data(trained: Trained, far: float) -> None:
    statistics = np.array([[far, far], [far, 0.5], [0.5, -far]])
    draws = sample_estimator(trained[0], statistics, 300, seed=2)
    assert np.isfinite(draws).all()
    assert draws.min() >= 0.0
    assert draws.max() <= 1.0


def test_the_same_seed_gives_the_same_draws(trained: Trained) -> None:
    one, again, other = (sample_estimator(trained[0], TRUTH, 50, seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(one, again)
    assert not np.isin(one, other).any()


@pytest.mark.parametrize("kind", ["mdn", "zuko_maf", "zuko_nsf"])
def test_the_same_seed_trains_the_same_estimator(
    kind: Literal["mdn", "zuko_maf", "zuko_nsf"], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    brief = EstimatorSettings(estimator=kind, hidden=8, components=3, batch=100, most_epochs=2)
    draws = []
    for seed in (5, 5, 6):
        estimator, record = train_estimator(*problem(300), brief, seed)
        assert record["epochs"] == 2
        assert record["stopped_early"] is False
        draws.append(sample_estimator(estimator, TRUTH, 50, seed=0))
    np.testing.assert_array_equal(draws[0], draws[1])
    assert not np.allclose(draws[0], draws[2])
    # Saved, rebuilt and loaded, it draws the same.
    save_weights(tmp_path / "member.safetensors", estimator)
    rebuilt = rebuild_estimator(brief, parameters=2, statistics=2)
    load_weights(tmp_path / "member.safetensors", rebuilt)
    np.testing.assert_array_equal(sample_estimator(rebuilt, TRUTH, 50, seed=0), draws[2])
    far = sample_estimator(rebuilt, np.full((1, 2), 1e3), 100, seed=0)
    assert (far >= 0).all()
    assert (far <= 1).all()
    assert [path.name for path in tmp_path.iterdir()] == ["member.safetensors"]


def test_the_trained_estimator_survives_the_disk(trained: Trained, tmp_path: Path) -> None:
    save_weights(tmp_path / "member.safetensors", trained[0])
    rebuilt = rebuild_estimator(SMALL, parameters=2, statistics=2)
    load_weights(tmp_path / "member.safetensors", rebuilt)
    np.testing.assert_array_equal(
        sample_estimator(rebuilt, TRUTH, 100, seed=9), sample_estimator(trained[0], TRUTH, 100, 9)
    )
    # Not for a network of other sizes.
    with pytest.raises(SatisficeError, match="does not fit"):
        load_weights(tmp_path / "member.safetensors", rebuild_estimator(SMALL, 2, 3))


class Broken(nn.Module):
    """Returns what no posterior can hold."""

    def sample(self, shape: tuple[int], condition: torch.Tensor) -> torch.Tensor:
        draws = torch.full((*shape, len(condition), 2), 0.5)
        draws[0, 0, 0] = torch.nan
        return draws


def test_draws_that_are_no_numbers_are_told() -> None:
    sample: Callable[..., np.ndarray] = sample_estimator
    with pytest.raises(SatisficeError, match="returned draws that are not finite"):
        sample(Broken(), TRUTH, 5, seed=0)
