"""Names of parameters and derived quantities for people."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from satisfice.games.beer_game import ROLES
from satisfice.population.derived import DERIVED, DERIVED_NAMES
from satisfice.population.parameters import Fitted, Parameter, ParameterSpace
from satisfice.population.registry import BELIEFS
from satisfice.population.supertypes import SKILL_PARAMETERS, SKILL_SPACE
from satisfice.report.labels import quantity, split_role
from satisfice.report.results import Posterior

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
    assert quantity("mu", SKILL_SPACE).short == "μ"
    assert quantity("mu_factory", SKILL_SPACE).short == "μ factory"
    assert quantity("mean_lambda_retailer", SKILL_SPACE).short == "mean λ retailer"
    unknown = quantity("unknown", SKILL_SPACE)
    assert unknown.short == "unknown"
    assert not unknown.logarithmic


@pytest.mark.parametrize("suffix", ["", "_retailer", "_wholesaler"])
def test_costs_are_logarithmic_for_every_role(suffix: str) -> None:
    names = ("mu", "sigma", "beta", "mean_lambda", "sd_lambda", "share_unbounded")
    shown = [name for name in names if quantity(name + suffix, SKILL_SPACE).logarithmic]
    assert shown == ["beta", "mean_lambda", "sd_lambda"]


@pytest.mark.parametrize("role", ["", *ROLES])
def test_all_that_is_declared_is_found(role: str) -> None:
    fitted = [*SKILL_PARAMETERS]
    fitted += [parameter for belief in BELIEFS.values() for parameter in belief.parameters]
    space = ParameterSpace(tuple(Fitted(each, *each.support) for each in fitted))
    for declared in [*fitted, *DERIVED]:
        found = quantity(f"{declared.name}_{role}" if role else declared.name, space)
        assert found.role == role
        assert found.declared.label == declared.label
        assert found.short == f"{declared.short} {role}".strip()
        assert found.logarithmic == (declared.transform == "log")


def test_a_declaration_without_a_short_label_is_called_by_its_name() -> None:
    plain = Parameter("kappa", 1.0, "a long label")
    assert quantity("kappa_buyer", ParameterSpace((Fitted(plain, 0, 2),))).short == "kappa buyer"


def test_what_another_package_declares_is_no_role_of_something_shorter() -> None:
    home = Parameter("stay_home", (0.1, 2.0), "pull of home", "home", transform="log")
    space = ParameterSpace.of((*SKILL_PARAMETERS, *BELIEFS["habit"].parameters, home), {})
    found = quantity("stay_home", space)
    assert (found.declared, found.role) == (home, "")
    assert quantity("stay_home_seller", space).short == "home seller"


def test_a_file_says_what_its_parameters_are_called() -> None:
    """Also those of a prior belief that this package does not know."""
    space = ParameterSpace.of((*SKILL_PARAMETERS, OWN), {}, ("buyer", "seller"))
    posterior = Posterior({}, {"space": space.as_json()})
    assert posterior.space == space
    assert posterior.parameters == space.names
    assert posterior.quantity("kappa_seller").short == "κ seller"
    assert posterior.quantity("kappa_seller").logarithmic
    assert posterior.quantity("sd_lambda_buyer").short == "SD of λ buyer"
    assert quantity("kappa_seller", SKILL_SPACE).short == "kappa_seller"
    assert json.loads(posterior.attributes["space"])["roles"] == ["buyer", "seller"]
