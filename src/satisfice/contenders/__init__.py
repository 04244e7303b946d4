"""The rivals of the bounded model that are fitted, by the name that the config uses."""

from __future__ import annotations

import importlib
import inspect
from typing import Any

from satisfice.contenders.base import Rival
from satisfice.contenders.beer_game import LevelK, NoisyBaseStock, StermanRule
from satisfice.contenders.cobweb import AdaptiveExpectations, NaiveExpectations
from satisfice.contenders.cournot import ImitateTheBest, NoisyBestReply
from satisfice.contenders.general import CognitiveHierarchy, NoisyEquilibrium
from satisfice.errors import SatisficeError
from satisfice.games.base import Game

RIVALS: dict[str, type[Rival]] = {
    "noisy_equilibrium": NoisyEquilibrium,
    "cognitive_hierarchy": CognitiveHierarchy,
    "noisy_best_reply": NoisyBestReply,
    "imitate_the_best": ImitateTheBest,
    "naive_expectations_noisy": NaiveExpectations,
    "adaptive_expectations_fitted": AdaptiveExpectations,
    "sterman_fitted": StermanRule,
    "noisy_base_stock": NoisyBaseStock,
    "level_k": LevelK,
}


def load_rival(name: str, game: Game, place: str) -> Rival:
    """Return a rival that plays a game.

    Args:
        name: A key of :data:`RIVALS`, or ``package.module:ClassName`` of a class of one's own,
            whose module is imported only now.
        game: The game.
        place: Where the name was given, for error messages.

    Raises:
        SatisficeError: There is no such rival, its class is not one, or it cannot play the game.
    """
    rival = _own_class(name, place) if ":" in name else RIVALS.get(name)
    if rival is None:
        raise SatisficeError(place, f"unknown rival '{name}'.", _known(game))
    if not isinstance(game, rival.needs):
        problem = f"the rival '{name}' plays {rival.needs.__name__}, and not {game.name}."
        raise SatisficeError(place, problem, _known(game))
    return rival(game)


def _known(game: Game) -> str:
    """Say what can be named instead."""
    known = ", ".join(name for name, rival in RIVALS.items() if isinstance(game, rival.needs))
    own = "the class of your own rival as package.module:ClassName"
    return f"Use one of: {known}; or {own}." if known else f"Name {own}."


def _own_class(name: str, place: str) -> type[Rival]:
    """Import a class that a user wrote.

    Raises:
        SatisficeError: It cannot be imported, or is not a complete rival.
    """
    module, _, attribute = name.partition(":")
    try:
        found: Any = getattr(importlib.import_module(module), attribute)
    except Exception as error:  # Whatever a user's module may raise.
        raise SatisficeError(
            place,
            f"the rival '{name}' cannot be imported: {type(error).__name__}: {error}.",
            "Write package.module:ClassName, and install the package or set PYTHONPATH to its "
            "folder.",
        ) from error
    is_rival = inspect.isclass(found) and issubclass(found, Rival)
    if not is_rival or inspect.isabstract(found) or not getattr(found, "parameters", None):
        raise SatisficeError(
            place,
            f"'{name}' is not a complete rival.",
            "Derive the class from satisfice.contenders.base.Rival, give it parameters and write "
            "its method act.",
        )
    complete: type[Rival] = found
    return complete
