"""The baseline trained by PPO as a contender."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch

from satisfice.adapters.actor import new_actor
from satisfice.adapters.view import View
from satisfice.contenders import load_contender
from satisfice.contenders.ppo import PPOAgents
from satisfice.devices import seeded
from satisfice.errors import SatisficeError
from satisfice.games.cournot import Cournot
from satisfice.io.checkpoints import save_weights
from satisfice.io.files import write_json
from satisfice.learning.ppo_settings import PPOSettings
from satisfice.learning.rollout import Chance

BLOCK = {"group": "rival", "policy": "ppo"}
SETTINGS = PPOSettings(information="market", hidden=4)


def some_agents() -> PPOAgents:
    game = Cournot()
    view = View(game, "market", SETTINGS.memory)
    with seeded(3):
        return PPOAgents(game, new_actor(view.size, SETTINGS.hidden), view)


def saved(folder: Path) -> PPOAgents:
    agents = some_agents()
    save_weights(folder / "policy.safetensors", agents.actor)
    description = {"game": "cournot", "settings": SETTINGS.model_dump(mode="json")}
    write_json(folder / "policy.json", description)
    return agents


def chance_of(markets: int) -> Chance:
    return Chance.draw(Cournot(), 3, markets, 25, torch.Generator().manual_seed(1))


def test_a_saved_policy_plays_as_before(tmp_path: Path) -> None:
    agents = saved(tmp_path)
    loaded = load_contender(Cournot(), BLOCK, tmp_path, "contender ppo")
    assert loaded.free == ()
    theta = np.empty((7, 0))
    wanted = agents.play("3", theta, chance_of(7))["action"]
    assert wanted.shape == (7, 3, 25)
    assert torch.equal(loaded.play("3", theta, chance_of(7))["action"], wanted)


def test_agents_play_the_mean_answer_and_no_noise() -> None:
    agents = some_agents()
    for weight in agents.actor.parameters():
        weight.data.zero_()
    last = list(agents.actor.parameters())[-1]
    last.data.fill_(-0.5)
    assert (agents.play("3", np.empty((4, 0)), chance_of(4))["action"] == 25.0).all()


def test_agents_remember() -> None:
    agents, seen = some_agents(), list[torch.Tensor]()
    agents.actor.register_forward_hook(lambda _, inputs, __: seen.append(inputs[0]))
    agents.play("3", np.empty((4, 0)), chance_of(4))
    treatment = agents.game.treatment_features("3").numel()
    shown = (seen[0].shape[-1] - treatment) // SETTINGS.memory
    assert len(seen) == 25
    for before, now in pairwise(seen):
        assert torch.equal(now[..., treatment + shown :], before[..., treatment:-shown])


def test_a_policy_of_another_game_is_refused(tmp_path: Path) -> None:
    saved(tmp_path)
    description = {"game": "cobweb", "settings": SETTINGS.model_dump(mode="json")}
    write_json(tmp_path / "policy.json", description)
    with pytest.raises(SatisficeError, match="policy of the game cobweb, not of cournot"):
        PPOAgents.load(Cournot(), tmp_path)


@pytest.mark.parametrize(
    "description",
    [
        {"game": "cournot"},
        {"settings": {}},
        {"game": "cournot", "settings": {"information": "everything"}},
        {"game": "cournot", "settings": {"hidden": -1}},
        {"game": "cournot", "settings": ["hidden"]},
    ],
)
def test_a_broken_description_is_refused(tmp_path: Path, description: object) -> None:
    saved(tmp_path)
    write_json(tmp_path / "policy.json", description)
    with pytest.raises(SatisficeError, match=r"does not describe a policy|lacks the key"):
        PPOAgents.load(Cournot(), tmp_path)


def test_weights_of_another_shape_are_refused(tmp_path: Path) -> None:
    saved(tmp_path)
    settings = SETTINGS.model_copy(update={"hidden": 5}).model_dump(mode="json")
    write_json(tmp_path / "policy.json", {"game": "cournot", "settings": settings})
    with pytest.raises(SatisficeError, match="does not fit the network"):
        PPOAgents.load(Cournot(), tmp_path)
