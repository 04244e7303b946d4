"""The stages as functions, for notebooks: load a policy, play, simulate, fit, predict.

The workflow keeps files, checks and reports; these functions return arrays and tables at once and
write nothing. All play is seeded: the same arguments give the same numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from satisfice.errors import SatisficeError
from satisfice.inference.density_training import EstimatorSettings
from satisfice.inference.sbi_compat import sample_estimator, train_ensemble
from satisfice.io.datasets import HumanData, load_dataset
from satisfice.io.inference_data import dataset, inference_data
from satisfice.io.observed import HeldOut, labels_of, observed_table
from satisfice.learning.populations import load_population
from satisfice.learning.rollout import Population
from satisfice.population.derived import derived_quantities
from satisfice.population.parameters import ParameterPrior
from satisfice.randomness import seed_sequence, small_seed, uniform_rows
from satisfice.simulation.simulator import Experiment, population_player
from satisfice.simulation.simulator import simulate as simulate_statistics

if TYPE_CHECKING:
    import arviz as az

INDEX = ["treatment", "statistic"]

ROUNDING = 1e-6
"""Relative error of theta that is taken for rounding, at the bounds of the prior."""


@dataclass(frozen=True)
class Model:
    """A trained population that can play as any supertype of its prior.

    Attributes:
        population: The game, the policy, the prior belief and what agents observe.
        prior: Prior of theta = (mu, sigma, beta), for which the policy was trained.
    """

    population: Population
    prior: ParameterPrior

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the elements of theta, in order."""
        return self.prior.names


def load_model(folder: str | Path) -> Model:
    """Load a trained policy, for example ``results/full/cournot/policy/habit``.

    Args:
        folder: Folder with policy.safetensors and policy.json.

    Raises:
        SatisficeError: A file is missing or broken.
    """
    population, description = load_population(folder)
    return Model(population, ParameterPrior.from_config(description["parameter_prior"]))


def load_data(folder: str | Path, model: Model) -> HumanData:
    """Load and check a data set of the model's game, for example ``data/cournot/huck2004``.

    Args:
        folder: Folder with dataset.yaml and statistics.csv.
        model: The model.

    Raises:
        SatisficeError: Something is missing or malformed; the message names the file and the row.
    """
    return load_dataset(folder, model.population.game)


def simulate(model: Model, theta: ArrayLike, markets: Mapping[str, int], seed: int) -> pd.DataFrame:
    """Simulate the experiment once for each theta, and summarise it as human play is.

    Args:
        model: The model.
        theta: Shape (simulations, parameters), or (parameters,) for one, in ``model.parameters``'
            order and own units; beta and lambda are in units of the game's reference payoff.
        markets: Number of markets of each treatment, as ``HumanData.markets`` has it.
        seed: Seed of the play.

    Returns:
        One row a simulation; columns (treatment, statistic).

    Raises:
        SatisficeError: Theta has not one column for each parameter, or lies beyond the prior, for
            which the policy was not trained. A beta of zero, agents without a KL cost, is allowed.
    """
    experiment = Experiment(model.population.game, markets)
    values = _rows_of(theta, model)
    player, sequence = population_player(model.population), seed_sequence(seed, "simulate")
    statistics, _ = simulate_statistics(experiment, player, values, sequence)
    columns = pd.MultiIndex.from_tuples(experiment.labels, names=INDEX)
    return pd.DataFrame(statistics, columns=columns)


def play(model: Model, theta: ArrayLike, markets: Mapping[str, int], seed: int) -> pd.DataFrame:
    """Play the experiment once, and return its decisions as an experimenter would record them.

    Args:
        model: The model.
        theta: Shape (parameters,).
        markets: Number of markets of each treatment.
        seed: Seed of the play.

    Returns:
        Columns treatment, market, period, agent, and what the game records of a decision: what
        ``satisfice summarise`` reads.

    Raises:
        SatisficeError: See :func:`simulate`.
    """
    game = model.population.game
    experiment = Experiment(game, markets)
    player, sequence = population_player(model.population), seed_sequence(seed, "simulate")
    values = _rows_of(theta, model)[:1]
    _, played = simulate_statistics(experiment, player, values, sequence, keep_play=True)
    tables = []
    for treatment, recorded in played.items():
        shape = recorded["action"].shape[1:]
        market, agent, period = (index.ravel() for index in np.indices(shape))
        # Where a game starts with fixed rounds, decisions begin after them.
        first = model.population.game.first_period
        table = pd.DataFrame({"treatment": treatment, "market": market + 1})
        table["period"] = period + first
        table["agent"] = np.array(game.roles)[agent] if game.roles else agent + 1
        for name, column in recorded.items():
            table[name] = column[0].ravel()
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


