"""Settings of the posterior from decisions."""

from __future__ import annotations

from pydantic import Field

from satisfice.settings import Distinct, Settings


class DecisionSettings(Settings):
    """The posterior from decisions, and the models that are compared by it."""

    rivals: Distinct[str] = ()
    """Rules of play with parameters that are compared by decision, besides the bounded models,
    their prior beliefs alone, rational play, and the rivals without parameters."""
    live: int = Field(default=100, ge=20)
    """Live points of the nested sampler."""
    effective: int = Field(default=500, ge=50)
    """Effective number of points at which the sampler stops."""
    most_refits: int = Field(default=10, ge=0)
    """Largest number of markets for which a model is fitted again without the market, because its
    importance weights cannot be trusted; further ones are marked by their k-hat."""
    nodes: int = Field(default=12, ge=2)
    """Quadrature points at which an agent's skill is integrated out."""
    draws: int = Field(default=1000, ge=100)
    """Posterior draws in the file."""
    forecasts: int = Field(default=20, ge=2)
    """Posterior draws for the CRPS of single decisions."""
    ceiling_folds: int = Field(default=10, ge=2)
    """Groups of markets that the machine-learning ceiling leaves out in turn; up to 24 markets are
    left out one by one."""
    ceiling_trees: int = Field(default=500, ge=5)
    """Largest number of trees in a set of the ceiling."""
