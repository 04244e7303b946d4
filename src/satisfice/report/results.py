"""One game's results, read once and checked, as the figures and pages use them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from satisfice.io.files import read_json
from satisfice.io.inference_data import read_inference_data
from satisfice.io.played_paths import PlayedPath
from satisfice.population.parameters import ParameterSpace
from satisfice.report.labels import Quantity, quantity

PROPER_NAMES = {
    "ewa": "EWA", "qre": "QRE", "level_k": "level-k", "ppo": "PPO", "sterman": "Sterman",
}  # fmt: skip


@dataclass(frozen=True)
class Posterior:
    """Content of posterior.nc of one prior belief.

    Attributes:
        groups: Its ArviZ groups by name.
        attributes: Its attributes.
    """

    groups: Mapping[str, xr.Dataset]
    attributes: Mapping[str, Any]

    def draws(self, group: str, name: str) -> np.ndarray:
        """All draws of a parameter, shape (chains * draws,)."""
        return np.asarray(self.groups[group][name]).reshape(-1)

    @property
    def versions(self) -> dict[str, str]:
        """Versions of the libraries that made the numbers; empty if the file has none."""
        return dict(json.loads(self.attributes.get("versions", "{}")))

    def ranks_of(self, names: Sequence[str]) -> np.ndarray:
        """SBC ranks of the named quantities, shape (simulations, names)."""
        return np.asarray(self.groups["sbc"]["rank"].sel(parameter=list(names)))

    @property
    def tarp_ranks(self) -> np.ndarray:
        """Ranks of TARP, shape (simulations,)."""
        return np.asarray(self.groups["sbc"]["tarp_rank"])

    def of_truths(self, what: str, name: str) -> np.ndarray:
        """``truth``, ``mean``, ``sd``, ``contraction`` or ``z_score``, shape (simulations,)."""
        return np.asarray(self.groups["sbc"][what].sel(parameter=name))

    @property
    def largest_rank(self) -> int:
        """Number of posterior draws behind each rank."""
        return int(self.groups["sbc"].attrs["largest_rank"])

    @property
    def ranked(self) -> tuple[str, ...]:
        """Names of the parameters and derived quantities that have SBC ranks."""
        return tuple(str(name) for name in self.groups["sbc"]["parameter"].values)

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the parameters."""
        return self.space.names

    @property
    def varying(self) -> tuple[str, ...]:
        """Names of all drawn quantities but those that follow from fixed parameters alone."""
        names = (str(name) for name in self.groups["posterior"].data_vars)
        return tuple(name for name in names if not constant(self.draws("prior", name)))

    @property
    def space(self) -> ParameterSpace:
        """The parameters and their prior."""
        return ParameterSpace.from_json(self.attributes["space"])

    def quantity(self, name: str) -> Quantity:
        """A parameter or derived quantity, by its name in the file."""
        return quantity(name, self.space)

    @property
    def misspecification(self) -> dict[str, Any]:
        """What the test of misspecification found."""
        return dict(json.loads(self.attributes["misspecification"]))

    @property
    def warning(self) -> str:
        """Warning to show beside the posterior; empty where the model can produce the data."""
        return str(self.attributes["warning"])


def read_posterior(path: str | Path) -> Posterior:
    """Read posterior.nc; see :func:`read_inference_data`."""
    return Posterior(*read_inference_data(path))


def read_gates(path: str | Path) -> list[dict[str, Any]]:
    """Read diagnostics.json."""
    gates: list[dict[str, Any]] = read_json(path)
    return gates


def find_gate(gates: list[dict[str, Any]], name: str) -> dict[str, Any]:
    """Return the first gate of a name."""
    return next(gate for gate in gates if gate["name"] == name)


def constant(draws: np.ndarray) -> bool:
    """Whether draws are all equal, apart from rounding."""
    return bool(np.ptp(draws) <= 1e-9 * np.abs(draws).max())


def interval(values: np.ndarray) -> tuple[float, float]:
    """Central 90 % interval of draws."""
    low, high = np.quantile(values, [0.05, 0.95])
    return float(low), float(high)


def model_label(model: str, default_belief: str) -> str:
    """Readable name of a model; ``bounded`` is the one with the default prior belief."""
    if model == "bounded":
        return f"bounded ({default_belief})"
    if model.startswith("bounded_"):
        return f"bounded ({model.removeprefix('bounded_')})"
    return PROPER_NAMES.get(model, model.replace("_", " "))


def panel_of(statistic: str, treatment: str, roles: Sequence[str]) -> tuple[str, str]:
    """Where a statistic is shown: name of its panel and place on the panel's axis.

    A role's statistic shares its panel with the same statistic of the other roles. Any other
    statistic shares its panel with the other treatments.
    """
    for role in roles:
        if statistic.startswith(f"{role}_"):
            return statistic.removeprefix(f"{role}_"), role
    return statistic, treatment


