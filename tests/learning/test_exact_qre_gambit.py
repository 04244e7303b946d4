"""The exact equilibrium against Gambit's, on games small enough to write out.

Gambit traces the logit equilibria of a finite game from uniform play on. It knows no prior beliefs
and no kinds of agents, so these go into payoffs, enumerated without the code under test:

- A kind with processing cost lambda and belief q sees payoff / lambda + log q, at precision 1.
- With several kinds the game is Bayesian. Chance draws the kind of each player, who alone sees
  it, and the agent QRE of the extensive form has a policy for each kind.
- The cobweb has seven players: a price-taker's forecast meets a price that six others make. It has
  one kind only, because the tree of several would have (kinds x forecasts)^7 leaves.
- A belief that is zero elsewhere leaves few actions of our games' grids.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import cache, partial
from itertools import product
from typing import Any

import numpy as np
import pytest

from satisfice.games.cobweb import Cobweb
from satisfice.games.cournot import Cournot
from satisfice.learning.exact_qre import ExpectedPayoffs, solve, solve_supertypes

pygambit = pytest.importorskip("pygambit")

Payoff = Callable[[int, tuple[int, ...]], float]  # own and all others' indices on the grid
Kinds = Mapping[float, Fraction | int]  # share of each processing cost, exactly one together

QUANTITIES, FORECASTS = {2: (0, 10, 20, 33, 50, 80), 3: (0, 15, 25, 40)}, (80, 110, 140)
SLOPES = {"stable": 0.22, "unstable": 0.5, "strongly_unstable": 2.0}
TWO_KINDS = {0.5: Fraction("0.6"), 0.1: Fraction("0.4")}
THREE_KINDS = {1.0: Fraction("0.2"), 0.3: Fraction("0.5"), 0.05: Fraction("0.3")}
FEW_KINDS = ({2.0: 1}, {0.5: 1}, {0.1: 1}, {0.03: 1}, TWO_KINDS)
NOISE = np.linspace(-4.0, 4.0, 20_001)
DENSITY = np.exp(-0.5 * (NOISE / 0.5) ** 2)


def profit(own: int, others: tuple[int, ...]) -> float:
    """Profit of a Cournot firm, in Nash profits."""
    margin = max(100.0 - own - sum(others), 0.0) - 1.0
    return own * margin / (99.0 / (len(others) + 2)) ** 2


@cache
def forecast_payoff(own: int, others: tuple[int, ...], *, slope: float) -> float:
    """Payoff of a forecast at the price that the others make, mean over the price's noise."""
    supply = sum(1.0 + math.tanh(slope * (0.05 * index - 6.0)) for index in others)
    error = (13.8 - supply) / 1.5 + NOISE - 0.05 * own
    return float(np.average(np.maximum(1300.0 - 260.0 * error**2, 0.0), weights=DENSITY) / 1300.0)


def payoffs_of_all(payoff: Payoff, chosen: tuple[int, ...]) -> np.ndarray:
    others = [tuple(sorted(chosen[:i] + chosen[i + 1 :])) for i in range(len(chosen))]
    return np.array([payoff(*each) for each in zip(chosen, others, strict=True)])


def gambit_qre(game: Any, precision: float) -> np.ndarray:
    (qre,) = pygambit.qre.logit_solve_lambda(game, precision)
    # By index, because pygambit 16.7.0 cannot give the profile of an agent QRE by name.
    return np.array([qre[index] for index in range(len(qre))])


def logit_qre(
    payoff: Payoff, players: int, actions: Sequence[int], cost: float, log_prior: np.ndarray
) -> np.ndarray:
    """Gambit's logit QRE of the strategic game, shape (players, actions)."""
    profiles = product(actions, repeat=players)
    table = [payoffs_of_all(payoff, each) + cost * log_prior[list(each)] for each in profiles]
    tables = np.transpose(table).reshape(players, *[len(actions)] * players)
    return gambit_qre(pygambit.Game.from_arrays(*tables), 1.0 / cost).reshape(players, -1)


