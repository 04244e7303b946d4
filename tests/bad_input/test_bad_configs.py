"""Configs that cannot be run: each is refused with its file and key, and what to do."""

from __future__ import annotations

import datetime
import json
import tempfile
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from satisfice.config import resolve
from satisfice.errors import SatisficeError
from satisfice.io.yaml_files import read_yaml
from satisfice.stages.preflight import check_inputs

ROOT = Path(__file__).resolve().parents[2]
VALID: dict[str, Any] = {
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
BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)

FILES: dict[str, tuple[bytes, str]] = {
    "open bracket": (b"run: [", "line 2: is not valid YAML"),
    "tab": (b"games:\n\tcournot: 1", "line 2: is not valid YAML"),
    "two colons": (b"run: a: b", "line 1: is not valid YAML"),
    "open quote": (b'run: "mine', "is not valid YAML"),
    "unknown alias": (b"run: *nobody", "found undefined alias"),
    "two documents": (b"run: a\n---\nrun: b\n", "another document"),
    "key twice": (b"run: a\nseed: 1\nrun: b\n", "line 3: is not valid YAML (the key 'run' is giv"),
    "inner key twice": (b"games:\n  a: 1\n  a: 2\n", "line 3"),
    "number and text twice": (b"1: a\n'1': b\n", "the key '1' is given twice"),
    "list as key": (b"? [1]\n: 2\n", "unhashable key"),
    "binary": (bytes(range(256)), "not UTF-8 text"),
    "zeros": (b"\x00" * 100, "is not valid YAML"),
    "Latin 1": ("run: f\xfcr".encode("latin-1"), "not UTF-8 text (byte 7)"),
    "UTF-16": ("run: mine".encode("utf-16"), "not UTF-8 text (byte 1)"),
    "python object": (b"run: !!python/object/apply:os.getcwd []", "could not determine a cons"),
    "python name": (b"run: !!python/name:os.system", "could not determine a constructor"),
    "python new": (b"run: !!python/object/new:int [1]", "could not determine a constructor"),
    "python module": (b"run: !!python/module:os", "could not determine a constructor"),
    "python tuple": (b"run: !!python/tuple [1]", "could not determine a constructor"),
    "own tag": (b"run: !mine x", "could not determine a constructor"),
    "no such day": (b"run: 2020-13-45", "month must be in 1..12"),
    "tagged truth": (b"run: !!bool maybe", "is not valid YAML"),
    "tagged number": (b"seed: !!int many", "is not valid YAML"),
    "tagged fraction": (b"seed: !!float many", "is not valid YAML"),
    "tagged time": (b"seed: !!timestamp soon", "is not valid YAML"),
    "endless number": (b"seed: " + b"9" * 5000, "is not valid YAML"),
}


@pytest.mark.parametrize("name", FILES)
def test_files_that_are_no_config_are_told(
    tmp_path: Path, refusal: Callable[..., str], name: str
) -> None:
    content, problem = FILES[name]
    path = tmp_path / "mine.yaml"
    path.write_bytes(content)
    assert problem in refusal(lambda: resolve(VALID, [path]), path)


def put(*keys: Any) -> Callable[[dict[str, Any]], None]:
    """Sets a value; the last of the keys is the value."""

    def spoil(config: dict[str, Any]) -> None:
        *way, key, value = keys
        for step in way:
            config = config.setdefault(step, {})
        config[key] = value

    return spoil


def drop(*keys: str) -> Callable[[dict[str, Any]], None]:
    def spoil(config: dict[str, Any]) -> None:
        *way, key = keys
        for step in way:
            config = config[step]
        del config[key]

    return spoil


GAME = ("games", "cournot")
PRIOR = (*GAME, "parameter_prior")
LEARNING = (*GAME, "beliefs", "habit", "learning")
NAN, INFINITY = float("nan"), float("inf")

