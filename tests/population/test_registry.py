"""Prior beliefs by name: those of this package, and those of others."""

from __future__ import annotations

from importlib.metadata import EntryPoint, EntryPoints
from typing import Any

import pytest
import torch
from torch import Tensor

from satisfice import plugins
from satisfice.errors import SatisficeError
from satisfice.games import load_game
from satisfice.games.base import Observation
from satisfice.plugins import BELIEF_GROUP
from satisfice.population.beliefs import NO_TRAITS, Named, PriorBelief
from satisfice.population.habit import HabitBelief
from satisfice.population.parameters import Parameter
from satisfice.population.registry import BELIEFS, build_belief, load_belief, space_of

BLOCK = {"information": "none", "reward": "own", "rational": False}
PRIOR = {"mu": [0.2, 0.4], "sigma": 0.1, "roles": []}


class Low(PriorBelief):
    """A prior belief of another package: the lower, the likelier."""

    state_free = True
    parameters = (Parameter("kappa", (0.5, 3.0), "pull downwards", support=(0.0, 9.0)),)

    def log_probabilities(self, observation: Observation, traits: Named = NO_TRAITS) -> Tensor:
        share = torch.linspace(0, 1, len(self.action_values))
        logits = -self.value("kappa", traits) * share
        return logits.expand(*observation.previous_action.shape, -1).log_softmax(-1)


class Unfinished(PriorBelief):
    """A prior belief without probabilities."""


class Raises(Low):
    """A prior belief that cannot be built."""

    def __init__(self, action_values: Tensor, **fixed: float) -> None:
        raise RuntimeError("no licence")


class NoSuper(Low):
    """A prior belief that leaves out what all have."""

    def __init__(self, action_values: Tensor, **fixed: float) -> None:
        pass


class NamesOnly(Low):
    """A prior belief with a name for a parameter."""

    parameters = ("kappa",)  # type: ignore[assignment]


class Twice(Low):
    """A prior belief that declares a parameter twice."""

    parameters = 2 * Low.parameters


class TextBounds(Low):
    """A prior belief whose bounds are no numbers."""

    parameters = (Parameter("kappa", ("a", "b"), "pull"),)  # type: ignore[arg-type]


