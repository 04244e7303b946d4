"""Rule ``verify``: measure how far a trained policy is from what it should be."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from satisfice.io.files import write_json
from satisfice.learning.audit import audit
from satisfice.learning.populations import load_population


def verify_policy(
    folder: str | Path, settings: Mapping[str, Any], seed: int, output: str | Path
) -> None:
    """Measure how far a trained policy is from what it should be.

    Args:
        folder: Folder of the checkpoint.
        settings: The config section ``verification``: how many supertypes, drawn from the prior,
            to verify at, and how to train a best response.
        seed: The run's seed.
        output: Where verification.json goes.
    """
    population, description = load_population(folder)
    write_json(output, audit(population, description, settings, seed))
