"""The stages as functions, for notebooks: load a policy, play, simulate, fit, predict.

The workflow writes files, checks and reports; these functions return arrays and tables and write
nothing. All play is seeded: the same arguments give the same numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from satisfice.contenders.bounded import TrainedPopulation
from satisfice.contenders.prediction import play_prediction, thin
from satisfice.errors import SatisficeError
from satisfice.inference.ensemble import (
    Ensemble,
    member_seeds,
    train_as_configured,
)
from satisfice.inference.settings import EstimatorSettings, RecombinationSettings
from satisfice.inference.training_data import TrainingData
from satisfice.io.datasets import HumanData, load_dataset
from satisfice.io.inference_data import draws_of, inference_data
from satisfice.io.observed import HeldOut, observed_table
from satisfice.learning.populations import load_population
from satisfice.learning.rollout import Population
from satisfice.population.parameters import ParameterSpace
from satisfice.randomness import seed_sequence
from satisfice.simulation.from_prior import simulate_prior
from satisfice.simulation.simulator import Experiment, population_player
from satisfice.simulation.simulator import simulate as simulate_statistics

if TYPE_CHECKING:
    import arviz as az

INDEX = ["treatment", "statistic"]

Theta: TypeAlias = ArrayLike | pd.DataFrame | pd.Series | Mapping[str, ArrayLike]
"""Parameters of populations: an array, or a table or mapping with named columns."""

ROUNDING = 1e-6
"""Relative error of theta at the bounds of the prior that counts as rounding."""


@dataclass(frozen=True)
class Model:
    """A trained population that can play as any supertype of its prior.

    Attributes:
        population: The game, the policy, the prior belief and what agents observe.
        name: Name of the variant in the config, which is part of the seed of simulations.
    """

    population: Population
    name: str

    @property
    def space(self) -> ParameterSpace:
        """The parameters and the prior for which the policy was trained."""
        return self.population.space

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the elements of theta, in order."""
        return self.space.names


def load_model(folder: str | Path) -> Model:
    """Load a trained policy from its folder, for example ``results/full/cournot/policy/habit``.

    Raises:
        SatisficeError: A file is missing or broken.
    """
    population, description = load_population(folder)
    return Model(population, description["variant_name"])


def load_data(folder: str | Path, model: Model) -> HumanData:
    """Load and check a data set of the model's game, for example ``data/cournot/huck2004``.

    Statistics of its decisions are computed when ``table`` is first used, which takes seconds.

    Raises:
        SatisficeError: Something is missing or malformed; the message names the file and the row.
    """
    return load_dataset(folder, model.population.game)


def simulate(model: Model, theta: Theta, markets: Mapping[str, int], seed: int) -> pd.DataFrame:
    """Simulate the experiment once for each theta, and summarise it like human play.

    Args:
        model: The model.
        theta: A table or mapping with a column for each of ``model.parameters``, in any order; or
            an array of shape (simulations, parameters) or (parameters,), in their order. Values
            have the parameters' units; beta is in reference payoffs per nat.
        markets: Number of markets of each treatment, as in ``HumanData.markets``.
        seed: Seed of the play.

    Returns:
        One row for each simulation; columns (treatment, statistic).

    Raises:
        SatisficeError: Theta does not have one column for each parameter, or is outside the prior
            that the policy was trained for. A beta of zero (no KL cost) is allowed.
    """
    experiment = Experiment(model.population.game, markets)
    values = _rows_of(theta, model)
    player, sequence = population_player(model.population), seed_sequence(seed, "simulate")
    statistics, _ = simulate_statistics(experiment, player, values, sequence)
    columns = pd.MultiIndex.from_tuples(experiment.labels, names=INDEX)
    return pd.DataFrame(statistics, columns=columns)


def play(model: Model, theta: Theta, markets: Mapping[str, int], seed: int) -> pd.DataFrame:
    """Play the experiment once, with arguments as in :func:`simulate`, and return its decisions.

    Theta has the shape (parameters,). Columns are treatment, market, period, agent, and what the
    game records of a decision, as ``satisfice summarise`` reads them.

    Raises:
        SatisficeError: See :func:`simulate`.
    """
    game = model.population.game
    experiment = Experiment(game, markets)
    player, sequence = population_player(model.population), seed_sequence(seed, "simulate")
    values = _rows_of(theta, model)
    if len(values) != 1:
        problem = f"has {len(values)} rows, and one play has one population."
        raise SatisficeError("theta", problem, "Give one value of each parameter.")
    _, played = simulate_statistics(experiment, player, values, sequence, keep_play=True)
    tables = []
    for treatment, recorded in played.items():
        shape = recorded["action"].shape[1:]
        market, agent, period = (index.ravel() for index in np.indices(shape))
        # If a game starts with fixed rounds, decisions begin after them.
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
    """A model fitted to human statistics.

    Attributes:
        model: The model.
        theta: Shape (members, draws, parameters), draws of the posterior; a member is an
            estimator, and members should agree.
        observed: The human statistics with the column ``split``: fit, held_out or shown.
        markets: Number of markets of each treatment.
    """

    model: Model
    theta: np.ndarray
    observed: pd.DataFrame
    markets: Mapping[str, int]

    def to_inference_data(self) -> az.InferenceData:
        """The posterior with derived quantities for ArviZ; members are chains."""
        return inference_data({"posterior": draws_of(self.model.space, self.theta)})


