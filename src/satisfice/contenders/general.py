"""Contenders of many games: equilibrium, the last round's best reply, a cognitive hierarchy."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from scipy.special import factorial, softmax
from torch import Tensor

from satisfice.contenders.base import Parameter, RuleOfPlay, Turn
from satisfice.contenders.draws import toss
from satisfice.games.aggregative import AggregativeGame
from satisfice.games.base import StageGame, nearest_action
from satisfice.population.parameters import Fitted

INERTIA = 0.5
"""Probability that an agent of the best-reply process stays with the last action; our choice."""

MOST_LEVELS = 10
"""Highest level of the hierarchy. At the largest mean, six, 4 % of agents would be above it."""
TAU_POINTS, NOISE_POINTS, REACH_POINTS = 24, 16, 7
"""Number of values of each parameter at which the hierarchy is solved."""


class Equilibrium(RuleOfPlay):
    """Equilibrium play, or the best known play, as the game defines it."""

    name = "equilibrium"

    def act(self, turn: Turn) -> Tensor:
        return self.game.play_equilibrium(turn.treatment, turn.state, turn.uniforms)


class NoisyEquilibrium(RuleOfPlay):
    """Equilibrium play with normal noise of the same size in every round.

    People are right on average, with errors. The wanted action is rounded to the grid and clipped.
    """

    name = "noisy_equilibrium"
    game: StageGame
    needs = StageGame
    parameters = (
        Parameter("noise_sd", (0.01, 1.0), "noise (equilibrium actions)", transform="log"),
    )

    def act(self, turn: Turn) -> Tensor:
        wanted = self.game.equilibrium_action(turn.treatment) * (1.0 + turn.noise)
        return nearest_action(self.game.action_values, wanted)


class BestReply(RuleOfPlay):
    """Play the best action against the last round, or stay; the first action is uniform."""

    name = "best_reply"
    game: AggregativeGame
    needs = AggregativeGame

    def act(self, turn: Turn) -> Tensor:
        state = turn.state
        if state.round == 0:
            return (turn.uniforms * len(self.game.action_values)).long()
        best = self.game.foregone_payoffs(turn.treatment, state, state.previous).argmax(-1)
        return torch.where(turn.uniforms >= INERTIA, best, state.previous)


class CognitiveHierarchy(RuleOfPlay):
    """Poisson cognitive hierarchy with logit noise (Camerer, Ho and Chong 2004).

    An agent keeps one level of reasoning for all rounds; levels follow a Poisson distribution.
    Level 0 is uniform on the actions up to a multiple of the equilibrium action, not on the whole
    grid, whose upper end is arbitrary. Level k believes that all others have lower levels, in the
    right proportions, and responds to their mixture with logit noise (as in Rogers, Palfrey and
    Camerer 2009). Agents do not learn.

    The hierarchy is solved once for each treatment, on a grid of its parameters. Between grid
    points policies are interpolated linearly in each parameter (the noise in logarithms), by
    mixing among the neighbouring points.
    """

    name = "cognitive_hierarchy"
    game: StageGame
    needs = StageGame
    parameters = (
        Parameter("tau", (0.1, 6.0), "mean level"),
        Parameter("lam", (0.01, 1.0), "logit noise (reference payoffs)", transform="log"),
        Parameter("reach", (1.0, 4.0), "largest action of level 0 (equilibrium actions)"),
    )

    def __init__(self, game: StageGame) -> None:
        super().__init__(game)
        self._cumulative: dict[str, Tensor] = {}

    def act(self, turn: Turn) -> Tensor:
        if turn.treatment not in self._cumulative:
            cumulative = self.policies(turn.treatment).cumsum(-1).reshape(-1, self._actions)
            # All policies in one increasing row, so that one search draws from all of them. The
            # last action with positive probability ends its policy's unit exactly.
            start = np.arange(len(cumulative))[:, None]
            row = (start + cumulative / cumulative[:, -1:]).ravel()
            self._cumulative[turn.treatment] = torch.from_numpy(row)
        theta, (of_tau, of_lam, of_reach) = turn.theta, self.space.fitted
        tau, fresh = _grid_point(theta["tau"], of_tau, TAU_POINTS, turn.uniforms)
        lam, fresh = _grid_point(theta["lam"], of_lam, NOISE_POINTS, fresh)
        reach, fresh = _grid_point(theta["reach"], of_reach, REACH_POINTS, fresh)
        level = levels(theta["tau"], turn.character)
        point = (reach * TAU_POINTS + tau) * NOISE_POINTS + lam
        which = point * (MOST_LEVELS + 1) + level
        wanted = which + fresh.clamp(max=1.0 - 1e-9)
        found = torch.searchsorted(self._cumulative[turn.treatment], wanted, right=True)
        return (found - which * self._actions).clamp(0, self._actions - 1)

    @property
    def _actions(self) -> int:
        return len(self.game.action_values)

    def policies(self, treatment: str) -> np.ndarray:
        """Policies at all points of the grid, shape (reach, tau, lam, levels, actions)."""
        of_tau, of_lam, of_reach = self.space.fitted
        tau = np.linspace(of_tau.low, of_tau.high, TAU_POINTS)
        lam = np.geomspace(of_lam.low, of_lam.high, NOISE_POINTS)
        expected = partial(self.game.expected_payoffs, treatment)
        reach = np.linspace(of_reach.low, of_reach.high, REACH_POINTS)
        first = [level_zero(self.game, treatment, each) for each in reach]
        return np.stack([solve_hierarchy(each, expected, tau, lam) for each in first])


def level_zero(game: StageGame, treatment: str, reach: float) -> np.ndarray:
    """Policy of level 0: uniform on the actions up to ``reach`` equilibrium actions."""
    allowed = game.action_values.numpy() <= reach * game.equilibrium_action(treatment)
    return np.asarray(allowed / allowed.sum())


def solve_hierarchy(
    first: np.ndarray,
    expected_payoffs: Callable[[np.ndarray], np.ndarray],
    tau: np.ndarray,
    lam: np.ndarray,
) -> np.ndarray:
    """Policies of all levels, for every pair of parameters, shape (taus, lams, levels, actions).

    Level 0 has a policy of shape (actions,); ``tau`` are mean levels, ``lam`` is logit noise in
    units of payoffs.
    """
    share = poisson_shares(tau)[:, None, :, None]
    policies = np.empty((len(tau), len(lam), MOST_LEVELS + 1, len(first)))
    policies[:, :, 0] = first
    for level in range(1, MOST_LEVELS + 1):
        lower = share[:, :, :level] / share[:, :, :level].sum(2, keepdims=True)
        mixture = (lower * policies[:, :, :level]).sum(2)
        policies[:, :, level] = softmax(expected_payoffs(mixture) / lam[:, None], axis=-1)
    return policies


def poisson_shares(tau: np.ndarray) -> np.ndarray:
    """Shares of levels 0 to the highest at mean levels, shape (..., levels)."""
    level = np.arange(MOST_LEVELS + 1)
    share = tau[..., None] ** level / factorial(level)
    return np.asarray(share / share.sum(-1, keepdims=True))


def levels(tau: Tensor, character: Tensor) -> Tensor:
    """Level of reasoning of each agent, by inversion.

    Mean levels have the shape (markets, 1), characters (markets, agents).
    """
    cumulative = torch.from_numpy(poisson_shares(tau.double().numpy()).cumsum(-1))
    return (cumulative <= character.unsqueeze(-1)).sum(-1).clamp(max=MOST_LEVELS)


def _grid_point(value: Tensor, of: Fitted, points: int, uniforms: Tensor) -> tuple[Tensor, Tensor]:
    """Choose one of the two grid points around a parameter, the nearer one more often.

    Returns its index, and new uniform numbers from the given ones.
    """
    value, low, high = value.double(), of.low, of.high
    if of.parameter.transform == "log":
        value, low, high = value.log(), float(np.log(low)), float(np.log(high))
    position = ((value - low) / (high - low)).clamp(0.0, 1.0) * (points - 1)
    below = position.floor().clamp(max=points - 2)
    above, fresh = toss(uniforms, position - below)
    return below.long() + above.long(), fresh
