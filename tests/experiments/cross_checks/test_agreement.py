"""Do other estimators find the same posterior?"""

from __future__ import annotations

import json

import numpy as np
import pytest

from experiments.cross_checks.agreement import agreement, compare
from satisfice.population.parameters import Parameter, ParameterSpace, Setting
from satisfice.population.supertypes import SKILL_PARAMETERS

OWN = Parameter("kappa", (0.0, 1.0), "κ")
COSTS = dict.fromkeys(("npe", "nle"), (1.0, 1.0))


def verdict(space: ParameterSpace, **columns: float) -> dict[str, object]:
    """Compare draws with the same ones, of which some columns are moved."""
    cube = np.random.default_rng(1).random((1, 500, len(space.names))) * 0.8
    moved = cube.copy()
    for name, shift in columns.items():
        moved[..., space.names.index(name)] += shift
    found = {"npe": space.from_unit(cube), "nle": space.from_unit(moved)}
    table = compare(space, found, {"npe": 1, "nle": 1}, COSTS)
    result = agreement(space, table, "")
    json.dumps(result, allow_nan=False)
    return {**result["by_estimator"]["nle"], "sentence": result["sentence"]}


def space(**settings: Setting) -> ParameterSpace:
    return ParameterSpace.of((*SKILL_PARAMETERS, OWN), settings)


def test_a_belief_s_own_parameter_is_judged() -> None:
    same = verdict(space())
    assert same["agrees"]
    assert "derived quantities and the prior belief's parameters: nle." in str(same["sentence"])
    apart = verdict(space(), kappa=0.2)
    assert not apart["agrees"]
    assert apart["largest_shift"] == pytest.approx(0.2 / (0.8 / 12**0.5), rel=0.1)


def test_with_the_skills_fixed_only_the_belief_is_judged() -> None:
    fixed = space(mu=0.5, sigma=0.2, beta=0.5)
    same = verdict(fixed)
    assert same["agrees"]
    assert same["sentence"] == "Agree with the ensemble on the prior belief's parameters: nle."
    assert not verdict(fixed, kappa=0.2)["agrees"]


def test_a_share_that_is_always_one_is_agreed_on() -> None:
    assert verdict(space(beta=[0.001, 0.01]))["agrees"]


def test_no_number_is_no_agreement() -> None:
    of = space()
    theta = of.from_unit(np.random.default_rng(1).random((1, 50, 4)))
    table = compare(of, {"npe": theta, "nle": theta}, {"npe": 1, "nle": 1}, COSTS)
    table.loc[(table.estimator == "nle") & (table.quantity == "kappa"), "shift"] = np.nan
    result = agreement(of, table, "")["by_estimator"]["nle"]
    assert result == {"largest_shift": None, "largest_sd_difference": 0.0, "agrees": False}
