"""Measures of the distance between a trained network and equilibrium."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import torch
from scipy.special import ndtr

from satisfice.games.base import Game, StageGame
from satisfice.learning.exact_qre import solve_supertypes, total_variation
from satisfice.learning.rollout import (
    Chance,
    Population,
    play_outcomes,
    play_rule,
    rounds_of_play,
)
from satisfice.population.parameters import ParameterSpace
from satisfice.population.policy import Traits
from satisfice.population.supertypes import (
    MU,
    SIGMA,
    Supertypes,
    equal_agents,
    largest_cost,
    nearest_cost,
    skill_quadrature,
)

GRID_COSTS, SMALLEST_GRID_COST = 12, 0.002
"""Size and first value of the grid of processing costs over which the payoff should fall; at the
first cost, agents should play as well as rational ones."""

LEAST_SPAN = 2.0
"""There is a grid if the prior's largest cost is at least this many times the smallest."""

POSSIBLE_SHARE = 0.1
"""A tenth of the range of skills is possible if some supertype has this share of agents in it."""

SKILL_DRAWS = 20_000
"""Number of skills drawn to see how often training meets each tenth."""

VERY_LARGE = 100.0
"""At a cost this many times the prior's largest, agents should follow their prior belief."""


def policy_at_skills(
    population: Population,
    treatment: str,
    theta: np.ndarray,
    skill: np.ndarray,
    shape: type[Supertypes] = Supertypes,
) -> np.ndarray:
    """First-round policy of agents with given skills.

    Skills have the shape (supertypes, skills), probabilities (supertypes, skills, actions).
    ``shape`` is the class of the supertypes.
    """
    traits = _dealt(shape.from_array(theta, population.space), skill, population, treatment)
    with torch.inference_mode():
        state = population.game.start(treatment, len(traits.skill))
        chosen = population.decide(treatment, state, traits).log_policy.exp()
    return _gathered(chosen, skill)


def first_prior_belief(population: Population, theta: np.ndarray, skill: np.ndarray) -> np.ndarray:
    """Log-probabilities of a state-free prior belief of agents with given skills.

    Skills have the shape (supertypes, skills), probabilities (supertypes, skills, actions), or
    (supertypes, 1, actions) if the belief does not depend on skill.
    """
    game = population.game
    treatment = next(iter(game.treatments))
    traits = _dealt(population.supertypes(theta), skill, population, treatment)
    with torch.inference_mode():
        state = game.start(treatment, len(traits.skill))
        observation = game.observe(treatment, state, population.information)
        believed = population.belief.log_probabilities(observation, traits.named)
    rows = _gathered(believed, skill)
    return rows[:, :1] if (rows == rows[:, :1]).all() else rows


