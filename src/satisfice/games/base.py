"""What every game offers to learning, simulation and evaluation.

A game is played by whole batches of markets at once. Tensors have the leading shape
``(markets, agents)``; one treatment (one configuration of the game) is played at a time.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor

NO_ACTION_YET = -1
"""Value of ``Observation.previous_action`` before an agent's first decision."""

Statistic = Callable[[Mapping[str, np.ndarray]], np.ndarray]
"""Maps recorded play, arrays of shape (..., markets, agents, rounds), to one number per
leading index."""


@dataclass(frozen=True)
class Observation:
    """What the agents know when they decide.

    Attributes:
        features: Shape (markets, agents, features), of order one.
        previous_action: Shape (markets, agents), index of the agent's own last action, or
            ``NO_ACTION_YET``.
    """

    features: Tensor
    previous_action: Tensor


class Game(ABC):
    """A repeated market game on a finite grid of actions.

    Attributes:
        name: Name in the config and in paths.
        action_unit: Unit of the actions, for axis labels.
        action_values: Shape (actions,), what each action index means in natural units.
        rounds: Number of decisions of each agent in one play.
        treatments: Number of agents for each treatment's name.
        information: For each level of information, the names of the features that an agent
            observes. The level ``none`` has no feature: such an agent is memoryless.
        statistics: Functions that summarise recorded play, by name. The same functions
            serve human and simulated play.
        statistic_units: Unit of each statistic, for axis labels.
    """

    name: str
    action_unit: str
    action_values: Tensor
    rounds: int
    treatments: Mapping[str, int]
    information: Mapping[str, tuple[str, ...]]
    statistics: Mapping[str, Statistic]
    statistic_units: Mapping[str, str]

    @abstractmethod
    def treatment_features(self, treatment: str) -> Tensor:
        """Describe a treatment to the policy network.

        Returns:
            Shape (treatment features,), of order one.
        """

    @abstractmethod
    def start(self, treatment: str, markets: int) -> Any:
        """Return the state of ``markets`` new markets."""

    @abstractmethod
    def observe(self, treatment: str, state: Any, information: str) -> Observation:
        """Return what the agents see at one level of information."""

    @abstractmethod
    def step(self, treatment: str, state: Any, actions: Tensor) -> tuple[Any, Tensor]:
        """Play one round.

        Args:
            treatment: Name of the treatment.
            state: State of the markets.
            actions: Shape (markets, agents), indices into ``action_values``.

        Returns:
            The next state, and payoffs of shape (markets, agents) in units of the
            treatment's reference payoff.
        """

    @abstractmethod
    def foregone_payoffs(self, treatment: str, state: Any, actions: Tensor) -> Tensor:
        """Payoffs that every action would have earned against what the others just did.

        The name is Camerer and Ho's (1999). With them, learning needs no sampling noise about
        an agent's own choice.

        Returns:
            Shape (markets, agents, actions) in units of the reference payoff.
        """

    @abstractmethod
    def equilibrium_actions(self, treatment: str) -> Tensor:
        """Exact play of the unboundedly rational benchmark.

        Returns:
            Shape (agents,), in natural units, not rounded to the grid.
        """

    def record(self, actions: np.ndarray, treatment: str) -> dict[str, np.ndarray]:
        """Turn played actions into the arrays that the statistics read.

        Args:
            actions: Shape (..., markets, agents, rounds), in natural units. Human decisions
                need not lie on the grid.
            treatment: Name of the treatment.

        Returns:
            At least ``action``, the actions as they are.
        """
        return {"action": actions}

    @abstractmethod
    def expected_payoffs(self, treatment: str, population: np.ndarray) -> np.ndarray:
        """Exact expected payoff of each action against independent draws of the others.

        Used only by the exact solver that verifies learning, in float64.

        Args:
            treatment: Name of the treatment.
            population: Shape (..., actions), distribution of one other agent's action.

        Returns:
            Shape (..., actions), in units of the reference payoff.
        """
