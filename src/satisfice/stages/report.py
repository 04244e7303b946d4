"""Rules ``figures``, ``page`` and ``overview``: what a run found, for people."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from satisfice.games import load_game
from satisfice.io.datasets import load_dataset
from satisfice.io.files import read_arrays, read_json, read_table, write_json
from satisfice.io.observed import read_observed
from satisfice.io.played_paths import read_paths
from satisfice.learning.populations import load_population
from satisfice.progress import logger
from satisfice.report.behaviour import behaviour_by_skill
from satisfice.report.page import (
    GamePage,
    GameSummary,
    OverviewPage,
    illustrations,
    write_game_page,
    write_overview_page,
)
from satisfice.report.posterior_table import posterior_table
from satisfice.report.results import GameResults, model_label, read_calibration, read_gates
from satisfice.report.tables import gates_table, human_table, overview_table, scores_table
from satisfice.report.verdict import Verdict, conclude


def draw_figures(
    game_name: str,
    observed: str | Path,
    scores: str | Path,
    diagnostics: str | Path,
    posteriors: Mapping[str, str | Path],
    predictive: Mapping[str, str | Path],
    policies: Mapping[str, str | Path],
    paths: str | Path,
    outputs: Mapping[str, str | Path],
    descriptions: str | Path,
) -> None:
    """Draw all figures of a game and describe each in words.

    Args:
        game_name: Name of the game.
        observed: observed.csv.
        scores: scores.csv.
        diagnostics: diagnostics.json.
        posteriors: posterior.nc of each prior belief, the default first.
        predictive: The npz file of each model's predictions.
        policies: Policy folder of each variant, with training.csv and verification.json.
        paths: paths.npz.
        outputs: Where each figure goes, by its name.
        descriptions: Where the figures' texts for those who cannot see them go, as JSON.
    """
    from satisfice.report.figures import draw  # noqa: PLC0415 - matplotlib takes a second
    from satisfice.report.style import save  # noqa: PLC0415

    calibrations = {belief: read_calibration(path) for belief, path in posteriors.items()}
    default = next(iter(calibrations))
    game = load_game(game_name)
    population, _ = load_population(policies[default])
    posterior = calibrations[default].groups["posterior"]
    names = list(calibrations[default].parameters)
    theta = posterior[names].to_dataarray("parameter").mean(["chain", "draw"])
    results = GameResults(
        game=game_name,
        statistic_units=game.statistic_units,
        observed=read_observed(observed),
        scores=read_table(scores),
        gates=read_gates(diagnostics),
        calibrations=calibrations,
        predictive={model: read_arrays(path)["x"] for model, path in predictive.items()},
        training={v: read_table(Path(folder) / "training.csv") for v, folder in policies.items()},
        verification={
            v: read_json(Path(folder) / "verification.json") for v, folder in policies.items()
        },
        behaviour=behaviour_by_skill(population, theta.to_numpy()),
        paths=read_paths(paths, game),
        roles=game.roles,
    )
    texts = {}
    for name, path in outputs.items():
        picture = draw(name, results)
        save(picture, path)
        texts[name] = picture.description
        logger.info("drew %s", name)
    write_json(descriptions, texts)


def write_page(
    run: str,
    seed: int,
    game_name: str,
    config: Mapping[str, Any],
    dataset: str | Path,
    observed: str | Path,
    scores: str | Path,
    diagnostics: str | Path,
    posteriors: Mapping[str, str | Path],
    predictive: str | Path,
    figures: Mapping[str, str | Path],
    descriptions: str | Path,
    captions: Mapping[str, str | Path],
    output: str | Path,
) -> None:
    """Write a game's page: verdict, gates, figures, tables and how to get them again.

    Args:
        run: Name of the run.
        seed: The run's seed.
        game_name: Name of the game.
        config: The game's resolved config.
        dataset: Folder of the human data.
        observed: observed.csv.
        scores: scores.csv.
        diagnostics: diagnostics.json.
        posteriors: posterior.nc of each prior belief, the default first.
        predictive: The npz file of the default bounded model's predictions.
        figures: The PNG files, by name.
        descriptions: JSON with each figure's alternative text.
        captions: Files with each figure's caption.
        output: Where report.html goes.
    """
    game = load_game(game_name)
    calibrations = {belief: read_calibration(path) for belief, path in posteriors.items()}
    belief, default = next(iter(calibrations.items()))
    gates, scored, human = read_gates(diagnostics), read_table(scores), read_observed(observed)
    page = GamePage(
        run=run,
        game=game_name,
        citation=str(load_dataset(dataset, game).description["citation"]),
        verdict=conclude(gates, scored, default, config),
        gates=gates_table(gates),
        posterior=posterior_table(calibrations),
        scores=scores_table(scored, belief),
        human=human_table(
            human,
            read_arrays(predictive)["x"],
            game.statistic_units,
            model_label("bounded", belief),
        ),
        figures=illustrations(figures, read_json(descriptions), captions),
        config=config,
        versions=default.versions,
        seed=seed,
    )
    write_game_page(page, output)
    _log_verdict(game_name, page.verdict)


def write_overview(
    run: str,
    seed: int,
    configs: Mapping[str, Mapping[str, Any]],
    scores: str | Path,
    diagnostics: Mapping[str, str | Path],
    posteriors: Mapping[str, str | Path],
    pages: Mapping[str, str | Path],
    output: str | Path,
) -> None:
    """Write the page that joins the games of a run.

    Args:
        run: Name of the run.
        seed: The run's seed.
        configs: Resolved config of each game.
        scores: The joined scores.csv.
        diagnostics: diagnostics.json of each game.
        posteriors: posterior.nc of each game's default prior belief.
        pages: report.html of each game, to link to.
        output: Where the page goes.
    """
    table = read_table(scores)
    games = []
    for game, config in configs.items():
        gates, default = read_gates(diagnostics[game]), read_calibration(posteriors[game])
        scored = table[table.game == game]
        verdict = conclude(gates, scored, default, config)
        link = Path(os.path.relpath(pages[game], Path(output).parent)).as_posix()
        games.append(GameSummary(game, link, verdict))
    defaults = {game: str(config["default_belief"]) for game, config in configs.items()}
    write_overview_page(OverviewPage(run, games, overview_table(table, defaults), seed), output)


def _log_verdict(game: str, verdict: Verdict) -> None:
    logger.info("%s: %s", game, verdict.headline)
    logger.info("%d of %d gates pass", verdict.passed, verdict.total)
