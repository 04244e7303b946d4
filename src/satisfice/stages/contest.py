"""Rules ``contest_simulate``, ``contest_predict`` and ``contest``: who foretells people best?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from satisfice.errors import SatisficeError
from satisfice.evaluation.contest import (
    Human,
    log_scores,
    paired_differences,
    score_all,
    stacking_weights,
    table_of_scores,
)
from satisfice.evaluation.splits import DEFAULT, Split, splits_of
from satisfice.games import load_game
from satisfice.inference.contenders import (
    Contender,
    nearest,
    population_contender,
    rival_contender,
)
from satisfice.inference.parameter_prior import ParameterPrior
from satisfice.inference.simulator import Experiment, failure_reasons, simulate
from satisfice.io.datasets import load_dataset
from satisfice.io.files import read_arrays, write_arrays, write_json, write_table
from satisfice.progress import Progress, logger
from satisfice.randomness import seed_sequence, small_seed, uniform_rows
from satisfice.rivals import load_rival
from satisfice.stages.data import read_observed
from satisfice.stages.populations import load_population

CHAMPION = "bounded"
"""The calibrated model with the default prior belief, whom all others are compared with."""


def load_contender(game_name: str, name: str, block: Mapping[str, Any], policy: Any) -> Contender:
    """Return the contender that a config block describes.

    Args:
        game_name: Name of the game.
        name: Name of the contender.
        block: Its config: ``rule``, or ``belief`` and perhaps ``fixed``.
        policy: Folder of the trained policy, where it needs one.
    """
    place = f"config, key games.{game_name}.contest.contenders.{name}"
    if block.get("rule"):
        return rival_contender(load_rival(block["rule"], load_game(game_name), f"{place}.rule"))
    population, description = load_population(policy)
    prior = ParameterPrior.from_config(description["parameter_prior"])
    return population_contender(population, prior, block["fixed"], f"{place}.fixed")


def simulate_contender(
    game_name: str,
    name: str,
    block: Mapping[str, Any],
    policy: str | Path | None,
    dataset: str | Path,
    simulations: int,
    seed: int,
    output: str | Path,
) -> None:
    """Simulate the human experiment for draws from a contender's prior.

    Args:
        game_name: Name of the game.
        name: Name of the contender.
        block: Its config.
        policy: Folder of the trained policy, where it needs one.
        dataset: Folder of the human data, for the experiment's design.
        simulations: How many; one where nothing is free.
        seed: The run's seed.
        output: A npz file with theta, x, failures and labels.
    """
    contender = load_contender(game_name, name, block, policy)
    game = load_game(game_name)
    experiment = Experiment(game, load_dataset(dataset, game).markets)
    number = simulations if contender.free else 1
    sequence = seed_sequence(seed, "contest theta", game_name, name)
    theta = contender.from_unit(uniform_rows(sequence, 0, number, len(contender.free)))
    statistics, _ = simulate(
        experiment,
        contender.player,
        theta,
        seed_sequence(seed, "contest", game_name, name),
        report=Progress(number, "simulations"),
    )
    write_arrays(
        output,
        theta=theta,
        x=statistics,
        failures=failure_reasons(statistics, experiment.labels),
        labels=np.array(experiment.labels),
        free=np.array(contender.free, dtype="U"),
    )


def predict_contender(
    game_name: str,
    name: str,
    block: Mapping[str, Any],
    policy: str | Path | None,
    dataset: str | Path,
    simulations: str | Path,
    observed: str | Path,
    settings: Mapping[str, Any],
    seed: int,
    output: str | Path,
) -> None:
    """Fit a contender to each split's statistics, and foretell the whole experiment.

    Args:
        game_name: Name of the game.
        name: Name of the contender.
        block: Its config.
        policy: Folder of the trained policy, where it needs one.
        dataset: Folder of the human data, for the experiment's design.
        simulations: The npz file of its simulations.
        observed: observed.csv.
        settings: The config's ``contest``.
        seed: The run's seed.
        output: A npz file with theta, shape (splits, draws, parameters), x, shape
            (splits, draws, statistics), and the names of the splits.

    Raises:
        SatisficeError: Too few simulations are usable, or a prediction is not finite.
    """
    contender = load_contender(game_name, name, block, policy)
    game = load_game(game_name)
    experiment = Experiment(game, load_dataset(dataset, game).markets)
    human, table = read_observed(observed), read_arrays(simulations)
    splits = read_splits(game_name, human, settings["splits"])
    usable = table["failures"] == ""
    wanted = min(settings["accepted"], len(table["x"]))
    chosen = []
    for split in splits:
        columns = split.fitted
        kept = nearest(
            np.where(usable[:, None], table["x"], np.nan)[:, columns],
            human.value.to_numpy()[columns],
            human.standard_error.to_numpy()[columns],
            wanted,
        )
        if len(kept) < wanted:
            raise SatisficeError(
                simulations,
                f"only {usable.sum()} simulations of {name} are usable.",
                "Raise contest.simulations.",
            )
        # Every fitted draw is played equally often.
        chosen.append(np.resize(table["theta"][kept], (settings["draws"], table["theta"].shape[1])))
    theta = np.stack(chosen)
    statistics, _ = simulate(
        experiment,
        contender.player,
        theta.reshape(-1, theta.shape[-1]),
        seed_sequence(seed, "contest predict", game_name, name),
        report=Progress(len(splits) * settings["draws"], "predictions"),
    )
    if not np.isfinite(statistics).all():
        raise SatisficeError(
            f"predictions of {name}",
            "hold statistics that are not finite.",
            "See the contender's parameters; narrow their prior.",
        )
    write_arrays(
        output,
        theta=theta,
        x=statistics.reshape(len(splits), settings["draws"], -1),
        splits=np.array([split.name for split in splits]),
    )


def read_splits(game_name: str, human: pd.DataFrame, extra: Mapping[str, Any]) -> list[Split]:
    """The splits of a game's contest."""
    labels = list(zip(human.treatment.astype(str), human.statistic.astype(str), strict=True))
    held_out = (human.split == "held_out").to_numpy()
    place = f"config, key games.{game_name}.contest.splits"
    return splits_of(labels, held_out, extra, place)


