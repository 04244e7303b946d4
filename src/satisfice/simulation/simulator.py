"""Simulates the human experiment for given parameters.

Each simulation draws skills from its supertype, plays as many markets, agents and rounds as
the people did, and computes the same statistics. The code is the same for all games.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from satisfice.games.base import Game
from satisfice.learning.rollout import Chance, Population, play_outcomes
from satisfice.population.policy import Traits
from satisfice.randomness import uniform_rows

BLOCK = 64
"""Simulations computed together. Matrix products of different sizes round differently, so the block
is the unit of work and not the chunk: results are then the same for any number of chunks."""

NUMBERS_AT_ONCE = 2**19
"""A block with more random numbers is halved, because markets of thousands of agents would not fit
into memory. Experiments with people are far smaller."""


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

    def numbers_needed(self, treatment: str) -> int:
        """Random numbers of a treatment: all agents' skills and actions, all markets' shocks."""
        game, markets = self.game, self.markets[treatment]
        agents = markets * game.treatments[treatment]
        return agents * (1 + game.rounds) + markets * game.rounds * game.shocks

    @property
    def uniforms_needed(self) -> int:
        """Random numbers of one simulation."""
        return sum(self.numbers_needed(treatment) for treatment in self.markets)

    @property
    def block(self) -> int:
        """Simulations computed together: ``BLOCK``, or a smaller power of two if they are large.

        It depends on the design alone, so that results are the same for any number of chunks.
        """
        size = BLOCK
        while size > 1 and size * self.uniforms_needed > NUMBERS_AT_ONCE:
            size //= 2
        return size

    def summarise(self, played: Mapping[str, Mapping[str, np.ndarray]]) -> np.ndarray:
        """Compute the statistics of play, shape (simulations, statistics), ordered as ``labels``.

        Recorded play of each treatment has the shape (simulations, markets, agents, rounds).
        """
        columns = []
        for treatment in self.markets:
            record = self.game.record(played[treatment], treatment)
            columns += [function(record) for function in self.game.statistics.values()]
        return np.stack(columns, -1)


Player = Callable[[str, np.ndarray, Chance], dict[str, Tensor]]
"""Plays one treatment: maps (treatment, theta of each market, random numbers) to recorded play,
tensors of shape (markets, agents, rounds)."""

Played = dict[str, dict[str, np.ndarray]]
"""Recorded play of each treatment, shape (simulations, markets, agents, rounds)."""


def population_player(population: Population) -> Player:
    """Return the player of a trained population."""

    def play(treatment: str, theta: np.ndarray, chance: Chance) -> dict[str, Tensor]:
        traits = Traits.draw(population.supertypes(theta), chance.skills)
        return play_outcomes(population, treatment, traits, chance)

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
) -> tuple[np.ndarray, Played]:
    """Simulate the experiment once for each theta, shape (simulations, parameters).

    ``sequence`` seeds the whole table of simulations, of which these start at number ``first``, a
    multiple of ``BLOCK``. ``report`` is called with the number of simulations done.

    Returns:
        Statistics of shape (simulations, statistics), and the recorded play of each treatment if
        it is kept, arrays of shape (simulations, markets, agents, rounds).
    """
    if first % BLOCK:
        raise ValueError(f"first must be a multiple of {BLOCK}, not {first}.")
    rows: list[np.ndarray] = []
    kept: list[Played] = []
    size = experiment.block
    for start in range(0, len(theta), size):
        wanted = theta[start : start + size]
        # The last block is filled up, so that every block has the same shape.
        block = np.concatenate([wanted, np.repeat(wanted[-1:], size - len(wanted), axis=0)])
        uniforms = uniform_rows(sequence, first + start, size, experiment.uniforms_needed)
        played = _play_block(experiment, player, block, uniforms)
        rows.append(experiment.summarise(played)[: len(wanted)])
        if keep_play:
            kept.append(
                {
                    treatment: {name: values[: len(wanted)] for name, values in record.items()}
                    for treatment, record in played.items()
                }
            )
        report(start + len(wanted))
    play = {
        treatment: {name: np.concatenate([part[treatment][name] for part in kept]) for name in one}
        for treatment, one in (kept[0] if kept else {}).items()
    }
    return np.concatenate(rows), play


def _play_block(
    experiment: Experiment, player: Player, theta: np.ndarray, uniforms: np.ndarray
) -> dict[str, dict[str, np.ndarray]]:
    """Play all treatments of one block of simulations."""
    table = torch.from_numpy(uniforms.astype(np.float32)).clamp_(max=1 - 2**-24)
    played, used = {}, 0
    for treatment, markets in experiment.markets.items():
        agents = experiment.game.treatments[treatment]
        needed = experiment.numbers_needed(treatment)
        chance = _chance(experiment.game, table[:, used : used + needed], markets, agents)
        used += needed
        outcomes = player(treatment, np.repeat(theta, markets, axis=0), chance)
        shape = (len(theta), markets, agents, experiment.game.rounds)
        played[treatment] = {
            name: values.reshape(shape).double().numpy() for name, values in outcomes.items()
        }
    return played


def _chance(game: Game, numbers: Tensor, markets: int, agents: int) -> Chance:
    """Distribute the random numbers of a treatment, shape (simulations, numbers)."""
    rounds = game.rounds
    of_agents = markets * agents * (1 + rounds)

    def rounds_lead(part: Tensor, width: int, length: int) -> Tensor:
        # Each round's numbers are next to each other.
        ordered = part.reshape(len(numbers), length, markets, width).transpose(0, 1)
        return ordered.reshape(length, len(numbers) * markets, width).contiguous()

    drawn = rounds_lead(numbers[:, :of_agents], agents, 1 + rounds)
    shocks = rounds_lead(numbers[:, of_agents:], game.shocks, rounds)
    return Chance(drawn[0], drawn[1:], shocks)


def failure_reasons(statistics: np.ndarray, labels: list[tuple[str, str]]) -> np.ndarray:
    """For each simulation the reason why it cannot be used, or an empty text.

    Statistics have the shape (simulations, statistics), and labels name their columns.
    """
    bad = ~np.isfinite(statistics)
    reasons = np.full(len(statistics), "", dtype="U200")
    for row in np.flatnonzero(bad.any(-1)):
        names = ["/".join(labels[column]) for column in np.flatnonzero(bad[row])]
        reasons[row] = "not finite: " + ", ".join(names)
    return reasons
