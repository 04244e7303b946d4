"""Simulates the human experiment for given parameters.

Each simulation draws skills from its supertype, plays as many markets, agents and rounds as
the humans did, and computes the same statistics. It knows no particular game and no estimator.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from satisfice.behaviour.policy import Traits
from satisfice.behaviour.skill import Supertypes
from satisfice.games.base import Game
from satisfice.learning.rollout import Population, play_actions
from satisfice.randomness import uniform_rows

BLOCK = 64
"""Simulations computed together. Matrix products round differently for different batch sizes,
so the block, not the chunk, is the unit of work: that makes results the same for any split."""


@dataclass(frozen=True)
class Experiment:
    """The design that a simulation repeats.

    Attributes:
        game: The game.
        markets: Number of markets of each treatment.
    """

    game: Game
    markets: Mapping[str, int]

    @property
    def labels(self) -> list[tuple[str, str]]:
        """Treatment and statistic of each column of the simulated statistics."""
        return [(t, name) for t in self.markets for name in self.game.statistics]

    def agents_played(self, treatment: str) -> int:
        """Number of agents over all markets of a treatment."""
        return self.markets[treatment] * self.game.treatments[treatment]

    @property
    def uniforms_needed(self) -> int:
        """Random numbers in one simulation: a skill and the actions of every agent."""
        return sum(self.agents_played(t) * (1 + self.game.rounds) for t in self.markets)

    def summarise(self, played: Mapping[str, np.ndarray]) -> np.ndarray:
        """Compute the statistics of play.

        Args:
            played: For each treatment, action indices of shape
                (simulations, markets, agents, rounds).

        Returns:
            Shape (simulations, statistics), in the order of ``labels``.
        """
        columns = []
        grid = self.game.action_values.double().numpy()
        for treatment in self.markets:
            record = self.game.record(grid[played[treatment]], treatment)
            columns += [function(record) for function in self.game.statistics.values()]
        return np.stack(columns, -1)


Player = Callable[[str, np.ndarray, Tensor, Callable[[int], Tensor]], Tensor]
"""Plays one treatment: (treatment, theta of each market, uniforms for the skills, uniforms for
a round's actions) to action indices of shape (markets, agents, rounds)."""


def population_player(population: Population) -> Player:
    """Return the player of a trained population."""

    def play(
        treatment: str, theta: np.ndarray, skills: Tensor, actions: Callable[[int], Tensor]
    ) -> Tensor:
        traits = Traits.draw(Supertypes.from_array(theta), skills)
        return play_actions(population, treatment, traits, actions)

    return play


def simulate(
    experiment: Experiment,
    player: Player,
    theta: np.ndarray,
    sequence: np.random.SeedSequence,
    *,
    first: int = 0,
    report: Callable[[int], None] = lambda done: None,
    keep_play: bool = False,
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Simulate the experiment once for each theta.

    Args:
        experiment: The design to repeat.
        player: Who plays.
        theta: Shape (simulations, 3).
        sequence: Seed of the whole table of simulations.
        first: Number of the first of these simulations in the table, a multiple of ``BLOCK``.
        report: Called with the number of simulations done.
        keep_play: Whether to return the actions too.

    Returns:
        Statistics of shape (simulations, statistics), and for each treatment the action
        indices of shape (simulations, markets, agents, rounds) if they are kept.
    """
    if first % BLOCK:
        raise ValueError(f"first must be a multiple of {BLOCK}, not {first}.")
    rows: list[np.ndarray] = []
    kept: dict[str, list[np.ndarray]] = {treatment: [] for treatment in experiment.markets}
    for start in range(0, len(theta), BLOCK):
        wanted = theta[start : start + BLOCK]
        # The last block is filled up, so that every block has the same shape.
        block = np.concatenate([wanted, np.repeat(wanted[-1:], BLOCK - len(wanted), axis=0)])
        uniforms = uniform_rows(sequence, first + start, BLOCK, experiment.uniforms_needed)
        played = _play_block(experiment, player, block, uniforms)
        rows.append(experiment.summarise(played)[: len(wanted)])
        if keep_play:
            for treatment, actions in played.items():
                kept[treatment].append(actions[: len(wanted)].astype(np.int16))
        report(start + len(wanted))
    play = {name: np.concatenate(parts) for name, parts in kept.items() if parts}
    return np.concatenate(rows), play


def _play_block(
    experiment: Experiment, player: Player, theta: np.ndarray, uniforms: np.ndarray
) -> dict[str, np.ndarray]:
    """Play all treatments of one block of simulations."""
    table = torch.from_numpy(uniforms.astype(np.float32)).clamp_(max=1 - 2**-24)
    played, used = {}, 0
    for treatment, markets in experiment.markets.items():
        agents, rounds = experiment.game.treatments[treatment], experiment.game.rounds
        count = experiment.agents_played(treatment)
        part = table[:, used : used + count * (1 + rounds)]
        used += count * (1 + rounds)
        # Rounds lead, so that each round's numbers lie together.
        numbers = part.reshape(BLOCK, 1 + rounds, markets, agents).transpose(0, 1)
        numbers = numbers.reshape(1 + rounds, BLOCK * markets, agents).contiguous()
        actions = player(
            treatment,
            np.repeat(theta, markets, axis=0),
            numbers[0],
            lambda step, numbers=numbers: numbers[1 + step],  # type: ignore[misc]
        )
        played[treatment] = actions.reshape(BLOCK, markets, agents, rounds).numpy()
    return played


def failure_reasons(statistics: np.ndarray, labels: list[tuple[str, str]]) -> np.ndarray:
    """Say for each simulation why it cannot be used; an empty text if it can.

    Args:
        statistics: Shape (simulations, statistics).
        labels: Treatment and statistic of each column.
    """
    bad = ~np.isfinite(statistics)
    reasons = np.full(len(statistics), "", dtype="U200")
    for row in np.flatnonzero(bad.any(-1)):
        names = ["/".join(labels[column]) for column in np.flatnonzero(bad[row])]
        reasons[row] = "not finite: " + ", ".join(names)
    return reasons
