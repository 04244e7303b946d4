"""The device on which policies are trained: the processor or a graphics card.

Training code does not name a device. Inside :func:`on_device` torch makes every new tensor on the
chosen one. Random numbers are always drawn on the processor, so both devices play the same markets.
Rounding differs, and the differences grow during training.
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
    """Return the device to train on: ``cpu``, ``cuda``, or ``auto`` for a card if one can be used.

    Raises:
        SatisficeError: ``cuda`` is wanted, but no graphics card can be used.
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
    logger.info("trained on the processor: %s", trouble)
    return torch.device("cpu")


def _trouble_with_card() -> str:
    """The reason why no graphics card can be used; empty if one can."""
    if not torch.cuda.is_available():
        return "torch finds no graphics card."
    try:  # A card may be too old for this torch, full, or reserved by another user.
        torch.ones(1, device=CARD).sum().item()
    except (RuntimeError, AssertionError) as error:
        return f"the graphics card cannot be used ({str(error).splitlines()[0]})."
    return ""


@contextmanager
def on_device(device: torch.device) -> Iterator[None]:
    """Make new tensors on a device."""
    if device.type == "cpu":  # the default; a device context would slow down every operation
        yield
        return
    with device:
        yield


def uniform_numbers(shape: tuple[int, ...] | torch.Size, generator: torch.Generator) -> Tensor:
    """Draw numbers in [0, 1), the same on every device, with a generator on the processor."""
    return here(torch.rand(shape, generator=generator, device="cpu"))


def here(tensor: Tensor) -> Tensor:
    """Move a tensor to the device of new tensors."""
    return tensor.to(torch.get_default_device())


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seed the global random numbers of torch and numpy inside a block.

    Some libraries use no others. Afterwards the caller's random numbers continue unchanged.
    """
    kept = np.random.get_state()  # noqa: NPY002 - sbi's samplers draw from it
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        np.random.seed(seed % 2**32)  # noqa: NPY002
        try:
            yield
        finally:
            np.random.set_state(kept)  # noqa: NPY002
