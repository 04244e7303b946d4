"""Rule ``skill_shapes``: Gaussian against uniform skills, in equilibrium and in learning."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from experiments.curves import decisions_until
from experiments.settings import SkillShapes
from experiments.skill_shapes.equilibria import (
    NO_SPREAD,
    SHAPES,
    Exact,
    errors,
    learn_shape,
    populations,
    solve_shape,
)
from experiments.skill_shapes.figure import skill_shapes_figure
from satisfice.games import load_game
from satisfice.games.base import StageGame
from satisfice.io.files import write_json, write_table
from satisfice.learning.exact_qre import total_variation
from satisfice.learning.problem import CurvePoint
from satisfice.learning.settings import LearningSettings
from satisfice.progress import Progress
from satisfice.randomness import small_seed
from satisfice.report.style import drawing, save

COST_QUANTILES = (0.05, 0.5, 0.95)
"""Quantiles of lambda in the table."""

WIDTHS = [0.5, 0.95]
"""Half-widths of the uniform distribution, as shares of the distance from the mean to the nearer
bound, 0 or 1."""

CLOSE = 0.05
"""Mean total variation of learnt from exact policies that counts as close."""

LITTLE = 0.25
"""The shape matters little if its effect is a smaller share of the spread's effect."""

Solutions = Mapping[str, Mapping[str, Exact]]
"""Exact equilibria by shape and treatment."""


def compare_skill_shapes(
    settings: Mapping[str, Any], seed: int, table: Path, curves: Path, summary: Path, figure: Path
) -> None:
    """Compare the exact equilibria of both shapes, and train both.

    Args:
        settings: The config's ``experiments.skill_shapes``.
        seed: The run's seed.
        table: Output: the table, one row for each game, treatment and population.
        curves: Output: the learning curves.
        summary: Output: the comparison in a few numbers and one sentence.
        figure: Output: the figure.
    """
    found, learning = compare_shapes(SkillShapes(**settings), seed)
    told = summarise(found, learning)
    write_table(table, found)
    write_table(curves, learning)
    write_json(summary, told)
    with drawing():
        save(skill_shapes_figure(found, learning, told), figure)


