"""Contenders of many games: equilibrium, the last round's best reply, a cognitive hierarchy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import torch
from scipy.special import factorial, softmax
from torch import Tensor

from satisfice.contenders.base import Kinds, Parameter, RuleWithLikelihood, Turn
from satisfice.contenders.draws import toss
from satisfice.contenders.grid_chances import between_neighbours, point_mass, rounded_normal
from satisfice.contenders.interpolation import (
    draw_from_row,
    grid_of,
    in_one_row,
    interpolated,
    place_on_grid,
)
from satisfice.contenders.memoryless import MemorylessRule
from satisfice.games.aggregative import AggregativeGame
from satisfice.games.base import StageGame, nearest_action
from satisfice.population.parameters import Fitted
from satisfice.population.supertypes import middle_quantiles
from satisfice.simulation.histories import History

INERTIA = 0.5
"""Probability that an agent of the best-reply process stays with the last action; our choice."""

MOST_LEVELS = 10
"""Highest level of the hierarchy. At the largest mean, six, 4 % of agents would be above it."""
TAU_POINTS, NOISE_POINTS, REACH_POINTS = 24, 16, 7
"""Number of values of each parameter at which the hierarchy is solved."""

EVEN_DRAWS = 64
"""Evenly spread draws that give the probabilities of a game's own equilibrium play."""


class Equilibrium(RuleWithLikelihood):
    """Equilibrium play, or the best known play, as the game defines it.

    Its probabilities are exact where play uses no chance or mixes between two actions, as in all
    games of this package.
    """

    name = "equilibrium"

    def act(self, turn: Turn) -> Tensor:
        return self.game.play_equilibrium(turn.treatment, turn.state, turn.uniforms)

    def chances(
        self, treatment: str, state: Any, theta: Mapping[str, Tensor], actions: Tensor
    ) -> Tensor:
        game = self.game
        if isinstance(game, StageGame) and _mixes_as_usual(game):
            wanted = torch.tensor(game.equilibrium_action(treatment), dtype=torch.float64)
            return between_neighbours(game.action_values, actions, wanted)[None, None]
        found = torch.zeros(actions.shape, dtype=torch.float64)
        for draw in middle_quantiles(EVEN_DRAWS):
            uniforms = draw.expand(actions.shape[:-1])
            chosen = game.play_equilibrium(treatment, state, uniforms)
            found += point_mass(actions, chosen.unsqueeze(-1)) / EVEN_DRAWS
        return found[None, None]


class NoisyEquilibrium(MemorylessRule):
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

    def distribution(self, treatment: str, theta: Mapping[str, Tensor]) -> Tensor:
        grid = self.game.action_values
        wanted = torch.tensor(self.game.equilibrium_action(treatment), dtype=torch.float64)
        return rounded_normal(grid, torch.arange(len(grid)), wanted, wanted * theta["noise_sd"])


class BestReply(RuleWithLikelihood):
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

    def chances(
        self, treatment: str, state: Any, theta: Mapping[str, Tensor], actions: Tensor
    ) -> Tensor:
        if state.round == 0:
            number = len(self.game.action_values)
            return torch.full((1, 1, *actions.shape), 1.0 / number, dtype=torch.float64)
        best = self.game.foregone_payoffs(treatment, state, state.previous).argmax(-1, keepdim=True)
        stays = point_mass(actions, state.previous.unsqueeze(-1))
        return (INERTIA * stays + (1.0 - INERTIA) * point_mass(actions, best))[None, None]


class CognitiveHierarchy(MemorylessRule):
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
        self._solved: dict[str, Tensor] = {}
        self._cumulative: dict[str, Tensor] = {}

    def act(self, turn: Turn) -> Tensor:
        if turn.treatment not in self._cumulative:
            flat = self._table(turn.treatment).numpy().reshape(-1, self._actions)
            self._cumulative[turn.treatment] = in_one_row(flat)
        theta, (of_tau, of_lam, of_reach) = turn.theta, self.space.fitted
        tau, fresh = _grid_point(theta["tau"], of_tau, TAU_POINTS, turn.uniforms)
        lam, fresh = _grid_point(theta["lam"], of_lam, NOISE_POINTS, fresh)
        reach, fresh = _grid_point(theta["reach"], of_reach, REACH_POINTS, fresh)
        level = levels(theta["tau"], turn.character)
        point = (reach * TAU_POINTS + tau) * NOISE_POINTS + lam
        which = point * (MOST_LEVELS + 1) + level
        return draw_from_row(self._cumulative[turn.treatment], which, fresh, self._actions)

    def kinds(self, history: History, theta: np.ndarray) -> Kinds:
        tau = self.space.values(theta)["tau"]
        return kinds_by_level(tau, history.action.shape[1], MOST_LEVELS)

    def distribution(self, treatment: str, theta: Mapping[str, Tensor]) -> Tensor:
        of_tau, of_lam, of_reach = self.space.fitted
        places = (
            place_on_grid(theta["reach"].flatten(), of_reach, REACH_POINTS),
            place_on_grid(theta["tau"].flatten(), of_tau, TAU_POINTS),
            place_on_grid(theta["lam"].flatten(), of_lam, NOISE_POINTS),
        )
        return interpolated(self._table(treatment), places)

    def _table(self, treatment: str) -> Tensor:
        """The policies at all points of the grid, solved once."""
        if treatment not in self._solved:
            self._solved[treatment] = torch.from_numpy(self.policies(treatment))
        return self._solved[treatment]

    @property
    def _actions(self) -> int:
        return len(self.game.action_values)

    def policies(self, treatment: str) -> np.ndarray:
        """Policies at all points of the grid, shape (reach, tau, lam, levels, actions)."""
        of_tau, of_lam, of_reach = self.space.fitted
        tau, lam = grid_of(of_tau, TAU_POINTS), grid_of(of_lam, NOISE_POINTS)
        expected = partial(self.game.expected_payoffs, treatment)
        reach = grid_of(of_reach, REACH_POINTS)
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


def kinds_by_level(tau: np.ndarray, agents: int, highest: int) -> Kinds:
    """Agents by level of reasoning; the highest kind has all higher levels too.

    Mean levels have the shape (populations, 1).
    """
    share = poisson_shares(tau)
    share = np.concatenate([share[..., :highest], share[..., highest:].sum(-1, keepdims=True)], -1)
    by_level = torch.from_numpy(share).transpose(1, 2).expand(-1, -1, agents)
    level = torch.arange(highest + 1.0, dtype=torch.float64).unsqueeze(-1)
    return Kinds(by_level, {"level": level.expand_as(by_level)})


def _mixes_as_usual(game: StageGame) -> bool:
    return type(game).play_equilibrium is StageGame.play_equilibrium


def _grid_point(value: Tensor, of: Fitted, points: int, uniforms: Tensor) -> tuple[Tensor, Tensor]:
    """Choose one of the two grid points around a parameter, the nearer one more often.

    Returns its index, and new uniform numbers from the given ones.
    """
    below, share = place_on_grid(value, of, points)
    above, fresh = toss(uniforms, share)
    return below + above.long(), fresh
