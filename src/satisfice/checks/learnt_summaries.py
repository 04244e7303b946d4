"""An estimator that is given statistics, paths or both, and how good its posteriors are."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from satisfice.checks.calibration import calibrate
from satisfice.checks.diagnostics import coverage_gate, sbc_gate, tarp_gate
from satisfice.checks.summary_comparison import Found
from satisfice.inference.density_training import EstimatorSettings, log_density
from satisfice.inference.embedded_estimator import PathsAndStatistics, Standardised
from satisfice.inference.path_embedding import EmbeddingSettings, PathEmbedding
from satisfice.inference.sbi_compat import sample_estimator, train_estimator
from satisfice.inference.simulated_paths import PATHS, STATISTICS, Simulations
from satisfice.population.derived import quantities
from satisfice.population.parameters import ParameterPrior
from satisfice.progress import logger
from satisfice.randomness import small_seed

DRAWS = 400
"""Posterior draws for each reserved data set."""

SAMPLE = 500
"""Simulations that standardise the paths."""


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
