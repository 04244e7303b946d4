"""Rule ``learn_ppo``: train the baseline by PPO, several times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from satisfice.contenders.earnings import MARKETS, payoffs_of
from satisfice.contenders.ppo import PPOAgents
from satisfice.games import load_game
from satisfice.games.base import Game, Rule
from satisfice.io.checkpoints import save_weights
from satisfice.io.files import write_json, write_table
from satisfice.io.game_run import PPO
from satisfice.learning.ppo import PPOPoint, TrainedByPPO, plays, train_by_ppo, view_of
from satisfice.learning.ppo_settings import PPOSettings, check_ppo
from satisfice.learning.rollout import Chance, play_rule
from satisfice.learning.verification import measured_limits
from satisfice.progress import Progress, logger
from satisfice.randomness import small_seed


def learn_ppo(game: str, block: Mapping[str, Any], seed: int, policy: str | Path) -> None:
    """Train with several seeds, and keep the policy that earned most at the end of its training.

    Human data play no part in the choice. ``block`` is the section ``ppo`` of the game's config.
    The policy's folder gets policy.safetensors and policy.json; training.csv, the learning curves
    of all seeds; and verification.json, how near rational play each of them came.

    Raises:
        SatisficeError: The game cannot be played with these settings.
    """
    rules, settings, folder = load_game(game), PPOSettings(**block), Path(policy)
    check_ppo(rules, block)
    trained = [_train(rules, settings, seed, number) for number in range(settings.seeds)]
    curves = [
        pd.DataFrame([asdict(point) for point in each.curve]).assign(seed=number)
        for number, each in enumerate(trained)
    ]
    together = pd.concat(curves)
    write_table(folder / "training.csv", together[["seed", *together.columns.drop("seed")]])
    final = [each.final_payoff for each in trained]
    best = int(np.argmax(final))
    play_seed = small_seed(seed, "verify", game, PPO)
    limits = [_limits(rules, settings, each, play_seed) for each in trained]
    found = {
        "rational_limits": limits[best],
        "best_known_play": _best_known_payoff(rules, settings, play_seed),
        "seed": best,
        "seeds": [
            {"final_payoff": payoff, "rational_limits": each}
            for payoff, each in zip(final, limits, strict=True)
        ],
    }
    write_json(folder / "verification.json", found)
    save_weights(folder / "policy.safetensors", trained[best].actor)
    description = {"game": game, "settings": settings.model_dump(mode="json"), "seed": best}
    write_json(folder / "policy.json", description)


def _train(game: Game, settings: PPOSettings, seed: int, number: int) -> TrainedByPPO:
    """Train with one of the seeds, and tell how far it is."""
    progress = Progress(plays(game, settings), f"plays with seed {number}")

    def report(point: PPOPoint) -> None:
        progress(point.iteration, f"; payoff {point.payoff:.3f}")

    trained = train_by_ppo(
        game, settings, small_seed(seed, "learn", game.name, PPO, number), report
    )
    logger.info("seed %d: payoff %.4f at the end", number, trained.final_payoff)
    return trained


def _limits(game: Game, settings: PPOSettings, trained: TrainedByPPO, seed: int) -> dict[str, Any]:
    """How near rational play a trained policy is, in training treatments."""
    agents = PPOAgents(game, trained.actor, view_of(game, settings))

    def play(treatment: str) -> tuple[Chance, dict[str, torch.Tensor]]:
        chance = _chance(game, treatment, game.rounds, seed)
        return chance, agents.play(treatment, np.empty((MARKETS, 0)), chance)

    return measured_limits(game, play)


def _best_known_payoff(game: Game, settings: PPOSettings, seed: int) -> float:
    """Mean payoff of the best known play in training treatments, as agents earn it there.

    It is the rule in the game's bounds of rational play, or else the equilibrium.
    """
    paid = []
    for treatment, agents in game.training_treatments.items():
        rules = [each.rule for each in game.rational_limits(treatment) if each.rule is not None]
        rule: Rule = rules[0] if rules else game.play_equilibrium
        chance = _chance(game, treatment, game.training_rounds, seed)
        action = play_rule(game, rule, treatment, chance)["action"]
        paid_in = payoffs_of(game, treatment, action, chance, settings.chance_draws)
        earned = float(paid_in.mean())
        # Every agent counts once, as in the learning curves.
        paid.append((agents, earned * (agents if settings.reward == "team" else 1)))
    total = sum(agents for agents, _ in paid)
    return sum(agents * earned for agents, earned in paid) / total


def _chance(game: Game, treatment: str, rounds: int, seed: int) -> Chance:
    agents, generator = game.training_treatments[treatment], torch.Generator().manual_seed(seed)
    return Chance.draw(game, agents, MARKETS, rounds, generator)
