"""Models whose agents sometimes err, so that no decision is impossible."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from satisfice.contenders.base import HasLikelihood, Kinds, Parameter
from satisfice.contenders.grid_chances import rounded_normal_by_distance
from satisfice.contenders.parts import parts
from satisfice.errors import SatisficeError
from satisfice.population.parameters import Fitted, ParameterSpace
from satisfice.simulation.histories import History

TREMBLE = Parameter("tremble", (0.001, 1.0), "probability of any action", transform="log")
NOISE = Parameter(
    "noise_sd", (0.002, 0.3), "noise of actions (ranges of the grid)", transform="log"
)

NEVER = 1e-15
"""Intentions with a smaller probability are left out: far below what the tremble gives."""


class Trembling(HasLikelihood):
    """Another model, whose agents choose any action with probability ``tremble``.

    With ``noise`` the action that they intend is also blurred: normal noise is added and the result
    rounded to the grid, whose ends take everything beyond them. Play without noise of its own, such
    as an equilibrium, is then at its best.

    Theta has the columns of the other model, and then those of the tremble.

    Raises:
        SatisficeError: The other model already fits a parameter of that name.
    """

    def __init__(self, inner: HasLikelihood, *, noise: bool = False) -> None:
        self.inner, self._noise = inner, noise
        own = ParameterSpace.of((TREMBLE, NOISE) if noise else (TREMBLE,), {})
        for name in own.names:
            if name in inner.space.names:
                problem = f"{type(inner).__name__} already has a parameter '{name}'."
                raise SatisficeError(type(self).__name__, problem, "Leave out noise=True.")
        self._own = own
        self.space = ParameterSpace((*_by_column(inner.space), *own.fitted))
        self._key = object()  # of what is computed once for this model

    @property
    def free(self) -> tuple[str, ...]:
        return (*self.inner.free, *self._own.names)

    def from_unit(self, cube: np.ndarray) -> np.ndarray:
        number = len(self.inner.free)
        own = self._own.from_unit(cube[:, number:])
        return np.concatenate([self.inner.from_unit(cube[:, :number]), own], -1)

    def kinds(self, history: History, theta: np.ndarray) -> Kinds:
        return self.inner.kinds(history, self._split(theta)[0])

    def finer_kinds(self, history: History, theta: np.ndarray) -> Kinds | None:
        return self.inner.finer_kinds(history, self._split(theta)[0])

    def log_policies(self, history: History, theta: np.ndarray, *, whole: bool = False) -> Tensor:
        of_inner, own = self._split(theta)
        if self._noise:
            intended = self._blurred(history, of_inner, own["noise_sd"], whole)
        else:
            intended = self._of_inner(history, of_inner, whole)
        wide = (-1, *[1] * (intended.dim() - 1))
        tremble = torch.from_numpy(own["tremble"]).reshape(wide)
        anything = (tremble / len(history.game.action_values)).log()
        return torch.logaddexp(intended + torch.log1p(-tremble), anything)

    def _of_inner(self, history: History, theta: np.ndarray, whole: bool) -> Tensor:
        """The other model's log-probabilities; of one population if it has no parameters."""
        if self.inner.free:
            return self.inner.log_policies(history, theta, whole=whole)
        return history.once(
            (self._key, whole),
            lambda: self.inner.log_policies(history, theta[:1], whole=whole),
        )

    def _split(self, theta: np.ndarray) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """The other model's theta, and the own parameters, shape (populations, 1) each."""
        number = len(self.inner.space.names)
        return theta[:, :number], self._own.values(theta[:, number:])

    def _blurred(
        self, history: History, theta: np.ndarray, noise: np.ndarray, whole: bool
    ) -> Tensor:
        """Log-probabilities of blurred actions; see :meth:`log_policies`."""
        actions = len(history.game.action_values)
        sd = torch.from_numpy(noise[:, 0]) * (actions - 1)
        near = rounded_normal_by_distance(actions, sd).flatten(1)
        if whole:
            everything = torch.arange(actions)
            matrix = near[:, _distance(everything.unsqueeze(-1), everything, actions)]
            policies = self._of_inner(history, theta, True).double().exp()
            blurred = policies.flatten(1, -2) @ matrix
            return blurred.reshape(len(near), *policies.shape[1:]).log()
        if self.inner.free:
            # A population's whole policies are large, so each is blurred alone.
            each = [
                Intended.of(self._of_inner(history, row, True), history).blurred(one)
                for row, one in zip(theta[:, None], near[:, None], strict=True)
            ]
            return torch.cat(each).log()
        intended = history.once(
            (self._key, "intended"),
            lambda: Intended.of(self.inner.log_policies(history, theta[:1], whole=True), history),
        )
        return intended.blurred(near).log()


@dataclass(frozen=True)
class Intended:
    """The actions that agents may intend, one entry for each decision, kind and such action.

    Attributes:
        shape: (kinds, markets, agents, rounds, actions).
        place: Shape (entries,), index of the decision and kind.
        intended: Shape (entries,), index of the action.
        taken: Shape (entries,), index of the action taken instead.
        probability: Shape (entries,).
    """

    shape: tuple[int, ...]
    place: Tensor
    intended: Tensor
    taken: Tensor
    probability: Tensor

    @classmethod
    def of(cls, log_policies: Tensor, history: History) -> Intended:
        """Find them in the whole policies of one population."""
        probability = log_policies[0].exp()
        shape = tuple(probability.shape)
        flat = probability.reshape(-1, shape[-1])
        place, intended = (flat > NEVER).nonzero(as_tuple=True)
        taken = history.action.expand(shape[:-1]).flatten()[place]
        return cls(shape, place, intended, taken, flat[place, intended].double())

    def blurred(self, near: Tensor) -> Tensor:
        """Probability of the actions taken, shape (populations, kinds, markets, agents, rounds).

        ``near``, shape (populations, 2 actions), is the probability of an action by its distance
        from the intended one, between the ends of the grid and at them.
        """
        distance = _distance(self.intended, self.taken, self.shape[-1])
        found = torch.zeros(len(near), int(np.prod(self.shape[:-1])), dtype=torch.float64)
        for part in parts(len(near), len(distance)):
            terms = near[part][:, distance] * self.probability
            found[part] = found[part].index_add(1, self.place, terms)
        return found.reshape(len(near), *self.shape[:-1])


def _distance(intended: Tensor, taken: Tensor, actions: int) -> Tensor:
    """Place of the probability that an action is taken instead of the intended one, in ``near``."""
    at_end = (taken == 0) | (taken == actions - 1)
    return (intended - taken).abs() + actions * at_end


def _by_column(space: ParameterSpace) -> tuple[Fitted, ...]:
    """Each column of a space as a parameter by its name with roles."""
    columns = space.fitted * space.groups
    return tuple(
        replace(each, parameter=replace(each.parameter, name=name))
        for name, each in zip(space.names, columns, strict=True)
    )
