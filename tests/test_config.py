"""Configs: defaults, and one clear message for everything that can be wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pydantic import Field, ValidationError
from snakemake.utils import update_config

from satisfice.config import Belief, Config, GameConfig, Rational, checked, resolve, with_file
from satisfice.config_values import Named
from satisfice.contenders import rules_of
from satisfice.errors import SatisficeError
from satisfice.games import GAMES, load_game
from satisfice.games.base import DynamicGame
from satisfice.learning.populations import check_variant
from satisfice.learning.settings import LearningConfig, LearningSettings, RationalLearning
from satisfice.population.registry import BELIEFS, OTHER_KEYS, build_belief, space_of
from satisfice.population.supertypes import SKILL_SPACE
from satisfice.settings import Settings, Several, block_of

ROOT = Path(__file__).resolve().parents[1]
DEFAULT, SMOKE = (ROOT / "workflow" / "config" / f"{name}.yaml" for name in ("default", "smoke"))
PARAMETERS = {*SKILL_SPACE.names, *(p.name for b in BELIEFS.values() for p in b.parameters)}


def content(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded


def shipped() -> dict[str, Any]:
    return content(DEFAULT)


def merged() -> dict[str, Any]:
    """The smoke config over the default one, as Snakemake merges them."""
    config = shipped()
    update_config(config, content(SMOKE))
    return config


def refusal(config: Mapping[str, Any], *files: Path) -> str:
    with pytest.raises(SatisficeError) as caught:
        resolve(config, files)
    return str(caught.value)


def mappings(tree: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Paths of all mappings inside a tree, the tree itself first."""
    if isinstance(tree, dict):
        yield path
        for key, value in tree.items():
            yield from mappings(value, (*path, key))


