"""Rule ``decision_sbc_part``: posteriors from the decisions of known people."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from experiments.decision_checks.simulated import SimulatedExperiment
from satisfice.contenders.bounded import TrainedPopulation
from satisfice.decisions.archive import Archive
from satisfice.decisions.individuals import Individuals
from satisfice.decisions.settings import DecisionSettings
from satisfice.io.files import write_arrays
from satisfice.learning.populations import load_population
from satisfice.progress import Progress
from satisfice.randomness import small_seed

TRAITS = ("skill", "lambda")


def check_part(
    game: str,
    part: str,
    policy: str | Path,
    settings: Mapping[str, Any],
    seed: int,
    output: str | Path,
) -> None:
    """Compute the posteriors of some of the simulated experiments.

    Args:
        game: Name of the game.
        part: Number of the part.
        policy: Folder of the trained policy.
        settings: The config's ``experiments.decision_checks.<game>``, with ``live``, ``effective``
            and ``nodes`` of ``games.<game>.decisions``.
        seed: The run's seed.
        output: npz file with arrays that :func:`check_one` describes, one row an experiment.
    """
    population, _ = load_population(policy)
    model = TrainedPopulation(population, nodes=settings["nodes"])
    first = int(part) * settings["part"]
    numbers = range(first, min(first + settings["part"], settings["data_sets"]))
    report, rows = Progress(len(numbers), f"posteriors of {game}"), []
    for done, number in enumerate(numbers, 1):
        rows.append(check_one(model, settings, number, seed))
        report(done)
    write_arrays(output, **{name: np.stack([row[name] for row in rows]) for name in rows[0]})


def check_one(
    model: TrainedPopulation, settings: Mapping[str, Any], number: int, seed: int
) -> dict[str, np.ndarray]:
    """Simulate one experiment and compute its posterior.

    Returns:
        Truth, shape (parameters,), and draws, shape (draws, parameters), on the unit cube; for each
        trait the posterior probability of less than the true value, shape (people,); number of
        likelihoods and of runs of the sampler, k-hat, effective points, and seconds.
    """
    made = SimulatedExperiment.draw(model.population, settings["markets"], number, seed)
    started = time.perf_counter()
    sampler = DecisionSettings(live=settings["live"], effective=settings["effective"])
    of_sampler = small_seed(seed, "decision checks", model.game.name, number, "sampler") % 2**31
    archive = Archive(model, made.histories, sampler, of_sampler)
    posterior = archive.given(np.ones(archive.markets))
    theta = posterior.theta[posterior.rows(settings["draws"])]
    below: dict[str, list[np.ndarray]] = {name: [] for name in TRAITS}
    for treatment, history in made.histories.items():
        found = Individuals.of(model, history, theta)
        for name, truth in made.people[treatment].items():
            below[name].append(found.share_below(name, truth).ravel())
    return {
        "truth": made.cube,
        "draws": model.space.to_unit(theta),
        **{f"below_{name}": np.concatenate(shares) for name, shares in below.items()},
        "calls": np.array(archive.calls),
        "runs": np.array(archive.runs),
        "khat": np.array(posterior.khat),
        "effective": np.array(posterior.effective),
        "seconds": np.array(time.perf_counter() - started),
    }
