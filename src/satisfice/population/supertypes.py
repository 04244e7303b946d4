"""Supertypes, and the skills and processing costs of their agents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from satisfice.errors import SatisficeError
from satisfice.population.parameters import ParameterSpace
from satisfice.population.skill_parameters import (
    BETA,
    MU,
    SIGMA,
    SKILL_PARAMETERS,
    SKILL_SPACE,
    belief_parameters,
    processing_cost,
    skill_at,
    weight_at,
)

# Most modules that need the parameters also need supertypes, and import both from here.
__all__ = ["BETA", "MU", "SIGMA", "SKILL_PARAMETERS", "SKILL_SPACE", "belief_parameters",
           "processing_cost", "skill_at", "weight_at"]  # fmt: skip

FEATURE_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
"""Number of quantiles of the skill distribution that describe a supertype to a network."""

ABOUT = 0.02
"""Relative difference of processing costs that count as equal."""

COST_RESOLUTION = 0.01
"""Decisions hardly tell smaller processing costs apart, in reference payoffs. With 12 nodes, the
standard deviation of the error over the posterior, of the log-likelihood of all people, is 0.1 in
Cournot and 0.05 in the newsvendor."""

FARTHEST = 5.0
"""Largest distance of a location from [0, 1], in scales. The mass inside is then three in ten
million; farther away, inversion loses too many digits."""


@dataclass(frozen=True)
class Supertypes:
    """A batch of populations, one for each market or simulation.

    Agents of a market either share one supertype (``groups`` is 1) or have one for each role.

    Attributes:
        values: Each parameter by name, shape (..., groups): those of the skill Gaussian, the KL
            weight, and those of the prior belief that differ between populations.
        space: Their space.
    """

    values: Mapping[str, Tensor]
    space: ParameterSpace

    @classmethod
    def from_array(
        cls, theta: np.ndarray | Tensor, space: ParameterSpace = SKILL_SPACE
    ) -> Supertypes:
        """Name the columns of theta, shape (..., columns of the space).

        Raises:
            SatisficeError: A number is not finite, a sigma is not above zero, a beta is negative,
                or a mu lies more than five sigma outside [0, 1].
        """
        named = space.values(np.asarray(theta))
        values = {
            name: torch.as_tensor(np.asarray(each), dtype=torch.float32)
            for name, each in named.items()
        }
        supertypes = cls(values, space)
        _require_valid(supertypes)
        return supertypes

    @property
    def shape(self) -> torch.Size:
        """Shape of each parameter, (..., groups)."""
        return self.mu.shape

    @property
    def mu(self) -> Tensor:
        """Location of the skill Gaussian."""
        return self.values[MU.name]

    @property
    def sigma(self) -> Tensor:
        """Scale of the skill Gaussian."""
        return self.values[SIGMA.name]

    @property
    def beta(self) -> Tensor:
        """Weight of the KL cost in units of normalised payoff."""
        return self.values[BETA.name]

    @property
    def of_belief(self) -> dict[str, Tensor]:
        """Parameters of the prior belief."""
        return {name: self.values[name] for name in belief_parameters(self.space)}

    def skill_quantiles(self, uniforms: Tensor) -> Tensor:
        """Draw skills from N(mu, sigma^2) truncated to [0, 1] by inversion of uniform numbers.

        Both have the shape (..., agents). The bounds have no point mass, as they would if clipped.
        """
        mu, sigma = self.mu.double(), self.sigma.double()
        lower = torch.special.ndtr((0.0 - mu) / sigma)
        upper = torch.special.ndtr((1.0 - mu) / sigma)
        skill = mu + sigma * torch.special.ndtri(lower + uniforms.double() * (upper - lower))
        return skill.clamp(0.0, 1.0).float()  # type: ignore[no-any-return]

    def processing_costs(self, skill: Tensor) -> Tensor:
        """Lambda of agents of given skills; shapes (..., agents)."""
        cost: Tensor = processing_cost(self.beta, skill)
        return cost

    def belief_features(self) -> list[Tensor]:
        """Parameters of the prior belief on the scale of a network, shape (..., groups) each."""
        return [self.space.standardised(name, each) for name, each in self.of_belief.items()]

    def features(self) -> Tensor:
        """Inputs of a network about the population, shape (..., groups features).

        They are quantiles of the processing cost, and parameters of the prior belief. With
        quantiles a network has half the error that it has with (mu, sigma, beta).
        """
        each = self._each(lambda value: value.unsqueeze(-1))
        levels = torch.tensor(FEATURE_QUANTILES).expand(*self.shape, -1)
        costs = standardised_cost(each.processing_costs(each.skill_quantiles(levels)))
        inputs = [costs, *(feature.unsqueeze(-1) for feature in self.belief_features())]
        return torch.cat(inputs, -1).flatten(-2)

    def repeated(self, times: int) -> Supertypes:
        """Each population several times in a row."""
        return self._each(lambda value: value.repeat_interleave(times, dim=0))

    def _each(self, change: Any) -> Supertypes:
        return replace(self, values={name: change(each) for name, each in self.values.items()})


def _require_valid(supertypes: Supertypes) -> None:
    """Check that parameters give meaningful skills."""
    mu, sigma, beta = supertypes.mu, supertypes.sigma, supertypes.beta
    outside = torch.maximum(-mu, mu - 1.0)
    finite = [torch.isfinite(each) for each in supertypes.values.values()]
    problems = {
        "a parameter is not finite": ~torch.stack(finite).all(0),
        "sigma is not above zero": sigma <= 0.0,
        "beta is negative": beta < 0.0,
        f"mu lies more than {FARTHEST:g} sigma outside [0, 1]": outside > FARTHEST * sigma,
    }
    for problem, present in problems.items():
        if present.any():
            remedy = "Give finite numbers, mu from 0 to 1, sigma above 0 and beta of at least 0."
            raise SatisficeError("theta", f"{problem}.", remedy)


def middle_quantiles(number: int) -> Tensor:
    """The middles of equal shares of a distribution: levels (k - 1/2) / number, shape (number,)."""
    return (torch.arange(number) + 0.5) / number


def rational_space(roles: Sequence[str] = ()) -> ParameterSpace:
    """The space of agents without a KL cost, whose skills are irrelevant: theta has no column."""
    return ParameterSpace((), {"mu": 0.5, "sigma": 0.25, "beta": 0.0}, tuple(roles))


def equal_agents(space: ParameterSpace, cost: float) -> np.ndarray:
    """Theta within the prior, shape (columns,), whose agents have nearly equal processing costs.

    They are as equal as the prior allows. ``cost``, from :func:`nearest_cost`, is that of the
    median agent. Parameters that do not concern skill are in the middle of their prior.
    """
    weights, (sigma, _) = space.range_of(BETA.name), space.range_of(SIGMA.name)
    beta = float(np.clip(2.0 * cost, *weights))
    skill = skill_at(cost, beta)
    mu = float(np.clip(skill, *space.range_of(MU.name)))
    if abs(processing_cost(beta, median_skill(mu, sigma)) - cost) > ABOUT * cost:
        # The skill would be outside [0, 1], or the distribution is truncated near its ends.
        mu = _location_of_median(skill, space)
        beta = float(np.clip(weight_at(cost, median_skill(mu, sigma)), *weights))
    return space.theta({MU.name: mu, SIGMA.name: sigma, BETA.name: beta})


def nearest_cost(space: ParameterSpace, cost: float) -> float:
    """The cost nearest to a given one that a median agent can have at the smallest sigma."""
    (low, high), (least, most) = space.range_of(MU.name), space.range_of(BETA.name)
    sigma, _ = space.range_of(SIGMA.name)
    smallest = processing_cost(least, median_skill(high, sigma))
    largest = processing_cost(most, median_skill(low, sigma))
    return float(np.clip(cost, smallest, largest))


def median_skill(mu: float, sigma: float) -> float:
    """Median of the skill Gaussian, truncated to [0, 1]."""
    return float(_median_skills(np.array([mu]), sigma)[0])


def _median_skills(mu: np.ndarray, sigma: float) -> np.ndarray:
    theta = np.stack([mu, np.full_like(mu, sigma), np.ones_like(mu)], -1)
    middle = torch.full((len(mu), 1), 0.5)
    return Supertypes.from_array(theta).skill_quantiles(middle)[:, 0].double().numpy()


def _location_of_median(skill: float, space: ParameterSpace) -> float:
    """The mu of the prior whose median skill, at the smallest sigma, is nearest to a given one."""
    locations = np.linspace(*space.range_of(MU.name), 501)
    medians = _median_skills(locations, space.range_of(SIGMA.name)[0])
    return float(np.interp(skill, medians, locations))


def largest_cost(space: ParameterSpace) -> float:
    """The largest processing cost that the prior allows: that of an agent with skill 0."""
    return space.range_of(BETA.name)[1]


def costs_at(
    theta: np.ndarray, skill: np.ndarray, space: ParameterSpace = SKILL_SPACE
) -> np.ndarray:
    """Lambda of agents of given skills, shape (supertypes, skills), float64, without roles."""
    return np.asarray(processing_cost(space.values(theta)[BETA.name], skill))


def standardised_cost(cost: Tensor) -> Tensor:
    """Processing costs from 0 to about 2 on a logarithmic scale of order one."""
    return (torch.log10(cost + 1e-3) + 1.0) / 0.7


def skill_quadrature(
    theta: np.ndarray, nodes: int = 64, space: ParameterSpace = SKILL_SPACE
) -> tuple[np.ndarray, np.ndarray]:
    """Gauss-Legendre nodes and weights for expectations over the skill distribution.

    The nodes cover only the part of [0, 1] within eight scales of the location, so that narrow
    Gaussians are integrated as exactly as wide ones. For theta without roles; skills and weights,
    which sum to one, have the shape (supertypes, nodes).
    """
    skill, weight = quadrature_by_group(theta, nodes, space)
    return skill[:, 0], weight[:, 0]


def quadrature_by_group(
    theta: np.ndarray, nodes: int, space: ParameterSpace, *, by_cost: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Like :func:`skill_quadrature` but also with roles, shape (supertypes, groups, nodes).

    If ``by_cost``, nodes are even in log(lambda + ``COST_RESOLUTION``), and within six scales. The
    likelihood of decisions is smooth in it: single decisions tell agents of small costs apart.
    """
    values = space.values(theta)
    mu, sigma, beta = (values[each.name][..., None] for each in (MU, SIGMA, BETA))
    reach = (6.0 if by_cost else 8.0) * sigma
    low, high = np.clip(mu - reach, 0.0, 1.0), np.clip(mu + reach, 0.0, 1.0)
    points, weights = np.polynomial.legendre.leggauss(nodes)
    far, near, along = 1.0 - low, 1.0 - high, (points + 1.0) / 2.0
    if by_cost:
        offset = COST_RESOLUTION / np.maximum(beta, 1e-3 * COST_RESOLUTION)
        scale = (far + offset) * ((near + offset) / (far + offset)) ** along
        left, weights = scale - offset, weights * scale
    else:
        left = far - (far - near) * along
    skill = np.clip(1.0 - left, low, high)
    density = weights * np.exp(-0.5 * ((skill - mu) / sigma) ** 2)
    return skill, density / density.sum(axis=-1, keepdims=True)
