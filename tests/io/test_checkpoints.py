"""Checkpoints give the same network back, or say plainly why not."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch
from torch import Tensor, nn

from satisfice.errors import SatisficeError
from satisfice.io.checkpoints import (
    load_policy,
    load_weights,
    read_weights,
    save_policy,
    save_weights,
)
from satisfice.population.policy import PolicyNetwork, PolicyShape

Build = Callable[..., PolicyNetwork]
DESCRIPTION = {"game": "cournot", "variant_name": "habit"}


@pytest.fixture
def folder(tmp_path: Path, restless_policy: Build) -> Path:
    save_policy(tmp_path / "policy", restless_policy("market"), DESCRIPTION)
    return tmp_path / "policy"


@pytest.fixture
def weights(folder: Path) -> Path:
    return folder / "policy.safetensors"


def outputs(policy: nn.Module) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randn((4, 3, 15), generator=generator)
    with torch.no_grad():
        tilt: Tensor = policy(inputs, torch.rand((4, 3), generator=generator))
    return tilt


def refusal(folder: Path) -> str:
    with pytest.raises(SatisficeError) as caught:
        load_policy(folder)
    assert "Remedy: " in str(caught.value)
    return str(caught.value)


def test_a_policy_comes_back_the_same(folder: Path, restless_policy: Build) -> None:
    policy, description = load_policy(folder)
    expected = outputs(restless_policy("market"))
    assert expected.std() > 0.1
    assert torch.equal(outputs(policy), expected)
    assert not policy.training
    assert description == {**DESCRIPTION, "shape": vars(policy.shape)}
    assert sorted(path.name for path in folder.iterdir()) == ["policy.json", "policy.safetensors"]


def test_weights_and_buffers_of_any_network_come_back(tmp_path: Path) -> None:
    def network() -> nn.Module:
        return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4)).double()

    saved, other = network(), network()
    saved(torch.randn(10, 3, dtype=torch.float64))  # moves the running statistics
    save_weights(tmp_path / "w.safetensors", saved)
    load_weights(tmp_path / "w.safetensors", other)
    assert saved.state_dict().keys() == other.state_dict().keys()
    for name, value in saved.state_dict().items():
        assert torch.equal(value, other.state_dict()[name])


@pytest.mark.parametrize("share", [0.0, 0.002, 0.1, 0.5, 0.99, 0.9999])
def test_weights_cut_short_are_told(folder: Path, weights: Path, share: float) -> None:
    whole = weights.read_bytes()
    weights.write_bytes(whole[: int(len(whole) * share)])
    text = refusal(folder)
    assert text.startswith(f"{weights}: is not a complete safetensors file (")
    assert "Delete the file and run again" in text


@pytest.mark.parametrize("seed", range(5))
def test_random_bytes_are_told(folder: Path, weights: Path, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randint(0, 256, (2000,), generator=generator, dtype=torch.uint8)
    weights.write_bytes(bytes(noise.tolist()))
    assert f"{weights}: is not a complete safetensors file" in refusal(folder)


class Trap:
    """Would make a folder if it were ever unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.mkdir, (self.path,))


def test_pickles_are_refused_and_never_run(folder: Path, weights: Path, tmp_path: Path) -> None:
    torch.save({"body.0.weight": torch.zeros(3), "trap": Trap(tmp_path / "sprung")}, weights)
    assert f"{weights}: is not a complete safetensors file" in refusal(folder)
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [("head.bias", torch.zeros(3)), ("head.extra", torch.zeros(3)), ("head.bias", None)],
)
def test_weights_of_another_network_are_told(
    folder: Path, weights: Path, name: str, value: Tensor | None
) -> None:
    state = read_weights(weights)
    state.pop(name, None)
    if value is not None:
        state[name] = value
    safetensors.torch.save_file(state, weights)
    assert f"{weights}: does not fit the network described beside it" in refusal(folder)


@pytest.mark.parametrize("lost", ["policy.json", "policy.safetensors"])
def test_missing_files_are_told(folder: Path, lost: str) -> None:
    (folder / lost).unlink()
    assert refusal(folder).startswith(f"{folder / lost}: file not found.")


SHAPE = vars(PolicyShape(101, 5, 3, hidden=16, action_basis=6))


@pytest.mark.parametrize(
    "content",
    [
        {},
        [],
        {"shape": 3},
        {"shape": {}},
        {"shape": {**SHAPE, "depth": 2}},
        {"shape": {**SHAPE, "hidden": -1}},
        {"shape": {**SHAPE, "hidden": "wide"}},
    ],
)
def test_descriptions_that_make_no_network_are_told(folder: Path, content: Any) -> None:
    (folder / "policy.json").write_text(json.dumps(content), encoding="utf-8")
    text = refusal(folder)
    assert text.startswith(f"{folder / 'policy.json'}: does not describe a policy network (")


def test_a_description_of_another_network_is_told(folder: Path, weights: Path) -> None:
    content = {"shape": {**SHAPE, "hidden": 17}}
    (folder / "policy.json").write_text(json.dumps(content), encoding="utf-8")
    assert f"{weights}: does not fit" in refusal(folder)
    (folder / "policy.json").write_text('{"shape": ', encoding="utf-8")
    assert f"{folder / 'policy.json'}: is not valid JSON" in refusal(folder)
