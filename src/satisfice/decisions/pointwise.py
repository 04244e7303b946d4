"""Likelihoods of agents' and markets' decisions, and predictions one step ahead.

Given its kind, such as its skill, an agent's decisions are independent along the recorded history.
The kind is not observed: it is integrated out, and learnt from the agent's own past decisions.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from satisfice.contenders.base import HasLikelihood
from satisfice.contenders.parts import parts
from satisfice.evaluation.predicted_decisions import Predicted, score_probabilities
from satisfice.simulation.histories import History

Histories = Mapping[str, History]
"""The history of each treatment."""

NUMBERS_AT_ONCE = 2**22
"""Log-probabilities that are kept at once, which bounds memory."""

LOWEST = -1e9
"""Log-likelihood in place of minus infinity, which can be neither learnt nor subtracted."""


def log_by_kind(model: HasLikelihood, history: History, theta: np.ndarray) -> Tensor:
    """Log-likelihood of each agent's decisions if it is of a kind.

    Returns:
        Shape (populations, kinds, markets, agents), float64.
    """
    return model.log_policies(history, theta).double().sum(-1)


def log_joint(model: HasLikelihood, history: History, theta: np.ndarray) -> Tensor:
    """Log of each kind's share times the likelihood of an agent's decisions if it is of that kind.

    Returns:
        Shape (populations, kinds, markets, agents), float64. Its sum over kinds, outside the
        logarithm, is the likelihood of the agent's decisions.
    """
    share = model.kinds(history, theta).share
    return log_by_kind(model, history, theta) + share.log().unsqueeze(2)


def log_likelihood(model: HasLikelihood, history: History, theta: np.ndarray) -> np.ndarray:
    """Log-likelihood of every agent's decisions, given the others' decisions.

    Args:
        model: The model.
        history: Recorded play of a treatment.
        theta: Shape (populations, parameters).

    Returns:
        Shape (populations, markets, agents). Its sum over agents is the log-likelihood of a
        market's play.
    """
    found = [
        torch.logsumexp(log_joint(model, history, theta[part]), 1)
        for part in populations_at_once(len(theta), history)
    ]
    return torch.cat(found).numpy()


def populations_at_once(populations: int, history: History) -> list[slice]:
    """Parts of the populations whose log-probabilities, of up to 32 kinds, are kept at once."""
    return parts(populations, 32 * history.decisions, NUMBERS_AT_ONCE)


def by_agent(model: HasLikelihood, histories: Histories, theta: np.ndarray) -> np.ndarray:
    """Log-likelihood of each agent's decisions, treatment by treatment, (populations, agents)."""
    found = [log_likelihood(model, each, theta) for each in histories.values()]
    return np.concatenate([each.reshape(len(theta), -1) for each in found], axis=1)


def agents_of_markets(histories: Histories) -> np.ndarray:
    """Which agents belong to which market, zeros and ones of shape (agents, markets)."""
    shapes = [each.action.shape for each in histories.values()]
    numbers = np.concatenate([np.full(markets, agents) for markets, agents, _ in shapes])
    return np.repeat(np.eye(len(numbers)), numbers, axis=0)


def forecast(
    model: HasLikelihood, history: History, theta: np.ndarray, log_weight: np.ndarray
) -> Predicted:
    """Predict every decision from the history before it.

    The weights of theta are updated by all earlier decisions of the market, and each agent's kind
    by its own. The log scores of a single agent's decisions sum to the log of their predictive
    probability; those of several agents do so if theta is known, for decisions of the same round
    are predicted one by one.

    Args:
        model: The model.
        history: Recorded play of a treatment.
        theta: Shape (populations, parameters), draws of a posterior.
        log_weight: Log-weights of the draws before the first round, (populations, markets).
    """
    taken = torch.cat([model.log_policies(history, row[None]).double() for row in theta])
    taken = taken.clamp(min=LOWEST)
    share = torch.cat([model.kinds(history, row[None]).share for row in theta])
    of_kind = share.log()[:, :, None, :, None] + _before(taken)
    after = torch.logsumexp(of_kind + taken, 1) - torch.logsumexp(of_kind, 1)
    of_theta = torch.from_numpy(log_weight)[..., None] + _before(after.sum(2))
    weight = torch.softmax(of_kind, 1) * torch.softmax(of_theta, 0)[:, None, :, None]
    mixed = torch.zeros(*history.action.shape, len(history.game.action_values), dtype=torch.float64)
    for row, own in zip(theta, weight, strict=True):
        whole = model.log_policies(history, row[None], whole=True)[0]
        mixed += torch.einsum("kmir,kmira->mira", own.to(whole.dtype), whole.exp())
    grid, action = history.game.action_values.double(), history.play["action"].double()
    return score_probabilities(mixed.numpy(), grid.numpy(), history.action.numpy(), action.numpy())


def _before(by_round: Tensor) -> Tensor:
    """Sums over earlier rounds, the last axis."""
    return by_round.cumsum(-1) - by_round
