"""The baseline trained by PPO as a contender."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from satisfice.adapters.actor import new_actor
from satisfice.adapters.view import View
from satisfice.contenders.base import Contender
from satisfice.devices import seeded
from satisfice.errors import SatisficeError
from satisfice.games.base import Game
from satisfice.io.checkpoints import REMEDY, load_weights
from satisfice.io.files import read_json
from satisfice.learning.ppo_settings import PPOSettings
from satisfice.learning.rollout import Chance, play_rule


class PPOAgents(Contender):
    """Agents who share a policy trained by PPO, and remember the last rounds.

    They play the mean of the trained policy, a mixture of the two actions of the grid beside it.
    The library that trained them is not needed.

    Args:
        game: The game.
        actor: Maps what agents see to answers; see :class:`satisfice.adapters.view.View`.
        view: What they see.
    """

    name = "ppo"

    def __init__(self, game: Game, actor: nn.Module, view: View) -> None:
        super().__init__(game)
        self.actor, self.view = actor, view

    @classmethod
    def load(cls, game: Game, folder: str | Path) -> PPOAgents:
        """Read policy.safetensors and policy.json.

        Raises:
            SatisficeError: A file is missing or broken, or the policy is of another game.
        """
        folder = Path(folder)
        place, description = folder / "policy.json", read_json(folder / "policy.json")
        try:
            trained_for, settings = description["game"], PPOSettings(**description["settings"])
            view = View(game, settings.information, settings.memory, settings.centre)
            with seeded(0):  # initial weights, which the saved ones replace
                actor = new_actor(view.size, settings.hidden)
        except (LookupError, TypeError, ValueError) as error:
            problem = f"does not describe a policy trained by PPO ({error!r})."
            raise SatisficeError(place, problem, REMEDY) from error
        if trained_for != game.name:
            problem = f"is a policy of the game {trained_for}, not of {game.name}."
            raise SatisficeError(place, problem, REMEDY)
        load_weights(folder / "policy.safetensors", actor)
        return cls(game, actor.eval(), view)

    def play(self, treatment: str, theta: np.ndarray, chance: Chance) -> dict[str, Tensor]:
        game, view = self.game, self.view
        window = view.nothing_seen(*chance.skills.shape)

        def rule(treatment: str, state: Any, uniforms: Tensor) -> Tensor:
            nonlocal window
            window = view.look(game, treatment, state, window)
            answers = self.actor(view.seen(game, treatment, window)).squeeze(-1)
            return view.actions(game, treatment, state, answers, uniforms)

        with torch.inference_mode():
            return play_rule(game, rule, treatment, chance)


def description_of(game: Game, settings: PPOSettings, **more: Any) -> Mapping[str, Any]:
    """The content of policy.json that :meth:`PPOAgents.load` needs, and ``more``."""
    return {"game": game.name, "settings": settings.model_dump(mode="json"), **more}
