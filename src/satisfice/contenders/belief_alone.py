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
from satisfice.simulation.likelihood import seen_by


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
        agents = self.population.game.treatments[history.treatment]
        values = {
            name: torch.from_numpy(value).float().expand(-1, agents)
            for name, value in self.space.values(theta).items()
        }
        populations = len(theta) if values else 1
        found = torch.empty(populations, len(distinct.action), dtype=torch.float64)
        for block in distinct.blocks(populations):
            traits = {name: value[block.kind] for name, value in values.items()}
            try:
                log_prior = belief.log_probabilities(distinct.observation[block.row], traits)
            except KeyError as error:
                problem = f"its distribution needs {error}, which the belief alone does not have."
                remedy = "Compare with the belief alone only if it does not depend on the skill."
                raise SatisficeError("prior belief", problem, remedy) from error
            found[block.place] = block.of_actions(log_prior).double()
        wide = distinct.of_decisions(found.unsqueeze(1), whole=whole)
        return wide.expand(len(theta), *wide.shape[1:])
