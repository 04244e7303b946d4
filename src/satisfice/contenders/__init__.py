"""The rivals of the bounded model that are fitted, by the name that the config uses."""

from __future__ import annotations

from satisfice.contenders.base import Rival
from satisfice.contenders.beer_game import LevelK, NoisyBaseStock, StermanRule
from satisfice.contenders.cobweb import AdaptiveExpectations, NaiveExpectations
from satisfice.contenders.cournot import ImitateTheBest, NoisyBestReply
from satisfice.contenders.general import CognitiveHierarchy, NoisyEquilibrium
from satisfice.errors import SatisficeError
from satisfice.games.base import Game
from satisfice.plugins import CONTENDER_GROUP, load_class, offered, reference

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
        name: A key of :data:`RIVALS`, or a class of one's own, whose module is imported only now:
            ``package.module:ClassName``, or the name of an entry point of another package.
        game: The game.
        place: Where the name was given, for error messages.

    Raises:
        SatisficeError: There is no such rival, its class is not one, or it cannot play the game.
    """
    rival = RIVALS.get(name)
    if rival is None and reference(CONTENDER_GROUP, name):
        rival = _own_class(name, place)
    if rival is None:
        raise SatisficeError(place, f"unknown rival '{name}'.", _known(game))
    if not isinstance(game, rival.needs):
        problem = f"the rival '{name}' plays {rival.needs.__name__}, and not {game.name}."
        raise SatisficeError(place, problem, _known(game))
    return rival(game)


def _own_class(name: str, place: str) -> type[Rival]:
    """Import a class that a user wrote.

    Raises:
        SatisficeError: It cannot be imported, or is not a complete rival.
    """
    remedy = (
        "Derive the class from satisfice.contenders.base.Rival, give it parameters and write its "
        "method act."
    )
    found: type[Rival] = load_class(CONTENDER_GROUP, name, place, "rival", Rival, remedy)
    if not getattr(found, "parameters", None):
        raise SatisficeError(place, f"'{name}' is not a complete rival.", remedy)
    return found


def _known(game: Game) -> str:
    """Say what can be named instead."""
    playing = [name for name, rival in RIVALS.items() if isinstance(game, rival.needs)]
    known = ", ".join([*playing, *offered(CONTENDER_GROUP)])
    own = "the class of your own rival as package.module:ClassName"
    return f"Use one of: {known}; or {own}." if known else f"Name {own}."
