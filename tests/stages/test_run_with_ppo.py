"""A run in which the baseline trained by PPO takes part: from predictions to the page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from satisfice.evaluation.scores import best_rational
from satisfice.io.files import read_arrays, read_json
from satisfice.io.game_run import GameRun

NO_PPO: dict[str, Any] = {"ppo": None}
PPO: dict[str, Any] = {"ppo": {"information": "market"}}


@pytest.mark.parametrize(
    ("given", "takes_part"), [({}, False), ({"ppo": None}, False), (PPO, True)]
)
def test_it_takes_part_where_the_config_has_its_settings(
    given: dict[str, Any], takes_part: bool
) -> None:
    config = {"default_belief": "habit", "beliefs": {"habit": {}}, "rivals": ["equilibrium"]}
    run = GameRun.of("folder", config | given)
    assert run.ppo == takes_part == ("ppo" in run.contenders)
    assert "ppo" not in run.variants


def test_it_is_predicted_and_scored_as_a_rival(tiny_beer_game: Any) -> None:
    found = read_arrays(tiny_beer_game.predictive["ppo"])
    assert found["theta"].shape == (100, 0)
    assert np.isfinite(found["x"]).all()
    scores = pd.read_csv(tiny_beer_game.folder / "scores.csv")
    assert set(scores[scores.contender == "ppo"].group) == {"rival"}
    # The claim is tested against whichever predicts best.
    crps = scores[(scores.score == "crps") & (scores.part == "held_out")]
    named = crps.set_index("contender").value[["rational", "ppo", "equilibrium"]]
    assert best_rational(scores) == named.idxmin()


def test_its_gate_is_about_its_own_limits(tiny_beer_game: Any) -> None:
    gates = read_json(tiny_beer_game.folder / "diagnostics.json")
    (gate,) = (each for each in gates if each["model"] == "ppo")
    assert gate["name"] == "rational_limit"
    limits = read_json(tiny_beer_game.folder / "policy/ppo/verification.json")["rational_limits"]
    kept = limits["uncertain"]["team cost of 36 weeks"]["kept"]
    assert gate["passed"] == kept
    assert kept or "raise ppo.decisions" in gate["meaning"]


def test_everybody_without_parameters_has_earnings(tiny_beer_game: Any) -> None:
    table = pd.read_csv(tiny_beer_game.folder / "earnings.csv")
    who = ["rational", "ppo", *tiny_beer_game.rivals]
    assert table.contender.tolist() == 2 * who
    assert table.treatment.tolist() == ["uncertain"] * len(who) + ["step"] * len(who)


def test_the_report_compares_the_two_learners(tiny_beer_game: Any, tmp_path: Path) -> None:
    made = tiny_beer_game.reported(tmp_path, "learning")
    assert "PPO, seed 0" in made.figures["learning"]
    assert "PPO, seed 1" in made.figures["learning"]
    assert made.figures["learning"].count("(plays)") == 1
    assert "the best known play earns" in made.figures["learning"]
    assert "Who earns more? " in made.html
    assert "times that of PPO" in made.html


def test_a_run_without_it_does_not_mention_it(tiny_run: Any, tmp_path: Path) -> None:
    made = tiny_run.reported(tmp_path, "learning")
    assert "PPO" not in made.figures["learning"]
    assert "Who earns more? " not in made.html
