"""The prior of the calibration: a box, uniform in mu and sigma and log-uniform in beta.

Inference works in the unit cube, where the prior is uniform; everything that people see is in
the parameters' own units.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from satisfice.errors import SatisficeError


@dataclass(frozen=True)
class ParameterPrior:
    """Bounds of each parameter of theta = (mu, sigma, beta).

    Attributes:
        mu: Location of the skill Gaussian.
        sigma: Its scale.
        beta: KL weight in units of normalised payoff; log-uniform, so both bounds are > 0.
    """

    mu: tuple[float, float]
    sigma: tuple[float, float]
    beta: tuple[float, float]

    def __post_init__(self) -> None:
        for name in ("mu", "sigma", "beta"):
            low, high = getattr(self, name)
            if not low < high:
                raise SatisficeError(
                    f"config key parameter_prior.{name}",
                    f"the lower bound {low} is not below the upper bound {high}.",
                    "Give [low, high] with low < high.",
                )

    @classmethod
    def from_config(cls, bounds: dict[str, list[float]]) -> ParameterPrior:
        """Read the config's ``parameter_prior``."""
        return cls(**{name: (float(low), float(high)) for name, (low, high) in bounds.items()})

    @property
    def bounds(self) -> np.ndarray:
        """Bounds in the scale where the prior is uniform, shape (2, 3)."""
        columns = [self.mu, self.sigma, tuple(np.log(self.beta))]
        return np.array(columns, dtype=np.float64).T

    def from_unit(self, cube: np.ndarray) -> np.ndarray:
        """Map points of the unit cube, shape (..., 3), to theta."""
        low, high = self.bounds
        theta = low + np.asarray(cube, dtype=np.float64) * (high - low)
        theta[..., 2] = np.exp(theta[..., 2])
        return np.asarray(theta)

    def to_unit(self, theta: np.ndarray) -> np.ndarray:
        """Map theta, shape (..., 3), to the unit cube."""
        low, high = self.bounds
        scaled = np.array(theta, dtype=np.float64)
        scaled[..., 2] = np.log(scaled[..., 2])
        return np.asarray((scaled - low) / (high - low))
