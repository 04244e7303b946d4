"""Base classes of contenders: models that play a game, with or without parameters.

Bounded and rational populations and rules of play, such as level-k, are all contenders. All are
fitted, scored and shown in the same way. To add one, write a class and name it in the config.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from satisfice.errors import SatisficeError
from satisfice.games.base import Game, nearest_action, normal
from satisfice.learning.rollout import Chance, play_rule
from satisfice.population.parameters import Parameter, ParameterSpace
from satisfice.simulation.histories import History
from satisfice.simulation.simulator import Experiment, Played, simulate

__all__ = [
    "Contender", "HasLikelihood", "Kinds", "Parameter", "RuleOfPlay", "RuleWithLikelihood", "Turn",
    "nearest_action", "normal",
]  # fmt: skip


class Contender(ABC):
    """A model that plays a game.

    Attributes:
        name: Name in configs; not needed for a class that is given as package.module:ClassName.
        needs: Class of the games that it can play.
        parameters: Declarations of its parameters; empty if nothing is fitted.
        fixed: Values of the parameters that are not fitted.
        hand_set: Names of constants that were chosen after seeing the data that contenders are
            fitted to, or estimated from them.
        space: The parameters that are columns of theta, possibly none, and their prior.
    """

    name: ClassVar[str] = ""
    needs: ClassVar[type[Any]] = Game
    parameters: ClassVar[tuple[Parameter, ...]] = ()
    fixed: ClassVar[Mapping[str, float]] = {}
    hand_set: tuple[str, ...] = ()

    def __init__(self, game: Game) -> None:
        self.game = game
        place = f"{type(self).__name__}.parameters"
        self.space = ParameterSpace.of(self.parameters, self.fixed, place=place)

    @property
    def free(self) -> tuple[str, ...]:
        """Names of the fitted parameters, in the order of :meth:`from_unit`'s columns."""
        return self.space.names

    def from_unit(self, cube: np.ndarray) -> np.ndarray:
        """Map points of the unit cube, on which the prior is uniform, to theta.

        Shapes are (points, free) and (points, parameters).
        """
        return self.space.from_unit(cube)

    @abstractmethod
    def play(self, treatment: str, theta: np.ndarray, chance: Chance) -> dict[str, Tensor]:
        """Play a whole game in many markets, one for each row of theta.

        Returns:
            For each name in ``game.recorded`` values of shape (markets, agents, rounds).
        """

    def simulate(
        self,
        experiment: Experiment,
        theta: np.ndarray,
        sequence: np.random.SeedSequence,
        **options: Any,
    ) -> tuple[np.ndarray, Played]:
        """Play an experiment once for each theta; see :func:`satisfice.simulation.simulator`."""
        return simulate(experiment, self._play_checked, theta, sequence, **options)

    def _play_checked(self, treatment: str, theta: np.ndarray, chance: Chance) -> dict[str, Tensor]:
        """Play, and check what a user's class returns."""
        played = self.play(treatment, theta, chance)
        shape = (*chance.skills.shape, len(chance.actions))
        for name in self.game.recorded:
            values = played.get(name) if isinstance(played, dict) else None
            if not isinstance(values, Tensor) or values.shape != shape:
                problem = f"its method play returned no '{name}' of shape {shape}."
                remedy = (
                    "Let play return, for each of "
                    f"{', '.join(self.game.recorded)}, a tensor of shape (markets, agents, rounds)."
                )
                raise SatisficeError(f"contender {type(self).__name__}", problem, remedy)
        return played


@dataclass(frozen=True)
class Kinds:
    """The kinds of agents in populations, which are not observed.

    Attributes:
        share: Share of each kind, shape (populations, kinds, agents), float64.
        traits: What makes a kind, such as its skill, by name, in the same shape.
        place: Shape (kinds,), ascending places in a variable in which likelihoods are smooth, if
            traits are continuous and kinds their quadrature nodes; else None.
    """

    share: Tensor
    traits: Mapping[str, Tensor] = field(default_factory=dict)
    place: np.ndarray | None = None