NO_BELIEF = 3.0


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Packages that offer beliefs, good ones and bad ones."""
    names = {"low": "Low", "unfinished": "Unfinished", "odd": "NO_BELIEF", "lost": "Nothing"}
    names |= {"raises": "Raises", "no_super": "NoSuper", "names_only": "NamesOnly"}
    names |= {"twice": "Twice", "text_bounds": "TextBounds"}
    here = [EntryPoint(name, f"{__name__}:{what}", BELIEF_GROUP) for name, what in names.items()]
    broken = EntryPoint("broken", "no_such_package:Low", BELIEF_GROUP)
    taken = EntryPoint("habit", f"{__name__}:Low", BELIEF_GROUP)

    def entry_points(group: str, name: str | None = None) -> EntryPoints:
        assert group == BELIEF_GROUP
        found = [*here, broken, taken]
        return EntryPoints([each for each in found if name in (None, each.name)])

    monkeypatch.setattr(plugins, "entry_points", entry_points)
    # As for a real package, what is loaded is this very class.
    monkeypatch.setattr(EntryPoint, "load", lambda entry: _load(entry))


def _load(entry: EntryPoint) -> Any:
    if entry.module != __name__:
        raise ModuleNotFoundError(f"No module named {entry.module!r}")
    return globals()[entry.attr]


def test_names_say_which_belief() -> None:
    assert set(BELIEFS) == {"uniform", "habit", "anchor"}
    for name, belief in BELIEFS.items():
        assert load_belief(name, "here") is belief


@pytest.mark.usefixtures("offered")
def test_other_packages_offer_beliefs() -> None:
    assert load_belief("low", "here") is Low
    assert load_belief("habit", "here") is HabitBelief  # this package's own come first
    space = space_of({**BLOCK, "prior_belief": "low"}, PRIOR)
    assert space.names == ("mu", "beta", "kappa")
    assert space.range_of("kappa") == (0.5, 3.0)
    fixed = {**BLOCK, "prior_belief": "low", "kappa": 2.0}
    belief = build_belief(load_game("cournot"), fixed)
    assert isinstance(belief, Low) and belief.fixed == {"kappa": 2.0}


@pytest.mark.usefixtures("offered")
@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("unfinished", "is not a complete prior belief"),
        ("odd", "is not a complete prior belief"),
        ("lost", "cannot be loaded: KeyError"),
        ("broken", "cannot be loaded: ModuleNotFoundError"),
        ("none", "unknown prior belief 'none'"),
    ],
)
def test_what_is_no_belief_is_told(name: str, problem: str) -> None:
    with pytest.raises(SatisficeError) as caught:
        load_belief(name, "here")
    assert caught.value.place == "here"
    assert problem in caught.value.problem
    if name == "none":
        assert "Use one of: anchor, broken, habit, lost, low, " in caught.value.remedy


@pytest.mark.usefixtures("offered")
@pytest.mark.parametrize(
    ("name", "place", "problem"),
    [
        ("raises", "here.prior_belief", "cannot be built: RuntimeError: no licence."),
        ("no_super", "here.prior_belief", "does not know what is fixed."),
        ("names_only", "here.prior_belief", "'kappa' is not a declaration of parameters."),
        ("twice", "here.prior_belief.kappa", "is declared twice."),
        ("text_bounds", "here.prior_belief", "cannot be used: TypeError"),
    ],
)
def test_a_belief_that_cannot_be_built_is_told(name: str, place: str, problem: str) -> None:
    with pytest.raises(SatisficeError) as caught:
        build_belief(load_game("cournot"), {**BLOCK, "prior_belief": name}, "here")
    assert caught.value.place == place
    assert problem in caught.value.problem


def test_parameters_follow_those_of_the_skills() -> None:
    habit = {**BLOCK, "prior_belief": "habit", "stay": [0.0, 0.2], "reach": 0.3}
    space = space_of(habit, PRIOR | {"roles": ["a", "b"]})
    assert space.names == tuple(f"{n}_{r}" for r in "ab" for n in ("mu", "beta", "stay"))
    # What the config says nothing of has the declared default, which is kept with the policy.
    assert space.fixed == {"sigma": 0.1, "explore": 0.5, "reach": 0.3}
    assert build_belief(load_game("cournot"), habit).fixed == {"explore": 0.5, "reach": 0.3}


def test_of_rational_agents_nothing_is_fitted() -> None:
    rational = {**BLOCK, "prior_belief": "anchor", "rational": True, "spread": 2.0}
    space = space_of(rational, PRIOR | {"roles": ["a", "b"]})
    assert (space.names, space.roles) == ((), ("a", "b"))
    assert space.fixed["beta"] == 0.0
    belief = build_belief(load_game("cournot"), rational)
    assert belief.fixed == {"spread": 2.0, "explore": 0.05, "inertia": 0.0}


@pytest.mark.parametrize(
    ("settings", "prior", "place"),
    [
        ({"stey": 0.1}, {}, "config, key x.stey"),
        ({"stay": [0.3, 0.1]}, {}, "config, key x.stay"),
        ({"stay": -0.1}, {}, "config, key x.stay"),
        ({}, {"mo": 0.5}, "parameter_prior.mo"),
        ({}, {"stay": 0.5}, "parameter_prior.stay"),
    ],
)
def test_what_is_wrong_is_told_by_its_key(
    settings: dict[str, Any], prior: dict[str, Any], place: str
) -> None:
    with pytest.raises(SatisficeError) as caught:
        space_of({**BLOCK, "prior_belief": "habit", **settings}, prior, "config, key x")
    assert caught.value.place == place


@pytest.mark.parametrize(
    ("stay", "explore"), [(0.6, 0.5), ([0.1, 0.6], 0.5), (0.1, [0.5, 1.0]), ([0, 0.6], [0.1, 0.5])]
)
def test_shares_exceed_one_nowhere_within_the_bounds(stay: Any, explore: Any) -> None:
    habit = {**BLOCK, "prior_belief": "habit", "stay": stay, "explore": explore}
    with pytest.raises(SatisficeError, match=r"stay \+ explore: 1\.1 is no usable prior belief"):
        build_belief(load_game("cournot"), habit)
    build_belief(load_game("cournot"), habit | {"stay": [0.0, 0.3], "explore": [0.1, 0.7]})