VALUES: dict[str, tuple[Callable[[dict[str, Any]], None], str, str]] = {
    "no run": (drop("run"), "run", "is missing"),
    "no games": (drop("games"), "games", "is missing"),
    "no data set": (drop(*GAME, "dataset"), "dataset", "is missing"),
    "no held_out": (drop(*GAME, "held_out"), "held_out", "is missing"),
    "no beliefs": (drop(*GAME, "beliefs"), "beliefs", "is missing"),
    "no prior belief": (drop(*GAME, "beliefs", "habit", "prior_belief"), "prior_belief", "is miss"),
    "games a list": (put("games", [1]), "games", "should be a block of keys"),
    "games a text": (put("games", "cournot"), "games", "should be a block of keys"),
    "games nothing": (put("games", None), "games", "should be a block of keys"),
    "no game left": (put("games", {"cournot": None}), "games", "should have at least 1 item"),
    "game a text": (put(*GAME, "x"), "games.cournot", "should be a block of keys"),
    "run a number": (put("run", 5), "run", "should be a text"),
    "run a date": (put("run", datetime.date(2020, 1, 1)), "run", "is a date"),
    "run bytes": (put("run", b"mine"), "run", "is a bytes"),
    "a set": (put(*GAME, "rivals", {1}), "rivals", "is a set"),
    "an object": (put("run", object()), "run", "is a object"),
    "key a number": (put(*GAME, "beliefs", 3, {}), "beliefs", "the key 3, which is not a text"),
    "key nothing": (put(*GAME, "beliefs", None, {}), "beliefs", "the key None"),
    "key a pair": (put(*GAME, "beliefs", (1, 2), {}), "beliefs", "the key (1, 2)"),
    "near miss": (put("sead", 1), "sead", "Did you mean 'seed'?"),
    "near miss inside": (put(*GAME, "datset", "x"), "datset", "Did you mean 'dataset'?"),
    "near miss deep": (put(*LEARNING, "iteration", 9), "iteration", "Did you mean 'iterations'?"),
    "far miss": (put("colour", "blue"), "colour", "Known keys here: run, seed"),
    "yes for seed": (put("seed", True), "seed", "should be a whole"),
    "text for seed": (put("seed", "7"), "seed", "should be a whole"),
    "fraction for seed": (put("seed", 7.0), "seed", "should be a whole"),
    "negative seed": (put("seed", -1), "seed", "should be greater"),
    "NaN seed": (put("seed", NAN), "seed", "should be a whole"),
    "NaN rate": (put(*LEARNING, "learning_rate", NAN), "learning_rate", "should be a finite"),
    "infinite rate": (put(*LEARNING, "learning_rate", INFINITY), "learning_rate", "should be a fi"),
    "zero rate": (put(*LEARNING, "learning_rate", 0), "learning_rate", "greater than 0"),
    "few iterations": (put(*LEARNING, "iterations", 1), "iterations", "should be at least 5"),
    "stay a text": (put(*GAME, "beliefs", "habit", "stay", "x"), "stay", "'x' is neither a"),
    "stay turned": (put(*GAME, "beliefs", "habit", "stay", [0.2, 0.1]), "stay", "lower bound 0.2"),
    "default belief": (put(*GAME, "default_belief", "x"), "default_belief", "not among the bel"),
    "bounds turned": (put(*PRIOR, "beta", [2, 1]), "beta", "lower bound 2 is not below"),
    "bounds equal": (put(*PRIOR, "sigma", [0.1, 0.1]), "sigma", "is not below the upper"),
    "one bound": (put(*PRIOR, "mu", [0.1]), "mu", "neither a number nor"),
    "three bounds": (put(*PRIOR, "mu", [0.1, 0.2, 0.3]), "mu", "neither a number nor"),
    "bounds as texts": (put(*PRIOR, "mu", ["0", "1"]), "mu", "neither a number nor"),
    "NaN bound": (put(*PRIOR, "beta", [NAN, 1]), "beta", "neither a number nor"),
    "infinite bound": (put(*PRIOR, "beta", [1, INFINITY]), "beta", "neither a number nor"),
    "held out by number": (put(*GAME, "held_out", {"treatments": [4]}), "treatments", "quotes:"),
    "sbc": (put(*GAME, "inference", {"sbc": 15_000}), "inference.sbc", "fewer than half"),
    "one member": (put(*GAME, "inference", {"members": 1}), "members", "should be greater"),
    "no chunk": (put(*GAME, "simulation", {"chunks": 0}), "chunks", "should be greater"),
    "no equilibrium": (put(*GAME, "rivals", []), "rivals", "equilibrium is missing"),
    "rival twice": (put(*GAME, "rivals", ["equilibrium"] * 2), "rivals", "is given twice"),
    "belief rational": (put(*GAME, "beliefs", "rational", {}), "beliefs.rational", "reserved"),
    "belief rational_2": (put(*GAME, "beliefs", "rational_2", {}), "rational_2", "reserved"),
    "belief in capitals": (put(*GAME, "beliefs", "A", {}), "beliefs.A", "cannot be a name"),
    "rival of a model": (put(*GAME, "rivals", ["equilibrium", "rational"]), "rivals.1", "reserved"),
    "run of a target": (put("run", "Benchmark"), "run", "already have a folder 'benchmark'"),
    "run a path": (put("run", "../x"), "run", "cannot be the name of a folder"),
    "experiments a text": (put("experiments", "x"), "experiments", "should be a block of keys"),
    "belief seed_2": (put(*GAME, "beliefs", "seed_2", {"prior_belief": "habit"}), "_2", "is taken"),
    "belief on_all": (
        put(*GAME, "beliefs", "habit_on_all", {"prior_belief": "habit"}), "on_all", "is taken",
    ),
    "belief again": (put(*GAME, "beliefs", "habit_3", {"prior_belief": "habit"}), "_3", "is taken"),
}  # fmt: skip


