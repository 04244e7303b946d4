"""Payoffs of firms with policies of their own, against populations and play."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from experiments.sharing.payoffs import payoffs_of_each
from satisfice.games.cournot import Cournot, nash_profit


@pytest.mark.parametrize("firms", [2, 5, 30])
def test_equal_policies_earn_what_a_population_earns(firms: int) -> None:
    game = Cournot((firms,))
    population = np.random.default_rng(firms).dirichlet(np.linspace(3, 0.01, 101))
    expected = game.expected_payoffs(str(firms), population)
    found = payoffs_of_each(np.tile(population, (firms, 1)))
    np.testing.assert_allclose(found, np.tile(expected, (firms, 1)), atol=1e-9)


def test_each_firm_meets_the_others_and_not_itself() -> None:
    """Firms that always make the same quantities, beside and beyond the end of demand."""
    quantities = np.array([5, 40, 30, 60])
    found = payoffs_of_each(np.eye(101)[quantities])
    own = np.arange(101)
    for firm in range(4):
        others = quantities.sum() - quantities[firm]
        profit = own * (np.maximum(100 - own - others, 0) - 1)
        np.testing.assert_allclose(found[firm], profit / nash_profit(4), atol=1e-12)


def test_payoffs_of_each_are_the_mean_of_foregone_payoffs() -> None:
    game = Cournot((3,))
    policies = np.random.default_rng(2).dirichlet(np.ones(101), size=3)
    exact = payoffs_of_each(policies)
    weights = torch.from_numpy(policies)
    torch.manual_seed(4)
    actions = torch.stack([torch.multinomial(w, 20_000, replacement=True) for w in weights], 1)
    foregone = game.foregone_payoffs("3", game.start("3", 20_000), actions).double()
    error = foregone.std(0) / 20_000**0.5
    assert ((foregone.mean(0) - torch.from_numpy(exact)).abs() <= 5 * error + 1e-4).all()