def compare_shapes(settings: SkillShapes, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Compare the exact equilibria of both shapes, and train both.

    Returns:
        One row for each game, treatment and population, and the learning curves.
    """
    moments = populations(settings.means, WIDTHS, settings.betas)
    tables, curves = [], []
    for name in settings.games:
        game = load_game(name)
        assert isinstance(game, StageGame)  # The settings allow only stage games.
        exact = {
            label: {t: solve_shape(game, t, shape, moments) for t in game.treatments}
            for label, shape in {**SHAPES, "no_spread": NO_SPREAD}.items()
        }
        table = pd.concat([compare_exact(game, t, moments, exact) for t in game.treatments])
        for label in SHAPES:
            learnt, curve = learn_and_measure(game, label, exact, settings, seed)
            table = table.assign(**learnt)
            curves.append(curve)
        tables.append(table)
    return pd.concat(tables, ignore_index=True), pd.concat(curves, ignore_index=True)


def compare_exact(
    game: StageGame, treatment: str, moments: np.ndarray, exact: Solutions
) -> pd.DataFrame:
    """Exact equilibria of all shapes in one treatment, one row for each population."""
    mix = {label: parts[treatment].qre.population for label, parts in exact.items()}
    columns: dict[str, Any] = {
        "game": game.name,
        "treatment": treatment,
        **dict(zip(("mean_skill", "sd_skill", "beta"), moments.T, strict=True)),
        "gaussian_mu": exact["gaussian"][treatment].theta[:, 0],
        "gaussian_sigma": exact["gaussian"][treatment].theta[:, 1],
        "total_variation_of_shapes": total_variation(mix["gaussian"], mix["uniform"]),
        "total_variation_of_spread": total_variation(mix["gaussian"], mix["no_spread"]),
    }
    for label in SHAPES:
        solution = exact[label][treatment]
        columns |= {
            f"payoff_{label}": solution.payoff,
            f"net_payoff_{label}": solution.net_payoff,
            f"residual_{label}": solution.qre.residual,
            **cost_distribution(label, solution),
        }
    for aggregate in game.aggregates:
        column = aggregate.quantity.replace(" ", "_")
        columns |= {f"{column}_{label}": aggregate.of(treatment, mix[label]) for label in exact}
    return pd.DataFrame(columns)


def cost_distribution(label: str, solution: Exact) -> dict[str, np.ndarray]:
    """Mean, standard deviation and quantiles of lambda, shape (populations,) each."""
    cost, weight = solution.cost, solution.qre.weight
    mean = (weight * cost).sum(-1)
    sd = np.sqrt((weight * (cost - mean[:, None]) ** 2).sum(-1))
    supertypes = SHAPES[label].supertypes.from_array(solution.theta)
    levels = torch.tensor(COST_QUANTILES).expand(len(cost), -1)
    # Cost falls with skill.
    skills = supertypes.skill_quantiles(1.0 - levels)
    quantiles = supertypes.processing_costs(skills).double().numpy()
    return {
        f"lambda_mean_{label}": mean,
        f"lambda_sd_{label}": sd,
        **{
            f"lambda_q{100 * level:02.0f}_{label}": quantiles[:, column]
            for column, level in enumerate(COST_QUANTILES)
        },
    }


def learn_and_measure(
    game: StageGame, label: str, exact: Solutions, settings: SkillShapes, seed: int
) -> tuple[dict[str, np.ndarray], pd.DataFrame]:
    """Train with one shape and compare with its exact equilibria.

    Returns:
        Columns of the table, whose rows are treatments and within them populations, and the
        learning curve.
    """
    learning = LearningSettings(
        iterations=settings.iterations,
        markets=settings.markets,
        seed=small_seed(seed, "skill_shapes", game.name, label),
    )
    progress, rows = Progress(learning.iterations, f"iterations, {game.name}, {label} skills"), []

    def report(point: CurvePoint, distance: float) -> None:
        progress(point.iteration, f"; total variation {distance:.3f}")
        rows.append(
            {
                "game": game.name,
                "shape": label,
                "iteration": point.iteration,
                "decisions": point.decisions,
                "net_payoff": point.net_payoff,
                "total_variation": distance,
            }
        )

    shape = SHAPES[label]
    policy = learn_shape(game, shape, exact[label], learning, report)
    found = [errors(game, t, shape, policy, each) for t, each in exact[label].items()]
    columns = {
        f"learnt_total_variation_{label}": np.concatenate([each.of_agents for each in found]),
        f"learnt_total_variation_of_population_{label}": np.concatenate(
            [each.of_population for each in found]
        ),
    }
    return columns, pd.DataFrame(rows)


def summarise(table: pd.DataFrame, curves: pd.DataFrame) -> dict[str, Any]:
    """The comparison in a few numbers and a sentence."""
    games = {
        str(name): about_game(rows.dropna(axis=1, how="all"), curves[curves.game == name])
        for name, rows in table.groupby("game", sort=False)
    }
    overall = about_shapes(table)
    return {"close": CLOSE, "overall": overall, "games": games, "answer": answer(overall, games)}


def about_shapes(rows: pd.DataFrame) -> dict[str, float]:
    """Distance between the shapes, the effect of the spread, and the error of learning."""
    apart, spread = rows.total_variation_of_shapes, rows.total_variation_of_spread
    learnt = rows[[f"learnt_total_variation_of_population_{label}" for label in SHAPES]]
    gap = (rows.net_payoff_uniform - rows.net_payoff_gaussian).abs()
    return {
        "mean_total_variation_of_shapes": float(apart.mean()),
        "largest_total_variation_of_shapes": float(apart.max()),
        "mean_total_variation_of_spread": float(spread.mean()),
        "shape_effect_over_spread_effect": float(apart.mean() / spread.mean()),
        "largest_net_payoff_difference": float(gap.max()),
        "mean_learning_error_of_population": float(learnt.to_numpy().mean()),
    }


def about_game(rows: pd.DataFrame, curves: pd.DataFrame) -> dict[str, Any]:
    """The numbers of one game: shapes, aggregates and learning."""
    ends = [c for c in rows if str(c).endswith("_no_spread")]
    names = [str(column).removesuffix("_no_spread") for column in ends]
    return {
        **about_shapes(rows),
        "largest_relative_difference": {
            name: float((rows[f"{name}_uniform"] / rows[f"{name}_gaussian"] - 1.0).abs().max())
            for name in names
        },
        "learning": {
            label: about_learning(curves[curves["shape"] == label], rows, label) for label in SHAPES
        },
    }


def about_learning(curve: pd.DataFrame, rows: pd.DataFrame, label: str) -> dict[str, float | None]:
    """Speed and error of learning with one shape."""
    points = list(zip(curve.decisions, curve.total_variation, strict=True))
    reached = decisions_until(points, CLOSE)
    return {
        "decisions_until_close": None if np.isnan(reached) else reached,
        "decisions": float(curve.decisions.iloc[-1]),
        "mean_total_variation": float(rows[f"learnt_total_variation_{label}"].mean()),
        "largest_total_variation": float(rows[f"learnt_total_variation_{label}"].max()),
    }


def answer(overall: Mapping[str, float], games: Mapping[str, Any]) -> str:
    """Whether the shape matters, from the numbers alone.

    The effect of the shape is compared with that of the spread and with the error of learning.
    """
    apart, learnt = (
        overall[key]
        for key in ("mean_total_variation_of_shapes", "mean_learning_error_of_population")
    )
    ratio = overall["shape_effect_over_spread_effect"]
    verdict = "matters little" if ratio < LITTLE else "matters"
    changes = "; ".join(
        f"{game}: "
        + ", ".join(
            f"{name.replace('_', ' ')} {value:.2%}"
            for name, value in found["largest_relative_difference"].items()
        )
        for game, found in games.items()
    )
    return (
        f"At equal mean and variance the shape of the skill distribution {verdict}: Gaussian and "
        f"uniform skills make populations that are {apart:.4f} apart in total variation on "
        f"average ({overall['largest_total_variation_of_shapes']:.4f} at most), {ratio:.0%} of "
        f"what ignoring the variance changes and {apart / learnt:.1f} times the error of the "
        f"learnt populations ({learnt:.4f}); largest relative changes, {changes}."
    )
