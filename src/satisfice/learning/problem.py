"""The learning problem, and measures of its progress."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from satisfice.games.base import Game, StageGame
from satisfice.learning.rollout import is_memoryless
from satisfice.learning.settings import LearningSettings
from satisfice.population.beliefs import PriorBelief
from satisfice.population.parameters import ParameterSpace
from satisfice.population.policy import PolicyShape
from satisfice.population.supertypes import SKILL_SPACE, Supertypes, belief_parameters


@dataclass(frozen=True)
class LearningProblem:
    """The problem that a policy is trained for.

    Attributes:
        game: The game.
        belief: The agents' prior belief.
        information: What agents observe.
        draw_supertypes: Draws a number of supertypes with a generator.
        space: The parameters of the supertypes.
        team_reward: Whether agents earn the sum of their market's payoffs, not their own.
    """

    game: Game
    belief: PriorBelief
    information: str
    draw_supertypes: Callable[[int, torch.Generator], Supertypes]
    space: ParameterSpace = SKILL_SPACE
    team_reward: bool = False

    @property
    def rounds(self) -> int:
        """Rounds in a training episode: 1 without memory, as rounds are then independent."""
        one_shot = isinstance(self.game, StageGame)
        if one_shot and is_memoryless(self.belief, self.information):
            return 1
        return self.game.training_rounds

    def policy_shape(self, settings: LearningSettings) -> PolicyShape:
        """Sizes of the network that the problem needs."""
        treatment = next(iter(self.game.training_treatments))
        return PolicyShape(
            actions=self.game.action_values.numel(),
            treatment_features=self.game.treatment_features(treatment).numel(),
            observation_features=len(self.game.information[self.information]),
            hidden=settings.hidden,
            action_basis=settings.action_basis,
            smallest_cost=settings.smallest_cost,
            groups=self.space.groups,
            belief_traits=len(belief_parameters(self.space)),
            bands=settings.bands,
        )


@dataclass(frozen=True)
class Improvement:
    """Measures of one iteration: means over its decisions.

    Attributes:
        decisions: Number of decisions played.
        payoff: Normalised payoff per round.
        net_payoff: The same minus the processing cost.
        divergence: KL(policy || prior belief) in nats.
        entropy: Entropy of the policy in nats.
        policy_change: KL(policy before || after the updates) in nats.
    """

    decisions: int
    payoff: float
    net_payoff: float
    divergence: float
    entropy: float
    policy_change: float


@dataclass(frozen=True)
class CurvePoint(Improvement):
    """One row of the learning curves; ``decisions`` counts all decisions so far.

    Attributes:
        iteration: Number of the iteration, from 1.
        seconds: Time since learning began.
    """

    iteration: int
    seconds: float
