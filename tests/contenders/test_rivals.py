"""All rivals: their names, what they need, and that their actions can always be played."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from satisfice.contenders import RIVALS, general, load_rival
from satisfice.contenders.base import Rival
from satisfice.errors import SatisficeError
from satisfice.games import GAMES, load_game

OWN = """
from satisfice.contenders.base import Rival, Span

class Lazy(Rival):
    parameters = {"nothing": Span(0.0, 1.0)}
    def act(self, treatment, state, theta, character, uniforms):
        return uniforms.long()

class Unfinished(Rival):
    parameters = {"nothing": Span(0.0, 1.0)}

class Fixed(Lazy):
    parameters = {}

class NoRival:
    pass
"""
PLAYERS = {
    "cournot": ["noisy_equilibrium", "cognitive_hierarchy", "noisy_best_reply", "imitate_the_best"],
    "cobweb": [
        "noisy_equilibrium",
        "cognitive_hierarchy",
        "naive_expectations_noisy",
        "adaptive_expectations_fitted",
    ],
    "beer_game": ["sterman_fitted", "noisy_base_stock", "level_k"],
    "newsvendor": ["noisy_equilibrium", "cognitive_hierarchy"],
}
PAIRS = {
    (rival, game): load_rival(rival, load_game(game), "test")
    for game, rivals in PLAYERS.items()
    for rival in rivals
}
LARGEST_DRAW = 1 - 2**-24


@pytest.fixture(scope="module", autouse=True)
def coarse_hierarchy() -> Iterator[None]:
    """Solves the cognitive hierarchy at few points: between them everything is the same."""
    with pytest.MonkeyPatch.context() as patch:
        for name, points in (("TAU_POINTS", 3), ("NOISE_POINTS", 4), ("REACH_POINTS", 2)):
            patch.setattr(general, name, points)
        yield


@pytest.mark.parametrize("pair", list(PAIRS), ids="-".join)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_actions_can_always_be_played_and_repeat(
    pair: tuple[str, str], data: st.DataObject
) -> None:
    rival, markets = PAIRS[pair], 5
    game = rival.game
    unit = st.sampled_from([0.0, 1.0]) | st.floats(0, 1)
    treatment = data.draw(st.sampled_from(list(game.treatments)))
    row = data.draw(st.lists(unit, min_size=len(rival.parameters), max_size=len(rival.parameters)))
    cube = np.random.default_rng(0).random((markets, len(rival.parameters)))
    cube[0] = row
    dtype = data.draw(st.sampled_from([torch.float32, torch.float64]))
    columns = torch.from_numpy(rival.from_unit(cube)).to(dtype).unsqueeze(1).unbind(-1)
    theta = dict(zip(rival.parameters, columns, strict=True))
    extreme = data.draw(st.sampled_from([0.0, 0.5, LARGEST_DRAW]))
    generator = torch.Generator().manual_seed(data.draw(st.integers(0, 1000)))
    shape = (markets, game.treatments[treatment])
    character = torch.rand(shape, generator=generator)
    character[1] = extreme
    state = game.start(treatment, markets)
    for _ in range(min(game.rounds, 6)):
        uniforms = torch.rand(shape, generator=generator)
        uniforms[:3, 0] = extreme
        action = rival.act(treatment, state, theta, character, uniforms)
        assert action.shape == shape
        assert action.dtype == torch.long
        assert 0 <= action.min() <= action.max() < len(game.action_values)
        again = rival.act(treatment, state, theta, character, uniforms)
        assert torch.equal(action, again)
        shocks = torch.rand((markets, game.shocks), generator=generator)
        state, _ = game.step(treatment, state, action, shocks)


@pytest.mark.parametrize("name", list(RIVALS))
def test_rivals_have_few_parameters_with_proper_priors(name: str) -> None:
    spans = RIVALS[name].parameters
    assert 1 <= len(spans) <= 4
    for span in spans.values():
        assert span.low < span.high
        assert span.low > 0 or not span.logarithmic


@pytest.mark.parametrize("name", list(RIVALS))
@pytest.mark.parametrize("game", list(GAMES))
def test_rivals_play_the_games_that_they_need(name: str, game: str) -> None:
    if name in PLAYERS[game]:
        rival = load_rival(name, load_game(game), "test")
        assert type(rival) is RIVALS[name]
        assert rival.game.name == game
    else:
        with pytest.raises(SatisficeError, match=f"{PLAYERS[game][0]}.*{PLAYERS[game][-1]}"):
            load_rival(name, load_game(game), "test")


def test_an_unknown_name_is_told_with_what_can_play() -> None:
    with pytest.raises(SatisficeError) as caught:
        load_rival("nobody", load_game("beer_game"), "config, key games.beer_game.rivals")
    assert caught.value.place == "config, key games.beer_game.rivals"
    assert "'nobody'" in caught.value.problem
    assert "sterman_fitted, noisy_base_stock, level_k;" in caught.value.remedy
    assert "imitate" not in caught.value.remedy


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "own_rivals.py").write_text(OWN, encoding="utf-8")
    (tmp_path / "broken_rivals.py").write_text("1 / 0", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "own_rivals", raising=False)
    return "own_rivals"


def test_a_class_of_ones_own_plays(own: str) -> None:
    rival = load_rival(f"{own}:Lazy", load_game("newsvendor"), "test")
    assert isinstance(rival, Rival)
    assert list(rival.parameters) == ["nothing"]


@pytest.mark.parametrize("name", ["Unfinished", "Fixed", "NoRival", "Span"])
def test_a_class_that_is_no_rival_is_refused(own: str, name: str) -> None:
    with pytest.raises(SatisficeError, match="not a complete rival"):
        load_rival(f"{own}:{name}", load_game("newsvendor"), "test")


@pytest.mark.parametrize(
    "name",
    ["own_rivals:Missing", "no_such_module:Lazy", "broken_rivals:Any", ":Lazy", "own_rivals:"],
)
def test_a_class_that_cannot_be_imported_is_told(own: str, name: str) -> None:
    with pytest.raises(SatisficeError, match="cannot be imported"):
        load_rival(name, load_game("newsvendor"), "test")


def test_no_built_in_rival_needs_to_be_told_where_none_can_play(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(RIVALS, "sterman_fitted", RIVALS["noisy_best_reply"])
    monkeypatch.setitem(RIVALS, "noisy_base_stock", RIVALS["noisy_best_reply"])
    monkeypatch.setitem(RIVALS, "level_k", RIVALS["noisy_best_reply"])
    with pytest.raises(SatisficeError, match="Name the class of your own"):
        load_rival("nobody", load_game("beer_game"), "test")