def fit(
    model: Model,
    data: HumanData,
    held_out: HeldOut,
    *,
    simulations: int = 5000,
    reserved: int = 0,
    members: int = 2,
    draws: int = 1000,
    seed: int = 0,
    settings: EstimatorSettings | None = None,
    recombination: RecombinationSettings | None = None,
) -> Fit:
    """Fit theta to the human statistics that are not held out, by neural posterior estimation.

    With the config's settings this gives exactly the workflow's posterior.

    Args:
        model: The model.
        data: The human data.
        held_out: What the fit must not use: ``treatments`` or ``statistics``, names or patterns.
        simulations: Number of simulated experiments from the prior.
        reserved: Number of simulations to keep from training, as the workflow does for its checks.
        members: Number of estimators, trained with different seeds.
        draws: Posterior draws of each member.
        seed: Seed of all random numbers; those of the caller do not change.
        settings: Estimator and training.
        recombination: Settings of recombination; None for none.

    Raises:
        SatisficeError: Nothing is fitted, nothing is held out, or simulations fail.
    """
    game, name = model.population.game, model.name
    table = observed_table(game, data, held_out)
    experiment = Experiment(game, data.markets)
    made = simulate_prior(experiment, model.population, name, 0, simulations, seed)
    archive = {"labels": np.array(experiment.labels), **vars(made)}
    usable = TrainingData.of(archive, model.space, table, reserved, "satisfice.fit")
    seeds = member_seeds(seed, name, members)
    networks, _, _ = train_as_configured(
        usable.cube, usable, settings or EstimatorSettings(), recombination, seeds
    )
    cube = Ensemble(networks, name).sample(usable.x_observed, draws, seed, "draws")[:, 0]
    return Fit(model, model.space.from_unit(cube), table, data.markets)


def predict(fitted: Fit, draws: int = 500, seed: int = 0, name: str = "bounded") -> pd.DataFrame:
    """Predict every statistic, fitted or held out.

    Args:
        fitted: A fit.
        draws: Number of simulated experiments, for evenly spaced draws of the posterior.
        seed: Seed of the play.
        name: Name of the contender, which is part of the seed. With the workflow's name and seed
            the predictions are the workflow's.

    Returns:
        One row for each statistic: treatment, statistic, human value and standard_error, split,
        and the prediction's median, low and high, the ends of its central 90 % interval.

    Raises:
        SatisficeError: A statistic of the play is not finite.
    """
    population = fitted.model.population
    experiment = Experiment(population.game, fitted.markets)
    theta, _ = thin(fitted.theta, draws)
    found, _ = play_prediction(TrainedPopulation(population), experiment, name, theta, seed)
    # observed.csv has the order of the experiment's labels.
    low, median, high = np.quantile(found, [0.05, 0.5, 0.95], axis=0)
    return fitted.observed.assign(median=median, low=low, high=high)


def _rows_of(theta: Theta, model: Model) -> np.ndarray:
    values = np.atleast_2d(_in_order(theta, model.parameters))
    if values.ndim != 2 or values.shape[1] != len(model.parameters):
        raise SatisficeError(
            "theta",
            f"has shape {values.shape}.",
            f"Give one column for each of {', '.join(model.parameters) or 'no parameters'}.",
        )
    low, high = (model.space.from_unit(np.full(values.shape[1], end)) for end in (0.0, 1.0))
    slack = ROUNDING * np.maximum(np.abs(low), np.abs(high))
    allowed = (values >= low - slack) & (values <= high + slack)
    for column, parameter in enumerate(model.space.columns):
        allowed[:, column] |= np.isin(values[:, column], parameter.limits)
    if not allowed.all():
        row, column = np.argwhere(~allowed)[0]
        raise SatisficeError(
            "theta",
            f"{model.parameters[column]} = {values[row, column]:g} lies beyond the prior.",
            f"The policy was trained from {low[column]:g} to {high[column]:g}; give values within.",
        )
    return values


def _in_order(theta: Theta, names: Sequence[str]) -> np.ndarray:
    """Columns of theta in the order of the parameters, if they have names."""
    if not isinstance(theta, Mapping | pd.DataFrame | pd.Series):
        return np.asarray(theta, dtype=np.float64)
    given = [str(name) for name in theta.keys()]  # noqa: SIM118 - a table's values are its rows
    if sorted(given) != sorted(names):
        raise SatisficeError(
            "theta",
            f"has the columns {', '.join(given) or 'of nothing'}.",
            f"Give one for each of {', '.join(names)}, and no other.",
        )
    if not names:
        return np.empty((len(theta) if isinstance(theta, pd.DataFrame) else 1, 0))
    columns = [np.asarray(theta[name], dtype=np.float64) for name in names]
    try:
        return np.stack(np.broadcast_arrays(*columns), axis=-1)
    except ValueError as error:
        problem = f"has columns of different lengths ({', '.join(str(c.size) for c in columns)})."
        remedy = "Give each parameter one value, or as many as the others."
        raise SatisficeError("theta", problem, remedy) from error
