"""What the corpora of bad input share: the one form that every refusal has."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from satisfice.errors import SatisficeError


@pytest.fixture(scope="session")
def refusal() -> Callable[..., str]:
    """Calls a loader that has to refuse, and returns the message, which names the file."""

    def call(load: Callable[[], Any], file: str | Path) -> str:
        with pytest.raises(SatisficeError) as caught:
            load()
        text = str(caught.value)
        assert str(file) in caught.value.place
        assert caught.value.problem.strip() and caught.value.remedy.strip()
        assert "Remedy: " in text and "Traceback" not in text
        return text

    return call


@pytest.fixture(scope="session")
def intact() -> Callable[..., bool]:
    """Says whether a loader took a file; any error but the package's own fails the test."""

    def call(load: Callable[[], Any], file: str | Path, same: Callable[[Any], bool]) -> bool:
        try:
            found = load()
        except SatisficeError as error:
            assert str(file) in str(error) and error.remedy
            return False
        assert same(found), "loaded, but to something else"
        return True

    return call
