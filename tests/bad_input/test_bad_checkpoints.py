"""Checkpoints that are not what was saved: each is refused with its file, and nothing is run."""

from __future__ import annotations

import json
import pickle
import re
import shutil
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch
from torch import nn

from satisfice.api import load_model
from satisfice.contenders import load_contender
from satisfice.games import load_game
from satisfice.inference.ensemble import Ensemble
from satisfice.inference.sbi_compat import EstimatorSettings, rebuild_estimator
from satisfice.io.checkpoints import save_policy, save_weights
from satisfice.io.files import write_json
from satisfice.learning.populations import build_problem
from satisfice.learning.problem import LearningSettings
from satisfice.population.policy import PolicyNetwork
from satisfice.population.registry import space_of

PRIOR = {"mu": [0.0, 1.0], "sigma": [0.02, 0.5], "beta": [0.02, 2.0]}
VARIANT = {"prior_belief": "uniform", "information": "none", "reward": "own", "rational": False}
SPACE, WIDER = (space_of(VARIANT, PRIOR | {"beta": [0.02, high]}) for high in (2.0, 9.0))
DESCRIPTION = {
    "game": "cournot", "variant_name": "uniform", "variant": VARIANT, "space": SPACE.as_json(),
}  # fmt: skip
WEIGHTS, RECORD = "policy.safetensors", "policy.json"


def network(game: str = "cournot") -> PolicyNetwork:
    problem = build_problem(load_game(game), VARIANT, SPACE)
    return PolicyNetwork(problem.policy_shape(LearningSettings(hidden=8, action_basis=4)))


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("saved")
    save_policy(folder, network(), DESCRIPTION)
    return folder


@pytest.fixture
def folder(saved: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(saved, tmp_path / "policy"))


def cut(share: float) -> Callable[[bytes], bytes]:
    return lambda content: content[: int(share * len(content))]


def flip(place: int) -> Callable[[bytes], bytes]:
    def spoil(content: bytes) -> bytes:
        at = place % len(content)
        return content[:at] + bytes([content[at] ^ 0x20]) + content[at + 1 :]

    return spoil


def header(change: Callable[[dict[str, Any]], None]) -> Callable[[bytes], bytes]:
    def spoil(content: bytes) -> bytes:
        size = struct.unpack("<Q", content[:8])[0]
        described = json.loads(content[8 : 8 + size])
        change(described)
        text = json.dumps(described).encode()
        return struct.pack("<Q", len(text)) + text + content[8 + size :]

    return spoil


def tensors(change: Callable[[dict[str, Any]], None]) -> Callable[[bytes], bytes]:
    """Saves other tensors, as another program would, without a digest."""

    def spoil(content: bytes) -> bytes:
        state = safetensors.torch.load(content)
        change(state)
        return safetensors.torch.save(state)

    return spoil


BROKEN = "is not a complete safetensors file"
FITS_NOT = "does not fit the network described beside it"
STATES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "empty": (lambda _: b"", BROKEN),
    "eight bytes": (cut(0.002), BROKEN),
    "header cut": (cut(0.1), BROKEN),
    "half": (cut(0.5), BROKEN),
    "last byte": (lambda content: content[:-1], BROKEN),
    "one byte more": (lambda content: content + b"x", BROKEN),
    "size flipped": (flip(5), BROKEN),
    "header flipped": (flip(8), BROKEN),
    "huge header": (lambda content: b"\xff" * 8 + content[8:], BROKEN),
    "text": (lambda _: b"weights: none\n", BROKEN),
    "zip": (lambda _: b"PK\x03\x04" + b"\x00" * 200, BROKEN),
    "pickle": (lambda _: pickle.dumps({"head.bias": [0.0]}), BROKEN),
    "unknown kind": (header(lambda found: found["head.bias"].update(dtype="Q7")), BROKEN),
    "offsets": (header(lambda found: found["head.bias"].update(data_offsets=[0, 10**9])), BROKEN),
    "tensor lost": (tensors(lambda state: state.pop("head.bias")), FITS_NOT),
    "tensor more": (tensors(lambda state: state.update(more=torch.zeros(2))), FITS_NOT),
    "tensor renamed": (tensors(lambda s: s.update(bias=s.pop("head.bias"))), FITS_NOT),
    "tensor shorter": (tensors(lambda s: s.update({"head.bias": torch.zeros(2)})), FITS_NOT),
    "no tensors": (tensors(lambda state: state.clear()), FITS_NOT),
}  # fmt: skip


@pytest.mark.parametrize("name", STATES)
def test_bad_weights_are_told(folder: Path, refusal: Callable[..., str], name: str) -> None:
    spoil, problem = STATES[name]
    path = folder / WEIGHTS
    path.write_bytes(spoil(path.read_bytes()))
    assert problem in refusal(lambda: load_model(folder), path)


def put(*keys: Any) -> Callable[[Any], Any]:
    """Sets a value in a record; the last of the keys is the value."""

    def spoil(content: Any) -> Any:
        *way, key, value = keys
        part = content
        for step in way:
            part = part[step]
        part[key] = value
        return content

    return spoil


def without(key: str) -> Callable[[Any], Any]:
    return lambda content: {name: value for name, value in content.items() if name != key}


