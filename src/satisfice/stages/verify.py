"""Rule ``verify``: measure how close a trained policy is to the right one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from satisfice.io.files import write_json
from satisfice.learning.audit import audit
from satisfice.learning.populations import load_population
from satisfice.learning.settings import VerificationSettings


def verify(policy: str | Path, settings: Mapping[str, Any], seed: int) -> None:
    """Measure how close a trained policy is to the right one, and write verification.json."""
    population, description = load_population(policy)
    write_json(
        Path(policy) / "verification.json",
        audit(population, description, VerificationSettings(**settings), seed),
    )
