"""Rule learn_ppo: what it writes, and which training plays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from satisfice.contenders.ppo import PPOAgents
from satisfice.errors import SatisficeError
from satisfice.games.cournot import Cournot
from satisfice.io.files import read_json
from satisfice.learning.ppo_settings import PPOSettings
from satisfice.stages.learn_ppo import learn_ppo

BLOCK: dict[str, Any] = PPOSettings(
    information="market", seeds=2, decisions=1500, markets=2, minibatch=175, epochs=1, hidden=4
).model_dump(mode="json")
FILES = ["policy.json", "policy.safetensors", "training.csv", "verification.json"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made: Path = tmp_path_factory.mktemp("ppo")
    learn_ppo("cournot", BLOCK, 7, made)
    return made


def test_a_folder_holds_what_was_agreed_on(folder: Path) -> None:
    assert sorted(path.name for path in folder.iterdir()) == FILES
    curves = pd.read_csv(folder / "training.csv")
    columns = ["seed", "iteration", "decisions", "payoff", "spread", "policy_change"]
    assert list(curves.columns) == columns
    assert curves.seed.tolist() == [0, 0, 1, 1]
    assert curves.decisions.tolist() == [700, 1400] * 2
    found = read_json(folder / "verification.json")
    assert found["best_known_play"] == pytest.approx(1.0, abs=0.01)
    assert len(found["seeds"]) == 2
    assert set(found["rational_limits"]) == {"2", "3", "4", "5"}


def test_the_training_that_earned_most_plays(folder: Path) -> None:
    curves, found = pd.read_csv(folder / "training.csv"), read_json(folder / "verification.json")
    final = curves[curves.iteration == 2].payoff.to_numpy()  # the last fifth is one of two plays
    np.testing.assert_allclose([each["final_payoff"] for each in found["seeds"]], final)
    assert found["seed"] == read_json(folder / "policy.json")["seed"] == final.argmax()
    assert found["rational_limits"] == found["seeds"][final.argmax()]["rational_limits"]
    assert PPOAgents.load(Cournot(), folder).view.information == "market"


def test_training_is_reproduced_exactly_by_its_seed(folder: Path, tmp_path: Path) -> None:
    learn_ppo("cournot", BLOCK, 7, tmp_path / "again")
    learn_ppo("cournot", BLOCK, 8, tmp_path / "other")
    for name in ("policy.safetensors", "training.csv", "verification.json"):
        assert (tmp_path / "again" / name).read_bytes() == (folder / name).read_bytes()
        assert (tmp_path / "other" / name).read_bytes() != (folder / name).read_bytes()


def test_what_the_game_does_not_know_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SatisficeError, match="'all' is unknown to the game"):
        learn_ppo("cournot", {**BLOCK, "information": "all"}, 7, tmp_path)
