"""Rule ``misspecify``: could the rivals with parameters have made the human statistics?

The rule ``check`` tests the bounded models in the same way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from satisfice.checks.misspecification import judge
from satisfice.checks.misspecification_findings import findings
from satisfice.checks.settings import MisspecificationSettings
from satisfice.checks.statistics_of import TestedStatistics
from satisfice.contenders import load_rule
from satisfice.contenders.base import Contender
from satisfice.games import load_game
from satisfice.inference.training_data import TrainingData
from satisfice.io.files import write_json
from satisfice.io.game_run import GameRun
from satisfice.progress import Progress, logger
from satisfice.randomness import small_seed


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
    fitted = {name: each for name, each in contenders.items() if each.free}
    found, report = {}, Progress(max(1, len(fitted)), "rivals")
    for number, (name, contender) in enumerate(fitted.items()):
        found[name] = tested(contender, name, who, dataset, misspecification, seed)
        report(number + 1)
    write_json(output, found)


def tested(
    contender: Contender,
    name: str,
    who: GameRun,
    dataset: str | Path,
    misspecification: Mapping[str, Any],
    seed: int,
    data: TrainingData | None = None,
) -> dict[str, Any]:
    """Test a contender on the fitted human statistics; what was found, as in its JSON file.

    A bounded model comes with simulations from its prior, ``data``, which spare some of the search.
    """
    given = TestedStatistics.of(contender, name, dataset, who.file("observed.csv"), seed, data)
    options = MisspecificationSettings(**misspecification)
    place = small_seed(seed, "misspecification", contender.game.name, name)
    found = judge(given.question, options, place)
    theta = contender.from_unit(found.cube[None])[0]
    told = (name, found.distance, found.p_value, found.simulations)
    logger.info("%s: squared distance %.1f, p = %.3f (%d simulations)", *told)
    return findings(found, theta, contender.space, given.table)
