"""Rule ``reference_posteriors``: how good is the estimator where exact answers can be had?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from satisfice.checks.two_sample import c2st
from satisfice.games.base import StageGame
from satisfice.inference.emulator import noise_near
from satisfice.inference.ensemble import Ensemble
from satisfice.inference.reference_posterior import Pilot, abc_posterior, likelihood_posterior
from satisfice.inference.sbi_cross_checks import sequential_abc
from satisfice.io.datasets import load_dataset
from satisfice.io.files import write_json, write_table
from satisfice.io.observed import labels_of, read_observed
from satisfice.learning.populations import load_population
from satisfice.learning.verification import first_prior_belief
from satisfice.population.derived import quantities
from satisfice.population.parameters import ParameterPrior
from satisfice.progress import Progress, logger
from satisfice.randomness import small_seed
from satisfice.simulation.exact_simulator import ExactBehaviour
from satisfice.simulation.simulator import Experiment

DRAWS = 1000
"""Most draws of each posterior that a classifier is given; fewer where few are accepted."""

LARGEST_C2ST = 0.58
"""Mean accuracy of the classifier up to which the estimator counts as right."""


def reference_posteriors(
    folder: str | Path,
    ensemble: str | Path,
    dataset: str | Path,
    observed: str | Path,
    budget: int,
    settings: dict[str, int],
    seed: int,
    table: str | Path,
    summary: str | Path,
) -> None:
    """Compare the ensemble and sequential ABC with references on exactly simulated data sets.

    Args:
        folder: Folder of the trained policy, of a memoryless population.
        ensemble: The safetensors file of the ensemble.
        dataset: Folder of the human data, for the experiment's design.
        observed: observed.csv, which says what is fitted.
        budget: Simulations that the ensemble had, and that sequential ABC is given.
        settings: The config's ``cross_checks.reference``.
        seed: The run's seed.
        table: Where the CSV file goes, one row for each data set and quantity.
        summary: Where the JSON file goes.
    """
    exact = ExactStatistics.solve(folder, dataset, observed, settings["solves"], seed)
    pilot, judged = exact.pilot(settings["pilot"]), Ensemble.load(ensemble)
    truths = exact.truths(settings["data_sets"])
    report, rows = Progress(len(truths), "data sets"), []
    for number, truth in enumerate(truths):
        rows.append(_one_data_set(exact, pilot, judged, truth, number, budget, settings, seed))
        report(number + 1)
    joined = pd.concat(rows, ignore_index=True)
    write_table(table, joined)
    write_json(summary, _summarise(joined, exact.behaviour, budget, settings))


@dataclass(frozen=True)
class ExactStatistics:
    """The exact simulator of the fitted statistics.

    Attributes:
        behaviour: Exact play of the population.
        experiment: The design of the fitted treatments.
        columns: Which of the experiment's statistics are fitted.
        seed: The run's seed.
    """

    behaviour: ExactBehaviour
    experiment: Experiment
    columns: np.ndarray
    seed: int

    @classmethod
    def solve(
        cls,
        folder: str | Path,
        dataset: str | Path,
        observed: str | Path,
        solves: int,
        seed: int,
    ) -> ExactStatistics:
        """Solve for exact play; arguments as of :func:`reference_posteriors`."""
        population, description = load_population(folder)
        game = population.game
        assert isinstance(game, StageGame)  # Only these have an equilibrium of one round.
        prior = ParameterPrior.from_config(description["parameter_prior"])
        human = read_observed(observed)
        fitted = human[human.split == "fit"]
        treatments = list(dict.fromkeys(fitted.treatment.astype(str)))
        markets = load_dataset(dataset, game).markets
        experiment = Experiment(game, {name: markets[name] for name in treatments})
        wanted = set(labels_of(fitted))
        columns = np.array([label in wanted for label in experiment.labels])
        behaviour = ExactBehaviour.solve(
            game, treatments, prior, first_prior_belief(population), solves
        )
        logger.info("policies interpolated to within %s (total variation)", behaviour.error)
        return cls(behaviour, experiment, columns, seed)

    @property
    def prior(self) -> ParameterPrior:
        """The prior that was solved over."""
        return self.behaviour.prior

    def pilot(self, simulations: int) -> Pilot:
        """Simulations from the whole prior, for the reference posteriors of all data sets."""
        return Pilot.run(
            lambda cube: self.simulate(cube, "pilot"),
            simulations,
            len(self.prior.names),
            small_seed(self.seed, "pilot", self.behaviour.game.name),
        )

    def truths(self, data_sets: int) -> np.ndarray:
        """Points of the cube that data sets are simulated from, shape (data sets, parameters)."""
        seed = small_seed(self.seed, "truths", self.behaviour.game.name)
        return np.random.default_rng(seed).random((data_sets, len(self.prior.names)))

    def simulate(self, cube: np.ndarray, *key: str | int) -> np.ndarray:
        """Fitted statistics of one experiment for each point of the cube."""
        return self.behaviour.simulate(self.experiment, cube, self.seed, *key)[:, self.columns]

    def one(self, truth: np.ndarray, number: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """Statistics of one experiment, and how often each agent took each action."""
        game = self.behaviour.game
        random = torch.Generator().manual_seed(small_seed(self.seed, "data set", number))
        play = self.behaviour.play(self.experiment, truth[None], random)
        grid, counts = game.action_values.numpy(), {}
        for treatment, recorded in play.items():
            paths = recorded["action"].reshape(-1, game.rounds)
            taken = np.abs(paths[:, :, None] - grid).argmin(-1)
            counts[treatment] = np.stack([np.bincount(row, minlength=len(grid)) for row in taken])
        return self.experiment.summarise(play)[0][self.columns], counts


def _one_data_set(
    exact: ExactStatistics,
    pilot: Pilot,
    ensemble: Ensemble,
    truth: np.ndarray,
    number: int,
    budget: int,
    settings: dict[str, int],
    seed: int,
) -> pd.DataFrame:
    data, counts = exact.one(truth, number)
    draws = min(DRAWS, settings["simulations"] // 100)
    one_seed = small_seed(seed, "reference", number)
    reference = abc_posterior(
        pilot, lambda cube: exact.simulate(cube, "box", number), data,
        settings["simulations"], draws, one_seed,
    )  # fmt: skip
    decisions = likelihood_posterior(
        lambda cube: exact.behaviour.log_likelihood(counts, cube),
        len(truth), settings["points"], draws, one_seed,
    )  # fmt: skip
    calls = 0

    def simulate(cube: np.ndarray) -> np.ndarray:
        nonlocal calls
        calls += 1
        return exact.simulate(cube, "abc", number, calls)

    noise = noise_near(pilot.emulator, data, len(truth))
    abc = sequential_abc(simulate, len(truth), data, noise, budget, draws // 2, one_seed)
    drawn = ensemble.sample(data[None], draws // len(ensemble.members), seed, f"reference {number}")
    neural = np.concatenate(drawn[:, 0])
    names, _ = quantities(exact.prior, truth)
    spread = {
        name: quantities(exact.prior, cube)[1].std(0)
        for name, cube in {
            "npe": neural, "reference": reference.cube, "decisions": decisions.cube,
            "smc_abc": abc.cube,
        }.items()
    }  # fmt: skip
    return pd.DataFrame(
        {
            "data_set": number,
            "quantity": names,
            "truth": quantities(exact.prior, truth)[1],
            **{f"sd_{name}": values for name, values in spread.items()},
            "c2st_npe": c2st(reference.cube[: len(neural)], neural, one_seed % 1000),
            "c2st_smc_abc": c2st(reference.cube[: len(abc.cube)], abc.cube, one_seed % 1000),
            "simulations_smc_abc": abc.simulations,
            "instability_of_reference": reference.stability,
        }
    )


def _summarise(
    joined: pd.DataFrame, behaviour: ExactBehaviour, budget: int, settings: dict[str, int]
) -> dict[str, Any]:
    sets = joined.drop_duplicates("data_set")
    sharper = joined.sd_decisions / joined.sd_reference
    npe = float(sets.c2st_npe.mean())
    return {
        "data_sets": len(sets),
        "simulations_of_estimator": budget,
        "c2st_npe": npe,
        "c2st_smc_abc": float(sets.c2st_smc_abc.mean()),
        "largest_c2st_npe": float(sets.c2st_npe.max()),
        "threshold": LARGEST_C2ST,
        "passed": npe <= LARGEST_C2ST,
        "median_instability_of_reference": float(sets.instability_of_reference.median()),
        "simulations_of_reference": settings["pilot"] + len(sets) * settings["simulations"],
        "sd_with_decisions_over_sd_with_statistics": {
            str(name): float(values.median())
            for name, values in sharper.groupby(joined.quantity, sort=False)
        },
        "interpolation_total_variation": dict(behaviour.error),
    }