class HasLikelihood(ABC):
    """A model with a likelihood of recorded decisions.

    Attributes:
        space: The parameters that are columns of theta.
    """

    space: ParameterSpace

    @property
    @abstractmethod
    def free(self) -> tuple[str, ...]:
        """Names of the fitted parameters, in the order of :meth:`from_unit`'s columns."""

    @abstractmethod
    def from_unit(self, cube: np.ndarray) -> np.ndarray:
        """Map points of the unit cube, shape (points, free), to theta, (points, parameters)."""

    def kinds(self, history: History, theta: np.ndarray) -> Kinds:
        """The kinds of agents; one only, unless a model says otherwise."""
        return Kinds(torch.ones((len(theta), 1, 1), dtype=torch.float64))

    def finer_kinds(self, history: History, theta: np.ndarray) -> Kinds | None:
        """The same agents at more quadrature nodes, if kinds are nodes of a continuous trait."""
        return None

    @abstractmethod
    def log_policies(self, history: History, theta: np.ndarray, *, whole: bool = False) -> Tensor:
        """Log-probability of every decision, given the history before it and the agent's kind.

        Theta has the shape (populations, parameters).

        Returns:
            Shape (populations, kinds, markets, agents, rounds), of the action taken; with ``whole``
            one more axis with every action.
        """


@dataclass(frozen=True)
class Turn:
    """Inputs of a rule of play in a round.

    Attributes:
        treatment: Name of the treatment.
        state: State of the markets, as the game defines it.
        theta: Each parameter by name, also the fixed ones, shape (markets, 1).
        character: Shape (markets, agents), a number in [0, 1) that each agent keeps for all
            rounds; agents may differ by it.
        uniforms: Shape (markets, agents), numbers in [0, 1), new in every round.
    """

    treatment: str
    state: Any
    theta: Mapping[str, Tensor]
    character: Tensor
    uniforms: Tensor

    @property
    def noise(self) -> Tensor:
        """Normal noise of the round, for rules with a parameter ``noise_sd``."""
        return self.theta["noise_sd"] * normal(self.uniforms)


class RuleOfPlay(Contender):
    """A contender that chooses actions from the state of the markets."""

    @abstractmethod
    def act(self, turn: Turn) -> Tensor:
        """Choose actions: indices into ``game.action_values``, shape (markets, agents)."""

    def play(self, treatment: str, theta: np.ndarray, chance: Chance) -> dict[str, Tensor]:
        values = self.space.values(theta)
        named = {name: torch.from_numpy(value).float() for name, value in values.items()}

        def rule(treatment: str, state: Any, uniforms: Tensor) -> Tensor:
            action = self.act(Turn(treatment, state, named, chance.skills, uniforms))
            self._check_actions(action, uniforms)
            return action

        return play_rule(self.game, rule, treatment, chance)

    def _check_actions(self, action: Any, uniforms: Tensor) -> None:
        """Refuse values that are not indices of actions; -1 would silently be the last action."""
        number = len(self.game.action_values)
        if not isinstance(action, Tensor) or action.dtype != torch.long:
            problem = f"returned {getattr(action, 'dtype', type(action).__name__)}."
        elif action.shape != uniforms.shape:
            problem = f"returned the shape {tuple(action.shape)}, not {tuple(uniforms.shape)}."
        else:
            low, high = (int(end) for end in action.aminmax())
            if low >= 0 and high < number:
                return
            problem = f"returned the action {low if low < 0 else high}."
        raise SatisficeError(
            f"contender {type(self).__name__}",
            f"its method act {problem}",
            "Let act return a tensor of shape (markets, agents) and dtype torch.long, with indices "
            f"of actions from 0 to {number - 1}.",
        )


class RuleWithLikelihood(RuleOfPlay, HasLikelihood):
    """A rule of play whose probability of every action is known."""

    @abstractmethod
    def chances(
        self, treatment: str, state: Any, theta: Mapping[str, Tensor], actions: Tensor
    ) -> Tensor:
        """Probability of given actions, which agents choose by :meth:`act`.

        Args:
            treatment: Name of the treatment.
            state: State of the markets; its tensors have the shape (markets, agents).
            theta: Each parameter by name, also the fixed ones, shape (populations, 1, 1, 1, 1).
            actions: Indices of actions, shape (markets, agents, actions).

        Returns:
            Shape (populations, kinds, markets, agents, actions), or one that broadcasts to it.
        """

    def log_policies(self, history: History, theta: np.ndarray, *, whole: bool = False) -> Tensor:
        values = self.space.values(theta)
        named = {
            name: torch.from_numpy(value).reshape(-1, 1, 1, 1, 1) for name, value in values.items()
        }
        everything = torch.arange(len(self.game.action_values))
        rounds = []
        for state, taken in zip(history.states, history.action.unbind(-1), strict=True):
            actions = everything.expand(*taken.shape, -1) if whole else taken.unsqueeze(-1)
            found = self.chances(history.treatment, state, named, actions)
            kinds = found.shape[1]
            rounds.append(found.expand(len(theta), kinds, *actions.shape))
        together = torch.stack(rounds, -2).log()
        return together if whole else together.squeeze(-1)
