"""Games that other packages offer."""

from __future__ import annotations

from pathlib import Path

import pytest

from satisfice.errors import SatisficeError
from satisfice.games import GAMES, game_names, load_game

MODULE = """
from satisfice.games.cournot import Cournot

class Mine(Cournot):
    name = "mine"

class Other(Cournot):
    name = "someone_else"

class Nameless(Cournot):
    def __getattribute__(self, key):
        if key == "name":
            raise AttributeError(key)
        return super().__getattribute__(key)

class Broken:
    def __init__(self):
        raise RuntimeError("no licence")
"""
OFFERED = {
    "mine": "offered_games:Mine",
    "other": "offered_games:Other",
    "broken": "offered_games:Broken",
    "nameless": "offered_games:Nameless",
    "absent": "offered_games:Nobody",
    "text": "offered_games:__name__.upper",
}


@pytest.fixture
def offered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installed package that offers games, good and bad."""
    (tmp_path / "offered_games.py").write_text(MODULE, encoding="utf-8")
    folder = tmp_path / "offered_games-1.0.dist-info"
    folder.mkdir()
    lines = [f"{name} = {value}" for name, value in OFFERED.items()]
    (folder / "entry_points.txt").write_text("\n".join(["[satisfice.games]", *lines]))
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: offered-games\nVersion: 1.0\n")
    monkeypatch.syspath_prepend(tmp_path)


@pytest.mark.usefixtures("offered")
def test_a_game_of_another_package_is_found() -> None:
    assert load_game("mine").name == "mine"
    assert game_names() == sorted([*GAMES, *OFFERED])


@pytest.mark.usefixtures("offered")
@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("other", "offered_games:Other is not a game of this name"),
        ("nameless", "offered_games:Nameless is not a game of this name"),
        ("broken", "offered_games:Broken cannot be loaded: RuntimeError: no licence"),
        ("absent", "offered_games:Nobody cannot be loaded: AttributeError"),
        ("text", "is not a game of this name"),
    ],
)
def test_what_is_no_game_is_told(name: str, problem: str) -> None:
    with pytest.raises(SatisficeError) as caught:
        load_game(name)
    assert problem in str(caught.value)
    assert caught.value.place == f"config, key games.{name}"
    with pytest.raises(SatisficeError) as caught:
        load_game(name, "--game")
    assert caught.value.place == "--game"


def test_an_unknown_game_is_told_with_what_there_is() -> None:
    with pytest.raises(SatisficeError, match=r"games\.chess: unknown game\. .*beer_game, cobweb"):
        load_game("chess")
