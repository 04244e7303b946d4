"""ArviZ files of posteriors from decisions."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from satisfice.contenders.base import HasLikelihood
from satisfice.contenders.bounded import TrainedPopulation
from satisfice.decisions.archive import Weighted
from satisfice.decisions.individuals import describe
from satisfice.decisions.pointwise import Histories
from satisfice.io.inference_data import dataset, draws_of, numbered, write_inference_data
from satisfice.provenance import versions

PRIOR_DRAWS = 2000
"""Number of draws of the prior in the file."""

PEOPLE_DRAWS = 100
"""Draws of theta over which the posterior of each person is averaged."""


def write_posterior_of_decisions(
    path: str | Path,
    model: HasLikelihood,
    histories: Histories,
    posterior: Weighted,
    people: pd.DataFrame | None,
    *,
    draws: int,
    seed: int,
    attributes: Mapping[str, Any],
) -> None:
    """Write a posterior given all decisions into an ArviZ file.

    Groups are ``posterior`` and ``prior``; ``log_likelihood`` with the variables ``market`` and
    ``agent``, for leaving out either; ``observed_data`` with the number of decisions of each; and,
    where agents differ, ``individuals``.

    Args:
        path: The file.
        model: The model.
        histories: Recorded play of all treatments.
        posterior: Its posterior given all markets.
        people: What :func:`people_table` returns, or None.
        draws: Number of draws in the file.
        seed: Seed of the prior's draws.
        attributes: Texts and numbers about the run.
    """
    rows = posterior.rows(draws)
    theta = posterior.theta[rows]
    markets, agents = labels_of(histories)
    likelihood = xr.Dataset(
        {
            "market": (["chain", "draw", "market_id"], posterior.likelihoods[rows][None]),
            "agent": (["chain", "draw", "agent_id"], posterior.of_agents[rows][None]),
        },
        coords={**numbered(theta[None]), "market_id": markets, "agent_id": agents},
    )
    rounds = [each.action.shape for each in histories.values()]
    counts = xr.Dataset(
        {
            "market": ("market_id", np.concatenate([np.full(m, a * t) for m, a, t in rounds])),
            "agent": ("agent_id", np.concatenate([np.full(m * a, t) for m, a, t in rounds])),
        },
        coords={"market_id": markets, "agent_id": agents},
    )
    cube = np.random.default_rng(seed).random((PRIOR_DRAWS, len(model.free)))
    groups = {
        "posterior": _draws(model, theta),
        "prior": _draws(model, model.from_unit(cube)),
        "log_likelihood": likelihood,
        "observed_data": counts,
    }
    if people is not None:
        columns = {name: ("agent_id", people[name].to_numpy()) for name in people}
        groups["individuals"] = xr.Dataset(columns, coords={"agent_id": agents})
    about = {
        "versions": versions(),
        "log_evidence": posterior.log_evidence,
        "effective_draws": posterior.effective,
        "space": model.space.as_json(),
    }
    write_inference_data(path, groups, {**attributes, **about})


def people_table(model: HasLikelihood, histories: Histories, posterior: Weighted) -> pd.DataFrame:
    """One row for each person: treatment, market, agent, decisions, and their traits' posterior."""
    theta, parts = posterior.theta[posterior.rows(PEOPLE_DRAWS)], []
    for treatment, history in histories.items():
        market, agent = np.indices(history.action.shape[:2])
        found = describe(model, history, theta)
        columns = {"market": market + 1, "agent": agent + 1}
        part = pd.DataFrame({name: each.ravel() for name, each in (columns | found).items()})
        part.insert(0, "treatment", treatment)
        part.insert(3, "decisions", history.action.shape[-1])
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def labels_of(histories: Histories) -> tuple[list[str], list[str]]:
    """Names of all markets, such as ``3/1``, and of all agents, such as ``3/1/2``."""
    markets, agents = [], []
    for treatment, history in histories.items():
        number, each, _ = history.action.shape
        markets += [f"{treatment}/{market + 1}" for market in range(number)]
        agents += [
            f"{treatment}/{market + 1}/{agent + 1}"
            for market in range(number)
            for agent in range(each)
        ]
    return markets, agents


def _draws(model: HasLikelihood, theta: np.ndarray) -> xr.Dataset:
    if isinstance(model, TrainedPopulation):
        return draws_of(model.space, theta[None])
    named = {name: theta[None, :, column] for column, name in enumerate(model.space.names)}
    return dataset(named, ["chain", "draw"], numbered(theta[None]))
