"""Trains a baseline by PPO (Schulman et al. 2017), as Stable-Baselines3 implements it.

One policy, a normal distribution around a network's answer, is shared by all agents of all
treatments. The algorithm is the library's, and so is the training, but for three things:

- Every play is taken to go on: after the last round the value of what followed is added to the
  payoff, as Pardo et al. (2018) recommend. Agents who do not see how many rounds are left would
  otherwise take whatever is usual in late rounds, such as large stocks, for a cause of the low
  costs that are left to pay. In the beer game this error makes teams learn worse and worse play.
- Payoffs are multiplied by one minus the discount factor, so that values are of the size of
  payoffs. Large values would use up the library's limit on the size of gradients.
- The trained policy has the running average of the weights. It plays the answer of its network,
  without the noise of training.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass

import torch
from stable_baselines3 import PPO
from stable_baselines3.common.callbacks import BaseCallback
from torch import nn

from satisfice.adapters.stable_baselines import Markets
from satisfice.adapters.view import View
from satisfice.devices import seeded
from satisfice.games.base import Game
from satisfice.learning.ppo_settings import PPOSettings

AVERAGING = 0.9
"""Decay of the running average of the weights from play to play."""

TAIL = 0.2
"""Share of the training, at its end, over which the final payoff is averaged."""


@dataclass(frozen=True)
class PPOPoint:
    """Measures of one play of all markets, and of the updates before it.

    Attributes:
        iteration: Number of the play, from 1.
        decisions: All decisions so far.
        payoff: Mean payoff of a round, as agents earn it.
        spread: Standard deviation of answers in training, in half ranges of actions.
        policy_change: KL(policy before || after the last updates) in nats, as the library
            estimates it.
    """

    iteration: int
    decisions: int
    payoff: float
    spread: float
    policy_change: float


@dataclass(frozen=True)
class TrainedByPPO:
    """The result of one training.

    Attributes:
        actor: The network whose answers are played.
        curve: Its learning curve.
    """

    actor: nn.Module
    curve: list[PPOPoint]

    @property
    def final_payoff(self) -> float:
        """Mean payoff at the end of the training, where noise is still part of play."""
        last = self.curve[-max(1, round(TAIL * len(self.curve))) :]
        return sum(point.payoff for point in last) / len(last)


def view_of(game: Game, settings: PPOSettings) -> View:
    """What agents see, and how their answers become actions."""
    return View(game, settings.information, settings.memory, settings.centre)


def plays(game: Game, settings: PPOSettings) -> int:
    """Number of plays in a training."""
    agents = settings.markets * sum(game.training_treatments.values())
    return max(1, round(settings.decisions / (agents * game.training_rounds)))


def train_by_ppo(
    game: Game,
    settings: PPOSettings,
    seed: int,
    report: Callable[[PPOPoint], None] = lambda point: None,
) -> TrainedByPPO:
    """Train one policy; the seed determines all random numbers."""
    markets = Markets(
        view_of(game, settings),
        settings.markets,
        torch.Generator().manual_seed(seed),
        team_reward=settings.reward == "team",
        chance_draws=settings.chance_draws,
        scale=1.0 - settings.discount,
    )
    with seeded(seed):
        model = PPO(
            "MlpPolicy",
            markets,
            learning_rate=lambda left: settings.learning_rate * left,
            n_steps=game.training_rounds,
            batch_size=settings.minibatch,
            n_epochs=settings.epochs,
            gamma=settings.discount,
            gae_lambda=settings.trace,
            target_kl=settings.largest_change,
            policy_kwargs={
                "net_arch": [settings.hidden, settings.hidden],
                "log_std_init": math.log(settings.first_sd),
            },
            device="cpu",  # the networks are too small for a graphics card
        )
        watch = _Watch(markets, settings, report)
        rounds = game.training_rounds * plays(game, settings)
        model.learn(rounds * markets.num_envs, callback=watch)
    return TrainedByPPO(watch.averaged, watch.curve)


def _actor(model: PPO) -> nn.Sequential:
    """The part of the library's policy that gives the mean answer; the weights are shared."""
    return nn.Sequential(*model.policy.mlp_extractor.policy_net, model.policy.action_net)


class _Watch(BaseCallback):
    """Lets play go on after its last round, averages weights, and records the learning curve."""

    def __init__(
        self, markets: Markets, settings: PPOSettings, report: Callable[[PPOPoint], None]
    ) -> None:
        super().__init__()
        self.markets, self.settings, self.report = markets, settings, report
        self.curve: list[PPOPoint] = []
        self.averaged = nn.Sequential()
        self._earned = 0.0

    @property
    def _ppo(self) -> PPO:
        assert isinstance(self.model, PPO)  # The library's type is that of all its algorithms.
        return self.model

    def _on_training_start(self) -> None:
        self.averaged = deepcopy(_actor(self._ppo))

    def _on_step(self) -> bool:
        payoffs = self.locals["rewards"]
        self._earned += float(payoffs.mean()) / self.markets.scale
        if self.locals["dones"].all():
            # The library would ask for the value of one agent after the other.
            with torch.no_grad():
                seen = torch.from_numpy(self.markets.last_seen)
                after = self._ppo.policy.predict_values(seen)
            payoffs += self.settings.discount * after.squeeze(-1).numpy()
        return True

    def _on_rollout_end(self) -> None:
        model, iteration = self._ppo, len(self.curve) + 1
        # The average is short at first, so that it forgets the untrained network.
        keep = min(AVERAGING, iteration / (iteration + 10))
        for slow, fast in zip(self.averaged.parameters(), _actor(model).parameters(), strict=True):
            slow.data.lerp_(fast.data, 1 - keep)
        point = PPOPoint(
            iteration=iteration,
            decisions=model.num_timesteps,
            payoff=self._earned / self.markets.view.game.training_rounds,
            spread=float(model.policy.get_parameter("log_std").detach().exp()),
            policy_change=float(model.logger.name_to_value.get("train/approx_kl", math.nan)),
        )
        self._earned = 0.0
        self.curve.append(point)
        self.report(point)
