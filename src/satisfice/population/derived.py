"""Derived quantities of a supertype, which data identify better than theta itself.

Behaviour depends on (mu, sigma, beta) only through the processing costs lambda = beta (1 - s),
so reports show their mean, their standard deviation and the share of nearly rational agents.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr

from satisfice.population.parameters import Parameter, ParameterSpace, names_by_role
from satisfice.population.skill_parameters import (
    SKILL_PARAMETERS,
    SKILL_SPACE,
    belief_parameters,
    processing_cost,
    skill_at,
)

NEARLY_UNBOUNDED = 0.02
"""Processing cost below which an agent counts as nearly rational: it spends one nat to gain 2 % of
the reference payoff."""

MEAN_LAMBDA = Parameter(
    "mean_lambda", 0.0, "mean λ (ref. payoffs / nat)", "mean λ", transform="log"
)
SD_LAMBDA = Parameter("sd_lambda", 0.0, "SD of λ (ref. payoffs / nat)", "SD of λ", transform="log")
SHARE_UNBOUNDED = Parameter(
    "share_unbounded", 0.0, f"share with λ < {NEARLY_UNBOUNDED:g}", "nearly rational", (0.0, 1.0)
)
DERIVED = (MEAN_LAMBDA, SD_LAMBDA, SHARE_UNBOUNDED)
"""Their names, labels and scales."""

DERIVED_NAMES = tuple(each.name for each in DERIVED)


def derived_quantities(
    theta: np.ndarray, space: ParameterSpace = SKILL_SPACE
) -> dict[str, np.ndarray]:
    """Derived quantities of every supertype of theta, shape (..., columns of the space).

    Arrays of shape (...) under ``DERIVED_NAMES``, with the role where there are roles.
    """
    values = space.values(theta)
    by_group = _of_supertypes(*(values[each.name] for each in SKILL_PARAMETERS))
    names = names_by_role(DERIVED_NAMES, space.roles)
    columns = [of[..., group] for group in range(space.groups) for of in by_group]
    return dict(zip(names, columns, strict=True))


def _of_supertypes(
    mu: np.ndarray, sigma: np.ndarray, beta: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Closed forms of the Gaussian truncated to [0, 1] (Johnson, Kotz and Balakrishnan 1994).

    scipy.stats.truncnorm has them, too, but takes minutes for the draws of SBC. As the location is
    in [0, 1], no digits are lost in the tails.
    """
    low, high = (0 - mu) / sigma, (1 - mu) / sigma
    mass = ndtr(high) - ndtr(low)
    density_low, density_high = (np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi) for z in (low, high))
    shift = (density_low - density_high) / mass
    mean = mu + sigma * shift
    variance = sigma**2 * (1 + (low * density_low - high * density_high) / mass - shift**2)
    # With a tiny beta all agents are nearly rational, and the threshold is below all skills.
    threshold = skill_at(NEARLY_UNBOUNDED, np.maximum(beta, NEARLY_UNBOUNDED))
    unbounded = (ndtr(high) - ndtr((threshold - mu) / sigma)) / mass
    spread = np.sqrt(np.maximum(variance, 0.0))
    shares = np.where(beta > NEARLY_UNBOUNDED, unbounded, 1.0)
    return processing_cost(beta, mean), beta * spread, shares


def quantities(space: ParameterSpace, cube: np.ndarray) -> tuple[list[str], np.ndarray]:
    """Parameters and derived quantities that vary.

    Returns their names, and their values at points of the unit cube, shape (..., names), in their
    own units.
    """
    theta = space.from_unit(cube)
    derived = derived_quantities(theta, space) if _derived_vary(space) else {}
    columns = [*np.moveaxis(theta, -1, 0), *derived.values()]
    return [*space.names, *derived], np.stack(columns, axis=-1)


def judged(space: ParameterSpace) -> tuple[str, ...]:
    """Names of the quantities by which posteriors are compared: those that data can identify.

    They are the derived quantities and the prior belief's parameters, without the skills'
    parameters and beta, which trade off against each other.
    """
    derived = DERIVED_NAMES if _derived_vary(space) else ()
    return names_by_role([*derived, *belief_parameters(space)], space.roles)


def _derived_vary(space: ParameterSpace) -> bool:
    """Whether a parameter that determines the derived quantities is fitted."""
    return len(belief_parameters(space)) < len(space.fitted)