def at(tree: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        tree = tree[key]
    return tree


SHIPPED = resolve(shipped(), [DEFAULT])
# One game stands for all: their blocks follow the same rules.
RESOLVED = SHIPPED | {"games": {"cournot": SHIPPED["games"]["cournot"]}}
LEVELS = list(mappings(RESOLVED))
# Keys are free here: names of games and of prior beliefs, and what is checked elsewhere.
FREE = ("games", "beliefs", "experiments", "benchmark")
CHECKED_LEVELS = [path for path in LEVELS if not path or path[-1] not in FREE]


def test_every_shipped_config_resolves() -> None:
    assert SHIPPED["run"] == "full"
    smoke = resolve(merged(), [DEFAULT, SMOKE])
    assert smoke["run"] == "smoke"
    game = smoke["games"]["cournot"]
    assert game["simulation"] == {"simulations": 640, "chunks": 1}
    held_out = {"treatments": ["4", "5"], "statistics": []}
    assert game["held_out"] == held_out  # from default.yaml
    assert game["beliefs"]["habit"]["learning"]["iterations"] == 30
    assert game["rational"]["learning"]["smallest_cost"] == 0.2
    assert set(smoke["games"]) == set(SHIPPED["games"]) == set(GAMES)


@pytest.mark.parametrize("name", GAMES)
def test_shipped_configs_ask_for_what_the_games_have(name: str) -> None:
    game = load_game(name)
    for config in (SHIPPED, resolve(merged(), [DEFAULT, SMOKE])):
        block = config["games"][name]
        unfitted = {name for name, rule in rules_of(game).items() if not rule(game).free}
        assert set(block["rivals"]) == unfitted
        for variant in (*block["beliefs"].values(), block["rational"]):
            assert variant["information"] in game.information
            assert variant["reward"] == "own" or isinstance(game, DynamicGame)
        # What is fitted leaves predictions to test.
        assert block["held_out"]["treatments"] or block["held_out"]["statistics"]


def minimal() -> dict[str, Any]:
    return {
        "run": "mine",
        "games": {
            "cournot": {
                "dataset": "huck2004",
                "held_out": {"treatments": ["5"]},
                "default_belief": "habit",
                "beliefs": {"habit": {"prior_belief": "habit"}},
                "rational": {},
            }
        },
    }


def test_defaults_are_filled_in_at_every_level() -> None:
    config = minimal()
    before = deepcopy(config)
    filled = resolve(config, [])
    assert config == before
    assert filled["seed"] == 2024
    game = filled["games"]["cournot"]
    learning = LearningConfig().model_dump()
    assert set(learning) == set(LearningSettings.model_fields) - {"seed"}
    assert game["beliefs"]["habit"].pop("learning") == learning
    # Rational agents override one of them.
    assert game["rational"].pop("learning") == learning | {"smallest_cost": 0.2}
    assert RationalLearning().model_dump() == learning | {"smallest_cost": 0.2}
    assert game["beliefs"]["habit"] == {
        "prior_belief": "habit",
        "information": "none",
        "reward": "own",
        "rational": False,
    }
    assert game["rational"] == {
        "prior_belief": "uniform",
        "information": "none",
        "reward": "own",
        "rational": True,
    }
    assert game["held_out"] == {"treatments": ["5"], "statistics": []}
    assert game["rivals"] == ["equilibrium"]
    # What is not said of a parameter is as its declaration has it.
    assert game["parameter_prior"] == {"roles": []}
    space = space_of(game["beliefs"]["habit"], game["parameter_prior"])
    assert space == replace(SKILL_SPACE, fixed={"stay": 0.15, "explore": 0.5, "reach": 0.1})
    belief = build_belief(load_game("cournot"), game["beliefs"]["habit"])
    assert belief.fixed == {"stay": 0.15, "explore": 0.5, "reach": 0.1}
    assert space.bounds.T.tolist() == [[0.0, 1.0], [0.02, 0.5], np.log([0.02, 2.0]).tolist()]
    for section in ("parameter_prior", "verification", "simulation", "inference", "evaluation"):
        default = GameConfig.model_fields[section].default
        assert game[section] == default.model_dump(mode="json")
    assert game["inference"]["estimator"]["most_epochs"] == 40


def test_defaults_are_not_shared_between_sections() -> None:
    config = minimal()
    config["games"]["cournot"]["beliefs"]["uniform"] = {"prior_belief": "uniform"}
    game = resolve(config, [])["games"]["cournot"]
    game["beliefs"]["habit"]["learning"]["iterations"] = 1
    assert game["beliefs"]["uniform"]["learning"]["iterations"] == 2000
    assert game["rational"]["learning"]["iterations"] == 2000


def misspellings() -> Iterator[Any]:
    for level in CHECKED_LEVELS:
        for key in at(RESOLVED, level):
            if key not in PARAMETERS:
                yield pytest.param(level, key, id=".".join((*level, key)))


@pytest.mark.parametrize(("level", "key"), misspellings())
def test_a_misspelt_key_is_told_with_file_place_and_suggestion(
    tmp_path: Path, level: tuple[str, ...], key: str
) -> None:
    config = deepcopy(RESOLVED)
    block = at(config, level)
    wrong = key[:-1] if len(key) > 4 else key + key[-1]
    block[wrong] = block.pop(key)
    file = tmp_path / "mine.yaml"
    file.write_text(yaml.safe_dump(config), encoding="utf-8")
    text = refusal(config, file)
    assert text.startswith(f"{file}, key {'.'.join((*level, wrong))}: unknown key.")
    assert f"Did you mean '{key}'?" in text


def misspelt_parameters() -> Iterator[Any]:
    for level in CHECKED_LEVELS:
        for key in at(RESOLVED, level):
            # The misspelling of mu is too short to be recognised.
            if level[:1] == ("games",) and key in PARAMETERS and key != "mu":
                yield pytest.param(level, key, id=".".join((*level, key)))


@pytest.mark.parametrize(("level", "key"), misspelt_parameters())
def test_a_misspelt_parameter_is_told_with_place_and_suggestion(
    level: tuple[str, ...], key: str
) -> None:
    config = deepcopy(RESOLVED)
    block = at(config, level)
    wrong = key[:-1] if len(key) > 4 else key + key[-1]
    block[wrong] = block.pop(key)
    text = refusal_of_a_variant(config)
    assert text.startswith(f"config, key {'.'.join((*level, wrong))}: unknown parameter.")
    assert f"Did you mean '{key}'?" in text


def refusal_of_a_variant(config: dict[str, Any]) -> str:
    """What is said, before the first job, of a variant of a config that resolves."""
    game = resolve(config, [])["games"]["cournot"]
    with pytest.raises(SatisficeError) as caught:
        check_variants(game)
    return str(caught.value)


def check_variants(game: dict[str, Any]) -> None:
    for name, variant in {**game["beliefs"], "rational": game["rational"]}.items():
        check_variant(load_game("cournot"), name, variant, game["parameter_prior"])


@pytest.mark.parametrize(
    "name", ["rational", "rational_2", "bounded", "bounded_habit", "bounded_seed_2"]
)
def test_names_of_the_models_are_kept_for_them(name: str) -> None:
    told = f"the name '{name}' is reserved for bounded and rational play"
    config = shipped()
    config["games"]["cournot"]["rivals"].append(name)
    assert told in refusal(config)


def test_the_guilty_file_is_named(tmp_path: Path) -> None:
    override = tmp_path / "override.yaml"
    wrong = {"games": {"cournot": {"simulation": {"chunk": 3}}}}
    override.write_text(yaml.safe_dump(wrong), encoding="utf-8")
    config = shipped()
    update_config(config, wrong)
    assert refusal(config, DEFAULT, override).startswith(f"{override}, key games.cournot.simul")
    # Where both files have the key, the later one is in force.
    wrong = {"games": {"cournot": {"inference": {"members": 1}}}}
    override.write_text(yaml.safe_dump(wrong), encoding="utf-8")
    config = shipped()
    update_config(config, wrong)
    assert f"{override}, key games.cournot.inference.members" in refusal(config, DEFAULT, override)


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text("abc"), st.lists(st.integers(), max_size=2)
)


