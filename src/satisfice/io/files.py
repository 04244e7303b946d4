"""Files that are complete or not there at all: write beside, then rename."""

from __future__ import annotations

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


@contextmanager
def written_whole(path: str | Path) -> Iterator[Path]:
    """Give a temporary path beside ``path`` that takes its place when the block succeeds.

    Whatever ends the block otherwise, the old file stays as it was. A killed process cannot
    clear its temporary file; whoever writes the same file next does it.

    Yields:
        The temporary path, with the same ending as ``path``.

    Raises:
        SatisficeError: The place cannot be written to.
    """
    path = Path(path)
    temporary = path.with_name(f".{os.getpid()}-{path.name}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        temporary.replace(path)
        _clear_left_over(path)
    except OSError as error:
        raise cannot_be_written(path, error) from error
    finally:
        with suppress(OSError):  # a place that could not be made holds nothing to clear
            temporary.unlink()


def _clear_left_over(path: Path) -> None:
    """Delete temporary files of the same name that are older than this process.

    Younger ones may belong to a process that is still writing.
    """
    for left_over in path.parent.glob(f".*-{glob.escape(path.name)}"):
        owner = left_over.name.removeprefix(".").removesuffix(f"-{path.name}")
        with suppress(OSError):  # cleared by somebody else, or not ours to clear
            if owner.isdecimal() and left_over.stat().st_mtime < _STARTED:
                left_over.unlink()


def write_bytes(path: str | Path, content: bytes) -> None:
    """Write what was made in memory, as it must be where a library fails badly on full disks."""
    with written_whole(path) as temporary:
        temporary.write_bytes(content)


def write_json(path: str | Path, content: Any) -> None:
    """Write JSON, indented, with a final newline; NaN is refused."""
    text = json.dumps(content, indent=2, allow_nan=False) + "\n"
    with written_whole(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def read_json(path: str | Path) -> Any:
    """Read JSON.

    Raises:
        SatisficeError: The file is missing or is not JSON.
    """
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise SatisficeError(path, "file not found.", "Rerun the rule that makes it.") from error
    except (json.JSONDecodeError, UnicodeDecodeError, OSError) as error:
        remedy = "Delete the file and run again; the workflow makes it anew."
        raise SatisficeError(path, f"is not valid JSON ({error}).", remedy) from error


def write_table(path: str | Path, table: pd.DataFrame) -> None:
    """Write a CSV file without an index."""
    with written_whole(path) as temporary:
        table.to_csv(temporary, index=False)


def read_table(path: str | Path) -> pd.DataFrame:
    """Read a CSV file that a rule wrote; names of treatments stay texts.

    Raises:
        SatisficeError: The file is missing or is not a CSV file.
    """
    try:
        return pd.read_csv(path, dtype={"treatment": str})
    except FileNotFoundError as error:
        raise SatisficeError(path, "file not found.", "Rerun the rule that makes it.") from error
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        remedy = "Delete the file and run again; the workflow makes it anew."
        raise SatisficeError(path, f"is not a CSV file ({error}).", remedy) from error


def write_arrays(path: str | Path, **arrays: np.ndarray) -> None:
    """Write a compressed npz file of plain arrays."""
    with written_whole(path) as temporary:
        np.savez_compressed(temporary, **arrays)  # type: ignore[arg-type]


def read_arrays(path: str | Path, *names: str) -> dict[str, np.ndarray]:
    """Read a npz file, or only the arrays of some names; objects (pickles) are refused.

    Raises:
        SatisficeError: The file is missing, cut short or holds something else.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in names or archive.files}
    except FileNotFoundError as error:
        raise SatisficeError(path, "file not found.", "Rerun the rule that makes it.") from error
    except Exception as error:  # zip, zlib and numpy each have their own kind
        remedy = "Delete the file and run again; the workflow makes it anew."
        raise SatisficeError(path, f"is not a readable npz file ({error}).", remedy) from error
