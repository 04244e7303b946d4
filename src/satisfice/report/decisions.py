"""What single decisions show about one game, read once, as its figures, tables and words use it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch

from satisfice.io.files import read_table
from satisfice.io.game_run import BOUNDED, GameRun
from satisfice.population.supertypes import Supertypes, middle_quantiles
from satisfice.report.results import Posterior, model_label, read_posterior

PARTS = {"loo": "markets left out", "held_out": "treatments held out"}
"""The two tests in plain words, by their names in comparison.csv."""

GROUPS = {
    "bounded": "bounded model",
    "ablation": "ablation",
    "belief": "prior belief alone",
    "rival": "rival",
    "naive": "naive",
    "ceiling": "ceiling",
}
"""Kinds of contenders in plain words, by their names in comparison.csv."""

NAMES = {
    "bounded_alike": "bounded, all alike",
    "uniform": "guessing",
    "frequencies": "frequencies of actions",
    "ceiling": "machine learning",
}

NAIVE, CEILING = "uniform", "ceiling"
"""The predictors at completeness 0 and 1."""


@dataclass(frozen=True)
class DecisionResults:
    """Everything that figures, tables and words about single decisions show.

    Attributes:
        comparison: comparison.csv.
        individuals: individuals.csv.
        posterior: From all decisions, under the default prior belief.
        of_statistics: From the fitted statistics, under the same prior belief.
        default_belief: Its name.
    """

    comparison: pd.DataFrame
    individuals: pd.DataFrame
    posterior: Posterior
    of_statistics: Posterior
    default_belief: str

    @property
    def parts(self) -> list[str]:
        """Names of the parts that were scored, of :data:`PARTS`."""
        return [part for part in PARTS if f"log_score_{part}" in self.comparison]

    def ranked(self, part: str) -> pd.DataFrame:
        """Rows that have a score, best first; their index is the contender."""
        score = f"log_score_{part}"
        found = self.comparison.dropna(subset=[score]).set_index("contender")
        return found.sort_values(score, ascending=False, kind="stable")

    @property
    def markets(self) -> int:
        """Number of markets."""
        return len(self.individuals[["treatment", "market"]].drop_duplicates())

    @property
    def treatments(self) -> list[str]:
        """Names of the treatments, by their numbers where they have some."""

        def parts(name: str) -> list[str | int]:
            return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)]

        return sorted(set(self.individuals.treatment.astype(str)), key=parts)

    def people(self, treatment: str) -> pd.DataFrame:
        """Rows of individuals.csv of one treatment."""
        return self.individuals[self.individuals.treatment.astype(str) == treatment]

    def label(self, contender: str) -> str:
        """Readable name of a contender."""
        if contender in NAMES:
            return NAMES[contender]
        if contender.startswith("belief_"):
            return f"belief alone ({contender.removeprefix('belief_')})"
        return model_label(contender, self.default_belief)

    @property
    def bounded(self) -> str:
        """Readable name of the bounded model with the default prior belief."""
        return self.label(BOUNDED)


def read_decision_results(who: GameRun) -> DecisionResults:
    """Read what the rule ``decide`` wrote, and the posterior from statistics beside it.

    Raises:
        SatisficeError: A file is missing or broken.
    """
    return DecisionResults(
        comparison=read_table(who.decided("comparison.csv")),
        individuals=read_table(who.decided("individuals.csv")),
        posterior=read_posterior(who.decided("posterior.nc")),
        of_statistics=read_posterior(who.file("posterior.nc")),
        default_belief=who.beliefs[0],
    )


def population_costs(posterior: Posterior, agents: int = 20) -> np.ndarray:
    """Processing costs of agents of all roles and posterior draws, shape (draws * agents,).

    Agents of a draw are evenly spaced quantiles of its population.
    """
    names = posterior.parameters
    theta = np.stack([posterior.draws("posterior", name) for name in names], axis=-1)
    population = Supertypes.from_array(theta[:, None].repeat(agents, axis=1), posterior.space)
    levels = middle_quantiles(agents)[:, None].expand(population.shape)
    with torch.inference_mode():
        costs = population.processing_costs(population.skill_quantiles(levels))
    return costs.double().numpy().ravel()


def joined(words: Sequence[str]) -> str:
    """Words as a list in a sentence: "a, b and c"."""
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def percent(share: float) -> str:
    """A share as whole per cent."""
    return f"{round(100 * float(share)):d} %"
