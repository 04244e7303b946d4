"""The prior belief without thinking, as a rival of the population that thinks."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from satisfice.contenders.base import HasLikelihood
from satisfice.errors import SatisficeError
from satisfice.learning.rollout import Population
from satisfice.population.parameters import ParameterSpace
from satisfice.simulation.histories import History
from satisfice.simulation.likelihood import DECISIONS_AT_ONCE, seen_by


class BeliefAlone(HasLikelihood):
    """Agents who act by a population's prior belief: the limit of infinite processing costs.

    Parameters are those of the belief in which populations differ, possibly none.
    """

    def __init__(self, population: Population) -> None:
        self.population = population
        space, names = population.space, {each.name for each in population.belief.parameters}
        fitted = tuple(each for each in space.fitted if each.parameter.name in names)
        self.space = ParameterSpace(fitted, {}, space.roles if fitted else ())

    @property
    def free(self) -> tuple[str, ...]:
        return self.space.names

    def from_unit(self, cube: np.ndarray) -> np.ndarray:
        return self.space.from_unit(cube)

    @torch.inference_mode()
    def log_policies(self, history: History, theta: np.ndarray, *, whole: bool = False) -> Tensor:
        belief, information = self.population.belief, self.population.information
        distinct = history.distinct(information, seen_by(belief), whole)
        rows, agents, width = distinct.wanted.shape
        values = {
            name: torch.from_numpy(value).float().expand(-1, agents)
            for name, value in self.space.values(theta).items()
        }
        populations = len(theta) if values else 1
        found = torch.empty(populations * rows, agents, width, dtype=torch.float64)
        step = max(1, DECISIONS_AT_ONCE // agents)
        for start in range(0, len(found), step):
            pair = torch.arange(start, min(start + step, len(found)))
            row, traits = pair % rows, {name: value[pair // rows] for name, value in values.items()}
            try:
                log_prior = belief.log_probabilities(distinct.observation[row], traits)
            except KeyError as error:
                problem = f"its distribution needs {error}, which the belief alone does not have."
                remedy = "Compare with the belief alone only if it does not depend on the skill."
                raise SatisficeError("prior belief", problem, remedy) from error
            found[pair] = log_prior.gather(-1, distinct.wanted[row]).double()
        by_population = found.reshape(populations, 1, rows, agents, width)
        wide = distinct.of_decisions(by_population, whole=whole)
        return wide.expand(len(theta), *wide.shape[1:])