@given(
    level=st.sampled_from(LEVELS),
    key=st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1).filter(
        lambda key: not any(key in at(RESOLVED, level) for level in LEVELS)
    ),
    value=VALUES,
)
@settings(
    deadline=None,
    max_examples=40,
    derandomize=True,
    suppress_health_check=[HealthCheck.filter_too_much],
)
def test_an_extra_key_is_refused_wherever_it_is(
    level: tuple[str, ...], key: str, value: Any
) -> None:
    # Null leaves out a game or a belief; other models check what experiments take.
    assume(value is not None or level[-1:] == () or level[-1] not in ("games", "beliefs"))
    assume(level[-1:] not in (("experiments",), ("benchmark",)))
    # A number could be a parameter: what variants and priors have is known before the first job.
    assume(not free_of_parameters(level) or not is_setting(value))
    config = deepcopy(RESOLVED)
    at(config, level)[key] = value
    text = refusal(config)
    assert key in text or repr(key) in text
    assert ".".join(level) in text


def free_of_parameters(level: tuple[str, ...]) -> bool:
    named = level[-1:] in (("rational",), ("parameter_prior",))
    return named or level[-2:-1] == ("beliefs",)


def is_setting(value: Any) -> bool:
    if isinstance(value, list):
        return len(value) == 2
    return type(value) is int


@pytest.mark.parametrize(
    "level",
    [level for level in LEVELS if level[:1] == ("games",) and free_of_parameters(level)],
)
def test_an_extra_number_is_refused_before_the_first_job(level: tuple[str, ...]) -> None:
    config = deepcopy(RESOLVED)
    at(config, level)["zzzz"] = 3
    place = f"config, key {'.'.join(level)}.zzzz: unknown parameter."
    assert refusal_of_a_variant(config).startswith(place)


@pytest.mark.parametrize("level", [(), ("games", "cournot"), ("games", "cournot", "inference")])
def test_a_key_that_is_a_number_is_refused(level: tuple[str, ...]) -> None:
    config = deepcopy(RESOLVED)
    at(config, level)[7] = "x"
    assert f"key {'.'.join(level)}: has the key 7, which is not a text." in refusal(config)


@pytest.mark.parametrize("name", ["reference", "benchmark", "Reference", "BENCHMARK"])
def test_a_run_cannot_write_where_other_targets_write(name: str) -> None:
    text = refusal(RESOLVED | {"run": name})
    assert f"key run: results already have a folder '{name.lower()}'" in text
    assert "Remedy: Choose another name." in text


