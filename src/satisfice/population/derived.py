"""What data can identify about a supertype beyond theta itself.

Behaviour depends on (mu, sigma, beta) only through the processing costs lambda = beta (1 - s),
so their mean, their spread and the share of nearly unbounded agents are shown beside theta.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr

from satisfice.population import PARAMETERS
from satisfice.population.parameters import ParameterPrior, parameter_names

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
    """Closed forms of the Gaussian truncated to [0, 1] (Johnson, Kotz and Balakrishnan 1994).

    scipy.stats.truncnorm has them too, but takes minutes for the draws of a calibration check.
    The location lies in [0, 1], so no tail is ever so far off that digits are lost.
    """
    mu, sigma, beta = (theta[..., i] for i in range(len(PARAMETERS)))
    low, high = (0 - mu) / sigma, (1 - mu) / sigma
    mass = ndtr(high) - ndtr(low)
    density_low, density_high = (np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi) for z in (low, high))
    shift = (density_low - density_high) / mass
    mean = mu + sigma * shift
    variance = sigma**2 * (1 + (low * density_low - high * density_high) / mass - shift**2)
    # With a tiny beta everybody is nearly unbounded, and the threshold lies below all skills.
    threshold = 1 - NEARLY_UNBOUNDED / np.maximum(beta, NEARLY_UNBOUNDED)
    unbounded = (ndtr(high) - ndtr((threshold - mu) / sigma)) / mass
    spread = np.sqrt(np.maximum(variance, 0.0))
    return beta * (1 - mean), beta * spread, np.where(beta > NEARLY_UNBOUNDED, unbounded, 1.0)


def quantities(prior: ParameterPrior, cube: np.ndarray) -> tuple[list[str], np.ndarray]:
    """Parameters and derived quantities.

    Args:
        prior: The prior.
        cube: Shape (..., parameters), on the unit cube.

    Returns:
        Their names, and values of shape (..., names) in their own units.
    """
    theta = prior.from_unit(cube)
    derived = derived_quantities(theta, prior.roles)
    columns = [*np.moveaxis(theta, -1, 0), *derived.values()]
    return [*prior.names, *derived], np.stack(columns, axis=-1)