def agent_qre(firms: int, kinds: Kinds, log_prior: np.ndarray) -> np.ndarray:
    """Gambit's agent QRE of Bayesian Cournot competition, shape (firms, kinds, actions)."""
    draws, actions = list(product(kinds, repeat=firms)), QUANTITIES[firms]
    game = pygambit.Game.new_tree(players=[str(firm) for firm in range(firms)])
    game.append_move(game.root, game.players.chance, [str(draw) for draw in draws])
    chances = [math.prod(kinds[cost] for cost in draw) for draw in draws]
    game.set_chance_probs(game.root.infoset, chances)
    leaves: list[Any] = [(d, (), n) for d, n in zip(draws, game.root.children, strict=True)]
    for firm in range(firms):
        for kind in kinds:
            # One information set: a firm sees neither the others' kinds nor what they choose.
            nodes = [node for draw, _, node in leaves if draw[firm] == kind]
            game.append_move(nodes, str(firm), [str(action) for action in actions])
        leaves = [
            (draw, (*chosen, action), child)
            for draw, chosen, node in leaves
            for action, child in zip(actions, node.children, strict=True)
        ]
    for draw, chosen, node in leaves:
        seen = payoffs_of_all(profit, chosen) / draw + log_prior[list(chosen)]
        game.set_outcome(node, game.add_outcome(f"{draw} {chosen}", list(seen)))
    return gambit_qre(game, 1.0).reshape(firms, len(kinds), -1)


def log_belief(size: int, actions: Sequence[int], *, rising: float) -> np.ndarray:
    """Log of a prior belief over few actions of a grid, uniform or expecting large ones."""
    weights, prior = 1.0 + rising * np.arange(len(actions)), np.full(size, -np.inf)
    prior[list(actions)] = np.log(weights / weights.sum())
    return prior


def our_qre(game: ExpectedPayoffs, kinds: Kinds, log_prior: np.ndarray) -> np.ndarray:
    """Our policies on the actions that the belief leaves, shape (kinds, actions)."""
    costs, shares = np.array([list(kinds)]), np.array([list(kinds.values())], dtype=float)
    policy = solve(costs, shares, game, log_prior, tolerance=1e-12).policy
    return np.asarray(policy[0][:, np.isfinite(log_prior)])


@pytest.mark.parametrize("rising", [0.0, 0.5])
@pytest.mark.parametrize(("firms", "kinds"), [*product((2, 3), FEW_KINDS), (2, THREE_KINDS)])
def test_cournot(firms: int, kinds: Kinds, rising: float) -> None:
    game = partial(Cournot(firms=(firms,)).expected_payoffs, str(firms))
    prior = log_belief(101, QUANTITIES[firms], rising=rising)
    if len(kinds) == 1:
        expected = logit_qre(profit, firms, QUANTITIES[firms], min(kinds), prior)
    else:
        expected = agent_qre(firms, kinds, prior)
    assert np.abs(our_qre(game, kinds, prior) - expected).max() < 1e-9
    # The comparison can fail: processing costs that are wrong by a tenth are seen.
    wrong = our_qre(game, {1.1 * cost: share for cost, share in kinds.items()}, prior)
    assert np.abs(wrong - expected).max() > 1e-3


def test_skills_of_a_cournot_supertype() -> None:
    game = partial(Cournot(firms=(2,)).expected_payoffs, "2")
    prior, theta = log_belief(101, QUANTITIES[2], rising=0.5), np.array([[0.6, 0.3, 0.8]])
    skill, found = solve_supertypes(theta, game, prior, nodes=3, tolerance=1e-12)
    shares = [Fraction(each) for each in found.weight[0, :-1]]
    kinds = dict(zip(0.8 * (1.0 - skill[0]), [*shares, 1 - sum(shares)], strict=True))
    expected = agent_qre(2, kinds, prior)
    assert np.abs(found.policy[0][:, QUANTITIES[2]] - expected).max() < 1e-9


@pytest.mark.parametrize("cost", [1.0, 0.1])
@pytest.mark.parametrize(("treatment", "slope"), SLOPES.items())
def test_cobweb(treatment: str, slope: float, cost: float) -> None:
    game = partial(Cobweb().expected_payoffs, treatment)
    prior = log_belief(201, FORECASTS, rising=0.5)
    expected = logit_qre(partial(forecast_payoff, slope=slope), 7, FORECASTS, cost, prior)
    # The game splits supplies over a lattice; on one ten times as fine it comes within 5e-9.
    assert np.abs(our_qre(game, {cost: 1}, prior) - expected).max() < 1e-6
