"""All rules: their names, what they need, and that their actions can always be played."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from satisfice import plugins
from satisfice.contenders import RULES, general, load_rule, quantal_response, rules_of
from satisfice.contenders.base import Contender, RuleOfPlay, Turn
from satisfice.errors import SatisficeError
from satisfice.games import GAMES, load_game

OWN = """
from satisfice.contenders.base import Contender, Parameter, RuleOfPlay

class Lazy(RuleOfPlay):
    parameters = (Parameter("nothing", (0.0, 1.0), "nothing"),)
    def act(self, turn):
        return turn.uniforms.long()

class Certain(Lazy):
    parameters = ()

class Unfinished(RuleOfPlay):
    parameters = (Parameter("nothing", (0.0, 1.0), "nothing"),)

class NoContender:
    pass

class Raises(Lazy):
    def __init__(self, game):
        raise RuntimeError("no licence")

class NeedsText(Lazy):
    needs = "cournot"

class NamesOnly(Lazy):
    parameters = ("inertia",)

class OneAlone(Lazy):
    parameters = Parameter("inertia", (0.0, 1.0), "inertia")

class NoSuper(Lazy):
    def __init__(self, game):
        self.game = game

class Turned(Lazy):
    parameters = (Parameter("inertia", (1.0, 0.0), "inertia"),)

class Twice(Lazy):
    parameters = 2 * Lazy.parameters

class Unknown(Lazy):
    fixed = {"inertia": 1.0}
