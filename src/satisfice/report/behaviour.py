"""The learnt policy at a few skills, in the first round and after equilibrium play."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from satisfice.learning.rollout import Population
from satisfice.population.policy import Traits
from satisfice.population.supertypes import BETA, processing_cost
from satisfice.report.results import AgentBehaviour, Behaviour

SKILLS = (0.1, 0.5, 0.9)
"""Skills whose policies are shown."""


def behaviour_by_skill(population: Population, theta: np.ndarray) -> Behaviour:
    """Evaluate a population's policy at :data:`SKILLS`, for supertypes theta, (parameters,).

    Each skill has its own market, in which all agents have that skill. Every role is shown, or the
    first agent where all are alike: in the first round and, if agents have a memory, in the second.
    In between all agents play the equilibrium action, and all shocks are at their median.
    """
    game = population.game
    supertypes = population.supertypes(np.tile(theta, (len(SKILLS), 1)))
    first: dict[str, AgentBehaviour] = {}
    later: dict[str, AgentBehaviour] = {}
    for treatment, agents in game.treatments.items():
        skill = torch.tensor(SKILLS)[:, None].expand(-1, agents)
        traits = Traits.with_skill(supertypes, skill)
        state = game.start(treatment, len(SKILLS))
        first |= _read(population, treatment, state, traits)
        if not population.memoryless:
            shocks = torch.full((len(SKILLS), game.shocks), 0.5)
            state, _ = game.step(
                treatment, state, _equilibrium(population, treatment, state), shocks
            )
            later |= _read(population, treatment, state, traits)
    stages = {"first round": first} | ({"after equilibrium play": later} if later else {})
    # Where roles differ, the legend shows the KL weight of the first role.
    costs = processing_cost(float(population.space.values(theta)[BETA.name][0]), np.array(SKILLS))
    return Behaviour(
        action_unit=game.action_unit,
        action_values=game.action_values.double().numpy(),
        skills=np.array(SKILLS),
        costs=costs,
        stages=stages,
    )


def _equilibrium(population: Population, treatment: str, state: Any) -> torch.Tensor:
    game = population.game
    uniforms = torch.full((len(SKILLS), game.treatments[treatment]), 0.5)
    return game.play_equilibrium(treatment, state, uniforms)


def _read(
    population: Population, treatment: str, state: Any, traits: Traits
) -> dict[str, AgentBehaviour]:
    game = population.game
    with torch.inference_mode():
        choice = population.decide(treatment, state, traits)
    actions = game.action_values[_equilibrium(population, treatment, state)]
    names = game.roles or (f"treatment {treatment}",)
    return {
        name: AgentBehaviour(
            policy=choice.log_policy[:, number].double().exp().numpy(),
            prior_belief=choice.log_prior[0, number].double().exp().numpy(),
            equilibrium=float(actions[0, number]),
        )
        for number, name in enumerate(names)
    }
