"""What contenders earn when all agents of a market are of one kind."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from satisfice.contenders.base import Contender
from satisfice.games.base import Game, nearest_action, step_and_add_payoffs
from satisfice.learning.rollout import Chance

MARKETS = 400
"""Markets in which a contender plays each treatment."""


@torch.inference_mode()
def payoffs_of(
    game: Game, treatment: str, action: Tensor, chance: Chance, draws: int = 1
) -> Tensor:
    """Mean payoff of a round in each market, in reference payoffs, shape (markets,).

    ``action``, shape (markets, agents, rounds), holds the actions in natural units that were played
    with the same random numbers. With several draws, payoffs of a stage game are averaged over as
    many evenly spread shocks.
    """
    state, total = game.start(treatment, len(action)), torch.zeros(len(action))
    taken = nearest_action(game.action_values, action)
    for now, shocks in enumerate(chance.shocks):
        state, payoff = step_and_add_payoffs(game, treatment, state, taken[..., now], shocks, draws)
        total = total + payoff.mean(1) / draws
    return total / len(chance.shocks)


def earnings(game: Game, contenders: Mapping[str, Contender], seed: int) -> pd.DataFrame:
    """Mean payoffs of contenders without parameters, all playing with the same random numbers.

    Returns:
        A row for each contender and treatment, those of training first, with the mean payoff of a
        round in reference payoffs; its gain, the payoff minus that of the first contender in
        markets with the same chance; and the standard errors of both over markets.
    """
    rows = []
    for treatment, agents in {**game.training_treatments, **game.treatments}.items():
        generator = torch.Generator().manual_seed(seed)
        chance = Chance.draw(game, agents, MARKETS, game.rounds, generator)
        first: np.ndarray | None = None
        for name, contender in contenders.items():
            played = contender.play(treatment, np.empty((MARKETS, 0)), chance)
            paid = payoffs_of(game, treatment, played["action"], chance).double().numpy()
            first = paid if first is None else first
            rows.append([name, treatment, *_mean(paid), *_mean(paid - first)])
    columns = ["contender", "treatment", "payoff", "standard_error", "gain", "gain_error"]
    return pd.DataFrame(rows, columns=columns)


def _mean(values: np.ndarray) -> tuple[float, float]:
    """Mean over markets, and its standard error."""
    return float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values)))
