"""Join npz files row by row, however many there are, with one array of one of them in memory."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

import numpy as np
from numpy.lib import format as npy_format

from satisfice.io.files import read_arrays, written_whole


def join_arrays(
    parts: Sequence[str | Path], output: str | Path, rows: Sequence[str], once: Sequence[str] = ()
) -> None:
    """Join npz files into one, along the arrays' rows.

    The file is byte for byte what :func:`satisfice.io.files.write_arrays` writes of concatenated
    arrays. But these are never in memory: each part's rows pass through it on their own.

    Args:
        parts: The npz files, in their order.
        output: The npz file to write.
        rows: Names of the arrays to join, shape (rows of the part, ...).
        once: Names of arrays of any shape that are the same in all parts; the first part's are
            kept.

    Raises:
        SatisficeError: A part is missing or broken, or the output cannot be written.
    """
    with (
        written_whole(output) as temporary,
        zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for name in (*rows, *once):
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                _write_rows(member, name, parts if name in rows else parts[:1])


def _write_rows(member: IO[bytes], name: str, parts: Sequence[str | Path]) -> None:
    shapes, kinds = zip(*((each.shape, each.dtype) for each in _each(name, parts)), strict=True)
    kind = np.result_type(*kinds)  # texts are as wide as the widest
    joined = (sum(shape[0] for shape in shapes), *shapes[0][1:]) if shapes[0] else ()
    header = {
        "descr": npy_format.dtype_to_descr(kind),
        "fortran_order": False,
        "shape": joined,
    }
    npy_format.write_array_header_1_0(member, header)
    for each in _each(name, parts):
        member.write(each.astype(kind, copy=False).tobytes("C"))


def _each(name: str, parts: Sequence[str | Path]) -> Iterator[np.ndarray]:
    for part in parts:
        yield read_arrays(part, name)[name]
