"""Simulates a memoryless population from its exact equilibrium, without a network.

If agents are memoryless and have a state-free prior belief, their behaviour is the heterogeneous
logit QRE. Its expected payoffs are solved at a few hundred theta and interpolated between them.
This makes a million experiments cheap, and shares no code with learning.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from scipy.interpolate import RBFInterpolator
from scipy.special import logsumexp
from scipy.stats import qmc
from torch import Tensor

from satisfice.games.base import StageGame
from satisfice.learning.exact_qre import (
    SMALLEST_COST,
    respond,
    solve_supertypes,
    total_variation,
)
from satisfice.population.parameters import ParameterSpace
from satisfice.population.supertypes import Supertypes, costs_at, skill_quadrature
from satisfice.randomness import seed_sequence
from satisfice.simulation.simulator import Experiment

NODES = 32
"""Quadrature nodes of the skill distribution."""

HELD_OUT = 100
"""Supertypes at which the interpolation is compared with the solver."""

BLOCK = 1000
"""Experiments simulated together, which bounds memory. Each block has its own random numbers."""

Play = dict[str, dict[str, np.ndarray]]

BeliefAt = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Maps theta, shape (populations, columns), and skills, shape (populations, skills), to the log of
the prior belief, shape (populations, skills, actions), or (populations, 1, actions) if it does not
depend on skill."""


