"""Exact expected payoffs in the Cournot game when every firm has a policy of its own."""

from __future__ import annotations

from itertools import accumulate

import numpy as np

from satisfice.games.cournot import LARGEST_QUANTITY, price, relative_profit


def payoffs_of_each(policies: np.ndarray) -> np.ndarray:
    """Exact expected payoff of each quantity to each firm.

    A firm meets the convolution of the others' distributions, its own left out. Totals at
    which the price is zero are not told apart. Both shapes are (firms, actions), float64.
    """
    nobody = np.eye(1, LARGEST_QUANTITY + 1)[0]
    before = list(accumulate(policies[:-1], _total_of_both, initial=nobody))
    after = list(accumulate(policies[:0:-1], _total_of_both, initial=nobody))[::-1]
    others = np.stack([_total_of_both(*each) for each in zip(before, after, strict=True)])
    own = np.arange(LARGEST_QUANTITY + 1)
    expected_price = others @ price(own[:, None] + own).T
    return np.asarray(relative_profit(own, expected_price, len(policies)))


def _total_of_both(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Distribution of the sum of two quantities, without what exceeds the largest quantity."""
    return np.convolve(one, other)[: LARGEST_QUANTITY + 1]
