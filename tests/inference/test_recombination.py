"""New data sets out of old ones."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from satisfice.inference.recombination import SHARE, Recombination

TREATMENTS = ["two", "two", "three"]


def simulations(rows: int = 3000) -> tuple[np.ndarray, np.ndarray]:
    """Statistics that curve with theta; the noise of a treatment is common to its statistics."""
    generator = np.random.default_rng(0)
    cube = generator.random((rows, 2))
    two, three = 0.1 * generator.normal(size=(2, rows))
    mean = np.stack([cube[:, 0] ** 2, cube.sum(1), np.sin(3 * cube[:, 1])], 1)
    return cube, mean + np.stack([two, two, three], 1)


def fitted(neighbours: int) -> Recombination:
    return Recombination.fit(*simulations(), TREATMENTS, neighbours, 1)


def test_without_neighbours_nothing_changes() -> None:
    rows = torch.arange(50)[None]
    drawn = fitted(1).draw(rows, [np.array([], dtype=int)], [torch.Generator()])
    np.testing.assert_allclose(drawn[0], simulations()[1][:50], atol=1e-6)


def test_treatments_are_exchanged_whole_and_half_of_the_time() -> None:
    made = fitted(8)
    rows = torch.arange(2000)[None]
    drawn = made.draw(rows, [np.array([], dtype=int)], [torch.Generator().manual_seed(3)])[0]
    noise = drawn - made.expected[:2000]
    changed = (noise - made.residuals[:2000]).abs() > 1e-6
    assert torch.equal(changed[:, 0], changed[:, 1])
    # One in eight neighbours is the row itself.
    assert float(changed[:, 0].float().mean()) == pytest.approx(SHARE * 7 / 8, abs=0.04)
    both, neither = changed[:, 0] & changed[:, 2], ~changed[:, 0] & ~changed[:, 2]
    assert float(both.float().mean()) == pytest.approx((SHARE * 7 / 8) ** 2, abs=0.04)
    assert float(neither.float().mean()) == pytest.approx((1 - SHARE * 7 / 8) ** 2, abs=0.04)


def test_what_is_drawn_is_as_likely_as_what_was_simulated() -> None:
    """Regressed on theta, new statistics have the coefficients and noise of the old ones."""
    cube, statistics = simulations()
    rows = torch.arange(len(cube))[None]
    drawn = fitted(8).draw(rows, [np.array([], dtype=int)], [torch.Generator().manual_seed(4)])
    terms = np.column_stack([np.ones(len(cube)), cube, cube**2, cube**3])
    found = []
    for values in (statistics, drawn[0].numpy()):
        coefficients, *_ = np.linalg.lstsq(terms, values, rcond=None)
        found.append(values - terms @ coefficients)
    np.testing.assert_allclose(found[1].std(0), found[0].std(0), rtol=0.08)
    correlation = [np.corrcoef(each.T) for each in found]
    np.testing.assert_allclose(correlation[1], correlation[0], atol=0.06)


def test_rows_held_out_are_not_drawn_from() -> None:
    made = fitted(8)
    hidden = np.arange(0, 3000, 2)
    rows = torch.arange(1, 3000, 2)[None]
    drawn = made.draw(rows, [hidden], [torch.Generator().manual_seed(5)])[0]
    noise = (drawn - made.expected[rows[0]])[:, 2]
    hidden_noise = set(np.round(made.residuals[hidden, 2].numpy(), 7))
    assert not hidden_noise & set(np.round(noise.numpy(), 7))


def test_estimators_have_chance_of_their_own() -> None:
    made, rows = fitted(8), torch.arange(100).repeat(2, 1)
    none = np.array([], dtype=int)
    chance = [torch.Generator().manual_seed(seed) for seed in (1, 2)]
    drawn = made.draw(rows, [none, none], chance)
    alone = made.draw(rows[1:], [none], [torch.Generator().manual_seed(2)])
    assert not torch.equal(drawn[0], drawn[1])
    assert torch.equal(drawn[1], alone[0])