@dataclass(frozen=True)
class ExactBehaviour:
    """Exact play of a game's population under a state-free prior belief.

    Attributes:
        game: The game.
        space: The parameters, over whose unit cube payoffs are interpolated.
        belief_at: The prior belief of agents of given skills.
        told_of_skill: Whether the prior belief depends on skill.
        payoffs: For each treatment, maps points of the cube to each action's expected payoff.
        error: For each treatment, mean total variation between interpolated and solved policies.
    """

    game: StageGame
    space: ParameterSpace
    belief_at: BeliefAt
    told_of_skill: bool
    payoffs: Mapping[str, RBFInterpolator]
    error: Mapping[str, float]

    @classmethod
    def solve(
        cls,
        game: StageGame,
        treatments: list[str],
        space: ParameterSpace,
        belief_at: BeliefAt,
        solves: int,
    ) -> ExactBehaviour:
        """Solve for the equilibrium at points spread evenly over the prior.

        Args:
            game: The game.
            treatments: Treatments to solve for.
            space: Parameters of the supertype, and their prior.
            belief_at: See the class.
            solves: Number of supertypes to solve for.
        """
        points = qmc.Sobol(len(space.names), seed=0).random(solves)
        others = np.random.default_rng(1).random((HELD_OUT, points.shape[1]))
        theta = space.from_unit(np.concatenate([points, others]))
        skill, weight = skill_quadrature(theta, NODES, space)
        log_belief = belief_at(theta, skill)
        costs = costs_at(theta, skill, space)[solves:, :, None]
        payoffs, error = {}, {}
        for treatment in treatments:
            _, exact = solve_supertypes(
                theta,
                partial(game.expected_payoffs, treatment),
                log_belief,
                space=space,
                nodes=NODES,
                tolerance=1e-7,
            )
            smooth = RBFInterpolator(points, exact.payoffs[:solves], kernel="cubic", degree=2)
            payoffs[treatment] = smooth
            guess = respond(smooth(others)[:, None, :], costs, log_belief[solves:])
            distance = total_variation(guess, exact.policy[solves:])
            error[treatment] = float((distance * weight[solves:]).sum(-1).mean())
        return cls(game, space, belief_at, log_belief.shape[1] > 1, payoffs, error)

    def play(self, experiment: Experiment, cube: np.ndarray, random: torch.Generator) -> Play:
        """Play the experiment once for each point of the cube.

        Args:
            experiment: The design, whose treatments were solved for.
            cube: Shape (experiments, parameters).
            random: Generator for skills, actions and shocks.

        Returns:
            Recorded play of each treatment, arrays of shape (experiments, markets, agents,
            rounds).
        """
        theta = self.space.from_unit(cube)
        supertypes = Supertypes.from_array(theta, self.space)
        log_belief = self._log_belief(theta, np.full((len(theta), 1), 0.5))
        played = {}
        for treatment, markets in experiment.markets.items():
            agents = self.game.treatments[treatment]
            shape = (len(cube), markets, agents)
            skill = supertypes.skill_quantiles(
                torch.rand((len(cube), markets * agents), generator=random)
            )
            if self.told_of_skill:
                log_belief = self._log_belief(theta, skill.numpy())
            cost = supertypes.processing_costs(skill).clamp_min(SMALLEST_COST).unsqueeze(-1)
            payoffs = torch.from_numpy(self.payoffs[treatment](cube)).float().unsqueeze(1)
            policy = (log_belief + payoffs / cost).softmax(-1)
            actions = torch.multinomial(
                policy.flatten(0, 1), self.game.rounds, replacement=True, generator=random
            )
            panel = actions.reshape(*shape, self.game.rounds)
            played[treatment] = self._record(treatment, panel, random)
        return played

    def _log_belief(self, theta: np.ndarray, skill: np.ndarray) -> Tensor:
        return torch.from_numpy(self.belief_at(theta, skill)).float()

    def _record(
        self, treatment: str, panel: Tensor, random: torch.Generator
    ) -> dict[str, np.ndarray]:
        """Recorded play from actions of shape (experiments, markets, agents, rounds)."""
        together = panel.flatten(0, 1)
        state, rounds = self.game.start(treatment, len(together)), []
        for actions in together.unbind(-1):
            shocks = torch.rand((len(together), self.game.shocks), generator=random)
            after, _ = self.game.step(treatment, state, actions, shocks)
            rounds.append(self.game.outcomes(state, actions, after))
            state = after
        return {
            name: torch.stack([each[name] for each in rounds], -1)
            .reshape(panel.shape)
            .double()
            .numpy()
            for name in self.game.recorded
        }

    def simulate(
        self, experiment: Experiment, cube: np.ndarray, seed: int, *key: str | int
    ) -> np.ndarray:
        """Statistics of one experiment for each point of the cube.

        Args:
            experiment: The design.
            cube: Shape (experiments, parameters).
            seed: The run's seed.
            key: Purpose of the simulations, which also seeds them.

        Returns:
            Shape (experiments, statistics), in the order of the experiment's labels.
        """
        rows = []
        for start in range(0, len(cube), BLOCK):
            words = seed_sequence(seed, *key, start).generate_state(1)
            random = torch.Generator().manual_seed(int(words[0]))
            rows.append(
                experiment.summarise(self.play(experiment, cube[start : start + BLOCK], random))
            )
        return np.concatenate(rows)

    def log_likelihood(self, counts: Mapping[str, np.ndarray], cube: np.ndarray) -> np.ndarray:
        """Log-likelihood of all decisions, by quadrature over each agent's skill.

        Decisions of a memoryless agent are independent given its skill, so the counts of its
        actions are sufficient.

        Args:
            counts: Counts of each agent's actions in each treatment, shape (agents, actions).
            cube: Shape (points, parameters).

        Returns:
            Shape (points,).
        """
        theta = self.space.from_unit(cube)
        skill, weight = skill_quadrature(theta, NODES, self.space)
        cost = np.maximum(costs_at(theta, skill, self.space), SMALLEST_COST)[..., None]
        log_belief = self.belief_at(theta, skill if self.told_of_skill else skill[:, :1])
        total = np.zeros(len(cube))
        for treatment, taken in counts.items():
            logits = log_belief + self.payoffs[treatment](cube)[:, None, :] / cost
            logits -= logsumexp(logits, axis=-1, keepdims=True)
            # Shape (points, agents, nodes): an agent's whole play at each skill.
            of_agent = np.swapaxes(logits @ taken.T, 1, 2)
            total += logsumexp(of_agent + np.log(weight)[:, None, :], axis=-1).sum(-1)
        return total
