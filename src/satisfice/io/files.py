"""Files that are either complete or absent: written under another name, then renamed."""

from __future__ import annotations

import errno
import glob
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from satisfice.errors import SatisficeError, cannot_be_written

_STARTED = time.time()

REMAKE = "Rerun the rule that makes it."
REMEDY = "Delete the file and run again; the workflow makes it anew."


@contextmanager
def written_whole(path: str | Path) -> Iterator[Path]:
    """Give a temporary path beside ``path`` that replaces it when the block succeeds.

    If the block fails, the old file stays as it was. A killed process leaves its temporary file
    behind; the next process that writes the same file deletes it.

    Raises:
        SatisficeError: The folder cannot be written to.
    """
    path = Path(path)
    temporary = path.with_name(f".{os.getpid()}-{path.name}")
    try:
        if path.exists() and not path.is_file():  # such as /dev/stdout, which would be replaced
            raise OSError(errno.EINVAL, "it is not an ordinary file")
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        temporary.replace(path)
        _clear_left_over(path)
    except OSError as error:
        raise cannot_be_written(path, error) from error
    finally:
        with suppress(OSError):  # if the folder could not be made, there is no temporary file
            temporary.unlink()


def _clear_left_over(path: Path) -> None:
    """Delete temporary files of the same name that are older than this process.

    Younger ones may belong to a process that is still writing.
    """
    for left_over in path.parent.glob(f".*-{glob.escape(path.name)}"):
        owner = left_over.name.removeprefix(".").removesuffix(f"-{path.name}")
        with suppress(OSError):  # another process has deleted it or owns it
            if owner.isdecimal() and left_over.stat().st_mtime < _STARTED:
                left_over.unlink()


def write_bytes(path: str | Path, content: bytes) -> None:
    """Write bytes. Libraries that fail badly on full disks write to memory first."""
    with written_whole(path) as temporary:
        temporary.write_bytes(content)


def write_json(path: str | Path, content: Any) -> None:
    """Write JSON, indented, with a final newline; NaN is refused."""
    text = json.dumps(content, indent=2, allow_nan=False) + "\n"
    with written_whole(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def read_json(path: str | Path) -> Any:
    """Read JSON that a rule wrote; if an object in it lacks a key, the error names the file.

    Raises:
        SatisficeError: The file is missing, or is not JSON.
    """
    try:
        text = Path(path).read_bytes().decode("utf-8")
        return json.loads(text, object_pairs_hook=_part_of(path, "key"))
    except FileNotFoundError as error:
        raise SatisficeError(path, "file not found.", REMAKE) from error
    except (ValueError, RecursionError, OSError) as error:
        raise SatisficeError(path, f"is not valid JSON ({error}).", REMEDY) from error


def _part_of(path: str | Path, what: str) -> Any:
    """A dict type whose error for a missing key names the file."""

    class Part(dict[str, Any]):
        def __missing__(self, name: str) -> Any:
            raise SatisficeError(path, f"lacks the {what} '{name}'.", REMEDY)

    return Part


def write_table(path: str | Path, table: pd.DataFrame) -> None:
    """Write a CSV file without an index."""
    with written_whole(path) as temporary:
        table.to_csv(temporary, index=False)


def read_table(path: str | Path, *columns: str) -> pd.DataFrame:
    """Read a CSV file that a rule wrote; treatments are read as text.

    Raises:
        SatisficeError: The file is missing, is not a CSV file, or lacks a column.
    """
    try:
        table = pd.read_csv(path, dtype={"treatment": str}, index_col=False, low_memory=False)
    except FileNotFoundError as error:
        raise SatisficeError(path, "file not found.", REMAKE) from error
    except (ValueError, OSError) as error:  # the parser's own errors are ValueErrors
        raise SatisficeError(path, f"is not a CSV file ({error}).", REMEDY) from error
    missing = [name for name in columns if name not in table.columns]
    if missing:
        raise SatisficeError(f"{path}, row 1", f"lacks {', '.join(missing)}.", REMEDY)
    return table


def write_arrays(path: str | Path, **arrays: np.ndarray) -> None:
    """Write a compressed npz file of plain arrays."""
    with written_whole(path) as temporary:
        np.savez_compressed(temporary, **arrays)  # type: ignore[arg-type]


def read_arrays(path: str | Path, **shapes: str) -> dict[str, np.ndarray]:
    """Read an npz file without objects (pickles); if an array is missing, the error names the file.

    Shapes name the dimensions of each array that it must have, such as
    ``x="simulations statistics"``; a dimension has one length in the whole file.

    Raises:
        SatisficeError: The file is missing, cut short, or holds something else.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays: dict[str, np.ndarray] = _part_of(path, "array")(dict(archive))
    except FileNotFoundError as error:
        raise SatisficeError(path, "file not found.", REMAKE) from error
    except Exception as error:  # zip, zlib and numpy raise errors of their own
        raise SatisficeError(path, f"is not a readable npz file ({error}).", REMEDY) from error
    lengths: dict[str, int] = {}
    for name, dimensions in shapes.items():
        shape, wanted = arrays[name].shape, dimensions.split()
        if len(shape) != len(wanted) or any(
            lengths.setdefault(dimension, length) != length
            for dimension, length in zip(wanted, shape, strict=True)
        ):
            problem = f"array {name} has the shape {shape}, not ({', '.join(wanted)})."
            raise SatisficeError(path, problem, REMEDY)
    return arrays
