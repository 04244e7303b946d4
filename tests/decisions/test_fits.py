"""Fits side by side: results are the same for any number of workers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np

from satisfice.decisions.fits import Fit, Task, fit_all
from satisfice.decisions.settings import DecisionSettings
from satisfice.games.newsvendor import Newsvendor
from satisfice.io.game_run import GameRun

SETTINGS = DecisionSettings(rivals=("mean_anchoring",), live=20, effective=50, forecasts=2)
NAMES = ("mean_anchoring", "equilibrium")


def tasks() -> dict[str, Task]:
    who, generator = GameRun("nowhere", ("uniform",), ("equilibrium",)), np.random.default_rng(0)
    panels = {
        name: {kind: generator.integers(30, 70, (3, 1, 20)).astype(float) for kind in
               Newsvendor().recorded}
        for name in list(Newsvendor().treatments)[:2]
    }  # fmt: skip
    unseen = np.array([0.0, 0.0, 0.0, 1.0, 1.0, 1.0])
    return {
        name: Task("newsvendor", who, name, panels, unseen, SETTINGS, seed)
        for seed, name in enumerate(NAMES)
    }


def fitted(workers: int) -> dict[str, Fit]:
    return dict(fit_all(tasks(), workers))


def test_results_do_not_depend_on_the_number_of_workers() -> None:
    alone, together = fitted(1), fitted(2)
    assert set(alone) == set(together) == set(NAMES)
    for name, (one, people) in alone.items():
        other = together[name][0]
        assert people is None  # agents of rules do not differ
        np.testing.assert_array_equal(one.posterior.theta, other.posterior.theta)
        np.testing.assert_array_equal(one.posterior.log_weight, other.posterior.log_weight)
        for scores in ("loo", "held_out", "crps", "khat"):
            np.testing.assert_array_equal(getattr(one, scores), getattr(other, scores))
        assert one.evidence_fitted == other.evidence_fitted
        assert np.isfinite(one.loo).all()


SLEEPERS = """
import time
from satisfice.decisions.fits import pool_of

def sleep(seconds):
    print("asleep", flush=True)
    time.sleep(seconds)

if __name__ == "__main__":
    with pool_of(1) as pool:
        pool.submit(sleep, 600).result()
"""


def test_no_worker_outlives_a_job_that_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "sleepers.py"
    script.write_text(SLEEPERS, encoding="utf-8")
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True) as job:
        assert job.stdout is not None
        assert job.stdout.readline() == "asleep\n"
        job.kill()
        job.communicate(timeout=60)  # ends when the worker, too, has closed its output
