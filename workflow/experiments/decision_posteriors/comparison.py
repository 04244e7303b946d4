"""The neural posterior beside the likelihood's, one data set at a time."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from experiments.cross_checks.two_sample import c2st
from experiments.decision_posteriors.neural_posterior import NeuralPosterior
from experiments.decision_posteriors.simulated_decisions import DecisionExperiment, Panels, alone
from satisfice.contenders.bounded import TrainedPopulation
from satisfice.decisions.archive import Archive
from satisfice.decisions.settings import DecisionSettings
from satisfice.population.derived import quantities
from satisfice.progress import logger
from satisfice.randomness import small_seed

COMPARED = ("mean_lambda", "sd_lambda")
"""Quantities in the table, or the same of each role."""

MOST_C2ST, MOST_SHIFT = 0.60, 0.3
"""The posteriors agree up to this accuracy of a classifier, on average over simulated data sets,
and up to this difference of means, in posterior SDs."""

PEOPLE, SIMULATED, LIKE_PEOPLE = "people", "simulated", "like people"
"""Kinds of data sets: people's; those of draws from the prior; and those of draws from people's
posterior, which the model fits by construction."""


@dataclass(frozen=True)
class Pair:
    """Both posteriors of one data set, as equal numbers of draws on the unit cube.

    Attributes:
        likelihood: Shape (draws, parameters), from the likelihood of the decisions.
        neural: Shape (draws, parameters).
        seconds: Time for each, without that for training.
        unusual: Share of experiments simulated from the likelihood's posterior whose learnt
            summaries are farther from their mean than those of the data.
    """

    likelihood: np.ndarray
    neural: np.ndarray
    seconds: tuple[float, float]
    unusual: float


@dataclass(frozen=True)
class Comparison:
    """Compares both posteriors on any data set.

    Attributes:
        of: The experiment.
        network: The neural posterior.
        settings: Settings of the likelihood's sampler.
        draws: Draws of each posterior.
        replicates: Experiments that say which summaries are usual.
    """

    of: DecisionExperiment
    network: NeuralPosterior
    settings: DecisionSettings
    draws: int
    replicates: int

    def pair(self, panels: Panels, name: str) -> Pair:
        """Both posteriors of one data set."""
        seed, started = small_seed(self.of.seed, "decision_posteriors", name), time.perf_counter()
        population = self.of.population
        model = TrainedPopulation(population, nodes=self.settings.nodes)
        # Few points, each of them drawn several times, could be told from any other posterior.
        effective = max(self.settings.effective, self.draws)
        sampler = self.settings.model_copy(update={"effective": effective})
        archive = Archive(model, self.of.histories(panels), sampler, seed)
        weighted = archive.given(np.ones(archive.markets, dtype=bool))
        likelihood = population.space.to_unit(weighted.theta[weighted.rows(self.draws)])
        middle = time.perf_counter()
        neural = self.network.draw(alone(panels), self.draws)[0]
        seconds = middle - started, time.perf_counter() - middle
        return Pair(likelihood, neural, seconds, self._unusual(panels, likelihood, name))

    def rows(self, pair: Pair, kind: str, number: int) -> list[dict[str, Any]]:
        """One row for each quantity that is compared."""
        space = self.of.population.space
        names, one = quantities(space, pair.likelihood)
        _, other = quantities(space, pair.neural)
        accuracy = c2st(pair.likelihood, pair.neural)
        shared = {
            "game": self.of.population.game.name, "data_set": kind, "number": number,
            "c2st": accuracy,
        }  # fmt: skip
        costs = {
            "seconds_likelihood": pair.seconds[0], "seconds_neural": pair.seconds[1],
            "unusual": pair.unusual,
        }  # fmt: skip
        rows = []
        for name, exact, learnt in zip(names, one.T, other.T, strict=True):
            if name.startswith(COMPARED):
                shift = (learnt.mean() - exact.mean()) / exact.std()
                found = {
                    "quantity": name, "mean_likelihood": exact.mean(), "sd_likelihood": exact.std(),
                    "mean_neural": learnt.mean(), "sd_neural": learnt.std(), "shift": shift,
                }  # fmt: skip
                rows.append(shared | found | costs)
        logger.info("%s %d: C2ST %.3f, shift %s", kind, number, accuracy,
                    ", ".join(f"{row['shift']:+.2f}" for row in rows))  # fmt: skip
        return rows

    def _unusual(self, panels: Panels, cube: np.ndarray, name: str) -> float:
        """See :class:`Pair`; distances are those of Mahalanobis."""
        chosen = np.linspace(0, len(cube) - 1, self.replicates).round().astype(int)
        parts = self.of.play(cube[chosen], f"replicates of {name}")
        usual = np.concatenate([self.network.summaries(play) for play in parts])
        data = self.network.summaries(alone(panels))
        centre, spread = usual.mean(0), np.cov(usual.T)
        inverse = np.linalg.pinv(spread, hermitian=True)
        distance = [
            np.einsum("ij,jk,ik->i", each - centre, inverse, each - centre)
            for each in (usual, data)
        ]
        return float((1 + (distance[0] >= distance[1]).sum()) / (1 + len(usual)))


def in_words(table: pd.DataFrame, quantity: Mapping[str, str]) -> dict[str, Any]:
    """Whether the posteriors agree, and why if they do not: the content of the summary.

    Args:
        table: Rows of :meth:`Comparison.rows` of all data sets of a game.
        quantity: Short names of the quantities.
    """
    sets = table.drop_duplicates(["data_set", "number"]).set_index("data_set")
    accuracy = {
        str(kind): float(rows.c2st.mean()) for kind, rows in sets.groupby("data_set", sort=False)
    }
    shifts = {
        str(kind): {
            str(name): float(of.abs().mean() if len(of) > 1 else of.iloc[0])
            for name, of in rows.groupby("quantity", sort=False)["shift"]
        }
        for kind, rows in table.groupby("data_set", sort=False)
    }
    people = table[table.data_set == PEOPLE]
    agree = accuracy[SIMULATED] <= MOST_C2ST
    near = bool((people["shift"].abs() <= MOST_SHIFT).all())
    words = ", ".join(
        f"{quantity[str(row.quantity)]} {row.shift:+.2f}" for row in people.itertuples()
    )
    sentence = (
        f"On simulated data sets a classifier tells the two posteriors apart with an accuracy of "
        f"{accuracy[SIMULATED]:.2f} ({'at' if agree else 'above'} most {MOST_C2ST:.2f} is asked). "
        f"On people the neural posterior differs by, in SDs of the likelihood's: {words}."
    )
    if not near:
        unusual, like_people = float(people.unusual.iloc[0]), accuracy[LIKE_PEOPLE]
        sentence += (
            f" Of experiments simulated from people's posterior, {unusual:.1%} have summaries as "
            f"far from usual as people's. For such experiments the accuracy is {like_people:.2f}, "
            f"so the estimator is {'' if like_people <= MOST_C2ST else 'not '}right near people."
        )
    return {
        "sentence": sentence,
        "c2st": accuracy,
        "shift": shifts,
        "most_c2st": MOST_C2ST,
        "most_shift": MOST_SHIFT,
        "agree_on_simulated": agree,
        "agree_on_people": near,
    }