@dataclass(frozen=True)
class Fit:
    """A model calibrated to human statistics.

    Attributes:
        model: The model.
        theta: Shape (members, draws, parameters), draws of the posterior; one member is one
            estimator, whose agreement with the others is worth a look.
        observed: The human statistics with the column ``split``: fit or held_out.
        markets: Number of markets of each treatment.
    """

    model: Model
    theta: np.ndarray
    observed: pd.DataFrame
    markets: Mapping[str, int]

    def to_inference_data(self) -> az.InferenceData:
        """The posterior with derived quantities, as ArviZ users expect it; members are chains."""
        names, roles = self.model.parameters, self.model.prior.roles
        values = {name: self.theta[..., index] for index, name in enumerate(names)}
        values |= derived_quantities(self.theta, roles)
        members, draws = self.theta.shape[:2]
        coords = {"chain": np.arange(members), "draw": np.arange(draws)}
        return inference_data({"posterior": dataset(values, ["chain", "draw"], coords)})


def fit(
    model: Model,
    data: HumanData,
    held_out: HeldOut,
    *,
    simulations: int = 5000,
    members: int = 2,
    draws: int = 1000,
    seed: int = 0,
    settings: EstimatorSettings | None = None,
) -> Fit:
    """Fit theta to the human statistics that are not held out, by neural posterior estimation.

    Args:
        model: The model.
        data: The human data.
        held_out: What the fit must not see: ``treatments`` or ``statistics``, names or patterns.
        simulations: Simulated experiments from the prior.
        members: Estimators, trained with different seeds.
        draws: Posterior draws of each.
        seed: Seed of everything random.
        settings: Estimator and training.

    Raises:
        SatisficeError: The split leaves nothing on one side, or simulations fail.
    """
    game = model.population.game
    table = observed_table(game, data, held_out)
    seen = (table.split == "fit").to_numpy()
    width = len(model.parameters)
    cube = uniform_rows(seed_sequence(seed, "theta"), 0, simulations, width)
    made = simulate(model, model.prior.from_unit(cube), data.markets, seed).to_numpy()[:, seen]
    usable = np.isfinite(made).all(axis=1)
    if usable.sum() < 100:
        raise SatisficeError(
            "satisfice.fit",
            f"only {usable.sum()} of {simulations} simulations are usable.",
            "Raise simulations.",
        )
    human = table.value.to_numpy()[None, seen]
    seeds = [small_seed(seed, "fit", str(member)) for member in range(members)]
    estimators, _ = train_ensemble(
        cube[usable], made[usable], settings or EstimatorSettings(), seeds
    )
    drawn = [
        sample_estimator(estimator, human, draws, one)[0]
        for estimator, one in zip(estimators, seeds, strict=True)
    ]
    return Fit(model, model.prior.from_unit(np.stack(drawn)), table, data.markets)


def predict(fitted: Fit, draws: int = 500, seed: int = 0) -> pd.DataFrame:
    """Predict every statistic, those that were held out too, beside what people showed.

    Args:
        fitted: A fit.
        draws: Simulated experiments, from evenly spaced draws of the posterior.
        seed: Seed of the play.

    Returns:
        One row a statistic: treatment, statistic, human value and standard_error, split, and the
        prediction's median, low and high, the ends of its central 90 % interval.
    """
    flat = fitted.theta.reshape(-1, fitted.theta.shape[-1])
    rows = np.linspace(0, len(flat) - 1, draws).round().astype(np.int64)
    found = simulate(fitted.model, flat[rows], fitted.markets, seed)
    order: Sequence[tuple[str, str]] = labels_of(fitted.observed)
    low, median, high = np.nanquantile(found[list(order)].to_numpy(), [0.05, 0.5, 0.95], axis=0)
    return fitted.observed.assign(median=median, low=low, high=high)


def _rows_of(theta: ArrayLike, model: Model) -> np.ndarray:
    values = np.atleast_2d(np.asarray(theta, dtype=np.float64))
    if values.ndim != 2 or values.shape[1] != len(model.parameters):
        raise SatisficeError(
            "theta",
            f"has shape {np.shape(theta)}.",
            f"Give one column for each of {', '.join(model.parameters)}.",
        )
    low, high = (model.prior.from_unit(np.full(values.shape[1], end)) for end in (0.0, 1.0))
    inside = (values >= low * (1 - ROUNDING)) & (values <= high * (1 + ROUNDING))
    without_cost = (values == 0) & np.array([name.startswith("beta") for name in model.parameters])
    if not (inside | without_cost).all():
        row, column = np.argwhere(~(inside | without_cost))[0]
        raise SatisficeError(
            "theta",
            f"{model.parameters[column]} = {values[row, column]:g} lies beyond the prior.",
            f"The policy was trained from {low[column]:g} to {high[column]:g}; give values within.",
        )
    return values
