"""Densities trained together."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest
import torch

from satisfice.inference.density_training import (
    EstimatorSettings,
    as_tensor,
    log_density,
    train_densities,
)
from satisfice.inference.sbi_compat import density_builder

NOISE = 0.05


def problem(simulations: int = 600) -> tuple[np.ndarray, np.ndarray]:
    """Uniform on the square; each statistic is a parameter with a little noise."""
    generator = np.random.default_rng(0)
    cube = generator.random((simulations, 2))
    return cube, cube + NOISE * generator.normal(size=cube.shape)


def settings(
    estimator: Literal["zuko_maf", "zuko_nsf", "mdn"], epochs: int = 3
) -> EstimatorSettings:
    return EstimatorSettings(
        estimator=estimator, hidden=16, transforms=2, components=4, batch=50, most_epochs=epochs
    )


def networks(chosen: EstimatorSettings, number: int) -> list[torch.nn.Module]:
    cube, statistics = problem()
    found = []
    for seed in range(number):
        torch.manual_seed(seed)
        found.append(density_builder(chosen, 2)(as_tensor(cube), as_tensor(statistics)))
    return found


def chance(number: int) -> list[torch.Generator]:
    return [torch.Generator().manual_seed(10 + seed) for seed in range(number)]


@pytest.mark.parametrize("estimator", ["zuko_maf", "zuko_nsf", "mdn"])
def test_training_together_is_training_apart(
    estimator: Literal["zuko_maf", "zuko_nsf", "mdn"],
) -> None:
    chosen, (cube, statistics) = settings(estimator), problem()
    together, apart = networks(chosen, 2), networks(chosen, 2)
    records = train_densities(together, cube, statistics, chosen, chance(2))
    for number, (one, random) in enumerate(zip(apart, chance(2), strict=True)):
        record = train_densities([one], cube, statistics, chosen, [random])[0]
        # Sums in another order differ in the last digits, which training carries on.
        np.testing.assert_allclose(
            log_density(together[number], cube, statistics),
            log_density(one, cube, statistics),
            atol=0.02,
        )
        assert records[number]["best_epoch"] == record["best_epoch"]
        np.testing.assert_allclose(
            records[number]["validation_loss"], record["validation_loss"], atol=0.01
        )
    assert records[0]["validation_loss"] != records[1]["validation_loss"]


def test_training_raises_the_density_of_unseen_truths() -> None:
    chosen, (cube, statistics) = settings("zuko_maf", epochs=20), problem()
    members = networks(chosen, 2)
    other = np.random.default_rng(1).random((400, 2))
    unseen = other, other + NOISE * np.random.default_rng(2).normal(size=other.shape)
    before = [log_density(member, *unseen).mean() for member in members]
    train_densities(members, cube, statistics, chosen, chance(2))
    after = [log_density(member, *unseen).mean() for member in members]
    # The exact posterior, but for the square's edges, has this mean log density at the truth.
    exact = -np.log(2 * np.pi * NOISE**2) - 1
    assert max(before) < 0.5
    assert exact - 1.5 < min(after) < exact + 0.2


def test_what_is_recorded_is_the_loss_on_what_was_held_out() -> None:
    chosen, (cube, statistics) = settings("zuko_maf"), problem()
    members = networks(chosen, 2)
    records = train_densities(members, cube, statistics, chosen, chance(2))
    for member, record, random in zip(members, records, chance(2), strict=True):
        held_out = torch.randperm(len(cube), generator=random)[:30].numpy()
        loss = -log_density(member, cube[held_out], statistics[held_out]).mean()
        assert record["best_validation_loss"] == pytest.approx(loss, abs=1e-5)


def test_a_member_that_gets_worse_keeps_its_best_epoch() -> None:
    cube, _ = problem(200)
    noise = np.random.default_rng(1).normal(size=(200, 2))
    impatient = EstimatorSettings(
        hidden=64, batch=10, learning_rate=0.02, patience=2, most_epochs=60, validation_share=0.3
    )
    members = networks(impatient, 2)
    records = train_densities(members, cube, noise, impatient, chance(2))
    for record in records:
        assert record["stopped_early"]
        assert record["epochs"] == record["best_epoch"] + 2
        assert record["best_validation_loss"] == min(record["validation_loss"])
