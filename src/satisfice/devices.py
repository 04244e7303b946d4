"""Where policies are trained: on the processor, or on a graphics card where there is one.

Code that trains names no device. Inside :func:`on_device` torch makes every new tensor on the
chosen one. Random numbers are always drawn by the processor, so a training meets the same markets
on either; rounding differs, which a whole training carries on.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor

from satisfice.errors import SatisficeError
from satisfice.progress import logger

CARD = "cuda:0"


def choose_device(wanted: str) -> torch.device:
    """Return the device to train on.

    Args:
        wanted: ``cpu``, ``cuda``, or ``auto`` for a graphics card where one can be used.

    Raises:
        SatisficeError: A graphics card is asked for and none can be used.
    """
    if wanted == "cpu":
        return torch.device("cpu")
    trouble = _trouble_with_card()
    if not trouble:
        return torch.device(CARD)
    if wanted == "cuda":
        raise SatisficeError(
            "config, key device",
            trouble,
            "Use auto or cpu, or install a torch with CUDA on a machine that has a card.",
        )
    logger.info("trained by the processor: %s", trouble)
    return torch.device("cpu")


def _trouble_with_card() -> str:
    """Why there is no computing with a graphics card; nothing where there is."""
    if not torch.cuda.is_available():
        return "torch finds no graphics card."
    try:  # A card may be too old for this torch, full, or somebody else's alone.
        torch.ones(1, device=CARD).sum().item()
    except (RuntimeError, AssertionError) as error:
        return f"the graphics card cannot be used ({str(error).splitlines()[0]})."
    return ""


@contextmanager
def on_device(device: torch.device) -> Iterator[None]:
    """Make new tensors on a device."""
    if device.type == "cpu":  # as they are anyway; torch would look twice at every operation
        yield
        return
    with device:
        yield


def uniform_numbers(shape: tuple[int, ...] | torch.Size, generator: torch.Generator) -> Tensor:
    """Draw numbers in [0, 1), the same on every device.

    Args:
        shape: Shape of the result.
        generator: The processor's.
    """
    return here(torch.rand(shape, generator=generator, device="cpu"))


def here(tensor: Tensor) -> Tensor:
    """Bring a tensor to where new ones are made."""
    return tensor.to(torch.get_default_device())


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seed the random numbers that torch and numpy keep for everybody, for a while.

    Some libraries draw from nothing else. The caller's own random numbers go on afterwards as if
    nothing had happened.
    """
    kept = np.random.get_state()  # noqa: NPY002 - what sbi's samplers draw from
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        np.random.seed(seed % 2**32)  # noqa: NPY002
        try:
            yield
        finally:
            np.random.set_state(kept)  # noqa: NPY002