@pytest.mark.parametrize("name", VALUES)
def test_wrong_values_are_told_by_file_and_key(
    tmp_path: Path, refusal: Callable[..., str], name: str
) -> None:
    spoil, key, problem = VALUES[name]
    config = deepcopy(VALID)
    path = tmp_path / "mine.yaml"
    spoil(config)
    # Values that YAML cannot hold come from programs; the file then has the key alone.
    path.write_text(json.dumps(config, default=str, skipkeys=True), encoding="utf-8")
    with pytest.raises(SatisficeError) as caught:
        resolve(config, [path])
    assert key in caught.value.place
    assert problem in f"{caught.value}"
    assert caught.value.remedy
    if "is missing" not in str(caught.value):
        assert str(path) in caught.value.place or caught.value.place.startswith("config, key ")


HABIT = (*GAME, "beliefs", "habit")
SETTINGS: dict[str, tuple[Callable[[dict[str, Any]], None], str, str]] = {
    "stay above one": (put(*HABIT, "stay", 1.5), "habit.stay", "stay cannot be 1.5"),
    "nothing explored": (put(*HABIT, "explore", 0), "habit.explore", "explore cannot be 0"),
    "habit above one": (put(*HABIT, "stay", 0.9), "habit.stay + explore", "1.4 is no usable"),
    "habit up to above one": (put(*HABIT, "stay", [0, 0.9]), "habit.stay + explore", "1.4 is no"),
    "parameter lost": (put(*HABIT, "sty", 0.1), "habit.sty", "Did you mean 'stay'?"),
    "unknown belief": (put(*HABIT, "prior_belief", "x"), "prior_belief", "Use one of: anchor, h"),
    "mu above one": (put(*PRIOR, "mu", [0, 2]), "parameter_prior.mu", "mu cannot be 2"),
    "beta from zero": (put(*PRIOR, "beta", [0, 2]), "parameter_prior.beta", "beta cannot be 0"),
    "unknown parameter": (put(*PRIOR, "skill", 1), "parameter_prior.skill", "unknown parameter"),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_settings_of_no_parameter_are_told_before_the_first_job(name: str) -> None:
    spoil, key, problem = SETTINGS[name]
    config = deepcopy(VALID)
    spoil(config)
    with pytest.raises(SatisficeError) as caught:
        check_inputs(resolve(config, []), ROOT)
    assert caught.value.place.startswith("config, key games.cournot.")
    assert caught.value.place.endswith(key)
    assert problem in f"{caught.value}"
    assert caught.value.remedy


CASES = [*FILES, *VALUES, *SETTINGS]


def test_a_missing_config_and_a_folder_are_told(tmp_path: Path, refusal: Any) -> None:
    assert "file not found" in refusal(lambda: resolve(VALID, ["none.yaml"]), "none.yaml")
    assert "is not readable" in refusal(lambda: resolve(VALID, [tmp_path]), tmp_path)


def test_json_is_as_good_as_yaml(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(VALID, indent=1), encoding="utf-8")
    assert resolve(read_yaml(path, "x"), [path])["run"] == "mine"


TEXT = yaml.safe_dump(resolve(VALID, []), sort_keys=False).encode()


@given(place=st.integers(0, len(TEXT) - 1), byte=st.integers(0, 255))
@settings(deadline=None, max_examples=60, derandomize=True)
def test_a_changed_byte_gives_a_config_or_one_clear_message(place: int, byte: int) -> None:
    """A config has no checksum: another valid value is somebody's wish, anything else is told."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mine.yaml"
        path.write_bytes(TEXT[:place] + bytes([byte]) + TEXT[place + 1 :])
        try:
            loaded = read_yaml(path, "Mend it.")
            if isinstance(loaded, dict):  # Snakemake itself refuses anything else
                assert resolve(loaded, [path])["run"]
        except SatisficeError as error:
            assert str(path) in error.place or error.place.startswith("config, key")
            assert error.remedy
