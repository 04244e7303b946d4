"""Rules about pages and figures: ``report``, ``report_decisions`` and ``overview``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from satisfice.games import load_game
from satisfice.games.base import Game
from satisfice.io.datasets import load_dataset
from satisfice.io.files import read_arrays, read_json, read_table, write_json, write_table
from satisfice.io.game_run import BOUNDED, PPO, GameRun
from satisfice.io.observed import read_observed
from satisfice.io.played_paths import read_paths
from satisfice.learning.populations import load_population
from satisfice.progress import logger
from satisfice.report.baseline import about_baseline
from satisfice.report.behaviour import behaviour_by_skill
from satisfice.report.catalogue import DECISION_FIGURES, FIGURES
from satisfice.report.decisions import DecisionResults, read_decision_results
from satisfice.report.figures import draw, draw_decisions
from satisfice.report.page import (
    DecisionSection,
    GamePage,
    GameSummary,
    OverviewPage,
    illustrations,
    write_game_page,
    write_overview_page,
)
from satisfice.report.posterior_table import posterior_table
from satisfice.report.results import Baseline, GameResults, read_gates, read_posterior
from satisfice.report.style import Picture, save
from satisfice.report.tables import (
    gates_table,
    human_table,
    misspecification_table,
    overview_table,
    scores_table,
)
from satisfice.report.tables_decisions import comparison_table, individuals_table
from satisfice.report.verdict import conclude
from satisfice.report.verdict_decisions import conclude_decisions


def report(
    name: str,
    game: str,
    run: Mapping[str, Any],
    config: Mapping[str, Any],
    dataset: str | Path,
    seed: int,
    captions: Sequence[str | Path],
) -> None:
    """Draw all figures of a game, describe each in words, and write the game's page.

    The page shows the config. Captions are files, in the order of FIGURES and DECISION_FIGURES. If
    the data set has decisions, what :func:`report_decisions` has drawn is on the page, too.
    """
    who, rules = GameRun(**run), load_game(game)
    results = _results(who, rules)
    figures = {figure: who.file("figures", f"{figure}.png") for figure in FIGURES}
    drawn = ((figure, draw(figure, results)) for figure in FIGURES)
    texts = _save(drawn, who.file("figures"))
    data, section = load_dataset(dataset, rules), None
    if data.decisions is not None:
        section = _about_decisions(read_decision_results(who))
        figures |= {figure: who.decided(f"figures/{figure}.png") for figure in DECISION_FIGURES}
        texts |= read_json(who.decided("figures/descriptions.json"))
    page = GamePage(
        run=name,
        game=game,
        citation=str(data.description["citation"]),
        verdict=conclude(
            results.gates,
            results.scores,
            results.tested,
            results.default,
            config,
            _held_out(results.observed),
        ),
        gates=gates_table(results.gates),
        posterior=posterior_table(results.posteriors),
        scores=scores_table(results.scores, results.default_belief),
        misspecification=misspecification_table(results.tested, results.default_belief),
        human=human_table(
            results.observed,
            results.predictive[BOUNDED],
            rules.statistic_units,
            results.label(BOUNDED),
        ),
        figures=illustrations(
            figures, texts, dict(zip((*FIGURES, *DECISION_FIGURES), captions, strict=True))
        ),
        config=config,
        versions=results.default.versions,
        seed=seed,
        decisions=section,
        baseline=about_baseline(results.ppo, results.scores) if results.ppo else None,
    )
    write_game_page(page, who.file("report.html"))
    logger.info("%s: %s", game, page.verdict.headline)
    logger.info("%d of %d gates pass", page.verdict.passed, page.verdict.total)


def report_decisions(run: Mapping[str, Any]) -> None:
    """Draw the figures about single decisions, and describe each in words.

    They are in decisions/figures/, with descriptions.json.
    """
    who = GameRun(**run)
    results = read_decision_results(who)
    drawn = ((figure, draw_decisions(figure, results)) for figure in DECISION_FIGURES)
    _save(drawn, who.decided("figures"))
    logger.info(conclude_decisions(results).headline)


def _save(pictures: Iterable[tuple[str, Picture]], folder: str) -> dict[str, str]:
    """Write figures and their descriptions into a folder; return the descriptions."""
    texts = {}
    for name, picture in pictures:
        save(picture, f"{folder}/{name}.png")
        texts[name] = picture.description
        logger.info("drew %s", name)
    write_json(f"{folder}/descriptions.json", texts)
    return texts


def _about_decisions(results: DecisionResults) -> DecisionSection:
    return DecisionSection(
        verdict=conclude_decisions(results),
        markets=results.markets,
        comparison=comparison_table(results),
        individuals=individuals_table(results),
    )


def _results(who: GameRun, rules: Game) -> GameResults:
    """All results of a game."""
    posteriors = {
        belief: read_posterior(who.inferred(belief, "posterior.nc")) for belief in who.beliefs
    }
    population, _ = load_population(who.policy(who.beliefs[0]))
    default = posteriors[who.beliefs[0]]
    draws = default.groups["posterior"][list(default.parameters)]
    theta = draws.to_dataarray("parameter").mean(["chain", "draw"])
    return GameResults(
        game=rules.name,
        statistic_units=rules.statistic_units,
        observed=read_observed(who.file("observed.csv")),
        scores=read_table(who.file("scores.csv")),
        tested=read_table(who.file("misspecification.csv")),
        gates=read_gates(who.file("diagnostics.json")),
        posteriors=posteriors,
        predictive={name: read_arrays(who.predictions(name))["x"] for name in who.contenders},
        training={name: read_table(who.policy(name, "training.csv")) for name in who.variants},
        verification={
            name: read_json(who.policy(name, "verification.json")) for name in who.variants
        },
        behaviour=behaviour_by_skill(population, theta.to_numpy()),
        paths=read_paths(who.file("paths.npz"), rules),
        roles=rules.roles,
        ppo=_baseline(who) if who.ppo else None,
    )


def _baseline(who: GameRun) -> Baseline:
    """The baseline trained by PPO."""
    return Baseline(
        read_table(who.policy(PPO, "training.csv")),
        read_json(who.policy(PPO, "verification.json")),
        read_table(who.file("earnings.csv")),
    )


def _held_out(observed: pd.DataFrame) -> int:
    return int((observed.split == "held_out").sum())


def overview(
    name: str,
    folder: str,
    configs: Mapping[str, Mapping[str, Any]],
    seed: int,
    decided: Sequence[str] = (),
) -> None:
    """Join the games' scores.csv and misspecification.csv, and write the overview page.

    ``decided`` are the games whose data sets have decisions.
    """
    runs = {game: GameRun.of(f"{folder}/{game}", config) for game, config in configs.items()}
    tables = [read_table(who.file("scores.csv")).assign(game=game) for game, who in runs.items()]
    joined = pd.concat(tables)
    table = joined[["game", *joined.columns.drop("game")]]
    write_table(f"{folder}/scores.csv", table)
    tested = {game: read_table(who.file("misspecification.csv")) for game, who in runs.items()}
    write_table(f"{folder}/misspecification.csv", pd.concat(tested.values()))
    games = []
    for game, who in runs.items():
        gates = read_gates(who.file("diagnostics.json"))
        posterior, scores = read_posterior(who.file("posterior.nc")), table[table.game == game]
        held_out = _held_out(read_observed(who.file("observed.csv")))
        verdict = conclude(gates, scores, tested[game], posterior, configs[game], held_out)
        single = conclude_decisions(read_decision_results(who)) if game in decided else None
        games.append(GameSummary(game, f"{game}/report.html", verdict, single))
    defaults = {game: who.beliefs[0] for game, who in runs.items()}
    shown = OverviewPage(name, games, overview_table(table, defaults), seed)
    write_overview_page(shown, f"{folder}/report.html")
