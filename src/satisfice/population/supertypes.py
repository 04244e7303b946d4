"""Who the agents are: supertypes, skills and processing costs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from satisfice.errors import SatisficeError
from satisfice.population import PARAMETERS

FEATURE_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
"""Quantiles of the skill distribution that describe a supertype to a network."""

FARTHEST = 5.0
"""How many scales a location may lie outside [0, 1]. The mass inside is then three in ten million;
farther off, inversion loses digits, until skills are no numbers that mean anything."""


@dataclass(frozen=True)
class Supertypes:
    """A batch of populations, one for each market or simulation.

    Agents of a market either share one supertype (``groups`` is 1) or have one each, by role.

    Attributes:
        mu: Shape (..., groups), location of the skill Gaussian.
        sigma: Shape (..., groups), its scale.
        beta: Shape (..., groups), weight of the KL cost in units of normalised payoff.
    """

    mu: Tensor
    sigma: Tensor
    beta: Tensor

    @classmethod
    def from_array(cls, theta: np.ndarray | Tensor) -> Supertypes:
        """Split an array of shape (..., 3 groups), each in the order of ``PARAMETERS``.

        Raises:
            SatisficeError: A number is not finite, a sigma is not above zero, a beta is negative,
                or a mu lies more than five sigma outside [0, 1].
        """
        values = torch.as_tensor(np.asarray(theta), dtype=torch.float32)
        by_group = values.reshape(*values.shape[:-1], -1, len(PARAMETERS))
        supertypes = cls(by_group[..., 0], by_group[..., 1], by_group[..., 2])
        _require_valid(supertypes)
        return supertypes

    def skill_quantiles(self, uniforms: Tensor) -> Tensor:
        """Draw skills from N(mu, sigma^2) truncated to [0, 1] by inversion.

        Args:
            uniforms: Shape (..., agents), numbers in [0, 1).

        Returns:
            Shape (..., agents), skills in [0, 1]. Truncated, not clipped: the bounds carry
            no point mass.
        """
        mu, sigma = self.mu.double(), self.sigma.double()
        lower = torch.special.ndtr((0.0 - mu) / sigma)
        upper = torch.special.ndtr((1.0 - mu) / sigma)
        skill = mu + sigma * torch.special.ndtri(lower + uniforms.double() * (upper - lower))
        return skill.clamp(0.0, 1.0).float()  # type: ignore[no-any-return]

    def processing_costs(self, skill: Tensor) -> Tensor:
        """Weight of the KL term, lambda = beta (1 - skill); shapes (..., agents)."""
        return self.beta * (1.0 - skill)

    def features(self) -> Tensor:
        """What a network is told about the population, shape (..., groups quantiles).

        Quantiles of the processing cost say directly what an agent has to reply to. A network
        learns from them with half the error that the raw (mu, sigma, beta) leave.
        """
        each = type(self)(*(value.unsqueeze(-1) for value in vars(self).values()))
        levels = torch.tensor(FEATURE_QUANTILES).expand(*self.mu.shape, -1)
        costs = each.processing_costs(each.skill_quantiles(levels))
        return standardised_cost(costs).flatten(-2)


def _require_valid(supertypes: Supertypes) -> None:
    """Refuse numbers that would become skills without a meaning, or none at all."""
    mu, sigma, beta = supertypes.mu, supertypes.sigma, supertypes.beta
    outside = torch.maximum(-mu, mu - 1.0)
    problems = {
        "a parameter is not finite": ~torch.isfinite(mu + sigma + beta),
        "sigma is not above zero": sigma <= 0.0,
        "beta is negative": beta < 0.0,
        f"mu lies more than {FARTHEST:g} sigma outside [0, 1]": outside > FARTHEST * sigma,
    }
    for problem, present in problems.items():
        if present.any():
            remedy = "Give mu from 0 to 1, sigma above 0 and beta of at least 0."
            raise SatisficeError("theta", f"{problem}.", remedy)


def middle_quantiles(number: int) -> Tensor:
    """The middles of equal shares of a distribution: levels (k - 1/2) / number, shape (number,)."""
    return (torch.arange(number) + 0.5) / number


def kl_free(groups: int = 1) -> np.ndarray:
    """Supertypes of agents without a KL cost, whose skills are therefore irrelevant.

    Args:
        groups: Number of supertypes in a market.

    Returns:
        Shape (3 groups,), each in the order of ``PARAMETERS``.
    """
    one = {"mu": 0.5, "sigma": 0.25, "beta": 0.0}
    return np.tile([one[name] for name in PARAMETERS], groups)


def standardised_cost(cost: Tensor) -> Tensor:
    """Put processing costs from 0 to about 2 on a logarithmic scale of order one."""
    return (torch.log10(cost + 1e-3) + 1.0) / 0.7


def skill_quadrature(theta: np.ndarray, nodes: int = 64) -> tuple[np.ndarray, np.ndarray]:
    """Gauss-Legendre nodes and weights for expectations over the skill distribution.

    The nodes cover only the part of [0, 1] within eight scales of the location, so that a
    narrow Gaussian is integrated as exactly as a wide one.

    Args:
        theta: Shape (supertypes, 3), in the order of ``PARAMETERS``.
        nodes: Number of nodes.

    Returns:
        Skills and weights, both of shape (supertypes, nodes); weights sum to one.
    """
    mu, sigma = theta[:, 0:1], theta[:, 1:2]
    low, high = np.clip(mu - 8 * sigma, 0.0, 1.0), np.clip(mu + 8 * sigma, 0.0, 1.0)
    points, weights = np.polynomial.legendre.leggauss(nodes)
    skill = low + (high - low) * (points + 1.0) / 2.0
    density = weights * np.exp(-0.5 * ((skill - mu) / sigma) ** 2)
    return skill, density / density.sum(axis=1, keepdims=True)
