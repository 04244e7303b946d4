"""The logit quantal response equilibrium as a rival: one precision for all agents."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np
import torch
from torch import Tensor

from satisfice.contenders.base import Parameter, Turn
from satisfice.contenders.draws import toss
from satisfice.contenders.grid_chances import SMALLEST
from satisfice.contenders.interpolation import (
    draw_from_row,
    grid_of,
    in_one_row,
    interpolated,
    place_among,
)
from satisfice.contenders.memoryless import MemorylessRule
from satisfice.games.base import StageGame
from satisfice.learning.exact_qre import solve, total_variation

POINTS = 48
"""Number of noise levels at which the equilibrium is solved first."""

LARGEST_STEP, MOST_HALVINGS = 0.04, 8
"""Between equilibria farther apart than this, in total variation, a further one is solved: among
five oligopolists equilibrium play moves fast near a noise of 0.2, where the price leaves zero."""


class LogitQRE(MemorylessRule):
    """Logit quantal response equilibrium (McKelvey and Palfrey 1995), the same for all agents.

    Agents play every action with odds exp(expected payoff / lam) against others who do the same.
    Where nobody else matters, as in the newsvendor, this is logit choice (Su 2008).

    The equilibrium is solved once for each treatment, at several values of ``lam``. Between them
    policies are interpolated linearly in its logarithm, with an error of total variation below
    0.002 in the games of this package.
    """

    name = "quantal_response"
    game: StageGame
    needs = StageGame
    parameters = (
        Parameter("lam", (0.005, 2.0), "logit noise (reference payoffs)", transform="log"),
    )

    def __init__(self, game: StageGame) -> None:
        super().__init__(game)
        self._solved: dict[str, tuple[Tensor, Tensor]] = {}
        self._cumulative: dict[str, Tensor] = {}

    def act(self, turn: Turn) -> Tensor:
        log_lam, policies = self._table(turn.treatment)
        if turn.treatment not in self._cumulative:
            self._cumulative[turn.treatment] = in_one_row(policies.numpy())
        below, share = place_among(turn.theta["lam"].log(), log_lam)
        above, fresh = toss(turn.uniforms, share)
        which, row = below + above.long(), self._cumulative[turn.treatment]
        return draw_from_row(row, which, fresh, len(self.game.action_values))

    def distribution(self, treatment: str, theta: Mapping[str, Tensor]) -> Tensor:
        log_lam, policies = self._table(treatment)
        place = place_among(theta["lam"].flatten().log(), log_lam)
        return interpolated(policies, [place]).unsqueeze(1)

    def _table(self, treatment: str) -> tuple[Tensor, Tensor]:
        """Logarithms of noise, shape (points,), and equilibria there, shape (points, actions)."""
        if treatment not in self._solved:
            lam = grid_of(self.space.fitted[0], POINTS)
            policies = self._equilibria(treatment, lam)
            for _ in range(MOST_HALVINGS):
                far = total_variation(policies[1:], policies[:-1]) > LARGEST_STEP
                if not far.any():
                    break
                between = np.sqrt(lam[1:] * lam[:-1])[far]
                added = self._equilibria(treatment, between)
                place = np.flatnonzero(far) + 1
                lam = np.insert(lam, place, between)
                policies = np.insert(policies, place, added, axis=0)
            policies = np.maximum(policies, SMALLEST)
            self._solved[treatment] = torch.from_numpy(np.log(lam)), torch.from_numpy(policies)
        return self._solved[treatment]

    def _equilibria(self, treatment: str, lam: np.ndarray) -> np.ndarray:
        actions = len(self.game.action_values)
        uniform = np.full(actions, -np.log(actions))
        expected = partial(self.game.expected_payoffs, treatment)
        return solve(lam[:, None], np.ones((len(lam), 1)), expected, uniform).policy[:, 0]
