"""Configs: defaults, and one clear message for everything that can be wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from snakemake.utils import update_config

from satisfice.config import resolve
from satisfice.errors import SatisficeError

ROOT = Path(__file__).resolve().parents[1]
SCHEMA = ROOT / "workflow" / "schemas" / "config.schema.yaml"
DEFAULT, SMOKE = (ROOT / "workflow" / "config" / f"{name}.yaml" for name in ("default", "smoke"))
RULES = yaml.safe_load(SCHEMA.read_text(encoding="utf-8"))


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
        resolve(config, SCHEMA, files)
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


RESOLVED = resolve(shipped(), SCHEMA, [DEFAULT])
LEVELS = list(mappings(RESOLVED))
# Keys are free here: names of games and of prior beliefs.
CHECKED_LEVELS = [path for path in LEVELS if path[-1:] not in (("games",), ("beliefs",))]


def test_every_shipped_config_resolves() -> None:
    assert RESOLVED["run"] == "full"
    smoke = resolve(merged(), SCHEMA, [DEFAULT, SMOKE])
    assert smoke["run"] == "smoke"
    game = smoke["games"]["cournot"]
    assert game["simulation"] == {"simulations": 640, "chunks": 2}
    assert game["held_out"] == ["4", "5"]  # from default.yaml
    assert game["beliefs"]["habit"]["learning"]["iterations"] == 30
    assert game["rational"]["learning"]["smallest_cost"] == 0.2


def minimal() -> dict[str, Any]:
    return {
        "run": "mine",
        "games": {
            "cournot": {
                "dataset": "huck2004",
                "held_out": ["5"],
                "default_belief": "habit",
                "beliefs": {"habit": {"prior_belief": "habit"}},
                "rational": {},
            }
        },
    }


def test_defaults_are_filled_in_at_every_level() -> None:
    config = minimal()
    before = deepcopy(config)
    filled = resolve(config, SCHEMA, [])
    assert config == before
    assert filled["seed"] == 2024
    game = filled["games"]["cournot"]
    definitions = RULES["$defs"]

    def defaults(properties: Mapping[str, Any]) -> dict[str, Any]:
        return {
            name: defaults(part["properties"]) if "properties" in part else part["default"]
            for name, part in properties.items()
        }

    learning = defaults(definitions["learning"]["properties"])
    assert len(learning) == 10
    # Rational agents override some of them.
    own = definitions["rational"]["properties"]["learning"]["properties"]
    assert set(own) < set(learning)
    assert game["beliefs"]["habit"].pop("learning") == learning
    assert game["rational"].pop("learning") == learning | defaults(own)
    assert game["beliefs"]["habit"] == {
        "prior_belief": "habit",
        "information": "none",
        "rational": False,
        "stay": 0.15,
        "explore": 0.5,
        "reach": 0.1,
    }
    assert game["rational"] == {"prior_belief": "uniform", "information": "none", "rational": True}
    for section in ("parameter_prior", "verification", "simulation", "inference", "evaluation"):
        properties = definitions["game"]["properties"][section]["properties"]
        assert game[section] == defaults(properties)
    assert game["inference"]["estimator"]["most_epochs"] == 500


def test_defaults_are_not_shared_between_sections() -> None:
    config = minimal()
    config["games"]["cournot"]["beliefs"]["uniform"] = {"prior_belief": "uniform"}
    game = resolve(config, SCHEMA, [])["games"]["cournot"]
    game["beliefs"]["habit"]["learning"]["iterations"] = 1
    assert game["beliefs"]["uniform"]["learning"]["iterations"] == 2000
    assert game["rational"]["learning"]["iterations"] == 2000


def misspellings() -> Iterator[Any]:
    for level in CHECKED_LEVELS:
        for key in at(RESOLVED, level):
            if key != "mu":  # its misspelling is too short to be recognised
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
    config = deepcopy(RESOLVED)
    at(config, level)[key] = value
    text = refusal(config)
    assert key in text or repr(key) in text
    assert ".".join(level) in text


@pytest.mark.parametrize("level", [(), ("games", "cournot"), ("games", "cournot", "inference")])
def test_a_key_that_is_a_number_is_refused(level: tuple[str, ...]) -> None:
    config = deepcopy(RESOLVED)
    at(config, level)[7] = "x"
    assert f"key {'.'.join((*level, '7'))}: unknown key." in refusal(config)


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
    (GAME, None),
    ((*GAME, "dataset"), "../elsewhere"),
    ((*GAME, "held_out"), "5"),
    ((*GAME, "held_out"), []),
    ((*GAME, "held_out"), [5]),
    ((*GAME, "default_belief"), 3),
    ((*GAME, "beliefs"), {}),
    ((*GAME, "beliefs", "habit", "prior_belief"), "guess"),
    ((*GAME, "beliefs", "habit", "rational"), True),
    ((*GAME, "beliefs", "habit", "stay"), 1.5),
    ((*GAME, "beliefs", "habit", "stay"), float("nan")),
    ((*GAME, "beliefs", "habit", "explore"), 0),
    ((*GAME, "beliefs", "habit", "reach"), 0.0),
    ((*GAME, "beliefs", "habit", "learning", "iterations"), 4),
    ((*GAME, "beliefs", "habit", "learning", "iterations"), 5.0),
    ((*GAME, "beliefs", "habit", "learning", "learning_rate"), 0),
    ((*GAME, "beliefs", "habit", "learning", "learning_rate"), float("inf")),
    ((*GAME, "beliefs", "habit", "learning", "learning_rate"), "fast"),
    ((*GAME, "beliefs", "habit", "learning", "averaging"), 1),
    ((*GAME, "rational", "rational"), False),
    ((*GAME, "rational", "prior_belief"), "habit"),
    ((*GAME, "parameter_prior", "mu"), [0.5]),
    ((*GAME, "parameter_prior", "mu"), [-0.1, 1]),
    ((*GAME, "parameter_prior", "sigma"), [0.0, 0.5]),
    ((*GAME, "parameter_prior", "beta"), [0.02, "two"]),
    ((*GAME, "parameter_prior", "beta"), [0.02, float("inf")]),
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


REQUIRED = [
    ("run",),
    ("games",),
    *((*GAME, key) for key in RULES["$defs"]["game"]["required"]),
    (*GAME, "beliefs", "habit", "prior_belief"),
]


@pytest.mark.parametrize("path", REQUIRED)
def test_a_missing_key_is_named(path: tuple[str, ...]) -> None:
    config = deepcopy(RESOLVED)
    del at(config, path[:-1])[path[-1]]
    assert f"key {'.'.join(path)}: is missing. Remedy: Add the key." in refusal(config)


def lose_the_default_belief(game: dict[str, Any]) -> None:
    game["default_belief"] = "anchor"


def exceed_one(game: dict[str, Any]) -> None:
    game["beliefs"]["habit"].update(stay=0.6, explore=0.6)


def swap_bounds(game: dict[str, Any]) -> None:
    game["parameter_prior"]["sigma"] = [0.5, 0.02]


def reserve_too_much(game: dict[str, Any]) -> None:
    game["inference"]["sbc"] = game["simulation"]["simulations"] // 2


@pytest.mark.parametrize(
    ("spoil", "key", "problem"),
    [
        (lose_the_default_belief, "default_belief", "'anchor' is not among the beliefs."),
        (exceed_one, "beliefs.habit", "stay + explore exceed 1."),
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
    assert resolve(config, SCHEMA, []) == config


def resolved_part(part: dict[str, Any]) -> dict[str, Any]:
    reference = part.get("$ref")
    if reference is None:
        return part
    return {**RULES["$defs"][reference.rsplit("/", 1)[1]], **part}


def schema_properties(
    rules: dict[str, Any], place: str = ""
) -> Iterator[tuple[str, dict[str, Any], bool]]:
    """Every property: its place, its rules and whether it is required."""
    for name, part in rules.get("properties", {}).items():
        whole = resolved_part(part)
        yield f"{place}.{name}", whole, name in rules.get("required", [])
        yield from schema_properties(whole, f"{place}.{name}")
    free = rules.get("additionalProperties")
    if isinstance(free, dict):
        yield from schema_properties(resolved_part(free), f"{place}.*")


@pytest.mark.parametrize(
    ("part", "required"),
    [pytest.param(part, needed, id=name) for name, part, needed in schema_properties(RULES)],
)
def test_every_key_is_described_and_has_a_default_or_is_required(
    part: dict[str, Any], required: bool
) -> None:
    assert len(part["description"]) > 10
    assert required != ("default" in part)


def test_every_level_of_the_schema_refuses_extra_keys() -> None:
    objects = [RULES, *(part for part in RULES["$defs"].values() if part.get("type") == "object")]
    objects += [part for _, part, _ in schema_properties(RULES) if part.get("type") == "object"]
    assert len(objects) > 10
    for part in objects:
        free = part["additionalProperties"]
        assert free is False or "$ref" in free
