"""How far a trained network is from the equilibrium that it claims to be."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from satisfice.behaviour.policy import Traits
from satisfice.behaviour.skill import Supertypes
from satisfice.learning.exact_qre import solve
from satisfice.learning.rollout import Population, play


def policy_at_skills(
    population: Population, treatment: str, theta: np.ndarray, skill: np.ndarray
) -> np.ndarray:
    """First-round policy of agents with given skills.

    Args:
        population: Who decides.
        treatment: Name of the treatment.
        theta: Shape (supertypes, 3).
        skill: Shape (supertypes, skills).

    Returns:
        Shape (supertypes, skills, actions), probabilities.
    """
    supertypes = Supertypes.from_array(theta)
    skills = torch.from_numpy(skill).float()
    agents = population.game.treatments[treatment]
    # Markets hold a fixed number of agents: deal the skills out in hands of that size.
    hands = -(-skills.shape[1] // agents)
    padded = torch.nn.functional.pad(skills, (0, hands * agents - skills.shape[1]), value=0.5)
    dealt = padded.reshape(-1, agents)
    repeated = Supertypes(*(v.repeat_interleave(hands) for v in vars(supertypes).values()))
    traits = Traits(dealt, repeated.processing_costs(dealt), repeated.features())
    with torch.inference_mode():
        state = population.game.start(treatment, len(dealt))
        chosen = population.decide(treatment, state, traits).log_policy.exp()
    rows = chosen.reshape(len(theta), hands * agents, -1)[:, : skill.shape[1]]
    return rows.double().numpy()


def distance_from_exact_qre(population: Population, theta: np.ndarray) -> dict[str, Any]:
    """Compare a memoryless population with the exact heterogeneous QRE.

    Args:
        population: With a uniform prior belief and no information.
        theta: Shape (supertypes, 3), the supertypes to compare at.

    Returns:
        What verification.json holds under ``exact_qre``. Total variation is that of an
        agent's policy, averaged over the skills of its supertype; ``of_population`` is that
        of the mix of all skills.
    """
    game = population.game
    grid = game.action_values.double().numpy()
    per_treatment: dict[str, Any] = {}
    everything = []
    for treatment in game.treatments:
        exact = solve(theta, lambda p, t=treatment: game.expected_payoffs(t, p), len(grid))  # type: ignore[misc]
        learnt = policy_at_skills(population, treatment, theta, exact.skill)
        by_skill = 0.5 * np.abs(learnt - exact.policy).sum(-1)
        distance = (by_skill * exact.weight).sum(-1)
        mixed = np.einsum("sk,ska->sa", exact.weight, learnt)
        of_population = 0.5 * np.abs(mixed - exact.population).sum(-1)
        error = (mixed @ grid) / (exact.population @ grid) - 1.0
        everything.append(distance)
        per_treatment[treatment] = {
            "total_variation": spread(distance),
            "of_population": spread(of_population),
            "mean_action_relative_error": spread(np.abs(error)),
            "largest_residual_of_exact_solution": float(exact.residual.max()),
        }
    return {
        "total_variation": spread(np.concatenate(everything)),
        "by_treatment": per_treatment,
    }


def distance_from_equilibrium(population: Population, markets: int, seed: int) -> dict[str, Any]:
    """Compare the play of unboundedly rational agents with the game's equilibrium.

    Args:
        population: The KL-free population (the PPO baseline).
        markets: Markets to play in each treatment.
        seed: Seed of the play.

    Returns:
        For each treatment the mean action, the equilibrium's, and their relative difference.
    """
    game = population.game
    generator = torch.Generator().manual_seed(seed)
    found: dict[str, Any] = {}
    for treatment, agents in game.treatments.items():
        theta = np.tile([[0.5, 0.25, 0.0]], (markets, 1))
        uniforms = torch.rand((markets, agents), generator=generator)
        traits = Traits.draw(Supertypes.from_array(theta), uniforms)
        decisions = play(population, treatment, traits, game.rounds, generator)
        mean = game.action_values[decisions.action].double().mean().item()
        exact = game.equilibrium_actions(treatment).double().mean().item()
        found[treatment] = {
            "mean_action": mean,
            "equilibrium_action": exact,
            "relative_error": abs(mean / exact - 1.0),
            "mean_payoff": decisions.payoff.mean().item(),
        }
    return found


def spread(values: np.ndarray) -> dict[str, float]:
    """Mean, 95th percentile and maximum."""
    return {
        "mean": float(values.mean()),
        "p95": float(np.quantile(values, 0.95)),
        "max": float(values.max()),
    }
