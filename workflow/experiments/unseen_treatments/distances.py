"""How far a policy is from another one, and from the exact equilibrium, treatment by treatment."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd
import torch

from satisfice.games.base import StageGame
from satisfice.learning.exact_qre import total_variation
from satisfice.learning.rollout import Chance, Population, rounds_of_play
from satisfice.learning.verification import distance_from_exact_qre
from satisfice.population.policy import Traits
from satisfice.randomness import small_seed

COLUMNS = ["contender", "treatment", "trained_in", "theta", "total_variation", "from_exact_qre"]
"""The columns. ``theta`` says where supertypes come from, ``trained_in`` whether the contender's
policy was trained in the treatment."""


def distance_along_play(
    one: Population, other: Population, treatment: str, theta: np.ndarray, seed: int
) -> float:
    """Mean total variation between two policies in the states that the play of the first reaches.

    Each row of theta, shape (supertypes, parameters), has one market.
    """
    game, generator = one.game, torch.Generator().manual_seed(seed)
    rounds = 1 if one.memoryless and other.memoryless else game.rounds
    chance = Chance.draw(game, game.treatments[treatment], len(theta), rounds, generator)
    traits = Traits.draw(one.supertypes(theta), chance.skills)
    distances = []
    with torch.inference_mode():
        for played in rounds_of_play(one, treatment, traits, chance):
            answered = other.decide(treatment, played.before, traits).log_policy.exp().numpy()
            distances.append(total_variation(played.choice.log_policy.exp().numpy(), answered))
    return float(np.mean(distances))


def distance_table(
    populations: Mapping[str, Population],
    supertypes: Mapping[str, np.ndarray],
    treatments: Collection[str],
    seed: int,
) -> pd.DataFrame:
    """Distances of policies from the first one, and from the exact QRE where it is known.

    Args:
        populations: The populations by the contender's name.
        supertypes: Theta, shape (supertypes, parameters), by a word for where they come from.
        treatments: Treatments to measure in.
        seed: Seed of the play.

    Returns:
        One row for each contender, treatment and kind of theta, with the columns ``COLUMNS``.
    """
    first, rows = next(iter(populations.values())), []
    for name, population in populations.items():
        for drawn_from, theta in supertypes.items():
            exact = exact_distances(population, theta)
            rows += [
                [
                    name,
                    treatment,
                    treatment in population.game.training_treatments,
                    drawn_from,
                    distance_along_play(
                        first, population, treatment, theta, small_seed(seed, treatment)
                    ),
                    exact.get(treatment, np.nan),
                ]
                for treatment in treatments
            ]
    return pd.DataFrame(rows, columns=COLUMNS)


def exact_distances(population: Population, theta: np.ndarray) -> dict[str, float]:
    """Mean total variation from the exact QRE in each treatment; empty where there is none."""
    if not (population.memoryless and isinstance(population.game, StageGame)):
        return {}
    found = distance_from_exact_qre(population, theta)["by_treatment"]
    return {treatment: each["total_variation"]["mean"] for treatment, each in found.items()}
