"""Which models are compared by single decisions."""

from __future__ import annotations

from pathlib import Path

import pytest

from satisfice.contenders.tremble import Trembling
from satisfice.decisions.models import ALIKE, compared_models
from satisfice.decisions.settings import DecisionSettings
from satisfice.errors import SatisficeError
from satisfice.games.newsvendor import Newsvendor
from satisfice.io.game_run import GameRun

WHO = GameRun("nowhere", ("habit", "uniform"), ("equilibrium",))


def test_every_model_has_a_group() -> None:
    """The default belief first; no policy is loaded before it is needed."""
    found = compared_models(Newsvendor(), WHO, DecisionSettings(rivals=("mean_anchoring",)))
    assert {name: each.group for name, each in found.items()} == {
        "bounded": "bounded",
        "bounded_uniform": "bounded",
        ALIKE: "ablation",
        "belief_habit": "belief",
        "belief_uniform": "belief",
        "rational": "rival",
        "equilibrium": "rival",
        "mean_anchoring": "rival",
    }


def test_rules_tremble_and_have_noise_once() -> None:
    found = compared_models(Newsvendor(), WHO, DecisionSettings(rivals=("mean_anchoring",)))
    exact, noisy = (found[name].build() for name in ("equilibrium", "mean_anchoring"))
    assert isinstance(exact, Trembling) and exact.free == ("tremble", "noise_sd")
    assert isinstance(noisy, Trembling)
    assert noisy.free == (*noisy.inner.free, "tremble")
    assert noisy.free.count("noise_sd") == 1


SILENT = """
from satisfice.contenders.base import RuleOfPlay
from torch import zeros_like

class Silent(RuleOfPlay):
    def act(self, turn):
        return zeros_like(turn.uniforms).long()
"""


def test_a_rule_without_a_likelihood_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "silent_rule.py").write_text(SILENT, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    place = "config, key games.newsvendor.decisions.rivals"
    for rule, problem in (
        ("my_rule", "'my_rule' is not a rule of play."),
        ("silent_rule:Silent", "the rule 'silent_rule:Silent' has no likelihood of decisions."),
    ):
        with pytest.raises(SatisficeError) as error:
            compared_models(Newsvendor(), WHO, DecisionSettings(rivals=(rule,)))
        assert (error.value.place, error.value.problem) == (place, problem)