def judge(
    game_name: str,
    observed: str | Path,
    predictions: Mapping[str, str | Path],
    unfitted: Mapping[str, Sequence[str | Path]],
    groups: Mapping[str, str],
    settings: Mapping[str, Any],
    seed: int,
    outputs: Mapping[str, str | Path],
) -> None:
    """Score all contenders on all splits.

    Args:
        game_name: Name of the game.
        observed: observed.csv.
        predictions: What each fitted contender foretells, by name, the champion first.
        unfitted: The npz files of models without a fit, several where they have several seeds.
        groups: ``belief``, ``rival`` or ``ablation`` of each contender.
        settings: The config's ``contest``.
        seed: The run's seed.
        outputs: Where scores, differences and weights (CSV), summary (JSON) and figure (PNG) go.
    """
    from satisfice.report.figures_contest import contest  # noqa: PLC0415 - matplotlib
    from satisfice.report.style import drawing, save  # noqa: PLC0415

    human = read_observed(observed)
    splits = read_splits(game_name, human, settings["splits"])
    people = Human.of(
        human.value.to_numpy(),
        human.standard_error.to_numpy(),
        settings["replicates"],
        small_seed(seed, "contest", game_name),
    )
    fitted = {name: read_arrays(path)["x"] for name, path in predictions.items()}
    by_seed = {name: [read_arrays(path)["x"] for path in paths] for name, paths in unfitted.items()}
    fixed = {name: np.concatenate(parts) for name, parts in by_seed.items()}
    scores, differences, densities, of_seeds = [], [], [], {}
    for index, split in enumerate(splits):
        foretold = {name: x[index] for name, x in fitted.items()} | fixed
        for part, columns in (("fit", split.fitted), ("held_out", split.held_out)):
            there = people.restricted(columns)
            scored = {name: score_all(x[:, columns], there) for name, x in foretold.items()}
            at = {"split": split.name, "part": part}
            scores.append(table_of_scores(scored).assign(**at))
            differences.append(paired_differences(scored, CHAMPION).assign(**at))
        there = people.restricted(split.held_out)
        actual = {
            name: log_scores((x[:, split.held_out] - there.value) / there.error, there.redrawn[:1])
            for name, x in foretold.items()
        }
        # The default split repeats what others hold out, where there are others.
        if split.name != DEFAULT or len(splits) == 1:
            densities.append(np.concatenate(list(actual.values())).T)
        if split.name == DEFAULT:
            of_seeds = _scores_of_seeds(by_seed, there, split)
        logger.info("%s: %d contenders scored", split.name, len(foretold))
    names = list(foretold)
    weights = stacking_weights(np.concatenate(densities))
    stacked = pd.DataFrame({"contender": names, "weight": weights})
    stacked.insert(1, "group", [groups[name] for name in names])
    joined = pd.concat(scores, ignore_index=True)
    joined.insert(0, "group", joined.contender.map(groups))
    compared = pd.concat(differences, ignore_index=True)
    write_table(outputs["scores"], joined)
    write_table(outputs["differences"], compared)
    write_table(outputs["weights"], stacked)
    content = summarise(joined, compared, stacked, of_seeds)
    write_json(outputs["summary"], content)
    logger.info("%s", content["sentence"])
    with drawing():
        save(contest(joined, compared, str(content["sentence"])), outputs["figure"])


