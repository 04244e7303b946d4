"""The prior beliefs, by the name that the config uses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from satisfice.errors import SatisficeError
from satisfice.games.base import Game
from satisfice.plugins import BELIEF_GROUP, guarded, load_class, offered
from satisfice.population.anchor import AnchorBelief
from satisfice.population.beliefs import PriorBelief, UniformBelief
from satisfice.population.derived import DERIVED_NAMES
from satisfice.population.habit import HabitBelief
from satisfice.population.parameters import ParameterSpace, Setting, declarations
from satisfice.population.supertypes import SKILL_PARAMETERS, rational_space

BELIEFS: Mapping[str, type[PriorBelief]] = {
    "uniform": UniformBelief,
    "habit": HabitBelief,
    "anchor": AnchorBelief,
}
"""The prior beliefs of this package."""

OTHER_KEYS = ("prior_belief", "information", "reward", "rational", "learning")
"""Keys of a variant's config that are not parameters of its prior belief."""

TAKEN = {*(parameter.name for parameter in SKILL_PARAMETERS), *DERIVED_NAMES, *OTHER_KEYS}
"""Names that no parameter of a prior belief can have."""


def load_belief(name: str, place: str) -> type[PriorBelief]:
    """Return the class of a prior belief, from this package or another one.

    Raises:
        SatisficeError: There is no such belief, or another package's class is not one.
    """
    if name in BELIEFS:
        return BELIEFS[name]
    if name not in offered(BELIEF_GROUP):
        known = sorted({*BELIEFS, *offered(BELIEF_GROUP)})
        raise SatisficeError(
            place,
            f"unknown prior belief '{name}'.",
            f"Use one of: {', '.join(known)}; or install the package that offers it under the "
            f"entry points '{BELIEF_GROUP}'.",
        )
    remedy = "Derive it from satisfice.population.beliefs.PriorBelief, and write its methods."
    found: type[PriorBelief] = load_class(
        BELIEF_GROUP, name, place, "prior belief", PriorBelief, remedy
    )
    for parameter in declarations(found.parameters, place):
        if parameter.name in TAKEN:
            problem = f"the prior belief '{name}' declares a parameter '{parameter.name}'."
            raise SatisficeError(place, problem, "Call it otherwise: that name is taken.")
    return found


def space_of(
    variant: Mapping[str, Any], parameter_prior: Mapping[str, Any], place: str = "variant"
) -> ParameterSpace:
    """The parameters of a variant's supertypes: of skills and the KL weight, then of its belief.

    ``variant`` is the variant's config; ``parameter_prior`` is the game's, with bounds or values of
    the skill's parameters, and roles. ``place`` is the variant's, for messages.

    Raises:
        SatisficeError: A setting is of an unknown parameter, or has an invalid value.
    """
    roles, of_belief = tuple(parameter_prior.get("roles", ())), _space_of_belief(variant, place)
    if variant["rational"]:
        return ParameterSpace((), {**rational_space().fixed, **of_belief.fixed}, roles)
    of_skills = skill_space(parameter_prior, "parameter_prior")
    fitted = (*of_skills.fitted, *of_belief.fitted)
    return ParameterSpace(fitted, {**of_skills.fixed, **of_belief.fixed}, roles)


def skill_space(parameter_prior: Mapping[str, Any], place: str) -> ParameterSpace:
    """The parameters of skills and the KL weight alone.

    Raises:
        SatisficeError: A setting is of an unknown parameter, or has an invalid value.
    """
    skills = {name: setting for name, setting in parameter_prior.items() if name != "roles"}
    return ParameterSpace.of(SKILL_PARAMETERS, skills, parameter_prior.get("roles", ()), place)


def build_belief(game: Game, variant: Mapping[str, Any], place: str = "variant") -> PriorBelief:
    """Return the prior belief that a variant's config describes.

    Raises:
        SatisficeError: The belief is unknown, a setting is invalid, or the belief does not work in
            the game.
    """
    return belief_in(game, variant["prior_belief"], _space_of_belief(variant, place), place)


def belief_in(game: Game, name: str, space: ParameterSpace, place: str) -> PriorBelief:
    """Return a prior belief with the parameters that a space fixes; the others are traits.

    Raises:
        SatisficeError: The belief is unknown, or does not work in the game.
        LookupError: The space lacks one of its parameters.
    """
    belief = load_belief(name, f"{place}.prior_belief")
    names = [parameter.name for parameter in belief.parameters]
    ranges = {each: space.range_of(each) for each in names}
    with guarded(f"{place}.prior_belief", f"the prior belief '{name}' cannot be built"):
        belief.check(game, ranges)
        built = belief.of(game, {each: space.fixed[each] for each in names if each in space.fixed})
    if not hasattr(built, "fixed"):
        problem = f"the prior belief '{name}' does not know what is fixed."
        remedy = "Call super().__init__(action_values, **fixed) in its __init__."
        raise SatisficeError(f"{place}.prior_belief", problem, remedy)
    return built


def _space_of_belief(variant: Mapping[str, Any], place: str) -> ParameterSpace:
    """The belief's parameters alone, with those that the config fixes."""
    belief = load_belief(variant["prior_belief"], f"{place}.prior_belief")
    settings: dict[str, Setting] = {
        name: setting for name, setting in variant.items() if name not in OTHER_KEYS
    }
    told = f"parameters of the prior belief '{variant['prior_belief']}' cannot be used"
    with guarded(f"{place}.prior_belief", told):
        return ParameterSpace.of(belief.parameters, settings, (), place)
