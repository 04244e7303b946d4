"""Exact expected payoffs in the Cournot game if every firm has its own policy."""

from __future__ import annotations

from itertools import accumulate

import numpy as np

from satisfice.games.cournot import LARGEST_QUANTITY, price, relative_profit


def payoffs_of_each(policies: np.ndarray) -> np.ndarray:
    """Exact expected payoff of each quantity to each firm.

    The total of the others is a convolution of their distributions. Totals at which the price
    is zero count as one. Both shapes are (firms, actions), float64.
    """
    none = np.eye(1, LARGEST_QUANTITY + 1)[0]
    before = list(accumulate(policies[:-1], _total_of_both, initial=none))
    after = list(accumulate(policies[:0:-1], _total_of_both, initial=none))[::-1]
    others = np.stack([_total_of_both(*each) for each in zip(before, after, strict=True)])
    own = np.arange(LARGEST_QUANTITY + 1)
    expected_price = others @ price(own[:, None] + own).T
    return np.asarray(relative_profit(own, expected_price, len(policies)))


def _total_of_both(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Distribution of the sum of two quantities, cut off above the largest quantity."""
    return np.convolve(one, other)[: LARGEST_QUANTITY + 1]
