"""Figures of prior beliefs that fit different parameters, and of what is constant."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments.cross_checks.figures import estimators, learnt_summaries, sensitivity
from satisfice.checks.diagnostics import coverage as coverage_of
from satisfice.checks.diagnostics import rank_ecdf
from satisfice.io.inference_data import dataset, draws_of
from satisfice.population.derived import quantities
from satisfice.population.parameters import Parameter, ParameterSpace, Setting
from satisfice.population.registry import BELIEFS
from satisfice.population.supertypes import SKILL_PARAMETERS
from satisfice.report import figures_checks, figures_inference
from satisfice.report.posterior_table import posterior_table
from satisfice.report.results import GameResults, Posterior
from satisfice.report.style import Picture, drawing, save

OWN = (
    Parameter("stay_home", (0.1, 2.0), "κ, pull of home", "κ", transform="log"),
    *BELIEFS["habit"].parameters,
)
"""What a prior belief of another package may declare."""

FIXED: Mapping[str, Setting] = {"stay": 0.1, "explore": 0.1, "reach": 0.1}
SKILLS: Mapping[str, Setting] = {"mu": 0.5, "sigma": 0.2, "beta": 0.5}
DATA_SETS, DRAWS = 60, 50


def space(roles: tuple[str, ...] = (), **settings: Setting) -> ParameterSpace:
    return ParameterSpace.of((*SKILL_PARAMETERS, *OWN), {**FIXED, **settings}, roles)


FEW = space(stay_home=1.0)
MORE = space(stay=[0.02, 0.45])


def posterior(of: ParameterSpace, seed: int) -> Posterior:
    """What posterior.nc would hold, without a pattern."""
    random = np.random.default_rng(seed)

    def drawn(*shape: int) -> Any:
        return draws_of(of, of.from_unit(random.random((*shape, len(of.names)))))

    names, truth = quantities(of, random.random((DATA_SETS, len(of.names))))
    shape = truth.shape
    ranks = dataset(
        {
            "rank": random.integers(0, DRAWS + 1, shape),
            "truth": truth,
            "mean": truth * 1.1,
            "sd": 0.1 * truth,
            "contraction": random.random(shape),
            "z_score": random.normal(size=shape),
        },
        ["simulation", "parameter"],
        {"parameter": names},
    ).assign(tarp_rank=("simulation", random.integers(0, DRAWS + 1, DATA_SETS)))
    ranks.attrs["largest_rank"] = DRAWS
    groups = {"posterior": drawn(2, 50), "prior": drawn(1, 80), "sbc": ranks}
    return Posterior(groups, {"space": of.as_json(), "warning": ""})


def results(*spaces: ParameterSpace) -> GameResults:
    """What the figures read, the default prior belief first."""
    plain: dict[str, Any] = dict.fromkeys(
        (
            "statistic_units", "scores", "tested", "gates", "training", "verification", "behaviour",
            "paths",
        )
    )  # fmt: skip
    names = ["habit", "uniform"][: len(spaces)]
    pairs = zip(names, spaces, strict=True)
    return GameResults(
        game="any",
        observed=pd.DataFrame({"treatment": [], "statistic": []}),
        posteriors={name: posterior(of, seed) for seed, (name, of) in enumerate(pairs)},
        predictive={name: np.zeros((2, 0)) for name in ("bounded", "bounded_uniform", "rational")},
        **plain,
    )


def draw(name: str, given: GameResults) -> Picture:
    module = figures_inference if hasattr(figures_inference, name) else figures_checks
    with drawing():
        picture: Picture = getattr(module, name)(given)
    return picture


FIGURES = ("prior_posterior", "pair", "sbc", "coverage", "recovery", "tarp")
ROLES = ("buyer", "seller")
SPACES = {
    "the default fits fewer": (FEW, MORE),
    "the default fits more": (MORE, FEW),
    "only beta": (space(mu=0.5, sigma=0.2, stay_home=1.0),),
    "the skills fixed": (space(**SKILLS), space(**SKILLS, stay=[0.1, 0.3], reach=[0.1, 0.9])),
    "the skills fixed, by role": (space(ROLES, **SKILLS),),
    "by role": (space(ROLES), space(ROLES, stay=[0.1, 0.4])),
    "a share that is always one": (space(beta=[0.001, 0.01]),),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("name", "which"), product(FIGURES, SPACES))
def test_all_are_drawn_with_finite_numbers(name: str, which: str, tmp_path: Path) -> None:
    picture = draw(name, results(*SPACES[which]))
    assert "nan" not in picture.description
    save(picture, tmp_path / "figure.png")
    assert (tmp_path / "figure.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("spaces", [(FEW, MORE), (MORE, FEW)])
def test_every_panel_shows_the_ranks_of_its_own_quantity(
    spaces: tuple[ParameterSpace, ...],
) -> None:
    given = results(*spaces)
    picture = draw("sbc", given)
    panels = {axis.get_title(loc="left"): axis for axis in picture.figure.axes}
    shorts = ["μ", "σ", "β", "κ", "stay", "mean λ", "SD of λ", "nearly rational"]
    assert set(filter(None, panels)) == set(shorts)
    for short in shorts:
        axis = panels[short]
        assert len(axis.collections) == 1
        lines = {str(line.get_label()): line for line in axis.lines}
        for belief, found in given.posteriors.items():
            own = [name for name in found.ranked if found.quantity(name).short == short]
            label = f"bounded ({belief})"
            assert (label in lines) == bool(own)
            if own:
                points = np.asarray(lines[label].get_xdata())
                ecdf = rank_ecdf(found.ranks_of(own), DRAWS, points)[0]
                np.testing.assert_allclose(lines[label].get_ydata(), ecdf - points)


@pytest.mark.parametrize("spaces", [(FEW, MORE), (MORE, FEW)])
def test_a_quantity_has_one_line_style_in_all_panels(spaces: tuple[ParameterSpace, ...]) -> None:
    given = results(*spaces)
    axes = draw("coverage", given).figure.axes
    levels = np.linspace(0.05, 0.95, 19)
    styles: dict[str, set[str]] = {}
    for axis, found in zip(axes, given.posteriors.values(), strict=True):
        expected = coverage_of(found.ranks_of(found.ranked), DRAWS, levels) - levels
        curves = [line for line in axis.lines if len(np.asarray(line.get_xdata())) == 19]
        assert [line.get_label() for line in curves] == [
            found.quantity(name).short for name in found.ranked
        ]
        np.testing.assert_allclose([line.get_ydata() for line in curves], expected)
        for line in curves:
            pattern = str(line._unscaled_dash_pattern)  # type: ignore[attr-defined]
            styles.setdefault(str(line.get_label()), set()).add(pattern)
    assert [len(each) for each in styles.values()] == [1] * 8
    assert len(set.union(*styles.values())) == 8


def test_densities_are_shown_of_all_that_any_prior_belief_fits() -> None:
    picture = draw("prior_posterior", results(FEW, MORE))
    panels = {axis.get_xlabel(): axis for axis in picture.figure.axes}
    assert len(panels["μ, location of skill"].lines) == 2
    (home,) = panels["κ, pull of home"].lines
    assert home.get_label() == "bounded (uniform)"
    assert panels["κ, pull of home"].get_xscale() == "log"
    assert "stay home, uniform: " in picture.description
    assert "stay home, habit" not in picture.description
    # The default's order comes first.
    labels = [axis.get_xlabel() for axis in picture.figure.axes]
    assert labels.index("share with λ < 0.02") < labels.index("κ, pull of home")


def test_other_bounds_of_the_same_parameter_are_another_prior() -> None:
    low, high = (space(**SKILLS, stay_home=bounds) for bounds in ([0.1, 0.4], [0.5, 2.0]))
    for other, priors in ((high, 2), (low, 1)):
        axis = draw("prior_posterior", results(low, other)).figure.axes[0]
        assert len(axis.collections) == priors


def test_what_follows_from_fixed_parameters_is_left_out() -> None:
    given = results(space(**SKILLS))
    for name in ("prior_posterior", "pair", "sbc", "recovery"):
        assert len(draw(name, given).figure.axes) <= 2
    assert "Only κ is fitted." in draw("pair", given).description
    rows = posterior_table(given.posteriors).rows
    assert [row[0] for row in rows] == ["stay_home"]
    # The posterior's file still says it.
    assert "mean_lambda" in given.default.groups["posterior"]


def test_pairs_name_what_is_in_logarithms() -> None:
    assert "(in logarithms: β, κ, mean λ)" in draw("pair", results(MORE)).description
    alike = results(space(**SKILLS, stay_home=1.0, stay=[0.1, 0.4], explore=[0.1, 0.4]))
    assert "Correlations: stay and explore" in draw("pair", alike).description


def test_other_figures_name_what_another_package_declares() -> None:
    of = space(**SKILLS)
    moved = pd.DataFrame(
        [(kind, part, "stay_home", 0.5, 0.1, 0.3, 1.0)
         for kind, part in (("without", "low price"), ("budget", "half"))],
        columns=["kind", "part", "quantity", "mean", "sd", "shift", "sd_ratio"],
    )  # fmt: skip
    by_estimator = pd.DataFrame(
        [[name, "stay_home", 0.5, 0.1, 0.3, 0.7] for name in ("npe", "nle")],
        columns=["estimator", "quantity", "mean", "sd", "q05", "q95"],
    )
    by_summaries = pd.DataFrame(
        [[name, "stay_home", "contraction", 0.5, 0.4, 0.6] for name in ("statistics", "paths")],
        columns=["summaries", "quantity", "measure", "value", "low", "high"],
    )
    with drawing():
        shifts = sensitivity(of, moved, "Shifts.")
        compared = estimators(of, by_estimator, "They agree.")
        contraction = learnt_summaries(of, by_summaries, "As much.")
    assert "κ +0.30" in shifts.description
    assert compared.figure.axes[0].get_title(loc="left") == "κ"
    assert "κ 0.50" in contraction.description
    assert [text.get_text() for text in contraction.figure.axes[0].get_yticklabels()] == ["κ"]
