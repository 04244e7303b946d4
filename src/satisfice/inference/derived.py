"""What data can identify about a supertype beyond theta itself.

Behaviour depends on (mu, sigma, beta) only through the processing costs lambda = beta (1 - s),
so their mean, their spread and the share of nearly unbounded agents are shown beside theta.
"""

from __future__ import annotations

import numpy as np
from scipy.stats import truncnorm

from satisfice.behaviour import PARAMETERS
from satisfice.inference.parameter_prior import parameter_names

NEARLY_UNBOUNDED = 0.02
"""Processing cost below which an agent counts as nearly unbounded: to gain 2 % of the
reference payoff it accepts one nat of thought."""

DERIVED = ("mean_lambda", "sd_lambda", "share_unbounded")


def derived_quantities(theta: np.ndarray, roles: tuple[str, ...] = ()) -> dict[str, np.ndarray]:
    """Compute the derived quantities of every supertype.

    Args:
        theta: Shape (..., 3 groups): mu, sigma, beta of each supertype.
        roles: Names of the supertypes' roles; empty where all agents share one.

    Returns:
        Arrays of shape (...) under the names ``DERIVED``, with the role where there are roles.
    """
    groups = max(1, len(roles))
    by_group = theta.reshape(*theta.shape[:-1], groups, len(PARAMETERS))
    found = [_of_one_supertype(by_group[..., group, :]) for group in range(groups)]
    values = [each for columns in found for each in columns]
    return dict(zip(parameter_names(DERIVED, roles), values, strict=True))


def _of_one_supertype(theta: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    mu, sigma, beta = (theta[..., i] for i in range(len(PARAMETERS)))
    skill = truncnorm((0 - mu) / sigma, (1 - mu) / sigma, loc=mu, scale=sigma)
    return (
        beta * (1 - skill.mean()),
        beta * skill.std(),
        np.where(beta > NEARLY_UNBOUNDED, skill.sf(1 - NEARLY_UNBOUNDED / beta), 1.0),
    )
