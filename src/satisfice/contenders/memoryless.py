"""Rules of play without memory: agents decide in the same way in every round."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from satisfice.contenders.base import RuleWithLikelihood
from satisfice.simulation.histories import History


class MemorylessRule(RuleWithLikelihood):
    """A rule whose probabilities of actions depend on the treatment alone."""

    @abstractmethod
    def distribution(self, treatment: str, theta: Mapping[str, Tensor]) -> Tensor:
        """Probability of every action, shape (populations, kinds, actions), float64.

        Args:
            treatment: Name of the treatment.
            theta: Each parameter by name, also the fixed ones, shape (populations, 1, 1).
        """

    def chances(
        self, treatment: str, state: Any, theta: Mapping[str, Tensor], actions: Tensor
    ) -> Tensor:
        by_name = {name: value.reshape(-1, 1, 1) for name, value in theta.items()}
        return self.distribution(treatment, by_name)[:, :, actions]

    def log_policies(self, history: History, theta: np.ndarray, *, whole: bool = False) -> Tensor:
        values = self.space.values(theta)
        named = {name: torch.from_numpy(value).reshape(-1, 1, 1) for name, value in values.items()}
        once = self.distribution(history.treatment, named).log()
        once = once.expand(len(theta), -1, -1)
        if whole:
            shape = (*once.shape[:2], *history.action.shape, once.shape[-1])
            return once[:, :, None, None, None].expand(shape)
        return once[:, :, history.action]
