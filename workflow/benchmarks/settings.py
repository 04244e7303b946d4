"""Settings of the benchmarks: the config's section ``benchmark``."""

from __future__ import annotations

from typing import Annotated, TypeVar

from pydantic import AfterValidator, Field, PositiveFloat, PositiveInt

from satisfice.settings import Settings

Number = TypeVar("Number")


def _different(numbers: list[int]) -> list[int]:
    if len(set(numbers)) < len(numbers):
        raise ValueError("a number is given twice")
    return numbers


Several = Annotated[list[Number], Field(min_length=2), AfterValidator(_different)]


class Scaling(Settings):
    """Cost of simulations and of likelihoods against their size."""

    agents: Several[Annotated[int, Field(ge=2)]] = Field(
        default=[2, 10, 30, 100, 300, 1000, 3000, 10000]
    )
    """Numbers of agents in one market, in games of any number of agents."""
    markets: Several[PositiveInt] = Field(default=[1, 3, 10, 30, 100, 300, 1000])
    """Numbers of markets in one simulation."""
    simulations: Several[PositiveInt] = Field(default=[64, 128, 256, 512, 1024, 2048, 4096])
    """Numbers of simulations of the human experiment."""
    recorded: Several[PositiveInt] = Field(default=[1, 3, 10, 30, 100, 300, 1000])
    """Numbers of markets whose recorded decisions get a likelihood."""
    decisions: PositiveInt = 500_000
    """Number of decisions to time at each number of agents or markets; one block of simulations may
    have more."""
    window: PositiveFloat = 0.75
    """Seconds of processor time of one measurement. Short work is repeated to fill them, and long
    work is cut."""


class Retraining(Settings):
    """Calibration against training a policy for every theta."""

    iterations: PositiveInt = 20
    """Number of iterations of each training that are timed; the rest is extrapolated."""


class SimulationsForC2st(Settings):
    """NPE and sequential ABC against exact posteriors, at several budgets."""

    budgets: Several[Annotated[int, Field(ge=200)]] = Field(default=[500, 1000, 2000, 4000, 8000])
    """Numbers of simulations for each estimator."""
    data_sets: PositiveInt = 5
    """Number of simulated data sets."""


class BenchmarkSettings(Settings):
    """Benchmarks of speed and memory."""

    scaling: Scaling = Scaling()
    """Cost of simulations against their size."""
    retraining: Retraining = Retraining()
    """Calibration against training a policy for every theta."""
    simulations_for_c2st: SimulationsForC2st = SimulationsForC2st()
    """NPE and sequential ABC against exact posteriors, at several budgets."""
