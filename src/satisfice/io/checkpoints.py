"""Trained networks on disk: weights as safetensors, everything else as JSON beside them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from torch import nn

from satisfice.devices import seeded
from satisfice.errors import SatisficeError
from satisfice.io.files import REMAKE, read_json, write_bytes, write_json
from satisfice.population.policy import PolicyNetwork, PolicyShape, new_policy

REMEDY = "Delete the file and run again; the workflow trains it anew."


def save_weights(path: str | Path, module: nn.Module) -> None:
    """Write the weights and buffers of a network to a safetensors file."""
    state = {name: value.detach().contiguous() for name, value in module.state_dict().items()}
    write_bytes(path, safetensors.torch.save(state))


def load_weights(path: str | Path, module: nn.Module) -> None:
    """Read weights into a network of the same shape.

    Raises:
        SatisficeError: The file is missing, cut short, or of another shape.
    """
    state = read_weights(path)
    try:
        module.load_state_dict(state)
    except RuntimeError as error:
        problem = f"does not fit the network described beside it ({str(error).splitlines()[0]})."
        raise SatisficeError(path, problem, REMEDY) from error


def read_weights(path: str | Path) -> dict[str, torch.Tensor]:
    """Read a safetensors file.

    Raises:
        SatisficeError: The file is missing, or is not a complete safetensors file.
    """
    try:
        return safetensors.torch.load_file(path)
    except FileNotFoundError as error:
        raise SatisficeError(path, "file not found.", REMAKE) from error
    except Exception as error:  # safetensors, memory mapping and torch raise errors of their own
        problem = f"is not a complete safetensors file ({error})."
        raise SatisficeError(path, problem, REMEDY) from error


def save_policy(folder: str | Path, policy: PolicyNetwork, description: dict[str, Any]) -> None:
    """Write policy.safetensors and policy.json."""
    folder = Path(folder)
    save_weights(folder / "policy.safetensors", policy)
    write_json(folder / "policy.json", {"shape": vars(policy.shape), **description})


def load_policy(folder: str | Path) -> tuple[PolicyNetwork, dict[str, Any]]:
    """Rebuild a policy from its folder; with it comes the description that was saved.

    Raises:
        SatisficeError: A file is missing, cut short, or does not fit the other.
    """
    folder = Path(folder)
    description = read_json(folder / "policy.json")
    try:
        with seeded(0):  # initial weights, which the saved ones replace
            policy = new_policy(PolicyShape(**description["shape"]))
    except (LookupError, TypeError, ValueError, RuntimeError, SatisficeError) as error:
        reason = error.problem if isinstance(error, SatisficeError) else error
        problem = f"does not describe a policy network ({reason})."
        raise SatisficeError(folder / "policy.json", problem, REMEDY) from error
    load_weights(folder / "policy.safetensors", policy)
    return policy.eval(), description
