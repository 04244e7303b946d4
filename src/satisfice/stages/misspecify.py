"""Rule ``misspecify``: could the rivals with parameters have made the human statistics?

The rule ``check`` tests the bounded models in the same way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from satisfice.checks.settings import MisspecificationSettings
from satisfice.checks.statistics_of import TestedStatistics
from satisfice.contenders import load_rule
from satisfice.games import load_game
from satisfice.io.files import write_json
from satisfice.io.game_run import GameRun
from satisfice.progress import Progress


def misspecify(
    game: str,
    run: Mapping[str, Any],
    rivals: Sequence[str],
    dataset: str | Path,
    misspecification: Mapping[str, Any],
    seed: int,
    *,
    output: str | Path,
) -> None:
    """Test all rules of play that have parameters.

    Args:
        game: Name of the game.
        run: The arguments of GameRun.
        rivals: Names of rules of play; those without parameters are left out.
        dataset: Folder of the human data, for the experiment's design.
        misspecification: Settings of the test.
        seed: The run's seed.
        output: A JSON file with what was found, by rival.
    """
    who, rules = GameRun(**run), load_game(game)
    place = f"config, key games.{game}.decisions.rivals"
    contenders = {name: load_rule(name, rules, place) for name in rivals}
    settings = MisspecificationSettings(**misspecification)
    fitted = {name: each for name, each in contenders.items() if each.free}
    found, report = {}, Progress(max(1, len(fitted)), "rivals")
    for number, (name, contender) in enumerate(fitted.items()):
        given = TestedStatistics.of(contender, name, dataset, who.file("observed.csv"), seed)
        found[name] = given.findings(settings)
        report(number + 1)
    write_json(output, found)
