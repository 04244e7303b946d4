"""Rules cross_check, compare_estimators and reference_posteriors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments.cross_checks import sbi_cross_checks
from experiments.cross_checks.estimators import compare_estimators, cross_check
from experiments.cross_checks.other_estimators import ESTIMATORS
from experiments.cross_checks.reference_comparison import reference_posteriors
from satisfice.io.files import read_arrays, read_json, read_table, write_arrays, write_json
from satisfice.population.derived import DERIVED_NAMES

SETTINGS = {"hidden": 8, "batch": 50, "most_epochs": 2}
COSTS = "s\th:m:s\tmax_rss\n12.5\t0:00:12\t300.5\n"


def check(run: Any, estimator: str, output: Path) -> dict[str, np.ndarray]:
    cross_check(
        run.game,
        estimator,
        policy=run.policies["habit"],
        dataset=run.dataset,
        simulations=run.folder / "simulations" / "habit.npz",
        observed=run.observed,
        inference={"sbc": 50, "estimator": SETTINGS, "draws": 60},
        seed=7,
        draws=output,
        record=output.with_suffix(".json"),
    )
    return read_arrays(output)


@pytest.mark.parametrize(
    ("estimator", "simulations"), zip(ESTIMATORS, (350, 350, 174), strict=True)
)
def test_other_estimators_give_draws_inside_the_prior(
    tiny_run: Any,
    tmp_path: Path,
    estimator: str,
    simulations: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sbi_cross_checks, "WARM_UP", 5)
    found = check(tiny_run, estimator, tmp_path / f"{estimator}.npz")
    assert found["theta"].shape[0] == 1
    assert found["theta"].shape[1] in {21, 60}  # ABC has half as many draws as particles
    low, high = np.array([[0, 0.02, 0.02], [1, 0.5, 2.0]])
    assert (found["theta"] >= low * (1 - 1e-6)).all()
    assert (found["theta"] <= high * (1 + 1e-6)).all()
    assert len(np.unique(found["theta"])) > 30
    told = read_json(tmp_path / f"{estimator}.json")["simulations"]
    assert told == pytest.approx(simulations, rel=0.2)


def test_an_unknown_estimator_is_refused(tiny_run: Any, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="guess is none of nle, smc_abc, truncated"):
        check(tiny_run, "guess", tmp_path / "guess.npz")


def compare(run: Any, folder: Path, warning: str) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Compare the run's posterior with itself, and with one half as wide and elsewhere."""
    posterior = run.folder / "inference" / "habit" / "posterior.npz"
    drawn = read_arrays(posterior)
    theta = drawn["theta"].copy()
    theta[..., 2] = 1.2 + 0.1 * theta[..., 2]
    for name, values in {"nle": drawn["theta"], "smc_abc": theta}.items():
        write_arrays(folder / f"{name}.npz", theta=values)
        write_json(folder / f"{name}.json", {"simulations": 350})
    (folder / "costs.tsv").write_text(COSTS, encoding="utf-8")
    write_json(folder / "misspecification.json", {"warning": warning})
    compare_estimators(
        run.game,
        posterior=posterior,
        others=[folder / "nle.npz", folder / "smc_abc.npz"],
        records=[folder / "nle.json", folder / "smc_abc.json"],
        costs=dict.fromkeys(["npe", "nle", "smc_abc"], folder / "costs.tsv"),
        simulations=350,
        misspecification=folder / "misspecification.json",
        table=folder / "table.csv",
        summary=folder / "summary.json",
        figure=folder / "figure.png",
    )
    assert (folder / "figure.png").read_bytes().startswith(b"\x89PNG")
    return read_table(folder / "table.csv"), read_json(folder / "summary.json")


def test_estimators_are_compared_with_their_costs(tiny_run: Any, tmp_path: Path) -> None:
    table, summary = compare(tiny_run, tmp_path, "")
    assert list(table.estimator.unique()) == ["npe", "nle", "smc_abc"]
    assert set(table.quantity) == {"mu", "sigma", "beta", *DERIVED_NAMES}
    same = table[table.estimator == "nle"]
    np.testing.assert_allclose(same["shift"], 0.0, atol=1e-9)
    np.testing.assert_allclose(same["sd_ratio"], 1.0)
    assert set(table.seconds) == {12.5}
    assert set(table.peak_memory_mb) == {300.5}
    assert summary["by_estimator"]["nle"]["agrees"]
    assert not summary["by_estimator"]["smc_abc"]["agrees"]
    assert "quantities: nle." in summary["sentence"]
    assert "extrapolates" not in summary["sentence"]


def test_a_gap_is_explained_by_misfit(tiny_run: Any, tmp_path: Path) -> None:
    _, summary = compare(tiny_run, tmp_path, "Unlike anything.")
    assert "every estimator extrapolates in its own way. Unlike anything." in summary["sentence"]


def test_reference_posteriors_judge_the_ensemble(tiny_run: Any, tmp_path: Path) -> None:
    folder = tiny_run.folder / "inference" / "uniform"
    settings = {"data_sets": 1, "solves": 32, "pilot": 1500, "simulations": 30000, "points": 500}
    reference_posteriors(
        tiny_run.game,
        "uniform",
        policy=tiny_run.policies["uniform"],
        ensemble=folder / "ensemble.safetensors",
        dataset=tiny_run.dataset,
        observed=tiny_run.observed,
        budget=350,
        settings=settings,
        seed=7,
        table=tmp_path / "table.csv",
        summary=tmp_path / "summary.json",
    )
    table, summary = read_table(tmp_path / "table.csv"), read_json(tmp_path / "summary.json")
    assert list(table.quantity) == ["mu", "sigma", "beta", *DERIVED_NAMES]
    # Two epochs of training teach nothing, and the reference shows it.
    assert summary["c2st_npe"] > 0.58
    assert not summary["passed"]
    beta = table.set_index("quantity").loc["beta"]
    assert beta.sd_reference < 0.8 * beta.sd_npe
    assert set(summary["sd_with_decisions_over_sd_with_statistics"]) == set(table.quantity)
    assert summary["simulations_of_reference"] == 1500 + 30000
