"""Fits of several models, side by side."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from signal import SIGTERM
from threading import Thread
from typing import TypeAlias

import numpy as np
import pandas as pd

from satisfice.decisions.archive import Archive
from satisfice.decisions.files import people_table
from satisfice.decisions.judgement import Judged, judge
from satisfice.decisions.models import compared_models
from satisfice.decisions.settings import DecisionSettings
from satisfice.games import load_game
from satisfice.games.base import Play
from satisfice.io.game_run import GameRun
from satisfice.simulation.histories import histories_of

Fit: TypeAlias = tuple[Judged, pd.DataFrame | None]
"""A model's scores, and the posterior of each person if its agents differ."""


@dataclass(frozen=True)
class Task:
    """One model to fit; all of it can be sent to another process.

    Attributes:
        game: Name of the game.
        who: The game's contenders.
        name: Name of the model.
        panels: Recorded play of all treatments, in natural units.
        unseen: Mask of the markets held out, shape (markets,).
        settings: Settings of the fit.
        seed: The fit's seed.
    """

    game: str
    who: GameRun
    name: str
    panels: Mapping[str, Play]
    unseen: np.ndarray
    settings: DecisionSettings
    seed: int


def fit(task: Task) -> Fit:
    """Fit and judge one model."""
    game, settings = load_game(task.game), task.settings
    compared = compared_models(game, task.who, settings)[task.name]
    model, histories = compared.build(), histories_of(game, task.panels)
    found = judge(Archive(model, histories, settings, task.seed), task.unseen, settings.forecasts)
    if compared.group != "bounded":
        return found, None
    return found, people_table(model, histories, found.posterior)


def fit_all(tasks: Mapping[str, Task], workers: int) -> Iterator[tuple[str, Fit]]:
    """Fit all models; each fit comes as soon as it is ready.

    Each fit has its own seed and one thread, so the results are the same for any number of
    ``workers``, but not their order.
    """
    if workers < 2:
        yield from ((name, fit(task)) for name, task in tasks.items())
        return
    pool = pool_of(workers)
    try:
        running = {pool.submit(fit, task): name for name, task in tasks.items()}
        # Each result is let go as soon as it is used.
        yield from ((running.pop(each), each.result()) for each in as_completed(running))
    finally:
        pool.shutdown(cancel_futures=True)


def pool_of(workers: int) -> ProcessPoolExecutor:
    """Processes that end with this one.

    They are forks of a process that has only imported this module. So they share its memory, and no
    thread of a numerical library runs in it, which would be missing in a fork.
    """
    server = get_context("forkserver")
    server.set_forkserver_preload([__name__])
    return ProcessPoolExecutor(workers, mp_context=server, initializer=end_with_parent)


def end_with_parent() -> None:
    """Let this process end as soon as the one that asked for it is killed."""

    def wait() -> None:
        parent = parent_process()
        if parent is not None:
            parent.join()
            os.kill(os.getpid(), SIGTERM)

    Thread(target=wait, daemon=True).start()
