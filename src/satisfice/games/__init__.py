"""The games, by the name that the config uses."""

from __future__ import annotations

from satisfice.errors import SatisficeError
from satisfice.games.base import Game
from satisfice.games.beer_game import BeerGame
from satisfice.games.cobweb import Cobweb
from satisfice.games.cournot import Cournot
from satisfice.games.newsvendor import Newsvendor
from satisfice.plugins import GAME_GROUP, class_path, load, offered

GAMES: dict[str, type[Game]] = {game.name: game for game in (Cournot, Cobweb, BeerGame, Newsvendor)}
"""The games of this package."""


def game_names() -> list[str]:
    """Names of all games, including those of other packages."""
    return sorted({*GAMES, *offered(GAME_GROUP)})


def load_game(name: str, place: str | None = None) -> Game:
    """Return a game by the name of one of :data:`GAMES`, or of another package's entry point.

    ``place`` is where the name was given, for messages; by default the game's key in the config.

    Raises:
        SatisficeError: There is no such game, or another package's class is not a game.
    """
    if name in GAMES:
        return GAMES[name]()
    place = place or f"config, key games.{name}"
    if name not in offered(GAME_GROUP):
        raise SatisficeError(
            place,
            "unknown game.",
            f"Use one of: {', '.join(game_names())}; or install the package that offers it "
            f"under the entry points '{GAME_GROUP}'.",
        )
    game = load(GAME_GROUP, name, place, "game", then=lambda found: found())
    if not isinstance(game, Game) or getattr(game, "name", None) != name:
        problem = f"{class_path(GAME_GROUP, name)} is not a game of this name."
        remedy = "Derive the class from satisfice.games.base.Game, with name = the entry point's."
        raise SatisficeError(place, problem, remedy)
    return game
