"""What a neural posterior sees of each agent's decisions: a row of means over rounds.

In the likelihood an agent's decisions enter as a sum over rounds of a smooth function of the action
and of what the agent saw before. So a row has the means of polynomials of these, how often
the action was repeated, how large changes were, and the first action. Nothing in it depends on
the model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np

from satisfice.games.base import Game, Play

DEGREE = 3
"""Largest degree of the polynomials."""

SMALL_CHANGES = (0, 1, 2, 4, 8, 16)
"""Changes from round to round are counted up to these sizes."""

SMALLEST_SD = 0.3
"""Standard deviations, in units of the action, are told apart down to this."""


@dataclass(frozen=True)
class Roster:
    """The agents of an experiment: treatment by treatment, market by market.

    Attributes:
        treatment: Shape (agents,), the number of each agent's treatment.
        role: Shape (agents,), the number of each agent's role; zero if all agents are alike.
        treatments: Names of the treatments.
        roles: Number of roles; 0 if all agents are alike.
    """

    treatment: np.ndarray
    role: np.ndarray
    treatments: tuple[str, ...]
    roles: int

    @classmethod
    def of(cls, game: Game, markets: Mapping[str, int]) -> Roster:
        """The agents of a number of markets in each treatment."""
        sizes = [game.treatments[treatment] for treatment in markets]
        number = [size * of for size, of in zip(sizes, markets.values(), strict=True)]
        roles = len(game.roles)
        seats = [np.arange(each) % max(1, roles) for each in number]
        return cls(
            np.repeat(np.arange(len(sizes)), number), np.concatenate(seats), tuple(markets), roles
        )


@dataclass(frozen=True)
class AgentFeatures:
    """Describes each agent's decisions.

    Attributes:
        recorded: Names of what the game records of a round.
        social: Whether any market has several agents.
        centre: Mean of each recorded quantity, shape (quantities,).
        spread: Its standard deviation.
    """

    recorded: tuple[str, ...]
    social: bool
    centre: np.ndarray
    spread: np.ndarray

    @classmethod
    def scaled(cls, game: Game, play: Mapping[str, Play]) -> AgentFeatures:
        """Features whose units are the standard deviations in some play."""
        values = [
            np.concatenate([part[name].ravel() for part in play.values()]) for name in game.recorded
        ]
        spread = np.array([each.std() for each in values])
        return cls(
            tuple(game.recorded),
            any(game.treatments[treatment] > 1 for treatment in play),
            np.array([each.mean() for each in values]),
            np.where(spread > 0, spread, 1.0),
        )

    def rows(self, play: Mapping[str, Play]) -> np.ndarray:
        """Describe the agents of all treatments, in the order of a :class:`Roster`.

        Args:
            play: Recorded play of each treatment, arrays of shape (simulations, markets, agents,
                rounds), at least two rounds.

        Returns:
            Shape (simulations, agents, features), float32.
        """
        parts = [self._of_treatment(part) for part in play.values()]
        return np.concatenate([each.reshape(len(each), -1, each.shape[-1]) for each in parts], 1)

    def _of_treatment(self, play: Play) -> np.ndarray:
        """Features of shape (simulations, markets, agents, features)."""
        seen = [
            ((play[name] - centre) / spread).astype(np.float32)
            for name, centre, spread in zip(self.recorded, self.centre, self.spread, strict=True)
        ]
        own = seen[self.recorded.index("action")]
        before = [each[..., :-1] for each in seen]
        if self.social:
            others = max(1, own.shape[-2] - 1)
            before.append((own.sum(-2, keepdims=True) - own)[..., :-1] / others)
        variables = [own[..., 1:], *before]
        change = np.abs(np.diff(play["action"], axis=-1))
        columns = [
            *(each.mean(-1) for each in _monomials(variables)),
            *((change <= limit).mean(-1) for limit in SMALL_CHANGES),
            np.log1p(change).mean(-1),
            own[..., 0],
            own[..., 0] ** 2,
        ]
        unit = SMALLEST_SD / self.spread[self.recorded.index("action")]
        together = [np.stack(columns, -1), _regression(np.stack(variables, -2), unit**2)]
        return np.concatenate(together, -1).astype(np.float32)


def _monomials(variables: list[np.ndarray]) -> list[np.ndarray]:
    """All products of up to ``DEGREE`` of the variables."""
    found: dict[tuple[int, ...], np.ndarray] = {
        (number,): each for number, each in enumerate(variables)
    }
    for degree in range(2, DEGREE + 1):
        for chosen in combinations_with_replacement(range(len(variables)), degree):
            found[chosen] = found[chosen[:-1]] * variables[chosen[-1]]
    return list(found.values())


def _regression(variables: np.ndarray, least: float) -> np.ndarray:
    """Regress each agent's action on what was seen before.

    Args:
        variables: The action and what was seen, shape (..., variables, rounds).
        least: Added to variances, so that an agent who always does the same has a logarithm.

    Returns:
        Log-variances of the action, alone and given what was seen, and the slopes; shape (...,
        1 + variables).
    """
    centred = variables - variables.mean(-1, keepdims=True)
    covariance = centred @ centred.swapaxes(-1, -2) / variables.shape[-1]
    covariance += least * np.eye(variables.shape[-2], dtype=np.float32)
    seen, joint = covariance[..., 1:, 1:], covariance[..., 1:, :1]
    slopes = np.linalg.solve(seen, joint)
    variance = covariance[..., 0, 0]
    left = variance - (slopes * joint).sum((-1, -2))
    logs = np.log(np.stack([variance, left.clip(min=least)], -1))
    return np.concatenate([logs, slopes[..., 0]], -1)
