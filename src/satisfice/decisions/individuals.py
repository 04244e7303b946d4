"""The person behind decisions: posteriors of each agent's traits, such as its skill.

Given theta, an agent is of one of several kinds, and its decisions tell which. Over the posterior
of theta, an agent's posterior is a weighted sample of the kinds of all draws. Where kinds are
quadrature nodes of a continuous trait, the distribution function is interpolated between them, so
that intervals do not depend on where the nodes are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.interpolate import CubicSpline, PchipInterpolator
from scipy.special import logsumexp, softmax

from satisfice.contenders.base import HasLikelihood
from satisfice.decisions.pointwise import log_joint, populations_at_once
from satisfice.simulation.histories import History

LOW, HIGH = 0.05, 0.95
"""Levels of the ends of the central 90 % interval."""

PARTS = 4
"""Points into which each quadrature node is divided."""


@dataclass(frozen=True)
class Individuals:
    """Posteriors of the traits of all agents of a treatment.

    Attributes:
        traits: Values of each trait by name, shape (points, agents); a point is a kind of a draw
            of theta, or a part of one.
        weight: Posterior weight of each point, shape (points, markets, agents); sums to one.
    """

    traits: Mapping[str, np.ndarray]
    weight: np.ndarray

    @classmethod
    def of(
        cls,
        model: HasLikelihood,
        history: History,
        theta: np.ndarray,
        log_weight: np.ndarray | None = None,
    ) -> Individuals:
        """Posteriors of agents whose decisions are recorded.

        Args:
            model: The model.
            history: Recorded play of a treatment.
            theta: Shape (draws, parameters), draws of the posterior given these decisions, too.
            log_weight: Log-weights of the draws, shape (draws,); equal if None.
        """
        given = np.zeros(len(theta)) if log_weight is None else log_weight
        # Draws by resampling occur several times.
        distinct, which = np.unique(theta, axis=0, return_inverse=True)
        of_draw = np.bincount(which.ravel(), np.exp(given - logsumexp(given)))
        found = [
            _of_draws(model, history, distinct[part], of_draw[part])
            for part in populations_at_once(len(distinct), history)
        ]
        traits = {
            name: np.concatenate([each.traits[name] for each in found]) for name in found[0].traits
        }
        return cls(traits, np.concatenate([each.weight for each in found]))

    def mean(self, trait: str) -> np.ndarray:
        """Posterior means, shape (markets, agents)."""
        return np.asarray(np.einsum("pma,pa->ma", self.weight, self.traits[trait]))

    def sd(self, trait: str) -> np.ndarray:
        """Posterior standard deviations, shape (markets, agents)."""
        squares = (self.traits[trait][:, None] - self.mean(trait)) ** 2
        return np.asarray(np.sqrt((self.weight * squares).sum(0)))

    def quantiles(self, trait: str, levels: Sequence[float]) -> np.ndarray:
        """Posterior quantiles, shape (levels, markets, agents)."""
        value, upto = self._ordered(trait)
        at = np.stack([(upto < level).sum(0) for level in levels]).clip(max=len(value) - 1)
        return np.stack([np.take_along_axis(value, each[None], 0)[0] for each in at])

    def share_below(self, trait: str, truth: np.ndarray) -> np.ndarray:
        """Posterior probability of less than given values, both of shape (markets, agents).

        It is uniform over data sets if the values are the true ones.
        """
        below = self.traits[trait][:, None] < truth
        return np.asarray((self.weight * below).sum(0))

    def _ordered(self, trait: str) -> tuple[np.ndarray, np.ndarray]:
        """Values in ascending order and the sums of their weights, (points, markets, agents)."""
        order = np.argsort(self.traits[trait], axis=0, kind="stable")
        value = np.take_along_axis(self.traits[trait], order, 0)[:, None]
        weight = np.take_along_axis(self.weight, order[:, None], 0)
        return np.broadcast_to(value, weight.shape), weight.cumsum(0)


def describe(
    model: HasLikelihood,
    history: History,
    theta: np.ndarray,
    log_weight: np.ndarray | None = None,
) -> dict[str, np.ndarray]:
    """Mean, standard deviation and central 90 % interval of each trait of every agent.

    For the arguments see :meth:`Individuals.of`.

    Returns:
        For each trait ``<trait>_mean``, ``_sd``, ``_low`` and ``_high``, shape (markets, agents);
        nothing if the model's agents are all of one kind.
    """
    found = Individuals.of(model, history, theta, log_weight)
    described: dict[str, np.ndarray] = {}
    for name in found.traits:
        low, high = found.quantiles(name, (LOW, HIGH))
        described |= {
            f"{name}_mean": found.mean(name),
            f"{name}_sd": found.sd(name),
            f"{name}_low": low,
            f"{name}_high": high,
        }
    return described


def _of_draws(
    model: HasLikelihood, history: History, theta: np.ndarray, of_draw: np.ndarray
) -> Individuals:
    """The points of some draws of theta and their weights, which sum to those of the draws."""
    weight = softmax(log_joint(model, history, theta).numpy(), axis=1)
    draws, number, _, agents = weight.shape
    kinds = model.kinds(history, theta)
    traits = {
        name: np.broadcast_to(values.numpy(), (draws, number, agents))
        for name, values in kinds.traits.items()
    }
    if kinds.continuous and number > 1:
        weight = _divided(weight)
        traits = {name: _between(values) for name, values in traits.items()}
    weight = of_draw[:, None, None, None] * weight
    return Individuals(
        {name: values.reshape(-1, agents) for name, values in traits.items()},
        weight.reshape(-1, *weight.shape[2:]),
    )


def _divided(weight: np.ndarray) -> np.ndarray:
    """Weights of the parts of nodes, along axis 1.

    Up to the border between two nodes the sum of the weights is nearly exact, and at a node itself
    it is not. A monotone cubic leads from border to border (Fritsch and Carlson 1980).
    """
    border = np.zeros((len(weight), 1, *weight.shape[2:]))
    upto = np.concatenate([border, weight.cumsum(1)], 1)
    number = weight.shape[1]
    finer = np.linspace(0.0, number, PARTS * number + 1)
    return np.diff(PchipInterpolator(np.arange(number + 1.0), upto, axis=1)(finer), axis=1)


def _between(values: np.ndarray) -> np.ndarray:
    """Values of a trait in the middle of each node's parts, along axis 1."""
    number = values.shape[1]
    middle = (np.arange(PARTS * number) + 0.5) / PARTS
    finer = CubicSpline(np.arange(number) + 0.5, values, axis=1)(middle)
    # Beyond the outermost nodes, which are close to the ends, nothing is extrapolated.
    return np.asarray(finer.clip(values.min(1, keepdims=True), values.max(1, keepdims=True)))
