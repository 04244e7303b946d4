"""Figures about the posterior and its quality, from posterior.nc."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from itertools import cycle
from typing import Any

import numpy as np
import pandas as pd
import pytest

from satisfice.checks.diagnostics import coverage as coverage_of
from satisfice.report.figures_checks import coverage, misspecification, sbc
from satisfice.report.figures_inference import CUT_OFF, prior_posterior
from satisfice.report.results import GameResults, Posterior, read_posterior
from satisfice.report.style import drawing


def results(posteriors: Mapping[str, Posterior]) -> GameResults:
    """What these figures read."""
    plain: dict[str, Any] = dict.fromkeys(
        (
            "statistic_units", "scores", "tested", "gates", "training", "verification", "behaviour",
            "paths",
        )
    )  # fmt: skip
    models = {name: np.zeros((2, 0)) for name in ("bounded", "bounded_uniform", "rational")}
    observed = pd.DataFrame({"treatment": [], "statistic": []})
    return GameResults(
        game="any", observed=observed, posteriors=posteriors, predictive=models, **plain
    )


@pytest.fixture(scope="module")
def posteriors(made_up_run: Any) -> dict[str, Posterior]:
    return {belief: read_posterior(path) for belief, path in made_up_run.posteriors.items()}


def test_coverage_is_shown_minus_its_level(posteriors: dict[str, Posterior]) -> None:
    with drawing():
        axis, other = coverage(results(posteriors)).figure.axes
    levels = np.linspace(0.05, 0.95, 19)
    for panel, posterior in zip((axis, other), posteriors.values(), strict=True):
        shown = np.array([line.get_ydata() for line in panel.lines if len(line.get_xdata()) == 19])
        found = coverage_of(posterior.ranks_of(posterior.ranked), posterior.largest_rank, levels)
        np.testing.assert_allclose(shown, found - levels)
    assert not axis.get_legend() and not other.get_legend()


def test_one_band_serves_all_prior_beliefs(posteriors: dict[str, Posterior]) -> None:
    with drawing():
        axes = sbc(results(posteriors)).figure.axes[:3]
    assert [len(axis.collections) for axis in axes] == [1, 1, 1]
    assert axes[0].get_legend_handles_labels()[1] == [
        "99.9 % band", "bounded (habit)", "bounded (uniform)",
    ]  # fmt: skip


def test_treatments_are_named_only_where_there_are_several(
    posteriors: dict[str, Posterior],
) -> None:
    def labels(given: Mapping[str, Posterior]) -> list[str]:
        with drawing():
            (axis,) = misspecification(results(given)).figure.axes
        return [text.get_text() for text in axis.get_yticklabels()]

    assert {"mean rounds 1–8 (2)", "mean rounds 1–8 (3)"} <= set(labels(posteriors))
    default = posteriors["habit"]
    found = default.misspecification
    found["statistics"] = [row for row in found["statistics"] if row["treatment"] == "2"]
    attributes = {**default.attributes, "misspecification": json.dumps(found)}
    one = replace(default, attributes=attributes)
    assert "mean rounds 1–8" in labels({"habit": one})


def test_misfits_of_human_figures_say_where_those_come_from(
    posteriors: dict[str, Posterior],
) -> None:
    default = posteriors["habit"]
    for provenance, label in (
        (["primary", "primary"], "human minus model (SD)"),
        (
            ["unverified", "secondary"],
            "human minus model (SD)\n(human values secondary and unverified)",
        ),
    ):
        found = default.misspecification
        for row, name in zip(found["statistics"], cycle(provenance), strict=False):
            row["provenance"] = name
        attributes = {**default.attributes, "misspecification": json.dumps(found)}
        with drawing():
            figure = misspecification(results({"habit": replace(default, attributes=attributes)}))
        assert figure.figure.axes[0].get_xlabel() == label


def test_a_sharp_posterior_does_not_hide_a_wide_one(
    posteriors: dict[str, Posterior],
) -> None:
    wide, other = posteriors["habit"], posteriors["uniform"]
    posterior = other.groups["posterior"]
    sharp = replace(
        other, groups={**other.groups, "posterior": posterior.assign(mu=0.5 + posterior.mu / 1e3)}
    )
    with drawing():
        axis = prior_posterior(results({"habit": wide, "uniform": sharp})).figure.axes[0]
    peaks = [line.get_ydata().max() for line in axis.lines]
    assert peaks[1] > 100 * peaks[0]
    assert axis.get_ylim()[1] == pytest.approx(1.05 * CUT_OFF * peaks[0])
