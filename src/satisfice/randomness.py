"""Random numbers that depend on the seed and on their purpose, never on how work is split."""

from __future__ import annotations

import zlib

import numpy as np


def seed_sequence(seed: int, *key: str | int) -> np.random.SeedSequence:
    """Derive an independent seed for one purpose, such as ("simulate", "cournot", "habit")."""
    words = [zlib.crc32(str(part).encode()) for part in key]
    return np.random.SeedSequence(entropy=seed, spawn_key=tuple(words))


def small_seed(seed: int, *key: str | int) -> int:
    """Derive a 32-bit seed for libraries that need an integer."""
    return int(seed_sequence(seed, *key).generate_state(1)[0])


def uniform_rows(sequence: np.random.SeedSequence, first: int, rows: int, width: int) -> np.ndarray:
    """Rows ``first`` to ``first + rows`` of an endless table of uniforms on [0, 1), float64.

    A row always has the same numbers. One draw of PCG64 is one number, so the generator can be
    advanced to any row at once.
    """
    bits = np.random.PCG64(sequence)
    bits.advance(first * width)
    return np.random.Generator(bits).random((rows, width))
