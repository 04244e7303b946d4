"""The network without its library answers as the library's policy does."""

from __future__ import annotations

import numpy as np
import torch
from stable_baselines3 import PPO
from torch import nn

from satisfice.adapters.actor import new_actor
from satisfice.adapters.stable_baselines import Markets
from satisfice.adapters.view import View
from satisfice.devices import seeded
from satisfice.games.cobweb import Cobweb


def test_it_answers_as_the_librarys_policy_does() -> None:
    view = View(Cobweb(), "market", memory=3)
    markets = Markets(view, 1, torch.Generator().manual_seed(1))
    with seeded(2):
        model = PPO("MlpPolicy", markets, policy_kwargs={"net_arch": [5, 5]}, device="cpu")
    actor = new_actor(view.size, 5)
    theirs = nn.Sequential(*model.policy.mlp_extractor.policy_net, model.policy.action_net)
    actor.load_state_dict(theirs.state_dict())
    seen = 10.0 * np.random.default_rng(3).standard_normal((7, view.size)).astype(np.float32)
    wanted, _ = model.predict(seen, deterministic=True)
    np.testing.assert_allclose(actor(torch.from_numpy(seen)).detach(), wanted, atol=1e-6)
