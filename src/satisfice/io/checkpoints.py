"""Trained networks on disk: weights as safetensors, everything else as JSON beside them.

The weights carry a digest of themselves and of their JSON file. Neither format notices a changed
number by itself, and a policy that plays with one would only be a little wrong.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch
from torch import nn

from satisfice.devices import seeded
from satisfice.errors import SatisficeError
from satisfice.io.files import read_json, write_bytes, write_json
from satisfice.population.policy import PolicyNetwork, PolicyShape
from satisfice.population.separate_policies import new_policy

REMEDY = "Delete the file and run again; the workflow trains it anew."

FORMAT = 1
"""Version of what the files hold; a later one may mean something else by the same names."""

LARGEST_SIZE = 10_000
"""More units, actions or features than any network here has."""


def save_weights(path: str | Path, module: nn.Module, description: Any = None) -> None:
    """Write the weights and buffers of a network.

    Args:
        path: The safetensors file.
        module: The network.
        description: What the JSON file beside it holds.
    """
    state = {name: value.detach().contiguous() for name, value in module.state_dict().items()}
    marks = {"format": FORMAT, "weights": _of_weights(state), "description": _of(description)}
    # One text: the order of several entries would differ from run to run.
    write_bytes(path, safetensors.torch.save(state, {"satisfice": json.dumps(marks)}))


def load_weights(path: str | Path, module: nn.Module) -> None:
    """Read weights into a network of the same shape.

    Raises:
        SatisficeError: The file is missing, cut short, changed, or of another shape.
    """
    state = read_weights(path)
    try:
        module.load_state_dict(state)
    except RuntimeError as error:
        problem = f"does not fit the network described beside it ({str(error).splitlines()[0]})."
        raise SatisficeError(path, problem, REMEDY) from error
    for name, value in state.items():
        if value.is_floating_point() and not torch.isfinite(value).all():
            raise SatisficeError(path, f"weight {name} holds NaN or infinity.", REMEDY)


def read_weights(path: str | Path) -> dict[str, torch.Tensor]:
    """Read a safetensors file.

    Raises:
        SatisficeError: The file is missing, is not a complete safetensors file, or holds other
            numbers than were written.
    """
    state, marks = _read(path)
    if "weights" in marks and marks["weights"] != _of_weights(state):
        raise SatisficeError(path, "holds other weights than were saved.", REMEDY)
    return state


def check_pair(path: str | Path, description: Any) -> None:
    """Check that weights were saved with a description.

    Args:
        path: The safetensors file.
        description: What the JSON file beside it holds.

    Raises:
        SatisficeError: They were saved with another one.
    """
    _, marks = _read(path)
    if "description" in marks and marks["description"] != _of(description):
        problem = f"is not the description that {Path(path).name} was saved with."
        raise SatisficeError(Path(path).with_suffix(".json"), problem, REMEDY)


def _read(path: str | Path) -> tuple[dict[str, torch.Tensor], Mapping[str, Any]]:
    """Tensors, and the marks beside them; none where another program wrote the file."""
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            marks = json.loads((file.metadata() or {}).get("satisfice", "{}"))
        later = marks.get("format", FORMAT) != FORMAT
    except FileNotFoundError as error:
        raise SatisficeError(path, "file not found.", "Rerun the rule that makes it.") from error
    except Exception as error:  # the reader, its mapping into memory and torch have their own
        problem = f"is not a complete safetensors file ({error})."
        raise SatisficeError(path, problem, REMEDY) from error
    if later:
        problem = f"has the format {marks['format']!r}; this version of satisfice reads {FORMAT}."
        raise SatisficeError(path, problem, f"Install the version that wrote it. Or: {REMEDY}")
    return state, marks


def _of_weights(state: Mapping[str, torch.Tensor]) -> str:
    digest = hashlib.sha256()
    for name, value in sorted(state.items()):
        digest.update(f"{name} {value.dtype} {tuple(value.shape)}\n".encode())
        digest.update(value.contiguous().cpu().reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def _of(description: Any) -> str:
    return hashlib.sha256(json.dumps(description, sort_keys=True).encode()).hexdigest()


def save_policy(folder: str | Path, policy: PolicyNetwork, description: dict[str, Any]) -> None:
    """Write policy.safetensors and policy.json."""
    folder = Path(folder)
    whole = {"shape": policy.shape.as_dict(), **description}
    save_weights(folder / "policy.safetensors", policy, whole)
    write_json(folder / "policy.json", whole)


def load_policy(folder: str | Path) -> tuple[PolicyNetwork, dict[str, Any]]:
    """Rebuild a policy from its folder.

    Returns:
        The network, and the description that was saved with it.

    Raises:
        SatisficeError: A file is missing, cut short, changed, or does not fit the other.
    """
    folder = Path(folder)
    description = read_json(folder / "policy.json")
    try:
        with seeded(0):  # the first weights, which the saved ones replace
            policy = new_policy(_shape_of(description))
    except (LookupError, TypeError, ValueError, RuntimeError, SatisficeError) as error:
        reason = error.problem if isinstance(error, SatisficeError) else error
        problem = f"does not describe a policy network ({reason})."
        raise SatisficeError(folder / "policy.json", problem, REMEDY) from error
    load_weights(folder / "policy.safetensors", policy)
    check_pair(folder / "policy.safetensors", description)
    return policy.eval(), description


def _shape_of(description: Any) -> PolicyShape:
    """The shape, whose sizes are small enough for the network to be built."""
    shape = PolicyShape(**description["shape"])
    for field in fields(shape):
        value = getattr(shape, field.name)
        if field.name == "smallest_cost":
            fine = type(value) in (int, float) and value > 0
        else:
            smallest = 0 if field.name.endswith(("_features", "_traits")) else 1
            fine = type(value) is int and smallest <= value <= LARGEST_SIZE
        if not fine:
            raise ValueError(f"{field.name} is {value!r}")
    return shape