NO_NETWORK = "does not describe a policy network"
RECORDS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "a list": (lambda content: [content], NO_NETWORK),
    "nothing": (lambda _: None, NO_NETWORK),
    "a number": (lambda _: 1, NO_NETWORK),
    "no shape": (without("shape"), NO_NETWORK),
    "shape a list": (put("shape", [1]), NO_NETWORK),
    "shape lacks": (put("shape", {"actions": 101}), NO_NETWORK),
    "shape of the future": (put("shape", "depth", 3), NO_NETWORK),
    "negative width": (put("shape", "hidden", -8), NO_NETWORK),
    "width a text": (put("shape", "hidden", "8"), NO_NETWORK),
}  # fmt: skip


@pytest.mark.parametrize("name", RECORDS)
def test_bad_descriptions_are_told(folder: Path, refusal: Callable[..., str], name: str) -> None:
    spoil, problem = RECORDS[name]
    path = folder / RECORD
    path.write_text(json.dumps(spoil(json.loads(path.read_text()))), encoding="utf-8")
    assert problem in refusal(lambda: load_model(folder), path)


TEXTS = {
    "empty": b"",
    "cut": b'{"shape": ',
    "binary": b"\xff\xfe\x00",
    "nested": b'{"shape": ' + b"[" * 100_000,
    "endless number": b'{"shape": ' + b"9" * 5000 + b"}",
    "YAML": b"shape: {}",
}


@pytest.mark.parametrize("name", TEXTS)
def test_texts_that_are_no_json_are_told(
    folder: Path, refusal: Callable[..., str], name: str
) -> None:
    path = folder / RECORD
    path.write_bytes(TEXTS[name])
    assert "is not valid JSON" in refusal(lambda: load_model(folder), path)


HABIT = {**VARIANT, "prior_belief": "habit"}
ANCHORED = {**VARIANT, "prior_belief": "anchor", "spread": [1.0, 9.0]}
SPREAD = space_of(ANCHORED, PRIOR)


def spaced(**ends: Any) -> dict[str, str]:
    """The space with other bounds of mu."""
    content = json.loads(SPACE.as_json())
    content["fitted"][0] |= ends
    return {"space": json.dumps(content)}


PAIRS: dict[str, tuple[dict[str, Any], str]] = {
    "game lost": ({"game": None}, "lacks the key 'game'"),
    "space lost": ({"space": None}, "lacks the key 'space'"),
    "space a text": ({"space": "wide"}, "describes no variant of the game cournot"),
    "space a number": ({"space": 3}, "describes no variant"),
    "space of texts": (spaced(low="a", high="b"), "describes no variant"),
    "space upside down": (spaced(low=0.5, high=0.2), "describes no variant"),
    "space too wide": (spaced(low=-3.0), "describes no variant"),
    "space lacks": ({"space": re.sub('"mu"', '"nu"', SPACE.as_json())}, "describes no variant"),
    "space of a belief": ({"space": SPREAD.as_json()}, "describes no variant"),
    "belief with traits": ({"variant": ANCHORED}, "describes no variant"),
    "of two supertypes": ({"space": replace(SPACE, roles=("a", "b")).as_json()}, "another game"),
    "belief unknown": ({"variant": {**VARIANT, "prior_belief": "x"}}, "describes no variant"),
    "belief impossible": ({"variant": {**HABIT, "stay": 0.9}}, "describes no variant"),
    "information": ({"variant": {**VARIANT, "information": "all"}}, "describes no variant"),
    "variant a list": ({"variant": []}, "describes no variant"),
    "sees more": ({"variant": {**VARIANT, "information": "market"}}, "network of another game"),
    "another game": ({"game": "beer_game"}, "describes"),
}


@pytest.mark.parametrize("name", PAIRS)
def test_what_was_saved_wrongly_is_told(
    tmp_path: Path, refusal: Callable[..., str], name: str
) -> None:
    other, problem = PAIRS[name]
    whole = {key: value for key, value in {**DESCRIPTION, **other}.items() if value is not None}
    save_policy(tmp_path, network(), whole)
    assert problem in refusal(lambda: load_model(tmp_path), tmp_path / RECORD)


def test_a_policy_of_another_game_does_not_play(folder: Path, refusal: Any) -> None:
    def play() -> Any:
        return load_contender(load_game("cobweb"), {}, folder, "test")

    assert "is a policy of the game cournot" in refusal(play, folder / RECORD)


SETTINGS = EstimatorSettings(estimator="mdn", hidden=8, components=2)
MEMBERS: dict[str, tuple[dict[str, Any], str]] = {
    "no settings": ({"settings": None}, "lacks the key 'settings'"),
    "no members": ({"members": None}, "lacks the key 'members'"),
    "members a number": ({"members": 2}, "does not describe an ensemble"),
    "settings a list": ({"settings": []}, "does not describe an ensemble"),
    "setting more": ({"settings": {"depth": 2}}, "does not describe an ensemble"),
    "size a text": ({"parameters": "3"}, "does not describe an ensemble"),
}


@pytest.mark.parametrize("name", MEMBERS)
def test_bad_ensembles_are_told(tmp_path: Path, refusal: Callable[..., str], name: str) -> None:
    other, problem = MEMBERS[name]
    sizes = {
        "settings": SETTINGS.model_dump(),
        "parameters": 3,
        "statistics": 2,
        "members": [{}],
        **other,
    }
    described = {key: value for key, value in sizes.items() if value is not None}
    path = tmp_path / "ensemble.json"
    write_json(path, described)
    weights = path.with_suffix(".safetensors")
    save_weights(weights, nn.ModuleList([rebuild_estimator(SETTINGS, 3, 2)]))
    assert problem in refusal(lambda: Ensemble.load(weights), path)
