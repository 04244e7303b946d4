"""Settings of the benchmarks are checked."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from benchmarks.settings import BenchmarkSettings


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"scaling": {"agents": [1, 2]}}, "greater than or equal to 2"),
        ({"scaling": {"markets": [3]}}, "at least 2 items"),
        ({"scaling": {"simulations": [64, 64]}}, "given twice"),
        ({"retraining": {"iterations": 2.0}}, "valid integer"),
        ({"simulations_for_c2st": {"budgets": [100, 200]}}, "greater than or equal to 200"),
        ({"plan": {}}, "not permitted"),
    ],
)
def test_bad_settings_are_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        BenchmarkSettings.model_validate(given)
