"""Several draws from one, against the laws that they must follow."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from satisfice.contenders.draws import second_draw, toss

EVEN = (torch.arange(2**18) + 0.5) / 2**18


@pytest.mark.parametrize("chance", [0.0, 0.3, 0.95])
def test_a_toss_leaves_a_uniform_number_that_does_not_know_the_side(chance: float) -> None:
    heads, fresh = toss(EVEN, torch.tensor(chance))
    assert heads.double().mean().item() == pytest.approx(chance, abs=1e-5)
    for side in (fresh[heads], fresh[~heads]):
        if len(side):
            spread = (torch.arange(len(side)) + 0.5) / len(side)
            torch.testing.assert_close(side.sort().values, spread.double(), atol=1e-4, rtol=0)


@given(st.floats(0, 1, exclude_max=True, width=32), st.floats(0, 1, width=32))
def test_a_toss_stays_within_the_unit_interval(drawn: float, chance: float) -> None:
    heads, fresh = toss(torch.tensor(drawn), torch.tensor(chance))
    assert 0 <= fresh.item() <= 1
    assert heads.item() or chance < 1


def test_the_second_draw_is_uniform_whatever_the_first() -> None:
    second = second_draw(EVEN)
    spread = (torch.arange(64) + 0.5) / 64
    torch.testing.assert_close(second.reshape(-1, 64), spread.double().expand(4096, -1))
    assert torch.corrcoef(torch.stack([EVEN.double(), second]))[0, 1].abs() < 1e-3
