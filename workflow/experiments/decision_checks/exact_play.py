"""Rule ``decision_qre``: the likelihood under a trained policy, and under the exact equilibrium."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from scipy.special import logsumexp
from torch import Tensor

from satisfice.contenders.bounded import TrainedPopulation
from satisfice.decisions.pointwise import log_likelihood
from satisfice.errors import SatisficeError
from satisfice.games.base import StageGame
from satisfice.io.files import write_json, write_table
from satisfice.learning.exact_qre import ExactQRE, respond, solve_supertypes
from satisfice.learning.populations import load_population
from satisfice.learning.rollout import Chance, Population, draw_actions, play_rule
from satisfice.learning.verification import first_prior_belief
from satisfice.population.supertypes import costs_at, skill_quadrature
from satisfice.randomness import seed_sequence, small_seed
from satisfice.simulation.histories import History
from satisfice.simulation.likelihood import skills_of

LARGEST_DIFFERENCE = 0.005
"""Target for the mean absolute difference, in nats a decision."""

MANY_NODES = 64
"""Nodes of skill that count as exact."""


def compare_with_qre(
    game: str,
    belief: str,
    policy: str | Path,
    settings: Mapping[str, Any],
    seed: int,
    table: str | Path,
    summary: str | Path,
) -> None:
    """Compare log-likelihoods of decisions of exact populations, for draws from the prior.

    Args:
        game: Name of the game.
        belief: Name of the prior belief, under which play is memoryless.
        policy: Folder of the trained policy.
        settings: The config's ``experiments.decision_checks.<game>``, with ``live``, ``effective``
            and ``nodes`` of ``games.<game>.decisions``.
        seed: The run's seed.
        table: Output: CSV file, one row for each theta and treatment.
        summary: Output: JSON file.

    Raises:
        SatisficeError: Play is not memoryless, or not of a stage game, so that the equilibrium is
            not known.
    """
    population, _ = load_population(policy)
    if not (population.memoryless and isinstance(population.game, StageGame)):
        problem = f"the exact equilibrium of '{belief}' in {game} is not known."
        raise SatisficeError(policy, problem, "Take a memoryless prior belief of a stage game.")
    drawn = np.random.default_rng(seed_sequence(seed, "decision qre", game, "theta"))
    space = population.space
    theta = space.from_unit(drawn.random((settings["supertypes"], len(space.names))))
    rows = pd.concat(
        compare_treatment(population, treatment, theta, settings, seed)
        for treatment in population.game.treatments
    )
    write_table(table, rows)
    write_json(summary, {"game": game, "belief": belief, **summarise(rows)})


def compare_treatment(
    population: Population,
    treatment: str,
    theta: np.ndarray,
    settings: Mapping[str, Any],
    seed: int,
) -> pd.DataFrame:
    """Let exact populations play a treatment, and compare; one row for each theta.

    Log-likelihoods are in nats a decision: ``exact`` under the exact equilibrium, ``learnt`` under
    the trained policy, both with as many nodes of skill, and ``exact_many_nodes`` with 64.
    """
    game, markets, nodes = population.game, settings["qre_markets"], settings["nodes"]
    assert isinstance(game, StageGame)
    skill, _ = skill_quadrature(theta, space=population.space)
    log_prior = first_prior_belief(population, theta, skill)
    payoffs = partial(game.expected_payoffs, treatment)
    _, exact = solve_supertypes(theta, payoffs, log_prior, space=population.space)
    one_seed = small_seed(seed, "decision qre", game.name, treatment)
    played = exact_play(population, treatment, theta, exact, log_prior, markets, one_seed)
    model, learnt = TrainedPopulation(population, nodes=nodes), []
    for row, one in enumerate(theta):
        own = slice(row * markets, (row + 1) * markets)
        recorded = {name: values[own].double().numpy() for name, values in played.items()}
        history = History.of(game, treatment, recorded)
        learnt.append(log_likelihood(model, history, one[None]).sum())
    action = History.of(
        game, treatment, {name: values.numpy() for name, values in played.items()}
    ).action.reshape(len(theta), -1, game.rounds)
    decisions = action[0].numel()
    by_nodes = [
        exact_likelihood(population, treatment, theta, exact, log_prior, action.numpy(), number)
        for number in (nodes, MANY_NODES)
    ]
    return pd.DataFrame(
        {
            "supertype": np.arange(len(theta)),
            "treatment": treatment,
            **dict(zip(population.space.names, theta.T, strict=True)),
            "decisions": decisions,
            "exact": by_nodes[0] / decisions,
            "exact_many_nodes": by_nodes[1] / decisions,
            "learnt": np.array(learnt) / decisions,
            "residual": exact.residual,
        }
    )


def exact_play(
    population: Population,
    treatment: str,
    theta: np.ndarray,
    exact: ExactQRE,
    log_prior: np.ndarray,
    markets: int,
    seed: int,
) -> dict[str, Tensor]:
    """Play of exact populations, with ``markets`` markets of each theta in a row.

    Skills are drawn from the truncated Gaussian, and actions from the exact policies.
    """
    game, generator = population.game, torch.Generator().manual_seed(seed)
    agents, number = game.treatments[treatment], len(theta) * markets
    chance = Chance.draw(game, agents, number, game.rounds, generator)
    supertypes = population.supertypes(np.repeat(theta, markets, axis=0))
    skill = supertypes.skill_quantiles(chance.skills).double().numpy()
    policy = policies(population, theta, exact, log_prior, skill.reshape(len(theta), -1))
    upto = torch.from_numpy(policy.cumsum(-1)).reshape(number, agents, -1)

    def rule(treatment: str, state: Any, uniforms: Tensor) -> Tensor:
        return draw_actions(upto, uniforms.double())

    return play_rule(game, rule, treatment, chance)


def policies(
    population: Population,
    theta: np.ndarray,
    exact: ExactQRE,
    log_prior: np.ndarray,
    skill: np.ndarray,
) -> np.ndarray:
    """Exact policies of agents of given skills, shapes (populations, skills[, actions])."""
    cost = costs_at(theta, skill, population.space)[..., None]
    return respond(exact.payoffs[:, None], cost, log_prior)


def exact_likelihood(
    population: Population,
    treatment: str,
    theta: np.ndarray,
    exact: ExactQRE,
    log_prior: np.ndarray,
    action: np.ndarray,
    nodes: int,
) -> np.ndarray:
    """Log-likelihood of each population's decisions, (populations, people, rounds) indices.

    Returns:
        Shape (populations,).
    """
    skill, share = (each[..., 0].numpy() for each in skills_of(population, treatment, theta, nodes))
    with np.errstate(divide="ignore"):  # the probability of some actions is zero
        log_policy = np.log(policies(population, theta, exact, log_prior, skill))
    number = log_policy.shape[-1]
    counts = np.zeros((*action.shape[:2], number))
    np.add.at(counts, (*np.indices(action.shape)[:2], action), 1.0)
    floor = np.maximum(log_policy, -1e6)  # zero times minus infinity is no number
    of_kind = np.einsum("spa,ska->spk", counts, floor) + np.log(share)[:, None]
    return np.asarray(logsumexp(of_kind, axis=-1).sum(-1))


def summarise(rows: pd.DataFrame) -> dict[str, Any]:
    """Mean and largest absolute difference over theta, of all treatments together and of each."""
    differences = (rows.learnt - rows.exact).abs()
    total = rows.assign(
        learnt=rows.learnt * rows.decisions,
        exact=rows.exact * rows.decisions,
        many=rows.exact_many_nodes * rows.decisions,
    )
    joined = total.groupby("supertype")[["learnt", "exact", "many", "decisions"]].sum()
    whole = ((joined.learnt - joined.exact) / joined.decisions).abs()
    coarse = ((joined.exact - joined.many) / joined.decisions).abs()
    return {
        "supertypes": len(joined),
        "decisions": int(joined.decisions.iloc[0]),
        "mean_difference": float(whole.mean()),
        "largest_difference": float(whole.max()),
        "target": LARGEST_DIFFERENCE,
        "passed": bool(whole.mean() <= LARGEST_DIFFERENCE),
        "by_treatment": {
            str(name): {"mean": float(each.mean()), "largest": float(each.max())}
            for name, each in differences.groupby(rows.treatment, sort=False)
        },
        "of_few_nodes": {"mean": float(coarse.mean()), "largest": float(coarse.max())},
        "largest_residual_of_exact_solution": float(rows.residual.max()),
    }
