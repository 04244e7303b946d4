"""Parameters of the skills and of the KL cost, and simple functions of them."""

from __future__ import annotations

import math
from typing import Any

from satisfice.population.parameters import Parameter, ParameterSpace

MU = Parameter(
    "mu", (0.0, 1.0), "μ, location of skill", "μ", support=(0.0, 1.0), rational_end="high"
)
SIGMA = Parameter(
    "sigma", (0.02, 0.5), "σ, scale of skill", "σ", support=(0.01, math.inf), rational_end="low"
)
BETA = Parameter(
    "beta", (0.02, 2.0), "β (reference payoffs / nat)", "β", support=(0.001, math.inf),
    transform="log", limits=(0.0,), rational_end="low",
)  # fmt: skip
SKILL_PARAMETERS = (MU, SIGMA, BETA)
"""Location and scale of the skill Gaussian before truncation, and the KL weight."""

SKILL_SPACE = ParameterSpace.of(SKILL_PARAMETERS, {})
"""The space of a supertype whose prior belief has no fitted parameter, with default priors."""


def processing_cost(beta: Any, skill: Any) -> Any:
    """Weight of the KL term, lambda = beta (1 - skill); arrays or tensors that broadcast."""
    return beta * (1.0 - skill)


def skill_at(cost: Any, beta: Any) -> Any:
    """The skill that gives a processing cost at a KL weight."""
    return 1.0 - cost / beta


def weight_at(cost: Any, skill: Any) -> Any:
    """The KL weight beta that gives a processing cost at a skill."""
    return cost / (1.0 - skill)


def belief_parameters(space: ParameterSpace) -> tuple[str, ...]:
    """Names of the parameters of the prior belief in a space."""
    own = {parameter.name for parameter in SKILL_PARAMETERS}
    names = [each.parameter.name for each in space.fitted]
    return tuple(name for name in names if name not in own)
