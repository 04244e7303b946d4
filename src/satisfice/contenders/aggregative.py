"""A contender in all games of :mod:`satisfice.games.aggregative`: replies to the last round."""

from __future__ import annotations

import torch
from torch import Tensor

from satisfice.contenders.base import RuleOfPlay, Turn
from satisfice.games.aggregative import AggregativeGame

INERTIA = 0.5
"""Probability that an agent of the best-reply process stays with the last action; our choice."""


class BestReply(RuleOfPlay):
    """Do what would have been best in the last round, or stay; first, anything."""

    name = "best_reply"
    game: AggregativeGame
    needs = AggregativeGame

    def act(self, turn: Turn) -> Tensor:
        state = turn.state
        if state.round == 0:
            return (turn.uniforms * len(self.game.action_values)).long()
        best = self.game.foregone_payoffs(turn.treatment, state, state.previous).argmax(-1)
        return torch.where(turn.uniforms >= INERTIA, best, state.previous)
