"""Names of parameters and derived quantities for people."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from satisfice.games.beer_game import ROLES
from satisfice.population.derived import DERIVED, DERIVED_NAMES
from satisfice.population.parameters import Parameter, ParameterSpace
from satisfice.population.registry import BELIEFS
from satisfice.population.supertypes import SKILL_PARAMETERS, SKILL_SPACE
from satisfice.report.labels import DECLARED, quantity, split_role
from satisfice.report.results import Calibration

BASES = (*SKILL_SPACE.names, *DERIVED_NAMES)
OWN = Parameter("kappa", (0.1, 2.0), "κ, pull of low actions", "κ", transform="log")


@given(
    base=st.sampled_from(BASES), role=st.sampled_from(["", *ROLES, "lambda", "unbounded_lambda"])
)
@settings(deadline=None, max_examples=60, derandomize=True)
def test_bases_and_roles_are_told_apart(base: str, role: str) -> None:
    name = f"{base}_{role}" if role else base
    assert split_role(name, BASES) == (base, role)


def test_a_longer_base_wins_and_unknown_names_stay_whole() -> None:
    assert split_role("mean_lambda_factory", ("mean", "mean_lambda")) == ("mean_lambda", "factory")
    assert split_role("mean_lambda", ("mean",)) == ("mean", "lambda")
    assert split_role("mule_factory", ("mu",)) == ("mule_factory", "")


def test_labels_name_the_role() -> None:
    assert quantity("mu").short == "μ"
    assert quantity("mu_factory").short == "μ factory"
    assert quantity("mean_lambda_retailer").short == "mean λ retailer"
    assert quantity("beta_retailer").label == "β (reference payoffs / nat) retailer"
    assert quantity("unknown").label == quantity("unknown").short == "unknown"
    assert not quantity("unknown").logarithmic


@pytest.mark.parametrize("suffix", ["", "_retailer", "_wholesaler"])
def test_costs_are_logarithmic_for_every_role(suffix: str) -> None:
    names = ("mu", "sigma", "beta", "mean_lambda", "sd_lambda", "share_unbounded")
    shown = [name for name in names if quantity(name + suffix).logarithmic]
    assert shown == ["beta", "mean_lambda", "sd_lambda"]


@pytest.mark.parametrize("role", ["", *ROLES])
def test_all_that_is_declared_is_found(role: str) -> None:
    everything = [*SKILL_PARAMETERS, *DERIVED]
    everything += [parameter for belief in BELIEFS.values() for parameter in belief.parameters]
    for declared in everything:
        found = quantity(f"{declared.name}_{role}" if role else declared.name)
        assert found.role == role
        assert found.declared.label == declared.label
        assert found.label == f"{declared.label} {role}".strip()
        assert found.short == f"{declared.short} {role}".strip()
        assert found.logarithmic == (declared.transform == "log")
    assert {each.name for each in DECLARED} == {each.name for each in everything}


def test_a_declaration_without_a_short_label_is_called_by_its_name() -> None:
    plain = Parameter("kappa", 1.0, "a long label")
    assert quantity("kappa_buyer", (plain,)).short == "kappa buyer"


def test_a_file_says_what_its_parameters_are_called() -> None:
    """Also those of a prior belief that this package does not know."""
    space = ParameterSpace.of((*SKILL_PARAMETERS, OWN), {}, ("buyer", "seller"))
    calibration = Calibration({}, {"space": space.as_json()})
    assert calibration.space == space
    assert calibration.parameters == space.names
    assert calibration.quantity("kappa_seller").short == "κ seller"
    assert calibration.quantity("kappa_seller").logarithmic
    assert calibration.quantity("sd_lambda_buyer").short == "SD of λ buyer"
    assert quantity("kappa_seller").short == "kappa_seller"
    assert json.loads(calibration.attributes["space"])["roles"] == ["buyer", "seller"]
