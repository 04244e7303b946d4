"""What data can identify about a supertype beyond theta itself.

Behaviour depends on (mu, sigma, beta) only through the processing costs lambda = beta (1 - s),
so their mean, their spread and the share of nearly unbounded agents are shown beside theta.
"""

from __future__ import annotations

import numpy as np
from scipy.stats import truncnorm

NEARLY_UNBOUNDED = 0.02
"""Processing cost below which an agent counts as nearly unbounded: to gain 2 % of the
reference payoff it accepts one nat of thought."""

DERIVED = ("mean_lambda", "sd_lambda", "share_unbounded")


def derived_quantities(theta: np.ndarray) -> dict[str, np.ndarray]:
    """Compute the derived quantities.

    Args:
        theta: Shape (..., 3): mu, sigma, beta.

    Returns:
        Arrays of shape (...) under the names ``DERIVED``.
    """
    mu, sigma, beta = (theta[..., i] for i in range(3))
    skill = truncnorm((0 - mu) / sigma, (1 - mu) / sigma, loc=mu, scale=sigma)
    return {
        "mean_lambda": beta * (1 - skill.mean()),
        "sd_lambda": beta * skill.std(),
        "share_unbounded": np.where(
            beta > NEARLY_UNBOUNDED, skill.sf(1 - NEARLY_UNBOUNDED / beta), 1.0
        ),
    }