@pytest.mark.parametrize("name", ["experiments", "pooled", "logs", "benchmarks"])
def test_a_game_cannot_write_where_its_run_writes(name: str) -> None:
    text = refusal(RESOLVED | {"games": {name: deepcopy(RESOLVED["games"]["cournot"])}})
    assert f"key games.{name}: a run's results already have a folder '{name}'" in text


GAME = ("games", "cournot")
WRONG_VALUES = [
    (("run",), "a/b"),
    (("run",), ".."),
    (("run",), ""),
    (("run",), 3),
    (("seed",), -1),
    (("seed",), "one"),
    (("seed",), 1.0),
    (("seed",), True),
    (("games",), {}),
    (("games",), [1]),
    (GAME, 3),
    ((*GAME, "dataset"), "../elsewhere"),
    ((*GAME, "held_out"), "5"),
    ((*GAME, "held_out"), ["5"]),
    ((*GAME, "held_out"), None),
    ((*GAME, "held_out", "treatments"), "5"),
    ((*GAME, "held_out", "treatments"), [5]),
    ((*GAME, "held_out", "statistics"), "*_week"),
    ((*GAME, "held_out", "statistics"), [None]),
    ((*GAME, "default_belief"), 3),
    ((*GAME, "beliefs"), {}),
    ((*GAME, "beliefs", "habit", "prior_belief"), 3),
    ((*GAME, "beliefs", "habit", "prior_belief"), None),
    ((*GAME, "beliefs", "habit", "information"), None),
    ((*GAME, "beliefs", "habit", "reward"), "both"),
    ((*GAME, "beliefs", "habit", "rational"), True),
    ((*GAME, "beliefs", "habit", "stay"), float("nan")),
    ((*GAME, "beliefs", "habit", "stay"), "often"),
    ((*GAME, "beliefs", "habit", "stay"), True),
    ((*GAME, "beliefs", "habit", "stay"), None),
    ((*GAME, "beliefs", "habit", "stay"), [0.1]),
    ((*GAME, "beliefs", "habit", "stay"), [0.1, 0.2, 0.3]),
    ((*GAME, "beliefs", "habit", "stay"), [0.1, "two"]),
    ((*GAME, "beliefs", "habit", "stay"), [0.2, 0.1]),
    ((*GAME, "beliefs", "habit", "learning", "iterations"), 4),
    ((*GAME, "beliefs", "habit", "learning", "iterations"), 5.0),
    ((*GAME, "beliefs", "habit", "learning", "learning_rate"), 0),
    ((*GAME, "beliefs", "habit", "learning", "learning_rate"), float("inf")),
    ((*GAME, "beliefs", "habit", "learning", "learning_rate"), "fast"),
    ((*GAME, "beliefs", "habit", "learning", "averaging"), 1),
    ((*GAME, "rational", "rational"), False),
    ((*GAME, "rational", "prior_belief"), None),
    ((*GAME, "rational", "reward"), "team's"),
    ((*GAME, "rational", "spread"), [1.0, 2.0]),
    ((*GAME, "rational", "explore"), "all"),
    ((*GAME, "rivals"), []),
    ((*GAME, "rivals"), ["sterman"]),
    ((*GAME, "rivals"), ["equilibrium", "equilibrium"]),
    ((*GAME, "rivals"), "equilibrium"),
    ((*GAME, "rivals"), ["equilibrium", "../rule"]),
    ((*GAME, "parameter_prior", "mu"), [0.5]),
    ((*GAME, "parameter_prior", "mu"), [0.1, 0.2, 0.3]),
    ((*GAME, "parameter_prior", "mu"), "half"),
    ((*GAME, "parameter_prior", "beta"), [0.02, "two"]),
    ((*GAME, "parameter_prior", "beta"), [0.02, float("inf")]),
    ((*GAME, "parameter_prior", "roles"), "factory"),
    ((*GAME, "parameter_prior", "roles"), [1, 2]),
    ((*GAME, "parameter_prior", "roles"), None),
    ((*GAME, "simulation", "simulations"), 399),
    ((*GAME, "simulation", "chunks"), 0),
    ((*GAME, "inference", "members"), 1),
    ((*GAME, "inference", "estimator", "estimator"), "maf"),
    ((*GAME, "inference", "estimator", "validation_share"), 0.9),
    ((*GAME, "evaluation", "draws"), 99),
    ((*GAME, "verification", "supertypes"), 1),
]


