"""Reads a learnt policy at a few skills, in the first round and after equilibrium play."""

from __future__ import annotations

import numpy as np
import torch

from satisfice.behaviour.policy import Traits
from satisfice.behaviour.skill import Supertypes
from satisfice.learning.rollout import Population
from satisfice.report.results import Behaviour

SKILLS = (0.1, 0.5, 0.9)
"""Skills whose policies are shown."""


def behaviour_by_skill(population: Population, theta: np.ndarray) -> Behaviour:
    """Evaluate a population's policy at :data:`SKILLS`.

    Each skill has a market of its own whose agents all have that skill; the first agent is
    the one that is read.

    Args:
        population: Who decides.
        theta: Shape (3,), the supertype.

    Returns:
        Policies in the first round and, unless agents have no memory, in the second round
        after everyone played the grid's action nearest to the equilibrium.
    """
    game = population.game
    supertypes = Supertypes.from_array(np.tile(theta, (len(SKILLS), 1)))
    first: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    later: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    for treatment, agents in game.treatments.items():
        skill = torch.tensor(SKILLS)[:, None].expand(-1, agents)
        traits = Traits(skill, supertypes.processing_costs(skill), supertypes.features())
        state = game.start(treatment, len(SKILLS))
        first[treatment] = _read(population, treatment, state, traits)
        if not population.memoryless:
            distance = game.action_values[:, None] - game.equilibrium_actions(treatment)
            nearest = distance.abs().argmin(0).expand(len(SKILLS), -1)
            state, _ = game.step(treatment, state, nearest)
            later[treatment] = _read(population, treatment, state, traits)
    stages = {"first round": first} | ({"after equilibrium play": later} if later else {})
    return Behaviour(
        action_unit=game.action_unit,
        action_values=game.action_values.double().numpy(),
        skills=np.array(SKILLS),
        costs=float(theta[2]) * (1.0 - np.array(SKILLS)),
        equilibrium={t: float(game.equilibrium_actions(t)[0]) for t in game.treatments},
        stages=stages,
    )


def _read(
    population: Population, treatment: str, state: object, traits: Traits
) -> tuple[np.ndarray, np.ndarray]:
    with torch.inference_mode():
        choice = population.decide(treatment, state, traits)
    policy = choice.log_policy[:, 0].double().exp().numpy()
    return policy, choice.log_prior[0, 0].double().exp().numpy()
