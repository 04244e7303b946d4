"""The games, by the name that the config uses."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import Any

from satisfice.errors import SatisficeError
from satisfice.games.base import Game
from satisfice.games.beer_game import BeerGame
from satisfice.games.cobweb import Cobweb
from satisfice.games.cournot import Cournot
from satisfice.games.newsvendor import Newsvendor

GAMES: dict[str, type[Game]] = {game.name: game for game in (Cournot, Cobweb, BeerGame, Newsvendor)}
"""The games of this package."""

ENTRY_POINTS = "satisfice.games"
"""Group of entry points under which other packages offer their games."""


def game_names() -> list[str]:
    """Names of all games that can be loaded, those of other packages included."""
    return sorted({*GAMES, *(entry.name for entry in entry_points(group=ENTRY_POINTS))})


def load_game(name: str) -> Game:
    """Return a game by name.

    Args:
        name: A key of :data:`GAMES`, or an entry point of another package, which is imported only
            now.

    Raises:
        SatisficeError: There is no such game, or another package's game is not one.
    """
    if name in GAMES:
        return GAMES[name]()
    place = f"config key games.{name}"
    offered = [entry for entry in entry_points(group=ENTRY_POINTS) if entry.name == name]
    if not offered:
        raise SatisficeError(
            place,
            "unknown game.",
            f"Use one of: {', '.join(game_names())}; or install the package that offers it "
            f"under the entry points '{ENTRY_POINTS}'.",
        )
    try:
        found: Any = offered[0].load()
        game = found()
    except Exception as error:  # Whatever another package may raise.
        problem = f"{offered[0].value} cannot be loaded: {type(error).__name__}: {error}."
        raise SatisficeError(place, problem, "Mend the package, or its entry point.") from error
    if not isinstance(game, Game) or game.name != name:
        problem = f"{offered[0].value} is no game of this name."
        remedy = "Derive the class from satisfice.games.base.Game, with name = the entry point's."
        raise SatisficeError(place, problem, remedy)
    return game
