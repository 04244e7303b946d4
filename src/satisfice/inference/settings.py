"""Settings of neural posterior estimation."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt

from satisfice.settings import Settings


class EstimatorSettings(Settings):
    """How one member of the ensemble is built and trained."""

    estimator: Literal["zuko_maf", "zuko_nsf", "mdn"] = "zuko_maf"
    """Density estimator: zuko_maf (masked autoregressive flow, best for the narrow ridge between
    the parameters), zuko_nsf (neural spline flow) or mdn (mixture of Gaussians)."""
    hidden: int = Field(default=100, ge=4)
    """Width of its layers."""
    transforms: PositiveInt = 3
    """Transforms of a flow."""
    components: PositiveInt = 8
    """Components of the mixture, or bins of the splines."""
    learning_rate: PositiveFloat = 0.003
    """Highest learning rate; it rises once and then falls to zero."""
    weight_decay: NonNegativeFloat = 0.1
    """Weight decay of AdamW."""
    batch: int = Field(default=200, ge=10)
    """Simulations in one training step."""
    validation_share: float = Field(default=0.05, ge=0.01, le=0.5)
    """Share of the simulations that decides which epoch is kept."""
    patience: PositiveInt = 20
    """Epochs without improvement before stopping early."""
    most_epochs: PositiveInt = 40
    """Number of epochs."""


class RecombinationSettings(Settings):
    """New data sets from simulations with similar parameters, which exchange treatments.

    See :mod:`satisfice.inference.recombination`.
    """

    neighbours: int = Field(default=1, ge=1, le=1000)
    """Simulations among which treatments are exchanged; 1 for no exchange."""


class InferenceSettings(Settings):
    """Neural posterior estimation, and its checks."""

    members: int = Field(default=4, ge=2, le=50)
    """Size of the ensemble of posterior estimators."""
    draws: int = Field(default=1000, ge=100)
    """Posterior draws of each member."""
    sbc: int = Field(default=500, ge=50)
    """Simulations reserved for SBC (simulation-based calibration)."""
    lc2st_trials: int = Field(default=100, ge=5)
    """Classifiers trained on permuted labels for the local C2ST at the human data."""
    estimator: EstimatorSettings = EstimatorSettings()
    """Settings of one estimator."""
    recombination: RecombinationSettings = RecombinationSettings()
    """New data sets from simulations with similar parameters, which exchange treatments. It takes
    time, and helps if several treatments are fitted and estimators overfit."""