@pytest.mark.parametrize(("path", "value"), WRONG_VALUES)
def test_a_wrong_value_is_told_with_file_place_and_meaning(
    tmp_path: Path, path: tuple[str, ...], value: Any
) -> None:
    config = deepcopy(RESOLVED)
    at(config, path[:-1])[path[-1]] = value
    file = tmp_path / "mine.yaml"
    file.write_text(yaml.safe_dump(config), encoding="utf-8")
    text = refusal(config, file)
    assert f"{file}, key {'.'.join(path)}" in text
    assert "Remedy: " in text
    assert not text.endswith("Remedy: ")


WRONG_SETTINGS = [
    (("beliefs", "habit", "prior_belief"), "guess"),
    (("beliefs", "habit", "stay"), 1.5),
    (("beliefs", "habit", "stay"), [0.1, 1.5]),
    (("beliefs", "habit", "explore"), 0),
    (("beliefs", "habit", "explore"), [0, 0.1]),
    (("beliefs", "habit", "reach"), 0.0),
    (("beliefs", "habit", "spread"), 0),
    (("rational", "spread"), -1.0),
    (("rational", "explore"), 0),
    (("rational", "explore"), 1.1),
    (("parameter_prior", "mu"), [-0.1, 1]),
    (("parameter_prior", "mu"), 1.1),
    (("parameter_prior", "sigma"), [0.0, 0.5]),
    (("parameter_prior", "beta"), [0.0, 0.5]),
    (("parameter_prior", "skill"), 0.5),
]


@pytest.mark.parametrize(("path", "value"), WRONG_SETTINGS)
def test_a_setting_that_no_parameter_can_have_is_told_before_the_first_job(
    path: tuple[str, ...], value: Any
) -> None:
    config = deepcopy(RESOLVED)
    if path[0] == "rational":
        at(config, (*GAME, "rational"))["prior_belief"] = "anchor"
    at(config, (*GAME, *path[:-1]))[path[-1]] = value
    text = refusal_of_a_variant(config)
    assert text.startswith(f"config, key games.cournot.{'.'.join(path)}: ")
    assert not text.endswith("Remedy: ")


REQUIRED = [
    ("run",),
    ("games",),
    *((*GAME, name) for name, field in GameConfig.model_fields.items() if field.is_required()),
    (*GAME, "beliefs", "habit", "prior_belief"),
]


@pytest.mark.parametrize("path", REQUIRED)
def test_a_missing_key_is_named(path: tuple[str, ...]) -> None:
    config = deepcopy(RESOLVED)
    del at(config, path[:-1])[path[-1]]
    assert f"key {'.'.join(path)}: is missing. Remedy: Add the key." in refusal(config)


def lose_the_default_belief(game: dict[str, Any]) -> None:
    game["default_belief"] = "anchor"


def turn_bounds_of_a_belief(game: dict[str, Any]) -> None:
    game["beliefs"]["habit"]["stay"] = [0.3, 0.2]


def swap_bounds(game: dict[str, Any]) -> None:
    game["parameter_prior"]["sigma"] = [0.5, 0.02]


def reserve_too_much(game: dict[str, Any]) -> None:
    game["inference"]["sbc"] = game["simulation"]["simulations"] // 2


@pytest.mark.parametrize(
    ("spoil", "key", "problem"),
    [
        (lose_the_default_belief, "default_belief", "'anchor' is not among the beliefs."),
        (turn_bounds_of_a_belief, "beliefs.habit.stay", "the lower bound 0.3 is not below"),
        (swap_bounds, "parameter_prior.sigma", "the lower bound 0.5 is not below"),
        (reserve_too_much, "inference.sbc", "leaves fewer than half"),
    ],
)
def test_keys_that_contradict_each_other_are_refused(
    tmp_path: Path, spoil: Callable[[dict[str, Any]], None], key: str, problem: str
) -> None:
    config = deepcopy(RESOLVED)
    spoil(config["games"]["cournot"])
    file = tmp_path / "mine.yaml"
    file.write_text(yaml.safe_dump(config), encoding="utf-8")
    assert f"{file}, key games.cournot.{key}: {problem}" in refusal(config, file)


