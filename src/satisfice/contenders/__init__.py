"""The contenders: rules of play by the name that the config uses, and trained populations."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from satisfice.contenders.base import Contender
from satisfice.contenders.beer_game import (
    LevelK,
    NoisyBaseStock,
    PublishedSterman,
    StermanRule,
    TunedBaseStock,
)
from satisfice.contenders.bounded import TrainedPopulation
from satisfice.contenders.cobweb import (
    AdaptiveExpectations,
    NaiveExpectations,
    NoisyAdaptiveExpectations,
    NoisyNaiveExpectations,
)
from satisfice.contenders.cournot import CournotBestReply, ImitateTheBest, NoisyBestReply
from satisfice.contenders.ewa import EWA
from satisfice.contenders.general import (
    BestReply,
    CognitiveHierarchy,
    Equilibrium,
    NoisyEquilibrium,
)
from satisfice.contenders.newsvendor import DemandChasing, MeanAnchoring
from satisfice.contenders.ppo import PPOAgents
from satisfice.contenders.quantal_response import LogitQRE
from satisfice.errors import SatisficeError
from satisfice.games.base import Game
from satisfice.io.files import REMEDY
from satisfice.io.game_run import PPO
from satisfice.learning.populations import load_population
from satisfice.plugins import CONTENDER_GROUP, class_path, guarded, load_class, offered
from satisfice.population.parameters import ParameterSpace

RULES: tuple[type[Contender], ...] = (
    Equilibrium,
    CournotBestReply,
    BestReply,
    NaiveExpectations,
    AdaptiveExpectations,
    TunedBaseStock,
    PublishedSterman,
    NoisyEquilibrium,
    LogitQRE,
    CognitiveHierarchy,
    EWA,
    NoisyBestReply,
    ImitateTheBest,
    NoisyNaiveExpectations,
    NoisyAdaptiveExpectations,
    StermanRule,
    NoisyBaseStock,
    LevelK,
    MeanAnchoring,
    DemandChasing,
)
"""The rules of play of this package. If two with one name can play a game, the first one does."""


def rules_of(game: Game) -> dict[str, type[Contender]]:
    """The rules of play of this package that can play a game, by name."""
    return {rule.name: rule for rule in reversed(RULES) if isinstance(game, rule.needs)}


def load_rule(name: str, game: Game, place: str, *, is_fitted: bool = True) -> Contender:
    """Return a contender that needs no trained population.

    The name is in :data:`RULES`, an entry point of another package, or ``package.module:ClassName``
    of the user's own class. It was given at ``place``. Messages recommend rules with parameters
    only if these are fitted there.

    Raises:
        SatisficeError: There is no such rule, its class is not a contender, or it cannot play the
            game.
    """
    found = rules_of(game).get(name) or _from_outside(name, place)
    candidates = [found] if found else [rule for rule in RULES if rule.name == name]
    if found is None or not isinstance(game, found.needs):
        plays = " and ".join(rule.needs.__name__ for rule in candidates)
        problem = f"the rule '{name}' plays {plays}, and not {game.name}."
        if not candidates:
            problem = f"'{name}' is not a rule of play."
        raise SatisficeError(place, problem, _known(game, is_fitted))
    try:
        with guarded(place, f"the contender '{name}' cannot be built"):
            contender = found(game)
    except SatisficeError as error:
        if error.place == place:
            raise
        # Errors of its class are reported at the config's key.
        problem = f"the contender '{name}' cannot be built: {error.place}: {error.problem}"
        raise SatisficeError(place, problem, error.remedy) from error
    if not isinstance(getattr(contender, "space", None), ParameterSpace):
        problem = f"the contender '{name}' has no parameter space."
        raise SatisficeError(place, problem, "Call super().__init__(game) in its __init__.")
    return contender


def load_contender(
    game: Game, block: Mapping[str, Any], policy: str | Path | None, place: str
) -> Contender:
    """Return the contender that a config describes.

    The config has ``rule``; or ``policy``, if PPO trained its policy; or ``fixed`` and ``shared``
    of a trained population. The last two have a folder of a policy.

    Raises:
        SatisficeError: The config describes no contender, or the policy is of another game.
    """
    if policy is None:
        return load_rule(block["rule"], game, place)
    if block.get("policy") == PPO:
        return PPOAgents.load(game, policy)
    population, _ = load_population(policy)
    if population.game.name != game.name:
        problem = f"is a policy of the game {population.game.name}, not of {game.name}."
        raise SatisficeError(Path(policy) / "policy.json", problem, REMEDY)
    fixed, shared = block.get("fixed", {}), block.get("shared", ())
    return TrainedPopulation(population, fixed, shared, f"{place}.fixed")


def _known(game: Game, is_fitted: bool) -> str:
    """A remedy that lists known rules."""
    rules = rules_of(game)
    if is_fitted:
        known = ", ".join(sorted({*rules, *offered(CONTENDER_GROUP)}))
        return f"Use one of: {known}; or a class of your own as package.module:ClassName."
    spaces = {name: ParameterSpace.of(rule.parameters, rule.fixed) for name, rule in rules.items()}
    known = ", ".join(sorted(name for name, space in spaces.items() if not space.fitted))
    return f"Use one of: {known}; or an entry point that offers a rule without parameters."


def _from_outside(name: str, place: str) -> type[Contender] | None:
    """Import a class of another package, named by its module or by an entry point."""
    if class_path(CONTENDER_GROUP, name) is None:
        return None
    remedy = "Derive the class from satisfice.contenders.base.RuleOfPlay and write its method act."
    found: type[Contender] = load_class(
        CONTENDER_GROUP, name, place, "contender", Contender, remedy
    )
    if not inspect.isclass(found.needs):
        problem = f"the contender '{name}' needs {found.needs!r}, which is not a class."
        raise SatisficeError(place, problem, "Let needs be the class of the games that it plays.")
    return found
