"""Comparison of estimators that get different summaries of the same simulations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from experiments.cross_checks.simulated_paths import PATHS, STATISTICS
from satisfice.checks.gate import Gate
from satisfice.checks.recovery import Recovery

REPLICATES = 2000
"""Bootstrap replicates over data sets."""

Interval = tuple[float, float, float]
"""A mean over data sets and the ends of its 95 % bootstrap interval."""


@dataclass(frozen=True)
class Found:
    """Results of one estimator on reserved simulations.

    Attributes:
        recovery: Its posteriors against the true parameters and derived quantities.
        log_density: Shape (data sets,), log posterior density of the true parameters on the cube.
        gates: Gates of its posteriors.
        epochs: Epochs of training.
        seconds: Processor time of training.
        memory: Largest memory of the process up to the end of training, in megabytes.
    """

    recovery: Recovery
    log_density: np.ndarray
    gates: tuple[Gate, ...]
    epochs: int
    seconds: float
    memory: float


def bootstrapped(values: np.ndarray, seed: int) -> Interval:
    """Mean over data sets and its 95 % bootstrap interval; the same data sets for one seed."""
    chosen = np.random.default_rng(seed).integers(len(values), size=(REPLICATES, len(values)))
    low, high = np.quantile(values[chosen].mean(axis=1), [0.025, 0.975])
    return float(values.mean()), float(low), float(high)


@dataclass(frozen=True)
class SummaryComparison:
    """Results of estimators with the same simulations.

    Attributes:
        found: Results by the estimator's inputs; at least statistics and paths.
        names: Names of the quantities, first the parameters, then the derived ones.
        seed: Seed of the bootstrap, which uses the same data sets for all measures.
    """

    found: Mapping[str, Found]
    names: Sequence[str]
    seed: int

    @property
    def gains(self) -> dict[str, Interval]:
        """Log posterior density of the true parameters, minus that given statistics."""
        base = self.found[STATISTICS]
        return {
            summaries: bootstrapped(one.log_density - base.log_density, self.seed)
            for summaries, one in self.found.items()
            if one is not base
        }

    def table(self) -> pd.DataFrame:
        """One row for each estimator, measure and quantity, with an interval if there is one."""
        rows = [
            {"summaries": summaries, "quantity": quantity, "measure": measure}
            | dict(zip(("value", "low", "high"), interval, strict=True))
            for summaries in self.found
            for quantity, measure, interval in self._measures(summaries)
        ]
        return pd.DataFrame(rows)

    def _measures(self, summaries: str) -> Iterator[tuple[str, str, Interval]]:
        """Quantity, measure and value of one estimator."""
        one = self.found[summaries]
        for name, values in zip(self.names, one.recovery.contraction.T, strict=True):
            yield name, "contraction", bootstrapped(values, self.seed)
        yield "theta", "log_density", bootstrapped(one.log_density, self.seed)
        if summaries in self.gains:
            yield "theta", "log_density_gain", self.gains[summaries]
        for gate in one.gates:
            yield "theta", gate.name, _exactly(gate.value)
            yield "theta", f"{gate.name}_passed", _exactly(gate.passed)
        yield "training", "epochs", _exactly(one.epochs)
        yield "training", "seconds", _exactly(one.seconds)
        yield "training", "memory_mb", _exactly(one.memory)

    def summary(self) -> dict[str, Any]:
        """The gains, the gates, and the result in words."""
        return {
            "answer": self.answer(),
            "data_sets": len(self.found[STATISTICS].log_density),
            "log_density_gain": {
                summaries: dict(zip(("value", "low", "high"), gain, strict=True))
                for summaries, gain in self.gains.items()
            },
            "gates": [
                {"summaries": summaries, **vars(gate)}
                for summaries, one in self.found.items()
                for gate in one.gates
            ],
        }

    def answer(self) -> str:
        """The result in words."""
        value, low, high = self.gains[PATHS]
        verdict = "tell as much about the parameters as the game's own statistics, within error"
        if low > 0 or high < 0:
            word = "more" if low > 0 else "less"
            verdict = f"tell {word} about the parameters than the game's own statistics"
        base, learnt = (
            self.found[summaries].recovery.contraction.mean(axis=0)
            for summaries in (STATISTICS, PATHS)
        )
        most = int(np.argmax(np.abs(learnt - base)))
        failing = [
            f"{gate.name} of {summaries}"
            for summaries, one in self.found.items()
            for gate in one.gates
            if not gate.passed
        ]
        return (
            f"Summaries learnt from whole paths {verdict}: the log posterior density of the truth "
            f"changes by {value:+.2f} nats ({low:+.2f} to {high:+.2f}), mean over "
            f"{len(self.found[PATHS].log_density)} simulated data sets. Contraction changes most "
            f"for {self.names[most]}, from {base[most]:.2f} to {learnt[most]:.2f}. "
            + (f"Gates that fail: {', '.join(failing)}." if failing else "All gates pass.")
        )


def _exactly(value: float) -> Interval:
    """A value without an interval."""
    return float(value), float("nan"), float("nan")
