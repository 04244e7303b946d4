"""Where policies are trained: on the processor, or on a graphics card where there is one.

Code that trains names no device. Inside :func:`on_device` torch makes every new tensor on the
chosen one. Random numbers are always drawn by the processor, so a training meets the same markets
on either; rounding differs, which a whole training carries on.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from satisfice.errors import SatisficeError


def choose_device(wanted: str) -> torch.device:
    """Return the device to train on.

    Args:
        wanted: ``cpu``, ``cuda``, or ``auto`` for a graphics card where there is one.

    Raises:
        SatisficeError: A graphics card is asked for and there is none.
    """
    found = torch.cuda.is_available()
    if wanted == "cuda" and not found:
        raise SatisficeError(
            "config, key device",
            "torch finds no graphics card.",
            "Use auto or cpu, or install a torch with CUDA on a machine that has one.",
        )
    return torch.device("cuda:0" if found and wanted != "cpu" else "cpu")


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
