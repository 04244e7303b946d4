"""The person behind decisions: posteriors of each agent's traits, such as its skill.

Given theta, an agent is of one of several kinds, and its decisions tell which. Over the posterior
of theta, an agent's posterior is a weighted sample of the kinds of all draws. Where kinds are
quadrature nodes of a continuous trait, an agent's likelihood is interpolated between them, so that
intervals do not depend on where the nodes are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.interpolate import Akima1DInterpolator
from scipy.special import logsumexp, softmax

from satisfice.contenders.base import HasLikelihood, Kinds
from satisfice.decisions.pointwise import log_by_kind, populations_at_once
from satisfice.simulation.histories import History

LOW, HIGH = 0.05, 0.95
"""Levels of the ends of the central 90 % interval."""


@dataclass(frozen=True)
class Individuals:
    """Posteriors of the traits of all agents of a treatment.

    Attributes:
        traits: Values of each trait by name, shape (points, agents); a point is a kind of agents
            of a draw of theta.
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
        """Posterior quantiles of a continuous trait, shape (levels, markets, agents)."""
        value, upto = self._distribution(trait)
        at = [np.full(upto.shape[1:], level) for level in levels]
        return np.stack([_interpolated(upto, value, each) for each in at])

    def share_below(self, trait: str, truth: np.ndarray) -> np.ndarray:
        """Posterior probability of less than given values, both of shape (markets, agents).

        It is uniform over data sets if the values are the true ones.
        """
        value, upto = self._distribution(trait)
        inside = _interpolated(value, upto, truth)
        return np.where(truth < value[0], 0.0, np.where(truth > value[-1], 1.0, inside))

    def _distribution(self, trait: str) -> tuple[np.ndarray, np.ndarray]:
        """Values in ascending order, and the probability of less, (points, markets, agents).

        A point stands for values around it, so half of its own weight counts.
        """
        order = np.argsort(self.traits[trait], axis=0, kind="stable")
        value = np.take_along_axis(self.traits[trait], order, 0)[:, None]
        weight = np.take_along_axis(self.weight, order[:, None], 0)
        return np.broadcast_to(value, weight.shape), weight.cumsum(0) - weight / 2


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
    likelihood, kinds = log_by_kind(model, history, theta).numpy(), model.kinds(history, theta)
    if finer := model.finer_kinds(history, theta):
        likelihood, kinds = _between(likelihood, kinds, finer), finer
    joint = likelihood + kinds.share.log().unsqueeze(2).numpy()
    draws, number, _, agents = joint.shape
    weight = of_draw[:, None, None, None] * softmax(joint, axis=1)
    traits = {
        name: np.broadcast_to(values.numpy(), (draws, number, agents)).reshape(-1, agents)
        for name, values in kinds.traits.items()
    }
    return Individuals(traits, weight.reshape(-1, *weight.shape[2:]))


def _between(likelihood: np.ndarray, kinds: Kinds, finer: Kinds) -> np.ndarray:
    """Interpolate between quadrature nodes, along axis 1 (Akima 1970)."""
    assert kinds.place is not None and finer.place is not None
    # Beyond the outermost nodes, which are close to the ends, nothing is extrapolated.
    places = finer.place.clip(kinds.place[0], kinds.place[-1])
    return np.asarray(Akima1DInterpolator(kinds.place, likelihood, axis=1)(places))


def _interpolated(x: np.ndarray, y: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Interpolate y linearly along axis 0, where x ascends; ``at`` lacks this axis."""
    right = (x < at).sum(0).clip(1, len(x) - 1)[None]
    left = right - 1
    (x0, x1), (y0, y1) = (
        [np.take_along_axis(of, place, 0)[0] for place in (left, right)] for of in (x, y)
    )
    share = ((at - x0) / np.where(x1 > x0, x1 - x0, 1.0)).clip(0.0, 1.0)
    return np.asarray(y0 + share * (y1 - y0))