"""
FIXED = {
    "cournot": ["equilibrium", "best_reply"],
    "cobweb": ["equilibrium", "naive_expectations", "adaptive_expectations"],
    "beer_game": ["equilibrium", "tuned_base_stock", "sterman"],
    "newsvendor": ["equilibrium"],
}
OF_STAGE_GAMES = ["noisy_equilibrium", "quantal_response", "cognitive_hierarchy"]
FITTED = {
    "cournot": [*OF_STAGE_GAMES, "noisy_best_reply", "imitate_the_best"],
    "cobweb": [*OF_STAGE_GAMES, "naive_expectations_noisy", "adaptive_expectations_fitted"],
    "beer_game": ["sterman_fitted", "noisy_base_stock", "level_k"],
    "newsvendor": [*OF_STAGE_GAMES, "mean_anchoring", "demand_chasing"],
}
NAMES = sorted({rule.name for rule in RULES})


def loaded(name: str, game: str) -> RuleOfPlay:
    contender = load_rule(name, load_game(game), "test")
    assert isinstance(contender, RuleOfPlay)
    return contender


PAIRS = {
    (name, game): loaded(name, game) for game in GAMES for name in [*FIXED[game], *FITTED[game]]
}
LEARNING = {("ewa", game) for game in ("cournot", "cobweb", "newsvendor")}
"""Rules whose agents remember all rounds, so that a state is not enough."""
LARGEST_DRAW = 1 - 2**-24


@pytest.fixture(scope="module", autouse=True)
def coarse_hierarchy() -> Iterator[None]:
    """Solves the cognitive hierarchy at few points: between them everything is the same."""
    with pytest.MonkeyPatch.context() as patch:
        for name, points in (("TAU_POINTS", 3), ("NOISE_POINTS", 4), ("REACH_POINTS", 2)):
            patch.setattr(general, name, points)
        patch.setattr(quantal_response, "POINTS", 5)
        patch.setattr(quantal_response, "MOST_HALVINGS", 0)
        yield


@pytest.mark.parametrize("pair", list(PAIRS), ids="-".join)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_actions_can_always_be_played_and_repeat(
    pair: tuple[str, str], data: st.DataObject
) -> None:
    rule, markets = PAIRS[pair], 5
    game, number = rule.game, len(rule.free)
    unit = st.sampled_from([0.0, 1.0]) | st.floats(0, 1)
    treatment = data.draw(st.sampled_from(list(game.treatments)))
    row = data.draw(st.lists(unit, min_size=number, max_size=number))
    cube = np.random.default_rng(0).random((markets, number))
    cube[0] = row
    dtype = data.draw(st.sampled_from([torch.float32, torch.float64]))
    values = rule.space.values(rule.from_unit(cube))
    theta = {name: torch.from_numpy(value).to(dtype) for name, value in values.items()}
    extreme = data.draw(st.sampled_from([0.0, 0.5, LARGEST_DRAW]))
    generator = torch.Generator().manual_seed(data.draw(st.integers(0, 1000)))
    shape = (markets, game.treatments[treatment])
    character = torch.rand(shape, generator=generator)
    character[1] = extreme
    state = game.start(treatment, markets)
    for _ in range(min(game.rounds, 6)):
        uniforms = torch.rand(shape, generator=generator)
        uniforms[:3, 0] = extreme
        action = rule.act(Turn(treatment, state, theta, character, uniforms))
        assert action.shape == shape
        assert action.dtype == torch.long
        assert 0 <= action.min() <= action.max() < len(game.action_values)
        again = rule.act(Turn(treatment, state, theta, character, uniforms))
        assert torch.equal(action, again)
        shocks = torch.rand((markets, game.shocks), generator=generator)
        state, _ = game.step(treatment, state, action, shocks)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_rules_have_names_and_few_parameters(rule: type[Contender]) -> None:
    assert rule.name
    assert len(rule.parameters) <= 4
    assert set(rule.fixed) <= {parameter.name for parameter in rule.parameters}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("game", list(GAMES))
def test_rules_play_the_games_that_they_need(name: str, game: str) -> None:
    if (name, game) in {*PAIRS, *LEARNING}:
        contender = load_rule(name, load_game(game), "test")
        assert (contender.name, contender.game.name) == (name, game)
        assert type(contender) is rules_of(contender.game)[name]
        assert bool(contender.free) == (name not in FIXED[game])
    else:
        with pytest.raises(SatisficeError, match=f"the rule '{name}' plays .*, and not {game}"):
            load_rule(name, load_game(game), "test")


def test_of_two_rules_of_a_name_the_one_that_fits_best_plays() -> None:
    best_reply = [rule for rule in RULES if rule.name == "best_reply"]
    assert rules_of(load_game("cournot"))["best_reply"] is best_reply[0]
    assert best_reply[0].needs is not best_reply[1].needs


def test_an_unknown_name_is_told_with_what_can_play() -> None:
    with pytest.raises(SatisficeError) as caught:
        load_rule("nobody", load_game("beer_game"), "config, key games.beer_game.rivals")
    assert caught.value.place == "config, key games.beer_game.rivals"
    assert "'nobody'" in caught.value.problem
    for name in [*FIXED["beer_game"], *FITTED["beer_game"]]:
        assert name in caught.value.remedy
    assert "imitate" not in caught.value.remedy


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "own_contenders.py").write_text(OWN, encoding="utf-8")
    (tmp_path / "broken_contenders.py").write_text("1 / 0", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "own_contenders", raising=False)
    return "own_contenders"


@pytest.mark.parametrize(("name", "free"), [("Lazy", ("nothing",)), ("Certain", ())])
def test_a_class_of_ones_own_plays(own: str, name: str, free: tuple[str, ...]) -> None:
    contender = load_rule(f"{own}:{name}", load_game("newsvendor"), "test")
    assert contender.free == free


def test_another_package_offers_a_rule_by_an_entry_point(
    own: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    offered = EntryPoints([EntryPoint("lazy", f"{own}:Lazy", plugins.CONTENDER_GROUP)])
    monkeypatch.setattr(plugins, "entry_points", offered.select)
    assert load_rule("lazy", load_game("cobweb"), "test").free == ("nothing",)
    with pytest.raises(SatisficeError, match="'lax' is not a rule of play"):
        load_rule("lax", load_game("cobweb"), "test")


@pytest.mark.parametrize("name", ["Unfinished", "NoContender", "Contender", "Parameter"])
def test_a_class_that_is_no_contender_is_refused(own: str, name: str) -> None:
    with pytest.raises(SatisficeError, match="not a complete contender"):
        load_rule(f"{own}:{name}", load_game("newsvendor"), "test")


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("Raises", "cannot be built: RuntimeError: no licence."),
        ("NeedsText", "needs 'cournot', which is not a class."),
        ("NamesOnly", "NamesOnly.parameters: 'inertia' is not a declaration of parameters."),
        ("OneAlone", "OneAlone.parameters: Parameter(name='inertia'"),
        ("NoSuper", "has no parameter space. Remedy: Call super().__init__(game)"),
        ("Turned", "Turned.parameters.inertia: [1.0, 0.0] are not bounds"),
        ("Twice", "Twice.parameters.nothing: is declared twice."),
        ("Unknown", "Unknown.parameters.inertia: unknown parameter."),
    ],
)
def test_a_class_that_cannot_be_built_is_told_by_the_key_and_its_name(
    own: str, name: str, problem: str
) -> None:
    with pytest.raises(SatisficeError) as caught:
        load_rule(f"{own}:{name}", load_game("cournot"), "config, key x.rule")
    assert caught.value.place == "config, key x.rule"
    assert f"the contender '{own}:{name}' " in caught.value.problem
    assert problem in str(caught.value)


def test_where_nothing_is_fitted_only_rules_without_parameters_are_recommended() -> None:
    for name in ("nobody", "sterman"):
        with pytest.raises(SatisficeError) as caught:
            load_rule(name, load_game("cournot"), "rivals", is_fitted=False)
        assert caught.value.remedy.startswith("Use one of: best_reply, equilibrium; or an entry")
        assert "package.module" not in caught.value.remedy


@pytest.mark.parametrize(
    "name",
    [
        "own_contenders:Missing",
        "no_such_module:Lazy",
        "broken_contenders:Any",
        ":Lazy",
        "own_contenders:",
    ],
)
def test_a_class_that_cannot_be_imported_is_told(own: str, name: str) -> None:
    with pytest.raises(SatisficeError, match="cannot be imported"):
        load_rule(name, load_game("newsvendor"), "test")