def test_just_enough_simulations_are_accepted() -> None:
    config = deepcopy(RESOLVED)
    game = config["games"]["cournot"]
    game["inference"]["sbc"] = game["simulation"]["simulations"] // 2 - 1
    game["beliefs"]["habit"].update(stay=0.5, explore=0.5)
    assert resolve(config, []) == config
    check_variants(game)
    game["beliefs"]["habit"].update(stay=0.6)
    assert "beliefs.habit.stay + explore: 1.1 is no usable" in refusal_of_a_variant(config)


def test_only_the_habit_shares_its_probability_between_stay_and_explore() -> None:
    config = deepcopy(RESOLVED)
    beliefs = config["games"]["cournot"]["beliefs"]
    beliefs["habit"] = {"prior_belief": "anchor", "spread": 1.0, "explore": 0.95}
    check_variants(resolve(config, [])["games"]["cournot"])
    # And no other belief takes what belongs to the habit.
    beliefs["habit"]["stay"] = 0.15
    assert "beliefs.habit.stay: unknown parameter." in refusal_of_a_variant(config)


def test_games_set_to_null_are_left_out(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(
        "run: mine\ngames: {cobweb: null, beer_game: null, newsvendor: null}\n", encoding="utf-8"
    )
    config = shipped()
    update_config(config, content(file))
    before = deepcopy(config)
    found = resolve(config, [DEFAULT, file])
    assert config == before
    assert list(found["games"]) == ["cournot"]
    assert found["games"]["cournot"] == RESOLVED["games"]["cournot"]


def test_beliefs_set_to_null_are_left_out() -> None:
    smoke = resolve(merged(), [DEFAULT, SMOKE])["games"]
    overrides = content(SMOKE)["games"]
    for name, block in SHIPPED["games"].items():
        nulls = [b for b, value in overrides[name].get("beliefs", {}).items() if value is None]
        kept = [belief for belief in block["beliefs"] if belief not in nulls]
        assert list(smoke[name]["beliefs"]) == kept
    # A null of one game says nothing about another.
    assert "habit" in SHIPPED["games"]["cobweb"]["beliefs"]
    assert "habit" not in smoke["cobweb"]["beliefs"]
    assert "habit" in smoke["cournot"]["beliefs"]


def test_not_everything_can_be_left_out() -> None:
    config = shipped()
    config["games"] = dict.fromkeys(config["games"])
    assert "key games: " in refusal(config)
    config = shipped()
    beliefs = config["games"]["cobweb"]["beliefs"]
    config["games"]["cobweb"]["beliefs"] = dict.fromkeys(beliefs)
    assert "key games.cobweb.beliefs: " in refusal(config)
    config = shipped()
    default = config["games"]["cobweb"]["default_belief"]
    config["games"]["cobweb"]["beliefs"][default] = None
    text = refusal(config)
    assert f"key games.cobweb.default_belief: '{default}' is not among the beliefs." in text
    others = [belief for belief in beliefs if belief != default]
    assert f"Use one of: {', '.join(others)}." in text


@pytest.mark.parametrize("games", [None, 3, "cournot", ["cournot"], {"cournot": ["habit"]}])
def test_blocks_that_are_no_mappings_are_still_refused(games: Any) -> None:
    assert "key games" in refusal(shipped() | {"games": games})
    config = shipped()
    config["games"]["cournot"]["beliefs"] = games
    assert "key games.cournot.beliefs" in refusal(config)


def models(model: type[Settings]) -> Iterator[type[Settings]]:
    yield model
    for field in model.model_fields.values():
        inner, _ = block_of(field)
        if inner:
            yield from models(inner)


FIELDS = {
    f"{model.__name__}.{name}": field
    for model in models(Config)
    for name, field in model.model_fields.items()
}


@pytest.mark.parametrize("name", FIELDS)
def test_every_key_is_described(name: str) -> None:
    assert len(FIELDS[name].description or "") > 10


def test_keys_of_a_variant_that_are_no_parameters_are_known_where_its_space_is_made() -> None:
    assert set(Belief.model_fields) == set(Rational.model_fields) == set(OTHER_KEYS)


class Own(Settings):
    """What an experiment could take."""

    sizes: Several[int] = (1, 2)
    """Sizes."""
    learning: LearningConfig = LearningConfig(iterations=7)
    """How to learn."""
    others: Named[LearningConfig] = Field(default_factory=dict)
    """Other ways."""


def test_a_section_of_ones_own_is_checked_like_the_config(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("experiments: {own: {sizes: [1, x], others: {a: {clipp: 1}}}}", "utf-8")
    keys = ("experiments", "own")
    found = checked(Own, {"sizes": [3], "others": {"a": {"clip": 1}, "b": None}}, [file], keys)
    assert found.sizes == (3,) and found.learning.iterations == 7
    assert found.others == {"a": LearningConfig(clip=1.0)}

    def told(given: dict[str, Any]) -> str:
        with pytest.raises(SatisficeError) as caught:
            checked(Own, given, [file], keys)
        return str(caught.value)

    assert told({"sizes": [1, "x"]}).startswith(
        f"{file}, key experiments.own.sizes.1: 'x' should be a whole number. Remedy: "
    )
    text = told({"others": {"a": {"clipp": 1}}})
    assert text.startswith(f"{file}, key experiments.own.others.a.clipp: unknown key.")
    assert "Did you mean 'clip'?" in text
    assert told({"others": {"A": {}}}).startswith("config, key experiments.own.others.A: 'A' cann")


HINTS = [
    ((*GAME, "held_out", "treatments"), [4, 5], "Put it in quotes: '4'."),
    ((*GAME, "default_belief"), False, "Put the word in quotes: YAML reads yes, no, on and off"),
    ((*GAME, "inference", "sbc"), 200.0, "Write 200. This key is: Simulations reserved"),
    ((*GAME, "inference", "sbc"), "200", "Write numbers without quotes"),
    ((*GAME, "beliefs", "habit", "learning", "clip"), "1e-3", "and 1e-3 as 1.0e-3."),
]


@pytest.mark.parametrize(("path", "value", "hint"), HINTS)
def test_what_yaml_reads_as_something_else_is_told(
    path: tuple[str, ...], value: Any, hint: str
) -> None:
    config = deepcopy(RESOLVED)
    at(config, path[:-1])[path[-1]] = value
    assert hint in refusal(config)


def test_settings_keep_their_promises() -> None:
    with pytest.raises(ValidationError):
        LearningConfig(seed=1)  # type: ignore[call-arg]
    assert LearningSettings(iterations=7, seed=3).model_dump()["seed"] == 3
    assert LearningSettings(**LearningConfig(clip=1).model_dump(), seed=3).clip == 1.0
    with pytest.raises(ValidationError):
        LearningConfig().iterations = 3  # type: ignore[misc]


def test_an_error_about_a_key_names_the_file_that_holds_it(tmp_path: Path) -> None:
    first, second = tmp_path / "first.yaml", tmp_path / "second.yaml"
    first.write_text("games: {cournot: {rivals: [x], dataset: y}}", encoding="utf-8")
    second.write_text("games: {cournot: {rivals: [z]}}", encoding="utf-8")
    files = [first, second]

    def place(key: str) -> str:
        return str(with_file(SatisficeError(key, "is wrong.", "Mend it."), files).place)

    # Of several files the last one that has the key counts.
    assert place("config, key games.cournot.rivals") == f"{second}, key games.cournot.rivals"
    assert place("config, key games.cournot.dataset") == f"{first}, key games.cournot.dataset"
    # What no file holds is a default's, and what is no key has a place of its own.
    assert place("config, key games.cournot.held_out") == "config, key games.cournot.held_out"
    assert place("data/x.csv") == "data/x.csv"
