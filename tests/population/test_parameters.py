"""Declared parameters, what a config says of them, and the map of their prior to the unit cube."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from satisfice.errors import SatisficeError
from satisfice.population.parameters import Parameter, ParameterSpace, names_by_role
from satisfice.population.supertypes import SKILL_PARAMETERS, rational_space

BOUNDS = {"mu": [0.0, 1.0], "sigma": [0.02, 0.5], "beta": [0.02, 2.0]}
PRIOR = ParameterSpace.of(SKILL_PARAMETERS, BOUNDS)
TWO_ROLES = ("retailer", "factory")
ROLES = ParameterSpace.of(SKILL_PARAMETERS, BOUNDS, TWO_ROLES)
unit = st.floats(0, 1)
ordered = st.tuples(st.floats(0.001, 5), st.floats(0.001, 5)).filter(lambda b: b[1] > 1.01 * b[0])
LINEAR = Parameter("pull", 0.5, "pull of the past", support=(-10.0, 10.0))
LOG = Parameter("speed", (0.1, 10.0), "speed", "v", (0.0, math.inf), "log", (0.0,), "low")
WHOLE_LINE = Parameter("drift", 0.0, "drift")


def free(name: str, transform: Any = "identity") -> Parameter:
    """A parameter that may have any value."""
    return Parameter(name, 1.0, name, transform=transform)


@given(
    cube=st.lists(st.tuples(unit, unit, unit), min_size=1, max_size=5),
    mu=ordered,
    sigma=ordered,
    beta=ordered,
)
@settings(deadline=None, max_examples=200, derandomize=True)
def test_the_cube_and_theta_are_the_same_thing(
    cube: list[tuple[float, float, float]],
    mu: tuple[float, float],
    sigma: tuple[float, float],
    beta: tuple[float, float],
) -> None:
    declared = (free("mu"), free("sigma"), free("beta", "log"))
    prior = ParameterSpace.of(declared, {"mu": mu, "sigma": sigma, "beta": beta})
    points = np.array(cube)
    before = points.copy()
    theta = prior.from_unit(points)
    np.testing.assert_allclose(prior.to_unit(theta), points, atol=1e-9)
    np.testing.assert_array_equal(points, before)
    low, high = np.array([mu, sigma, beta]).T
    slack = 1e-12 * high
    assert (theta >= low - slack).all()
    assert (theta <= high + slack).all()


def test_corners_are_the_bounds() -> None:
    np.testing.assert_allclose(PRIOR.from_unit(np.zeros(3)), [0.0, 0.02, 0.02])
    np.testing.assert_allclose(PRIOR.from_unit(np.ones(3)), [1.0, 0.5, 2.0])
    # Half way, beta is the geometric mean of its bounds, the others the arithmetic one.
    np.testing.assert_allclose(PRIOR.from_unit(np.full(3, 0.5)), [0.5, 0.26, 0.2])


def test_mu_and_sigma_are_uniform_and_beta_log_uniform() -> None:
    theta = PRIOR.from_unit(np.random.default_rng(0).random((200_000, 3)))
    for column, name in enumerate(("mu", "sigma")):
        low, high = BOUNDS[name]
        cut = low + 0.3 * (high - low)
        assert (theta[:, column] < cut).mean() == pytest.approx(0.3, abs=0.005)
    # Every decade is as likely as any other.
    assert (theta[:, 2] < 0.2).mean() == pytest.approx(0.5, abs=0.005)
    assert np.log10(theta[:, 2]).std() == pytest.approx(2 / np.sqrt(12), rel=0.01)


def test_each_role_has_parameters_of_its_own() -> None:
    assert (PRIOR.groups, ROLES.groups) == (1, 2)
    assert PRIOR.names == ("mu", "sigma", "beta")
    assert ROLES.names == (
        "mu_retailer",
        "sigma_retailer",
        "beta_retailer",
        "mu_factory",
        "sigma_factory",
        "beta_factory",
    )
    assert ROLES.columns == (*SKILL_PARAMETERS, *SKILL_PARAMETERS)
    assert ROLES.bounds.shape == (2, 6)
    np.testing.assert_array_equal(ROLES.bounds, np.concatenate([PRIOR.bounds, PRIOR.bounds], 1))


@given(first=st.tuples(unit, unit, unit), second=st.tuples(unit, unit, unit))
@settings(deadline=None, max_examples=50, derandomize=True)
def test_roles_are_mapped_one_by_one(
    first: tuple[float, float, float], second: tuple[float, float, float]
) -> None:
    cube = np.array([[*first, *second]])
    theta = ROLES.from_unit(cube)
    apart = [PRIOR.from_unit(np.array(part)) for part in (first, second)]
    np.testing.assert_allclose(theta[0], np.concatenate(apart))
    np.testing.assert_allclose(ROLES.to_unit(theta), cube, atol=1e-9)


@pytest.mark.parametrize(
    ("roles", "expected"),
    [((), ("low", "high")), (("a", "b"), ("low_a", "high_a", "low_b", "high_b"))],
)
def test_quantities_are_named_supertype_by_supertype(
    roles: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    assert names_by_role(("low", "high"), roles) == expected


def test_inputs_are_not_changed() -> None:
    theta = np.array([[0.5, 0.2, 1.0]])
    PRIOR.to_unit(theta)
    np.testing.assert_array_equal(theta, [[0.5, 0.2, 1.0]])


def test_settings_are_read() -> None:
    whole = {"mu": [0, 1], "sigma": [0.02, 0.5], "beta": [0.02, 2]}
    assert ParameterSpace.of(SKILL_PARAMETERS, whole) == PRIOR
    assert ParameterSpace.of(SKILL_PARAMETERS, whole, []) == PRIOR
    assert ParameterSpace.of(SKILL_PARAMETERS, whole, ["retailer", "factory"]) == ROLES


def test_bounds_fit_a_parameter_and_a_value_fixes_it() -> None:
    declared = (LINEAR, LOG, WHOLE_LINE)
    # What is not named has the declared default: of one a value, of another bounds.
    assert [each.parameter for each in ParameterSpace.of(declared, {}).fitted] == [LOG]
    assert ParameterSpace.of(declared, {}).fixed == {"pull": 0.5, "drift": 0.0}
    turned = ParameterSpace.of(declared, {"drift": (-1, 1), "speed": 3, "pull": [-2, 2.5]})
    # The order is that of the declarations, not of the settings.
    assert turned.names == ("pull", "drift")
    assert [(each.low, each.high) for each in turned.fitted] == [(-2.0, 2.5), (-1.0, 1.0)]
    assert turned.fixed == {"speed": 3.0}
    assert turned.range_of("pull") == (-2.0, 2.5)
    assert turned.range_of("speed") == (3.0, 3.0)
    # A limit is a value although a logarithm has no bound there.
    assert ParameterSpace.of(declared, {"speed": 0}).fixed["speed"] == 0.0


@pytest.mark.parametrize("name", ["mu", "sigma", "beta"])
@pytest.mark.parametrize("bounds", [(0.5, 0.5), (0.6, 0.5), (float("nan"), 1.0)])
def test_bounds_in_the_wrong_order_are_told(name: str, bounds: tuple[float, float]) -> None:
    given = BOUNDS | {name: list(bounds)}
    with pytest.raises(SatisficeError) as caught:
        ParameterSpace.of(SKILL_PARAMETERS, given, place="parameter_prior")
    assert caught.value.place == f"parameter_prior.{name}"
    assert "Give [low, high] with low < high to fit the parameter" in str(caught.value)


@pytest.mark.parametrize("bounds", [[], [1.0], [1.0, 2.0, 3.0]])
def test_bounds_are_two(bounds: list[float]) -> None:
    with pytest.raises(SatisficeError, match=r"parameters\.pull: .* are not bounds"):
        ParameterSpace.of((LINEAR,), {"pull": bounds})


@pytest.mark.parametrize(
    ("setting", "remedy"),
    [
        ([-11.0, 0.0], "Give at least -10 and at most 10."),
        ([0.0, 11.0], "Give at least -10 and at most 10."),
        (10.5, "Give at least -10 and at most 10."),
        (math.nan, "Give at least -10 and at most 10."),
    ],
)
def test_values_outside_the_support_are_told(setting: Any, remedy: str) -> None:
    with pytest.raises(SatisficeError, match=r"pull cannot be") as caught:
        ParameterSpace.of((LINEAR,), {"pull": setting}, place="here")
    assert caught.value.place == "here.pull"
    assert caught.value.remedy == remedy


def test_a_support_with_one_end_says_so() -> None:
    with pytest.raises(SatisficeError) as caught:
        ParameterSpace.of((LOG,), {"speed": -1.0})
    assert caught.value.remedy == "Give at least 0."
    with pytest.raises(SatisficeError) as caught:
        ParameterSpace.of((WHOLE_LINE,), {"drift": math.nan})
    assert caught.value.remedy == "Give a finite number."


@pytest.mark.parametrize("setting", [math.inf, -math.inf, [0.0, math.inf], [-math.inf, 0.0]])
def test_what_is_not_finite_is_no_value(setting: Any) -> None:
    with pytest.raises(SatisficeError, match=r"parameters\.drift: "):
        ParameterSpace.of((WHOLE_LINE,), {"drift": setting})


def test_a_bound_of_zero_has_no_logarithm() -> None:
    with pytest.raises(SatisficeError, match="the lower bound 0 has no logarithm") as caught:
        ParameterSpace.of((LOG,), {"speed": [0.0, 1.0]})
    assert caught.value.place == "parameters.speed"
    assert "Give a lower bound above 0" in caught.value.remedy


def test_an_unknown_parameter_is_told_with_the_nearest_known() -> None:
    with pytest.raises(SatisficeError) as caught:
        ParameterSpace.of(SKILL_PARAMETERS, {"bata": 1.0}, place="parameter_prior")
    assert str(caught.value) == (
        "parameter_prior.bata: unknown parameter. Remedy: Did you mean 'beta'? Parameters are: mu, "
        "sigma, beta."
    )
    with pytest.raises(SatisficeError) as caught:
        ParameterSpace.of(SKILL_PARAMETERS, {"zzzz": 1.0})
    assert caught.value.remedy == "Parameters are: mu, sigma, beta."
    with pytest.raises(SatisficeError, match="Parameters are: none"):
        ParameterSpace.of((), {"zzzz": 1.0})


@pytest.mark.parametrize("roles", [(), TWO_ROLES])
def test_values_name_every_parameter_of_every_group(roles: tuple[str, ...]) -> None:
    settings = {"mu": [0.0, 1.0], "sigma": 0.1, "beta": [0.02, 2.0]}
    space = ParameterSpace.of(SKILL_PARAMETERS, settings, roles)
    width = len(space.names)
    assert width == 2 * space.groups
    theta = np.arange(5.0 * width).reshape(5, width)
    found = space.values(theta)
    assert set(found) == {"mu", "sigma", "beta"}
    for group in range(space.groups):
        np.testing.assert_array_equal(found["mu"][:, group], theta[:, 2 * group])
        np.testing.assert_array_equal(found["beta"][:, group], theta[:, 2 * group + 1])
    np.testing.assert_array_equal(found["sigma"], np.full((5, space.groups), 0.1))
    # Of one theta as well.
    assert space.values(theta[0])["mu"].shape == (space.groups,)


def test_theta_takes_what_is_named_and_the_middle_of_the_rest() -> None:
    space = ParameterSpace.of(SKILL_PARAMETERS, {"sigma": 0.1}, TWO_ROLES)
    found = space.theta({"mu": 0.25, "sigma": 0.4})
    # The middle of beta's logarithms, in both groups.
    np.testing.assert_allclose(found, [0.25, 0.2, 0.25, 0.2])
    assert space.values(found)["sigma"].tolist() == [0.1, 0.1]


@pytest.mark.parametrize("roles", [(), TWO_ROLES])
def test_a_space_may_have_no_column(roles: tuple[str, ...]) -> None:
    space = rational_space(roles)
    assert (space.names, space.columns, space.groups) == ((), (), max(1, len(roles)))
    assert space.bounds.shape == (2, 0)
    empty = np.empty((4, 0))
    assert space.from_unit(empty).shape == space.to_unit(empty).shape == (4, 0)
    assert space.theta({"mu": 1.0}).shape == (0,)
    values = space.values(empty)
    assert {name: each.shape for name, each in values.items()} == {
        name: (4, space.groups) for name in ("mu", "sigma", "beta")
    }
    assert (values["beta"] == 0).all()
    assert ParameterSpace.from_json(space.as_json()) == space


@given(pull=ordered, speed=ordered, share=unit)
@settings(deadline=None, max_examples=100, derandomize=True)
def test_the_scale_of_a_network_is_twice_the_cube_less_one(
    pull: tuple[float, float], speed: tuple[float, float], share: float
) -> None:
    space = ParameterSpace.of((LINEAR, LOG), {"pull": pull, "speed": speed})
    cube = np.array([[0.0, 0.0], [share, share], [0.5, 0.5], [1.0, 1.0]])
    theta = torch.from_numpy(space.from_unit(cube))
    for column, name in enumerate(space.names):
        for values in (theta[:, column], theta[:, column].numpy()):
            found = space.standardised(name, values)
            assert type(found) is type(values)
            np.testing.assert_allclose(found, 2 * cube[:, column] - 1, atol=1e-8)


@pytest.mark.parametrize("kind", [torch.tensor, np.array])
def test_a_network_is_told_of_nothing_beyond_the_bounds(kind: Any) -> None:
    space = ParameterSpace.of((LINEAR, LOG), {"pull": [-1.0, 1.0], "speed": [0.1, 10.0]})
    # Zero is a limit of the speed, without a logarithm.
    speeds = space.standardised("speed", kind([0.0, 0.05, 0.1, 1.0, 10.0, 20.0]))
    np.testing.assert_allclose(speeds, [-1, -1, -1, 0, 1, 1], atol=1e-6)
    pulls = space.standardised("pull", kind([-5.0, -1.0, 0.5, 1.0, 7.0]))
    np.testing.assert_allclose(pulls, [-1, -1, 0.5, 1, 1])


finite = st.floats(-9, 9)


@st.composite
def spaces(draw: st.DrawFn) -> ParameterSpace:
    """Spaces of up to four parameters of any kind."""
    names = draw(st.lists(st.sampled_from(["a", "b_c", "mu", "τ"]), unique=True, max_size=4))
    declared, given = [], {}
    for name in names:
        log = draw(st.booleans())
        low = draw(st.floats(0.01, 4)) if log else draw(finite)
        bounds = (low, low + draw(st.floats(0.1, 5)))
        default = draw(st.one_of(st.just(bounds), st.just(low)))
        support = draw(st.sampled_from([(-math.inf, math.inf), (-10.0, math.inf), (-20.0, 20.0)]))
        end = draw(st.sampled_from([None, "low", "high"]))
        limits = draw(st.sampled_from([(), (0.0,)]))
        transform: Any = "log" if log else "identity"
        declared.append(
            Parameter(name, default, f"label of {name}", name, support, transform, limits, end)
        )
        if draw(st.booleans()):
            given[name] = draw(st.sampled_from([list(bounds), low]))
    return ParameterSpace.of(declared, given, draw(st.sampled_from([(), ("x",), ("x", "y")])))


@given(space=spaces())
@settings(deadline=None, max_examples=200, derandomize=True)
def test_a_space_survives_json(space: ParameterSpace) -> None:
    text = space.as_json()
    json.loads(text, parse_constant=pytest.fail)  # Neither NaN nor Infinity, which is no JSON.
    read = ParameterSpace.from_json(text)
    assert read == space
    assert read.as_json() == text
    assert read.columns == space.columns


def test_what_is_no_space_is_told() -> None:
    good = json.loads(PRIOR.as_json())
    spoilt: list[Any] = [
        [],
        7,
        None,
        {},
        {**good, "fitted": 3},
        {**good, "fitted": [{"low": 0, "high": 1}]},
        {**good, "fitted": [{**good["fitted"][0], "parameter": {"name": "mu"}}]},
        {**good, "fitted": [{**good["fitted"][0], "parameter": []}]},
        {name: value for name, value in good.items() if name != "roles"},
        {**good, "roles": None},
        {**good, "fixed": None},
    ]
    for content in spoilt:
        with pytest.raises(ValueError, match="not a space of parameters"):
            ParameterSpace.from_json(json.dumps(content))
    for text in ("", "{", "mu"):
        with pytest.raises(ValueError, match=r"."):
            ParameterSpace.from_json(text)


@pytest.mark.parametrize("declared", [("pull",), "pull", LINEAR, None, (LINEAR, 1.0)])
def test_what_declares_no_parameters_is_told(declared: Any) -> None:
    with pytest.raises(SatisficeError, match=r"mine: .* is not a declaration of parameters"):
        ParameterSpace.of(declared, {}, place="mine")


def test_a_parameter_is_declared_once() -> None:
    with pytest.raises(SatisficeError, match=r"mine\.pull: is declared twice"):
        ParameterSpace.of((LINEAR, LOG, LINEAR), {}, place="mine")