def _dealt(
    supertypes: Supertypes, skill: np.ndarray, population: Population, treatment: str
) -> Traits:
    """Agents of given skills, in markets of the treatment's size."""
    skills, agents = torch.from_numpy(skill).float(), population.game.treatments[treatment]
    # Markets have a fixed number of agents, so skills are divided into groups of that size.
    hands = -(-skills.shape[1] // agents)
    padded = torch.nn.functional.pad(skills, (0, hands * agents - skills.shape[1]), value=0.5)
    return Traits.with_skill(supertypes.repeated(hands), padded.reshape(-1, agents))


def _gathered(values: torch.Tensor, skill: np.ndarray) -> np.ndarray:
    """Undo :func:`_dealt`: values of shape (supertypes, skills, actions)."""
    rows = values.reshape(len(skill), -1, values.shape[-1])[:, : skill.shape[1]]
    return rows.double().numpy()


def distance_from_exact_qre(population: Population, theta: np.ndarray) -> dict[str, Any]:
    """Compare a memoryless population with the exact heterogeneous QRE, at some supertypes.

    Total variation is that of an agent's policy, averaged over the skills of its supertype;
    ``of_population`` is that of the mixture over all skills.
    """
    game = population.game
    assert isinstance(game, StageGame)  # Only stage games have payoffs of one round.
    skill, _ = skill_quadrature(theta, space=population.space)
    log_prior = first_prior_belief(population, theta, skill)
    per_treatment: dict[str, Any] = {}
    everything = []
    for treatment in game.treatments:
        payoffs = partial(game.expected_payoffs, treatment)
        _, exact = solve_supertypes(theta, payoffs, log_prior, space=population.space)
        learnt = policy_at_skills(population, treatment, theta, skill)
        by_skill = total_variation(learnt, exact.policy)
        distance = (by_skill * exact.weight).sum(-1)
        mixed = np.einsum("sk,ska->sa", exact.weight, learnt)
        of_population = total_variation(mixed, exact.population)
        everything.append(distance)
        per_treatment[treatment] = {
            "total_variation": spread(distance),
            "of_population": spread(of_population),
            "market": market_errors(game, treatment, mixed, exact.population),
            "largest_residual_of_exact_solution": float(exact.residual.max()),
        }
    return {"total_variation": spread(np.concatenate(everything)), "by_treatment": per_treatment}


def market_errors(
    game: StageGame, treatment: str, learnt: np.ndarray, exact: np.ndarray
) -> dict[str, Any]:
    """Distance between markets of a learnt population and exact markets.

    For each aggregate of the game the size of the error, relative or not, and the tolerance. The
    distributions of actions have the shape (supertypes, actions).
    """
    found = {}
    for aggregate in game.aggregates:
        wanted = aggregate.of(treatment, exact)
        error = np.abs(aggregate.of(treatment, learnt) - wanted)
        found[aggregate.quantity] = {
            **spread(error / np.abs(wanted) if aggregate.relative else error),
            "tolerance": aggregate.tolerance,
            "relative": aggregate.relative,
        }
    return found


def rational_limits(
    population: Population, theta: np.ndarray, markets: int, seed: int
) -> dict[str, Any]:
    """Compare the play of (nearly) rational agents with the game's bounds for rational play.

    For each training treatment and quantity the measured value, its bounds, and whether it is
    within them. All markets have the same supertype, theta of shape (columns,).
    """

    def play(treatment: str) -> tuple[Chance, dict[str, torch.Tensor]]:
        chance, traits = _deal(population, treatment, np.tile(theta, (markets, 1)), seed)
        return chance, play_outcomes(population, treatment, traits, chance)

    return measured_limits(population.game, play)


def measured_limits(
    game: Game, play: Callable[[str], tuple[Chance, dict[str, torch.Tensor]]]
) -> dict[str, Any]:
    """Compare play with the game's bounds for rational play; see :func:`rational_limits`.

    ``play`` returns the random numbers and the record of a training treatment.
    """
    found: dict[str, Any] = {treatment: {} for treatment in game.training_treatments}
    for treatment in found:
        chance, outcomes = play(treatment)
        played = _in_double(outcomes)
        for limit in game.rational_limits(treatment):
            value, bounds = float(limit.measure(played)), {"low": limit.low, "high": limit.high}
            said = {}
            if limit.rule is not None:
                by_rule = _in_double(play_rule(game, limit.rule, treatment, chance))
                bounds["high"], said["rule"] = float(limit.measure(by_rule)), limit.rule.__name__
            # JSON has no infinity, so a missing bound is left out.
            finite = {name: bound for name, bound in bounds.items() if np.isfinite(bound)}
            kept = bounds["low"] <= value <= bounds["high"]
            found[treatment][limit.quantity] = {"value": value, **finite, **said, "kept": kept}
    return found


def _deal(
    population: Population, treatment: str, theta: np.ndarray, seed: int
) -> tuple[Chance, Traits]:
    """Random numbers and traits for one market of each supertype."""
    game, generator = population.game, torch.Generator().manual_seed(seed)
    agents = game.training_treatments[treatment]
    chance = Chance.draw(game, agents, len(theta), game.rounds, generator)
    return chance, Traits.draw(population.supertypes(theta), chance.skills)


def _in_double(outcomes: dict[str, torch.Tensor]) -> dict[str, np.ndarray]:
    return {name: values.double().numpy() for name, values in outcomes.items()}


def grid_of_costs(space: ParameterSpace) -> np.ndarray | None:
    """Rising processing costs over the range of the prior, or None if it is too narrow."""
    smallest = nearest_cost(space, SMALLEST_GRID_COST)
    largest = nearest_cost(space, 0.95 * largest_cost(space))
    if largest < LEAST_SPAN * smallest:
        return None
    return np.geomspace(smallest, largest, GRID_COSTS)


def effect_of_processing_cost(
    population: Population, costs: np.ndarray, markets: int, seed: int
) -> dict[str, Any]:
    """Play populations of equal agents over a grid of processing costs, by the same numbers.

    Returns the mean payoff per round at each cost over all treatments; its largest rise from one
    cost to a higher one, as a share of its range; and the mean total variation between policy and
    prior belief at a cost far above the prior's.
    """
    space = population.space
    theta = [np.tile(equal_agents(space, float(cost)), (markets, 1)) for cost in costs]
    payoffs = [_payoff_and_departure(population, each, seed)[0] for each in theta]
    far = VERY_LARGE * largest_cost(space)
    _, distance = _payoff_and_departure(population, theta[-1], seed, far)
    # Payoffs of costs so small that all play alike differ by chance, which ranks would magnify.
    rise = float((payoffs - np.minimum.accumulate(payoffs)).max())
    moves = float(np.ptp(payoffs))
    return {
        "processing_cost": costs.tolist(),
        "payoff": payoffs,
        "largest_rise": rise / moves if moves > 0 else 1.0,
        "very_large_cost": far,
        "total_variation_from_prior_belief": distance,
    }


def departure_from_prior_belief(population: Population, theta: np.ndarray, seed: int) -> float:
    """Mean total variation between policy and prior belief, one market for each supertype."""
    return _payoff_and_departure(population, theta, seed)[1]


def skill_shares(
    draw_supertypes: Callable[[int, torch.Generator], Supertypes], seed: int
) -> np.ndarray:
    """How often training meets each tenth of the range of skills, shape (10,); sums to one."""
    generator = torch.Generator().manual_seed(seed)
    supertypes = draw_supertypes(SKILL_DRAWS, generator)
    skills = supertypes.skill_quantiles(torch.rand(supertypes.shape, generator=generator))
    counts, _ = np.histogram(skills.numpy(), bins=10, range=(0.0, 1.0))
    return np.asarray(counts / counts.sum())


def possible_skills(space: ParameterSpace) -> np.ndarray:
    """Whether some supertype has agents in each tenth of the range of skills, shape (10,)."""
    mu = np.linspace(*space.range_of(MU.name), 21)[:, None, None]
    sigma = np.geomspace(*space.range_of(SIGMA.name), 21)[:, None]
    below = ndtr((np.linspace(0.0, 1.0, 11) - mu) / sigma)
    shares = np.diff(below) / (below[..., -1:] - below[..., :1])
    return np.asarray(shares.max((0, 1)) >= POSSIBLE_SHARE)


@torch.inference_mode()
def _payoff_and_departure(
    population: Population, theta: np.ndarray, seed: int, cost: float | None = None
) -> tuple[float, float]:
    """Mean payoff, and mean total variation between policy and prior belief.

    Each supertype has one market in each training treatment; ``cost`` replaces its own costs.
    """
    payoffs, distances = [], []
    for treatment in population.game.training_treatments:
        chance, traits = _deal(population, treatment, theta, seed)
        if cost is not None:
            traits = replace(traits, processing_cost=torch.full_like(traits.skill, cost))
        for played in rounds_of_play(population, treatment, traits, chance):
            payoffs.append(played.payoff.mean().item())
            gap = played.choice.log_policy.exp() - played.choice.log_prior.exp()
            distances.append(0.5 * gap.abs().sum(-1).mean().item())
    return float(np.mean(payoffs)), float(np.mean(distances))


def spread(values: np.ndarray) -> dict[str, float]:
    """Mean, 95th percentile and maximum."""
    return {
        "mean": float(values.mean()),
        "p95": float(np.quantile(values, 0.95)),
        "max": float(values.max()),
    }
