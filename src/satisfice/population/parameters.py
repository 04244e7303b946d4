"""The prior of the calibration: a box, uniform in mu and sigma and log-uniform in beta.

Inference works in the unit cube, where the prior is uniform; everything that people see is in
the parameters' own units.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from satisfice.errors import SatisficeError
from satisfice.population import PARAMETERS


@dataclass(frozen=True)
class ParameterPrior:
    """Bounds of each parameter of theta = (mu, sigma, beta).

    Attributes:
        mu: Location of the skill Gaussian.
        sigma: Its scale.
        beta: KL weight in units of normalised payoff; log-uniform, so both bounds are > 0.
        roles: Names of the roles with a supertype of their own; empty where all agents share one.
    """

    mu: tuple[float, float]
    sigma: tuple[float, float]
    beta: tuple[float, float]
    roles: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in PARAMETERS:
            low, high = getattr(self, name)
            if not low < high:
                raise SatisficeError(
                    f"config key parameter_prior.{name}",
                    f"the lower bound {low} is not below the upper bound {high}.",
                    "Give [low, high] with low < high.",
                )

    @classmethod
    def from_config(cls, block: Mapping[str, Any]) -> ParameterPrior:
        """Read the config's ``parameter_prior``."""
        bounds = {name: (float(block[name][0]), float(block[name][1])) for name in PARAMETERS}
        return cls(**bounds, roles=tuple(block.get("roles", ())))

    @property
    def groups(self) -> int:
        """Number of supertypes in a market."""
        return max(1, len(self.roles))

    @property
    def names(self) -> tuple[str, ...]:
        """Name of each element of theta: ``mu``, or ``mu_retailer`` where roles differ."""
        return parameter_names(PARAMETERS, self.roles)

    @property
    def bounds(self) -> np.ndarray:
        """Bounds in the scale where the prior is uniform, shape (2, parameters)."""
        columns = [self.mu, self.sigma, tuple(np.log(self.beta))]
        return np.tile(np.array(columns, dtype=np.float64).T, (1, self.groups))

    @property
    def _logarithmic(self) -> np.ndarray:
        return np.array([name.startswith("beta") for name in self.names])

    def from_unit(self, cube: np.ndarray) -> np.ndarray:
        """Map points of the unit cube, shape (..., parameters), to theta."""
        low, high = self.bounds
        theta = low + np.asarray(cube, dtype=np.float64) * (high - low)
        theta[..., self._logarithmic] = np.exp(theta[..., self._logarithmic])
        return np.asarray(theta)

    def to_unit(self, theta: np.ndarray) -> np.ndarray:
        """Map theta, shape (..., parameters), to the unit cube."""
        low, high = self.bounds
        scaled = np.array(theta, dtype=np.float64)
        scaled[..., self._logarithmic] = np.log(scaled[..., self._logarithmic])
        return np.asarray((scaled - low) / (high - low))


def parameter_names(quantities: tuple[str, ...], roles: tuple[str, ...]) -> tuple[str, ...]:
    """Names of quantities of each supertype, supertype by supertype."""
    return tuple(f"{name}_{role}" for role in roles for name in quantities) or quantities
