"""The interface of games for learning, simulation and evaluation.

A game is played in batches of markets. Tensors have the leading shape ``(markets, agents)``; a
batch has one treatment (one configuration of the game).
"""

from __future__ import annotations

import fnmatch
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor

from satisfice.games.shown_paths import ShownPath

NO_ACTION_YET = -1
"""Value of ``Observation.previous_action`` before an agent's first decision."""

NO_SHOCKS = torch.empty(0)
"""The shocks of a game without chance."""

Play = Mapping[str, np.ndarray]
"""Recorded play: arrays of shape (..., markets, agents, rounds) by name."""

Statistic = Callable[[Play], np.ndarray]
"""Maps recorded play to one number for each leading index."""

StylisedFact = Callable[[Mapping[tuple[str, str], np.ndarray]], np.ndarray]
"""Maps statistics, keyed by treatment and name, to whether they show a pattern."""

Rule = Callable[[str, Any, Tensor], Tensor]
"""A rule of play: (treatment, state, uniforms of shape (markets, agents)) to action indices."""


@dataclass(frozen=True)
class Observation:
    """What agents observe when they decide.

    Attributes:
        features: Shape (markets, agents, features), of order one.
        previous_action: Shape (markets, agents), index of the agent's own last action, or
            ``NO_ACTION_YET``.
        anchor: Shape (markets, agents), the game's rule of thumb in natural units, or NaN where
            there is none.
    """

    features: Tensor
    previous_action: Tensor
    anchor: Tensor

    def __getitem__(self, which: Any) -> Observation:
        """The observation of some agents; ``which`` selects among (markets, agents)."""
        return Observation(self.features[which], self.previous_action[which], self.anchor[which])


@dataclass(frozen=True)
class Limit:
    """Bounds of a quantity in rational play of a treatment.

    Attributes:
        quantity: What is measured, with its unit.
        measure: Maps recorded play of shape (markets, agents, rounds) to a number.
        low: Smallest value allowed.
        high: Largest value allowed.
        rule: A rule of play; its value on the same shocks replaces ``high``.
    """

    quantity: str
    measure: Callable[[Play], Any]
    low: float = -np.inf
    high: float = np.inf
    rule: Rule | None = None


@dataclass(frozen=True)
class Aggregate:
    """A quantity of markets whose agents draw independently from a population's actions.

    Attributes:
        quantity: Its name, in words.
        of: Maps a treatment and a population's distribution of actions, shape
            (populations, actions), to exact values, shape (populations,).
        tolerance: Largest error of the mean learnt population.
        relative: Whether the tolerance is a share of the exact value.
    """

    quantity: str
    of: Callable[[str, np.ndarray], np.ndarray]
    tolerance: float
    relative: bool


