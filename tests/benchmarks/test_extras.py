"""What is not installed is told with what to install."""

from __future__ import annotations

import pytest

from benchmarks.extras import require_extra
from satisfice.errors import SatisficeError


def test_an_installed_library_is_not_mentioned() -> None:
    require_extra("pettingzoo", "target benchmark")


def test_a_missing_library_is_told_with_its_remedy() -> None:
    with pytest.raises(SatisficeError) as caught:
        require_extra("no_such_library", "target benchmark")
    assert str(caught.value).startswith("target benchmark: needs the library no_such_library")
    assert 'pip install -e ".[no_such_library]"' in caught.value.remedy
