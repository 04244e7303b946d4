"""The games, by the name that the config uses."""

from __future__ import annotations

from satisfice.errors import SatisficeError
from satisfice.games.base import Game
from satisfice.games.beer_game import BeerGame
from satisfice.games.cobweb import Cobweb
from satisfice.games.cournot import Cournot
from satisfice.games.newsvendor import Newsvendor

GAMES: dict[str, type[Game]] = {game.name: game for game in (Cournot, Cobweb, BeerGame, Newsvendor)}


def load_game(name: str) -> Game:
    """Return a game by name.

    Raises:
        SatisficeError: There is no such game.
    """
    if name not in GAMES:
        known = ", ".join(sorted(GAMES))
        raise SatisficeError(f"config key games.{name}", "unknown game.", f"Use one of: {known}.")
    return GAMES[name]()