class Game(ABC):
    """A repeated market game on a finite grid of actions.

    Methods get the name of a ``treatment`` and the ``state`` of the markets, which each game
    defines. ``actions``, shape (markets, agents), are indices into ``action_values``, and
    ``shocks``, shape (markets, ``shocks``), numbers in [0, 1). Payoffs, shape (markets, agents),
    are in units of the treatment's reference payoff.

    Attributes:
        name: Name in the config and in paths.
        action_unit: Unit of the actions, for axis labels.
        action_values: Shape (actions,), what each action index means in natural units.
        rounds: Number of decisions of each agent in one play.
        treatments: Number of agents of each treatment of the human experiment, by name.
        roles: Names of the agents where they differ; empty where all agents are alike.
        first_period: Number of the first decision's period in files of decisions.
        shocks: Number of random numbers that a market needs in each round.
        information: For each level of information, the names of the features that an agent
            observes. The level ``none`` has no feature: such an agent is memoryless.
        recorded: Names of what :meth:`outcomes` records of a round.
        statistics: Functions that summarise recorded play, by name. The same functions
            serve human and simulated play.
        statistic_units: Unit of each statistic, for axis labels.
        spreads: Names of statistics that are never negative and err in proportion to their size,
            such as standard deviations: their standard errors come from logarithms.
        only_shown: Names of statistics that follow from others, such as their sum. Tables and
            figures show them beside the human values; they are neither fitted nor scored.
        stylised_facts: Patterns of the human statistics, by a name in words.
        paths: Quantities of recorded play to show over time.
        price_taking: Whether agents take the outcome of their joint actions as given.
        constant_anchor: Whether an agent without information (the level ``none``) has the same
            anchor in all rounds.
        left_out: Treatments in which no policy is trained; see :meth:`trained_without`.
        told_in_numbers: Whether policies are told a treatment by :meth:`treatment_numbers`.
    """

    name: str
    action_unit: str
    action_values: Tensor
    rounds: int
    treatments: Mapping[str, int]
    roles: tuple[str, ...] = ()
    first_period: int = 1
    shocks: int = 0
    information: Mapping[str, tuple[str, ...]]
    recorded: tuple[str, ...] = ("action",)
    statistics: Mapping[str, Statistic]
    statistic_units: Mapping[str, str]
    spreads: tuple[str, ...] = ()
    only_shown: tuple[str, ...] = ()
    stylised_facts: Mapping[str, StylisedFact]
    paths: tuple[ShownPath, ...] = ()
    price_taking: bool = False
    constant_anchor: bool = False
    left_out: Collection[str] = ()
    told_in_numbers: bool = False

    @property
    def training_treatments(self) -> Mapping[str, int]:
        """Number of agents of each training treatment, by name."""
        return {name: each for name, each in self.treatments.items() if name not in self.left_out}

    def trained_without(self, treatments: Collection[str]) -> Self:
        """The same game for policies that are not trained in some of its treatments.

        They can play there, because they are told all treatments by :meth:`treatment_numbers`.
        ``treatments`` are names, or patterns with ``*``.

        Raises:
            ValueError: A treatment is unknown, or none is left to train in.
        """
        found = [fnmatch.filter(self.treatments, each) for each in treatments]
        same = copy(self)
        same.left_out, same.told_in_numbers = frozenset().union(*found), True
        if not all(found) or not same.training_treatments:
            raise ValueError(f"policies of {self.name} cannot be trained without {treatments}")
        return same

    @property
    def training_rounds(self) -> int:
        """Number of decisions in one training episode."""
        return self.rounds

    def side_by_side(self, markets: int) -> Game | None:
        """All training treatments as one game, if treatments differ in numbers only.

        Playing them together takes little longer than one of them. The first ``markets`` markets
        play the first training treatment, the next ones the second, and so on; the methods'
        ``treatment`` is ignored. None: each treatment is played alone.
        """
        return None

    def treatment_features(self, treatment: str) -> Tensor:
        """Describe a treatment to the policy network, shape (features,), of order one.

        By default, name it by a one for this treatment and zeros for the others.
        """
        if self.told_in_numbers:
            return self.treatment_numbers(treatment)
        return torch.tensor([float(treatment == other) for other in self.treatments])

    def treatment_numbers(self, treatment: str) -> Tensor:
        """What treatments differ in, in numbers of order one, shape (numbers,).

        They say how near a treatment is to those that a policy was trained in; names do not.
        Quantities that are never negative are given by their logarithms.
        """
        raise NotImplementedError("it needs a method treatment_numbers, to leave treatments out")

    @abstractmethod
    def start(self, treatment: str, markets: int) -> Any:
        """Return the state of ``markets`` new markets."""

    @abstractmethod
    def observe(self, treatment: str, state: Any, information: str) -> Observation:
        """Return what the agents see at one level of information."""

    @abstractmethod
    def step(
        self, treatment: str, state: Any, actions: Tensor, shocks: Tensor
    ) -> tuple[Any, Tensor]:
        """Play one round: the next state, and the payoffs."""

    def next_state(self, treatment: str, state: Any, actions: Tensor, shocks: Tensor) -> Any:
        """The state that :meth:`step` returns; a game may compute it without payoffs."""
        after, _ = self.step(treatment, state, actions, shocks)
        return after

    def follow(
        self, treatment: str, state: Any, actions: Tensor, recorded: Mapping[str, Tensor]
    ) -> Any:
        """The state after a recorded round.

        A game whose next state depends on shocks reads their outcome from ``recorded``, arrays of
        shape (markets, agents).
        """
        if self.shocks:
            raise NotImplementedError("it needs a method follow, which reads chance from records")
        return self.next_state(treatment, state, actions, NO_SHOCKS)

    @abstractmethod
    def advance(
        self, treatment: str, state: Any, amounts: Tensor, shocks: Tensor
    ) -> tuple[Any, Tensor]:
        """Play one round with amounts in natural units, which need not be on the grid.

        The next state and the payoffs are differentiable with respect to ``amounts``, shape
        (markets, agents). No gradient passes through what agents take as given, such as the price
        in the cobweb market.
        """

    def outcomes(self, before: Any, actions: Tensor, after: Any) -> dict[str, Tensor]:
        """The record of a round, shape (markets, agents) each, in natural units."""
        return {"action": self.action_values.take(actions)}

    def record(self, play: Play, treatment: str) -> dict[str, np.ndarray]:
        """Add to recorded play, in natural units, what the statistics need.

        Human decisions need not lie on the grid.
        """
        return dict(play)

    @abstractmethod
    def play_equilibrium(self, treatment: str, state: Any, uniforms: Tensor) -> Tensor:
        """Actions of all agents in equilibrium, or in the best known play.

        ``uniforms``, shape (markets, agents), are numbers in [0, 1).
        """

    @abstractmethod
    def rational_limits(self, treatment: str) -> tuple[Limit, ...]:
        """Bounds for play without a KL cost in a training treatment."""


