"""Rule ``learnt_summaries``: a game's own statistics against summaries learnt from whole paths.

Both are given the same simulations and the same training. What the learnt summaries add says how
much of what agents do the statistics lose; they cannot be applied to the human data, of which only
statistics are at hand.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from satisfice.checks.calibration import calibrate
from satisfice.checks.diagnostics import coverage_gate, sbc_gate, tarp_gate
from satisfice.checks.summary_comparison import BOTH, PATHS, STATISTICS, Found, SummaryComparison
from satisfice.errors import SatisficeError
from satisfice.inference.density_training import EstimatorSettings, log_density
from satisfice.inference.embedded_estimator import PathsAndStatistics, Standardised
from satisfice.inference.path_embedding import EmbeddingSettings, PathEmbedding
from satisfice.inference.paths import PathLayout, pack_paths
from satisfice.inference.sbi_compat import sample_estimator, train_estimator
from satisfice.io.datasets import load_dataset
from satisfice.io.files import write_json, write_table
from satisfice.io.observed import read_observed
from satisfice.learning.populations import load_population
from satisfice.population.derived import quantities
from satisfice.population.parameters import ParameterPrior
from satisfice.progress import Progress, logger
from satisfice.randomness import seed_sequence, small_seed, uniform_rows
from satisfice.simulation.simulator import (
    BLOCK,
    Experiment,
    failure_reasons,
    population_player,
    simulate,
)

DRAWS = 400
"""Posterior draws for each reserved data set."""

AT_A_TIME = 10 * BLOCK
"""Simulations whose play is kept in full before it is packed."""

SAMPLE = 500
"""Simulations that standardise the paths."""


@dataclass(frozen=True)
class Simulations:
    """Simulated experiments.

    Attributes:
        layout: How the paths lie in a row.
        cube: Shape (simulations, parameters), on the unit cube.
        statistics: Shape (simulations, fitted statistics).
        paths: Shape (simulations, ``layout.width``), the fitted treatments' paths.
    """

    layout: PathLayout
    cube: np.ndarray
    statistics: np.ndarray
    paths: np.ndarray

    def inputs(self, summaries: str) -> np.ndarray:
        """What an estimator is given, shape (simulations, numbers), float32."""
        statistics = self.statistics.astype(np.float32)
        parts = {STATISTICS: [statistics], PATHS: [self.paths], BOTH: [self.paths, statistics]}
        chosen = parts[summaries]
        return chosen[0] if len(chosen) == 1 else np.concatenate(chosen, axis=1)


def compare_summaries(
    folder: str | Path,
    dataset: str | Path,
    observed: str | Path,
    parameter_prior: dict[str, Any],
    simulations: int,
    reserved: int,
    settings: Mapping[str, Any],
    seed: int,
    table_path: str | Path,
    summary_path: str | Path,
    figure_path: str | Path,
) -> None:
    """Train estimators on statistics, on paths and on both, and compare their posteriors.

    Args:
        folder: Folder of the trained policy.
        dataset: Folder of the human data, for the experiment's design.
        observed: observed.csv, which says what is fitted.
        parameter_prior: Bounds of the prior.
        simulations: Number of simulations: the first of the main table's.
        reserved: Simulations set aside for the comparison.
        settings: ``estimator`` and ``embedding``, the settings of both, and whether estimators
            on both together are trained too, ``both``.
        seed: The run's seed.
        table_path: Where the table goes, one row for each measure.
        summary_path: Where the gates and what was found in a few words go.
        figure_path: Where the figure goes.

    Raises:
        SatisficeError: Too few usable simulations.
    """
    from satisfice.report.figures_summaries import learnt_summaries  # noqa: PLC0415 - matplotlib
    from satisfice.report.style import drawing, save  # noqa: PLC0415

    prior = ParameterPrior.from_config(parameter_prior)
    data = simulate_paths(folder, dataset, observed, prior, simulations, seed)
    if len(data.cube) < reserved + 100:
        raise SatisficeError(
            folder,
            f"only {len(data.cube)} of {simulations} simulations are usable.",
            "Raise the number of simulations, or reserve fewer of them.",
        )
    found = {
        summaries: judge(data, summaries, prior, reserved, settings, seed)
        for summaries in (STATISTICS, PATHS, *([BOTH] if settings["both"] else []))
    }
    names, _ = quantities(prior, data.cube[:1])
    compared = SummaryComparison(found, names, small_seed(seed, "learnt_summaries"))
    table, answer = compared.table(), compared.answer()
    logger.info(answer)
    with drawing():
        save(learnt_summaries(table, answer), figure_path)
    write_table(table_path, table)
    write_json(
        summary_path,
        {
            **compared.summary(),
            "simulations": len(data.cube),
            "treatments": list(data.layout.treatments),
            "settings": {
                "estimator": asdict(EstimatorSettings(**settings["estimator"])),
                "embedding": asdict(EmbeddingSettings(**settings["embedding"])),
            },
        },
    )


def simulate_paths(
    folder: str | Path,
    dataset: str | Path,
    observed: str | Path,
    prior: ParameterPrior,
    simulations: int,
    seed: int,
) -> Simulations:
    """Simulate the first experiments of the rule simulate's table again, and keep their paths.

    Treatments of which nothing is fitted are played too, as the random numbers come in the order
    of the treatments, but not kept. Simulations with a statistic that is not finite are left out.
    """
    population, description = load_population(folder)
    game = population.game
    experiment = Experiment(game, load_dataset(dataset, game).markets)
    table = read_observed(observed)
    fitted = (table.split == "fit").to_numpy()
    shown = set(table.treatment[fitted])
    layout = PathLayout.of(game, {t: n for t, n in experiment.markets.items() if t in shown})
    key = (game.name, description["variant_name"])
    cube = uniform_rows(seed_sequence(seed, "theta", *key), 0, simulations, len(prior.names))
    theta, progress = prior.from_unit(cube), Progress(simulations, "simulations")
    parts, rows = [], []
    for first in range(0, simulations, AT_A_TIME):
        statistics, play = simulate(
            experiment,
            population_player(population),
            theta[first : first + AT_A_TIME],
            seed_sequence(seed, "simulate", *key),
            first=first,
            keep_play=True,
        )
        parts.append(pack_paths(layout, play))
        rows.append(statistics)
        progress(first + len(statistics))
    together = np.concatenate(rows)
    usable = failure_reasons(together, experiment.labels) == ""
    paths = np.concatenate(parts)
    return Simulations(
        layout,
        cube[usable],
        together[usable][:, fitted],
        paths if usable.all() else paths[usable],
    )


def build_embedding(
    data: Simulations, summaries: str, reserved: int, settings: EmbeddingSettings
) -> nn.Module:
    """Return the untrained network between what an estimator is given and its density."""
    statistics = Standardised(torch.from_numpy(data.statistics[:-reserved]).float())
    if summaries == STATISTICS:
        return statistics
    paths = PathEmbedding(data.layout, settings, torch.from_numpy(data.paths[:SAMPLE]))
    return paths if summaries == PATHS else PathsAndStatistics(paths, statistics)


def judge(
    data: Simulations,
    summaries: str,
    prior: ParameterPrior,
    reserved: int,
    settings: Mapping[str, Any],
    seed: int,
) -> Found:
    """Train one estimator and judge its posteriors of the reserved simulations."""
    started = time.process_time()
    key = (seed, "learnt_summaries", summaries)
    torch.manual_seed(small_seed(*key, "embedding"))
    embedding = build_embedding(
        data, summaries, reserved, EmbeddingSettings(**settings["embedding"])
    )
    inputs = data.inputs(summaries)
    network, record = train_estimator(
        data.cube[:-reserved],
        inputs[:-reserved],
        EstimatorSettings(**settings["estimator"]),
        small_seed(*key, "train"),
        embedding,
    )
    seconds = time.process_time() - started
    logger.info(
        "%s: %d epochs, validation loss %.3f",
        summaries,
        record["epochs"],
        record["best_validation_loss"],
    )
    truth, unseen = data.cube[-reserved:], inputs[-reserved:]
    draws = sample_estimator(network, unseen, DRAWS, small_seed(*key, "draws"))
    names, of_draws = quantities(prior, draws)
    calibration = calibrate(
        of_draws,
        quantities(prior, truth)[1],
        draws,
        truth,
        small_seed(*key, "tarp"),
    )
    gates = (
        sbc_gate(calibration.ranks, DRAWS, tuple(names)),
        coverage_gate(calibration.ranks, DRAWS, tuple(names)),
        tarp_gate(calibration.tarp_ranks, DRAWS),
    )
    density = log_density(network, truth, unseen)
    return Found(calibration, density, gates, record["epochs"], seconds, _peak_memory())


def _peak_memory() -> float:
    """Largest memory of this process so far, in megabytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)
