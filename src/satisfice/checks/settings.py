"""Settings of the test of misspecification."""

from __future__ import annotations

from pydantic import Field

from satisfice.settings import Settings


class MisspecificationSettings(Settings):
    """The test whether a contender could have made the human statistics."""

    simulations: int = Field(default=600, ge=100)
    """Simulations in each round of the search for the nearest theta."""
    rounds: int = Field(default=8, ge=1)
    """Largest number of rounds after the nearest theta is roughly known."""
    own: int = Field(default=300, ge=50)
    """Simulations at the nearest theta, which say what distance is usual."""
