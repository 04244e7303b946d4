"""Rules ``misspecification_checks``: false alarms of the test, what it detects, more statistics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from satisfice.checks.misspecification import LEVEL, judge, search, share_rejected
from satisfice.checks.misspecification_findings import misspecification_row
from satisfice.checks.settings import MisspecificationSettings
from satisfice.checks.statistics_of import TestedStatistics
from satisfice.contenders import load_contender
from satisfice.games import load_game
from satisfice.io.files import read_json, write_json, write_table
from satisfice.io.game_run import BOUNDED, GameRun
from satisfice.progress import Progress, logger

OTHER_THETA = 5
"""Number of theta, besides the nearest one, at which false alarms are counted together."""

PARTS = ("fit", "held_out")


def check_false_alarms(
    game: str,
    contender: str,
    run: Mapping[str, Any],
    dataset: str | Path,
    misspecification: Mapping[str, Any],
    settings: Mapping[str, Any],
    seed: int,
    *,
    output: str | Path,
) -> None:
    """Count how often the test rejects a contender's own data, with a null for each of them.

    The rules ``check`` and ``misspecify`` do the same with fewer data sets.

    Args:
        game: Name of the game.
        contender: Name of the contender.
        run: The arguments of GameRun.
        dataset: Folder of the human data, for the experiment's design.
        misspecification: Settings of the test.
        settings: Numbers of data sets.
        seed: The run's seed.
        output: A JSON file.
    """
    given = _statistics(game, contender, GameRun(**run), dataset, seed, PARTS[:1])
    options = MisspecificationSettings(**misspecification)
    data_sets, null = settings["data_sets"], settings["null"]
    moments, near, own = search(given.question, options, given.point_seed)
    at = np.repeat(near.cube, data_sets, axis=0)
    own_share = share_rejected(given.simulate, moments, at, "own", null)
    random = np.random.default_rng(given.point_seed)
    estimates = moments.nearest(own).cube
    others = estimates[random.choice(len(estimates), OTHER_THETA, replace=False)]
    each = -(-data_sets // OTHER_THETA)
    at = np.repeat(others, each, axis=0)
    other_share = share_rejected(given.simulate, moments, at, "other", null)
    found = {
        "game": game,
        "contender": contender,
        "data_sets": data_sets,
        "level": LEVEL,
        "rejected_own_at_minimiser": own_share,
        "at_other_theta": other_share,
        "standard_error": float(np.sqrt(LEVEL * (1 - LEVEL) / data_sets)),
    }
    logger.info("%s: %.3f at the nearest theta, %.3f at others", contender, own_share, other_share)
    write_json(output, found)


def check_detection(
    game: str,
    run: Mapping[str, Any],
    dataset: str | Path,
    misspecification: Mapping[str, Any],
    settings: Mapping[str, Any],
    seed: int,
    *,
    output: str | Path,
) -> None:
    """Count how often data of a rival are detected as not made by the bounded model.

    The rival plays at its theta nearest to the human data. Every data set is tested from the start.
    """
    who, rival = GameRun(**run), str(settings["contenders"][-1])
    options = MisspecificationSettings(**misspecification)
    theirs = _statistics(game, rival, who, dataset, seed, PARTS[:1])
    _, near, _ = search(theirs.question, options, theirs.point_seed)
    data = theirs.simulate(np.repeat(near.cube, settings["detected"], axis=0), "detected")
    ours = _statistics(game, BOUNDED, who, dataset, seed, PARTS[:1])
    report, p_values = Progress(len(data), "data sets"), []
    for number, one in enumerate(data):
        p_values.append(judge(replace(ours.question, observed=one), options, number).p_value)
        report(number + 1)
    share = float((np.array(p_values) < LEVEL).mean())
    logger.info("%.1f %% of the data of %s are detected", 100 * share, rival)
    found = {"game": game, "played_by": rival, "tested": BOUNDED, "data_sets": len(data)}
    write_json(output, found | {"detected": share, "p_values": p_values})


def check_all_statistics(
    game: str,
    run: Mapping[str, Any],
    dataset: str | Path,
    misspecification: Mapping[str, Any],
    settings: Mapping[str, Any],
    seed: int,
    *,
    output: str | Path,
) -> None:
    """Test the contenders on all scored statistics, held-out ones too: a CSV file like
    misspecification.csv.
    """
    who, options = GameRun(**run), MisspecificationSettings(**misspecification)
    names = settings["contenders"]
    rows, report = [], Progress(len(names), "contenders")
    for number, name in enumerate(names):
        given = _statistics(game, name, who, dataset, seed, PARTS)
        rows.append(misspecification_row(game, name, given.findings(options)))
        report(number + 1)
    write_table(output, pd.DataFrame(rows))


def join_checks(
    alarms: Sequence[str | Path], detections: Sequence[str | Path], *, table: str | Path
) -> None:
    """Join the checks of all games: one row for each contender and question."""
    rows = []
    for path in alarms:
        found = read_json(path)
        for name in ("rejected_own_at_minimiser", "at_other_theta"):
            rows.append([found["game"], found["contender"], name, found["data_sets"], found[name]])
    for path in detections:
        found = read_json(path)
        about = f"{found['played_by']}, tested as {found['tested']}"
        rows.append([found["game"], about, "detected", found["data_sets"], found["detected"]])
    columns = ["game", "contender", "what", "data_sets", "share"]
    write_table(table, pd.DataFrame(rows, columns=columns))


def _statistics(
    game: str,
    name: str,
    who: GameRun,
    dataset: str | Path,
    seed: int,
    splits: Sequence[str],
) -> TestedStatistics:
    rules = load_game(game)
    block = who.contenders.get(name, {"rule": name})
    policy = who.policy(block["belief"]) if "belief" in block else None
    contender = load_contender(rules, block, policy, f"contender {name} of {game}")
    observed = who.file("observed.csv")
    return TestedStatistics.of(contender, name, dataset, observed, seed, splits=splits)
