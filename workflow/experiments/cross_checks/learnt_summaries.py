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
from pathlib import Path
from typing import Any

import torch
from torch import nn

from experiments.cross_checks import figures
from experiments.cross_checks.one_estimator import train_estimator
from experiments.cross_checks.partial_estimator import Standardised
from experiments.cross_checks.path_embedding import EmbeddingSettings, PathEmbedding
from experiments.cross_checks.simulated_paths import PATHS, STATISTICS, Simulations, simulate_paths
from experiments.cross_checks.summary_comparison import Found, SummaryComparison
from satisfice.checks.diagnostics import coverage_gate, sbc_gate, tarp_gate
from satisfice.checks.recovery import recover
from satisfice.devices import seeded
from satisfice.errors import SatisficeError
from satisfice.inference.density_training import log_density
from satisfice.inference.sbi_compat import sample_estimator
from satisfice.inference.settings import EstimatorSettings
from satisfice.io.files import write_json, write_table
from satisfice.population.derived import quantities
from satisfice.progress import logger
from satisfice.randomness import small_seed
from satisfice.report.style import drawing, save

DRAWS = 400
"""Posterior draws for each reserved data set."""

SAMPLE = 500
"""Simulations that standardise the paths."""


def compare_summaries(
    game: str,
    *,
    policy: str | Path,
    dataset: str | Path,
    observed: str | Path,
    simulations: int,
    reserved: int,
    settings: Mapping[str, Any],
    seed: int,
    table: str | Path,
    summary: str | Path,
    figure: str | Path,
) -> None:
    """Train an estimator on statistics and one on paths, and compare their posteriors.

    Args:
        game: Name of the game.
        policy: Folder of the trained policy.
        dataset: Folder of the human data, for the experiment's design.
        observed: observed.csv, which says what is fitted.
        simulations: Number of simulations: the first of the main table's.
        reserved: Simulations set aside for the comparison.
        settings: The config's ``experiments.cross_checks.<game>.learnt_summaries``.
        seed: The run's seed.
        table: Output: the table, one row for each measure.
        summary: Where the gates and what was found in a few words go.
        figure: Output: the figure.

    Raises:
        SatisficeError: Too few usable simulations.
    """
    data = simulate_paths(policy, dataset, observed, simulations, seed)
    if len(data.cube) < reserved + 100:
        raise SatisficeError(
            policy,
            f"only {len(data.cube)} of {simulations} simulations are usable.",
            "Raise the number of simulations, or reserve fewer of them.",
        )
    training = EstimatorSettings(**settings)
    found = {
        summaries: judge(data, summaries, reserved, training, seed)
        for summaries in (STATISTICS, PATHS)
    }
    names, _ = quantities(data.space, data.cube[:1])
    compared = SummaryComparison(found, names, small_seed(seed, "learnt_summaries"))
    measured, answer = compared.table(), compared.answer()
    logger.info("%s: %s", game, answer)
    with drawing():
        save(figures.learnt_summaries(data.space, measured, answer), figure)
    write_table(table, measured)
    write_json(
        summary,
        {
            **compared.summary(),
            "simulations": len(data.cube),
            "treatments": list(data.layout.treatments),
            "settings": settings,
        },
    )


def build_embedding(data: Simulations, summaries: str, reserved: int) -> nn.Module:
    """Return the untrained network between what an estimator is given and its density."""
    if summaries == STATISTICS:
        return Standardised(torch.from_numpy(data.statistics[:-reserved]).float())
    return PathEmbedding(data.layout, EmbeddingSettings(), torch.from_numpy(data.paths[:SAMPLE]))


def judge(
    data: Simulations,
    summaries: str,
    reserved: int,
    training: EstimatorSettings,
    seed: int,
) -> Found:
    """Train one estimator and judge its posteriors of the reserved simulations."""
    started = time.process_time()
    key = (seed, "learnt_summaries", summaries)
    with seeded(small_seed(*key, "embedding")):
        embedding = build_embedding(data, summaries, reserved)
    inputs = data.inputs(summaries)
    network, record = train_estimator(
        data.cube[:-reserved],
        inputs[:-reserved],
        training,
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
    names, of_draws = quantities(data.space, draws)
    recovery = recover(
        of_draws,
        quantities(data.space, truth)[1],
        draws,
        truth,
        small_seed(*key, "tarp"),
    )
    gates = (
        sbc_gate(recovery.ranks, DRAWS, tuple(names)),
        coverage_gate(recovery.ranks, DRAWS, tuple(names)),
        tarp_gate(recovery.tarp_ranks, DRAWS),
    )
    density = log_density(network, truth, unseen)
    return Found(recovery, density, gates, record["epochs"], seconds, _peak_memory())


def _peak_memory() -> float:
    """Largest memory of this process so far, in megabytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)
