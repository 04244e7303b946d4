"""Repeated games in which a payoff depends on an agent's own action and on the others' total.

Oligopolies, public goods, common pools and contests for a share are such games. A subclass gives
the treatments, the grid and the payoff of a round; this class derives everything that learning,
simulation, verification and reports need.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from satisfice.devices import here
from satisfice.games.base import (
    NO_ACTION_YET,
    NO_SHOCKS,
    Aggregate,
    Limit,
    Observation,
    Play,
    StageGame,
    Statistic,
    StylisedFact,
    join_features,
    mean_action,
    total_of,
)
from satisfice.games.panel_statistics import SPREADS, mean_path, panel_statistics
from satisfice.games.shown_paths import ShownPath


@dataclass(frozen=True)
class LastRound:
    """The last round.

    Attributes:
        previous: Shape (markets, agents), indices of the last actions, or NO_ACTION_YET.
        round: Number of rounds already played.
    """

    previous: Tensor
    round: int


class AggregativeGame(StageGame):
    """A game in which fixed markets repeat the same round.

    A subclass sets ``name``, ``action_unit``, ``action_values`` (an even grid), ``rounds`` and
    ``treatments``, and defines the payoff and the equilibrium. The statistics are those of
    :func:`satisfice.games.panel_statistics.panel_statistics`.
    """

    information: Mapping[str, tuple[str, ...]] = {
        "none": (),
        "round": ("rounds_left",),
        "market": ("rounds_left", "started", "others"),
    }

    spreads = SPREADS

    # The rule of thumb is to repeat the last action.
    anchored_on_own_action = True

    relative: tuple[str, str, str] = ("relative_action", "mean action", "typical actions")
    """Actions in typical actions, which all statistics use: the names of this quantity and of its
    mean, and its unit."""

    def __init__(self) -> None:
        self.action_values = here(self.action_values)  # a class may have made it on another device
        quantity, mean, unit = self.relative
        self.statistics: Mapping[str, Statistic] = panel_statistics(self.rounds, quantity)
        self.statistic_units: Mapping[str, str] = {
            **dict.fromkeys(self.statistics, unit),
            "share_changed": "share",
            "lag_one_autocorrelation": "correlation",
        }
        self.stylised_facts: Mapping[str, StylisedFact] = {}
        self.paths: tuple[ShownPath, ...] = (mean_path(self.rounds, quantity, mean, unit),)
        self.aggregates: tuple[Aggregate, ...] = (
            Aggregate("mean action", self.mean_of_population, self._range / 100, relative=False),
        )

    @abstractmethod
    def payoff(self, treatment: str, own: Tensor, others: Tensor) -> Tensor:
        """Payoff of a round for own actions and totals of the others', in natural units.

        The payoff is in reference payoffs, about what an agent earns in a round, so that the
        weight of the KL cost means the same in all games. The arguments broadcast.
        """

    def typical_action(self, treatment: str) -> float:
        """A scale: the equilibrium action, or half of the largest action if it is zero."""
        return self.equilibrium_action(treatment) or float(self.action_values[-1]) / 2

    @cached_property
    def _range(self) -> float:
        return float(self.action_values[-1] - self.action_values[0])

    @cached_property
    def _lowest(self) -> float:
        return float(self.action_values[0])

    @cached_property
    def _step(self) -> float:
        return self._range / max(1, len(self.action_values) - 1) or 1.0

    def treatment_features(self, treatment: str) -> Tensor:
        told = super().treatment_features(treatment)
        if self.told_in_numbers:
            return told
        return torch.cat([told, torch.tensor([self.treatments[treatment] / 5.0])])

    def start(self, treatment: str, markets: int) -> LastRound:
        shape = (markets, self.treatments[treatment])
        return LastRound(torch.full(shape, NO_ACTION_YET), 0)

    def observe(self, treatment: str, state: LastRound, information: str) -> Observation:
        action = self._lowest + self._step * torch.clamp(state.previous, min=0)
        action = action.float()
        others = action.sum(-1, keepdim=True) - action
        usual = max(1, self.treatments[treatment] - 1) * self.typical_action(treatment)
        acted = state.previous != NO_ACTION_YET
        started = acted.float()
        columns = {
            "started": started,
            "rounds_left": torch.full_like(action, 1.0 - state.round / self.rounds),
            "others": started * (others / usual - 1.0),
        }
        features = join_features(columns, self.information[information], action)
        return Observation(features, state.previous, torch.where(acted, action, torch.nan))

    def next_state(
        self, treatment: str, state: LastRound, actions: Tensor, shocks: Tensor
    ) -> LastRound:
        return LastRound(actions, state.round + 1)

    def advance(
        self, treatment: str, state: LastRound, amounts: Tensor, shocks: Tensor = NO_SHOCKS
    ) -> tuple[LastRound, Tensor]:
        others = amounts.sum(-1, keepdim=True) - amounts
        place = (amounts - self._lowest) / self._step
        return LastRound(place, state.round + 1), self.payoff(treatment, amounts, others)

    def foregone_payoffs(
        self, treatment: str, state: LastRound, actions: Tensor, shocks: Tensor = NO_SHOCKS
    ) -> Tensor:
        amounts = self.action_values[actions]
        others = amounts.sum(-1, keepdim=True) - amounts
        return self.payoff(treatment, self.action_values, others.unsqueeze(-1))

    def expected_payoffs(self, treatment: str, population: np.ndarray) -> np.ndarray:
        """See :meth:`StageGame.expected_payoffs`.

        The others' total follows the (n - 1)-fold convolution of the population's distribution,
        so the result is exact.
        """
        others = self.treatments[treatment] - 1
        density = total_of(population, others)
        places = np.arange(density.shape[-1])
        totals = torch.from_numpy(others * self._lowest + self._step * places)
        own = self.action_values.double()
        return np.asarray(density @ self.payoff(treatment, own, totals[:, None]).numpy())

    def record(self, play: Play, treatment: str) -> dict[str, np.ndarray]:
        return {**play, self.relative[0]: play["action"] / self.typical_action(treatment)}

    def rational_limits(self, treatment: str) -> tuple[Limit, ...]:
        """Play within 2 % of the grid's range from equilibrium."""
        best, margin = self.equilibrium_action(treatment), 0.02 * self._range
        return (Limit("mean action", mean_action, low=best - margin, high=best + margin),)

    def mean_of_population(self, treatment: str, population: np.ndarray) -> np.ndarray:
        """Mean action of a population's distribution."""
        return np.asarray(population @ self.action_values.double().numpy())
