"""Experience-weighted attraction learning (Camerer and Ho 1999)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from satisfice.contenders.base import Contender, HasLikelihood, Parameter
from satisfice.contenders.general import level_zero
from satisfice.contenders.parts import parts
from satisfice.games.base import StageGame
from satisfice.learning.rollout import Chance, play_rule, sample_actions
from satisfice.simulation.histories import History

FIRST_REACH = 2.0
"""Agents first expect others to choose evenly up to this multiple of the equilibrium action: level
zero of the cognitive hierarchy. Evenly on the whole grid, five oligopolists would all expect losses
and produce nothing."""

NUMBERS_AT_ONCE = 2**18
"""Attractions that are updated together fit into the processor's cache."""


class EWA(Contender, HasLikelihood):
    """Experience-weighted attraction learning (Camerer and Ho 1999).

    Every action j has an attraction A, and experience has a weight N. After a round

        N(t) = rho N(t-1) + 1,
        A_j(t) = (phi N(t-1) A_j(t-1) + w_j payoff_j(t)) / N(t),

    where payoff_j is what j would have earned against the others' actions and the round's chance,
    and w_j is one for the action taken and delta for all others. Odds of actions are
    exp(A_j / lam). With delta = 1 and phi = rho this is weighted fictitious play; with delta = 0
    it is reinforcement learning, cumulative with rho = 0.

    N(0) is one, and A(0) are expected payoffs against others of level zero; see ``FIRST_REACH``.
    Decisions depend on all rounds before, so this is no rule of a state.
    """

    name = "ewa"
    game: StageGame
    needs = StageGame
    parameters = (
        Parameter("phi", (0.0, 1.0), "decay of attractions"),
        Parameter("delta", (0.0, 1.0), "weight of foregone payoffs"),
        Parameter("rho", (0.0, 1.0), "decay of experience"),
        Parameter("lam", (0.005, 2.0), "logit noise (reference payoffs)", transform="log"),
    )

    def play(self, treatment: str, theta: np.ndarray, chance: Chance) -> dict[str, Tensor]:
        values = self.space.values(theta)
        mind = Attractions(self, treatment, values, chance.skills.shape)
        shocks = iter(chance.shocks)

        def rule(treatment: str, state: object, uniforms: Tensor) -> Tensor:
            action = sample_actions(mind.log_odds, uniforms.double())
            now = next(shocks)
            mind.learn(self.game.foregone_payoffs(treatment, state, action, now), action)
            return action

        return play_rule(self.game, rule, treatment, chance)

    def log_policies(self, history: History, theta: np.ndarray, *, whole: bool = False) -> Tensor:
        values, action = self.space.values(theta), history.action
        foregone = history.once("foregone payoffs", lambda: self._foregone(history))
        actions = len(self.game.action_values)
        shape = (len(theta), 1, *action.shape)
        found = torch.empty((*shape, actions) if whole else shape, dtype=torch.float64)
        by_market = action.shape[:-1]
        for part in parts(len(theta), by_market.numel() * actions, NUMBERS_AT_ONCE):
            few = {name: each[part] for name, each in values.items()}
            populations = len(few["lam"])
            mind = Attractions(self, history.treatment, few, (populations, *by_market))
            for now, (payoffs, taken) in enumerate(zip(foregone, action.unbind(-1), strict=True)):
                total = mind.log_odds.logsumexp(-1)
                if whole:
                    found[part, 0, ..., now, :] = mind.log_odds - total.unsqueeze(-1)
                else:
                    place = taken.expand(populations, *by_market).unsqueeze(-1)
                    found[part, 0, ..., now] = mind.log_odds.gather(-1, place).squeeze(-1) - total
                mind.learn(payoffs, taken)
        return found

    def _foregone(self, history: History) -> list[Tensor]:
        """What every action would have earned in each round, shape (markets, agents, actions)."""
        found = []
        for now, (state, taken) in enumerate(
            zip(history.states, history.action.unbind(-1), strict=True)
        ):
            recorded = {name: values[..., now] for name, values in history.play.items()}
            payoffs = self.game.foregone_in(history.treatment, state, taken, recorded)
            found.append(payoffs.double().contiguous())
        return found


class Attractions:
    """What agents have learnt so far.

    Args:
        rule: The rule by which they learn.
        treatment: Name of the treatment.
        values: Each parameter by name, shape (populations, 1).
        shape: (populations, ..., agents).

    Attributes:
        log_odds: Attractions divided by the logit noise, shape (populations, ..., agents, actions).
    """

    def __init__(
        self,
        rule: EWA,
        treatment: str,
        values: Mapping[str, np.ndarray],
        shape: tuple[int, ...],
    ) -> None:
        wide = (-1, *[1] * len(shape))
        phi, delta, rho, lam = (
            torch.from_numpy(np.asarray(values[each.name], dtype=np.float64)).reshape(wide)
            for each in rule.parameters
        )
        self._phi, self._delta, self._rho, self._lam = phi, delta, rho, lam
        self._strength = torch.ones_like(phi)
        first = rule.game.expected_payoffs(treatment, level_zero(rule.game, treatment, FIRST_REACH))
        self.log_odds = (torch.from_numpy(np.array(first)) / lam).expand(*shape, -1).contiguous()

    def learn(self, foregone: Tensor, taken: Tensor) -> None:
        """Update attractions by a round.

        The payoffs of every action and the actions taken have the shapes (..., agents, actions) and
        (..., agents), possibly without populations.
        """
        after = self._rho * self._strength + 1.0
        foregone, one = foregone.double(), taken.unsqueeze(-1)
        self.log_odds *= self._phi * self._strength / after
        self.log_odds.addcmul_(foregone, self._delta / (after * self._lam))
        earned = foregone.gather(-1, one) * ((1.0 - self._delta) / (after * self._lam))
        self.log_odds.scatter_add_(-1, one.expand(earned.shape), earned)
        self._strength = after