def statistic_label(statistic: str) -> str:
    """Readable name of a statistic: ``mean_rounds_1_8`` is "mean rounds 1-8"."""
    return re.sub(r"_(\d+)_(\d+)$", " \\1\N{EN DASH}\\2", statistic).replace("_", " ")


def number(value: float) -> str:
    """Three significant digits; thousands are whole, and common sizes have no exponent."""
    if not np.isfinite(value):
        return "not finite"
    value = value + 0.0  # minus zero becomes zero
    if value == 0 or 1e-4 <= abs(value) < 1e3:
        return f"{value:.3g}"
    return f"{value:,.0f}" if 1e3 <= abs(value) < 1e6 else f"{value:.2e}"


@dataclass(frozen=True)
class Baseline:
    """The baseline trained by PPO.

    Attributes:
        curves: Its training.csv, of all seeds.
        verification: Its verification.json.
        earnings: earnings.csv, of all contenders without parameters.
    """

    curves: pd.DataFrame
    verification: Mapping[str, Any]
    earnings: pd.DataFrame


@dataclass(frozen=True)
class GameResults:
    """Everything that the figures of one game show.

    Attributes:
        game: Name of the game, for messages.
        statistic_units: Unit of each statistic.
        observed: observed.csv.
        scores: scores.csv.
        tested: misspecification.csv.
        gates: diagnostics.json.
        posteriors: By prior belief, the default first.
        predictive: Predicted statistics by model, shape (draws, statistics), ordered as in
            observed.csv.
        training: Learning curves by variant.
        verification: verification.json by variant.
        behaviour: Policies of the default prior belief at some skills.
        paths: Play over time of the default bounded model and of the rational ones.
        roles: Names of the game's roles; empty where all agents are alike.
        ppo: The baseline trained by PPO; None where it does not take part.
    """

    game: str
    statistic_units: Mapping[str, str]
    observed: pd.DataFrame
    scores: pd.DataFrame
    tested: pd.DataFrame
    gates: list[dict[str, Any]]
    posteriors: Mapping[str, Posterior]
    predictive: Mapping[str, np.ndarray]
    training: Mapping[str, pd.DataFrame]
    verification: Mapping[str, Mapping[str, Any]]
    behaviour: Behaviour
    paths: Sequence[PlayedPath]
    roles: tuple[str, ...] = ()
    ppo: Baseline | None = None

    @property
    def default_belief(self) -> str:
        """The prior belief of the model ``bounded``."""
        return next(iter(self.posteriors))

    @property
    def default(self) -> Posterior:
        """The posterior under the default prior belief."""
        return self.posteriors[self.default_belief]

    def names(self, of: Callable[[Posterior], Iterable[str]]) -> list[str]:
        """Names of all prior beliefs, whose parameters may differ; those of the default first."""
        return list(dict.fromkeys(name for each in self.posteriors.values() for name in of(each)))

    def quantity(self, name: str) -> Quantity:
        """A parameter or derived quantity, as declared by the first prior belief that fits it."""
        fitting = (each for each in self.posteriors.values() if name in each.parameters)
        return next(fitting, self.default).quantity(name)

    @property
    def treatments(self) -> list[str]:
        """Names of the treatments, in the order of observed.csv."""
        return list(dict.fromkeys(self.observed.treatment.astype(str)))

    def model_of(self, variant: str) -> str:
        """Name of a prior belief or rival in scores.csv."""
        if variant not in self.posteriors:
            return variant
        return "bounded" if variant == self.default_belief else f"bounded_{variant}"

    def label(self, model: str) -> str:
        """Readable name of a model."""
        return model_label(model, self.default_belief)


@dataclass(frozen=True)
class Behaviour:
    """Learnt policies of the default prior belief at a few skills.

    Attributes:
        action_unit: Unit of the actions.
        action_values: Shape (actions,).
        skills: Shape (skills,).
        costs: Shape (skills,), the processing cost of each skill.
        stages: For each stage of play and each agent shown, its behaviour.
    """

    action_unit: str
    action_values: np.ndarray
    skills: np.ndarray
    costs: np.ndarray
    stages: Mapping[str, Mapping[str, AgentBehaviour]]


@dataclass(frozen=True)
class AgentBehaviour:
    """What one agent does in one state.

    Attributes:
        policy: Shape (skills, actions), probabilities.
        prior_belief: Shape (actions,), probabilities.
        equilibrium: The equilibrium action in that state.
    """

    policy: np.ndarray
    prior_belief: np.ndarray
    equilibrium: float