def _scores_of_seeds(
    by_seed: Mapping[str, Sequence[np.ndarray]], human: Human, split: Split
) -> dict[str, list[float]]:
    """Held-out CRPS of every seed of the models that have several."""
    return {
        name: [float(score_all(x[:, split.held_out], human)["crps"][0]) for x in parts]
        for name, parts in by_seed.items()
        if len(parts) > 1
    }


def summarise(
    scores: pd.DataFrame,
    differences: pd.DataFrame,
    weights: pd.DataFrame,
    seeds: Mapping[str, list[float]],
) -> dict[str, Any]:
    """The contest in a few numbers and a sentence."""
    held = scores[(scores.part == "held_out") & (scores.score == "energy")]
    default = held[held.split == DEFAULT].set_index("contender").value
    pairs = differences[(differences.part == "held_out") & (differences.score == "energy")]
    by_split = held.pivot_table(index="split", columns="contender", values="value", sort=False)
    ratio = {
        str(name): {str(split): float(value) for split, value in column.items()}
        for name, column in by_split.rdiv(by_split[CHAMPION], axis=0).items()
        if name != CHAMPION
    }
    decided = pairs[pairs.split == DEFAULT].set_index("contender").verdict
    beaten = [str(name) for name in decided.index[decided == "worse"]]
    beating = [str(name) for name in decided.index[decided == "better"]]
    best = str(default.idxmin())
    sentence = (
        f"On what the default split holds out, the energy score of the bounded model is "
        f"{default[CHAMPION]:.2f}; it beats {len(beaten)} of {len(decided)} contenders beyond doubt"
        + (f" and loses to {', '.join(beating)}" if beating else " and loses to none")
        + f". The best is {best} ({default[best]:.2f})."
    )
    heaviest = weights.sort_values("weight", ascending=False).iloc[:3]
    return {
        "sentence": sentence,
        "beaten": beaten,
        "beating": beating,
        "champions_energy_over_theirs": ratio,
        "stacking": dict(zip(heaviest.contender, heaviest.weight, strict=True)),
        "held_out_crps_of_each_seed": dict(seeds),
    }