class StageGame(Game):
    """A game in which a round's payoffs depend on that round only.

    The payoff of every action against the others' actions is then known exactly, which spares
    learning the noise of an agent's own choices. The state is a dataclass with the indices of the
    last actions, shape (markets, agents), under ``previous``; they may be fractions.

    Attributes:
        aggregates: Quantities by which learnt and exact markets are compared.
        anchored_on_own_action: Whether the anchor in observations is the own last action, so that
            an action changes later KL costs.
    """

    aggregates: tuple[Aggregate, ...]
    anchored_on_own_action: bool = False

    def step(
        self, treatment: str, state: Any, actions: Tensor, shocks: Tensor = NO_SHOCKS
    ) -> tuple[Any, Tensor]:
        after, payoff = self.advance(treatment, state, self.action_values[actions], shocks)
        return replace(after, previous=actions), payoff

    @abstractmethod
    def foregone_payoffs(
        self, treatment: str, state: Any, actions: Tensor, shocks: Tensor
    ) -> Tensor:
        """Payoffs that every action would have earned against the others' actions of the round.

        The name is Camerer and Ho's (1999). Shape (markets, agents, actions).
        """

    def foregone_in(
        self, treatment: str, state: Any, actions: Tensor, recorded: Mapping[str, Tensor]
    ) -> Tensor:
        """:meth:`foregone_payoffs` of a recorded round; for ``recorded`` see :meth:`follow`."""
        if self.shocks:
            raise NotImplementedError("it needs a method foregone_in, like follow")
        return self.foregone_payoffs(treatment, state, actions, NO_SHOCKS)

    @abstractmethod
    def expected_payoffs(self, treatment: str, population: np.ndarray) -> np.ndarray:
        """Exact expected payoff of each action against independent draws of the others, float64.

        ``population`` is the distribution of one other agent's action. Both have the shape
        (..., actions). Only the exact solutions that verify learning need it.
        """

    @abstractmethod
    def equilibrium_action(self, treatment: str) -> float:
        """Equilibrium play of one agent, in natural units, not rounded to the grid."""

    def play_equilibrium(self, treatment: str, state: Any, uniforms: Tensor) -> Tensor:
        """The equilibrium action, as a mixture of the two actions of the grid beside it."""
        wanted = torch.full_like(uniforms, self.equilibrium_action(treatment))
        return mix_between_neighbours(self.action_values, wanted, uniforms)


class DynamicGame(Game):
    """A game whose actions change later payoffs through a state, differentiably along the path."""

    def step(
        self, treatment: str, state: Any, actions: Tensor, shocks: Tensor
    ) -> tuple[Any, Tensor]:
        return self.advance(treatment, state, self.action_values[actions], shocks)


def join_features(columns: Mapping[str, Tensor], names: Sequence[str], like: Tensor) -> Tensor:
    """Features that agents observe, possibly none, shape (markets, agents, names).

    ``columns`` have the shape (markets, agents); so has ``like``, whose dtype they get.
    """
    chosen = [columns[name] for name in names]
    return torch.stack(chosen, -1) if chosen else like.new_empty((*like.shape, 0))


def mean_action(play: Play) -> float:
    """Mean of all actions, in natural units."""
    return float(play["action"].mean())


def step_and_add_payoffs(
    game: Game, treatment: str, state: Any, actions: Tensor, shocks: Tensor, draws: int
) -> tuple[Any, Tensor]:
    """Play a round; its payoffs are added over evenly spread shocks, the given one first.

    The game goes on by the given shocks, shape (markets, shocks). Actions are indices, shape
    (markets, agents).

    Returns:
        The next state, and the sum of ``draws`` payoffs of each agent, shape (markets, agents).
    """
    after, payoff = game.step(treatment, state, actions, shocks)
    # Evenly spread, as in learning.rollout.mean_foregone_payoffs.
    for draw in range(1, draws):
        payoff = payoff + game.step(treatment, state, actions, (shocks + draw / draws) % 1.0)[1]
    return after, payoff


def mix_between_neighbours(grid: Tensor, wanted: Tensor, uniforms: Tensor) -> Tensor:
    """Indices of grid values that have the wanted mean, shape (markets, agents).

    If a wanted action lies between two values of the increasing grid, agents mix between the two
    by their uniform numbers, so that rounding does not make a rule worse.
    """
    upper = torch.searchsorted(grid, wanted.contiguous()).clamp(1, len(grid) - 1)
    share = (wanted - grid[upper - 1]) / (grid[upper] - grid[upper - 1])
    return upper - 1 + (uniforms < share).long()


def nearest_action(grid: Tensor, wanted: Tensor) -> Tensor:
    """Indices of the grid values nearest to the wanted actions, on an even grid."""
    step = grid[1] - grid[0]
    return ((wanted - grid[0]) / step).round().long().clamp(0, len(grid) - 1)


def normal(uniforms: Tensor) -> Tensor:
    """Standard normal numbers from uniform ones in [0, 1)."""
    inside = uniforms.double().clamp(1e-6, 1 - 1e-6)
    drawn: Tensor = torch.special.ndtri(inside)
    return drawn.float()


def total_of(distribution: np.ndarray, number: int) -> np.ndarray:
    """Distribution of the total of several independent draws, at least one, by convolution.

    Shape (..., points) on a lattice from zero becomes (..., number (points - 1) + 1).
    """
    points = number * (distribution.shape[-1] - 1) + 1
    spectrum = np.fft.rfft(distribution, n=2 ** int(np.ceil(np.log2(points))), axis=-1)
    # Products, because NumPy's complex power is slow.
    density = np.fft.irfft(reduce(np.multiply, [spectrum] * number), axis=-1)
    return np.asarray(density[..., :points])
