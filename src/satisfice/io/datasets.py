"""Human data: a folder with dataset.yaml, and decisions, statistics or both."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from satisfice.errors import SatisficeError
from satisfice.io.correlations import read_correlations
from satisfice.io.decisions import read_decisions
from satisfice.io.statistics_file import COLUMNS, PROVENANCES, read_statistics
from satisfice.io.summaries import (
    CORRELATION_COLUMNS,
    REPLICATES,
    Summary,
    summarise_decisions,
    values_of,
)
from satisfice.io.yaml_files import read_yaml

if TYPE_CHECKING:
    from satisfice.games.base import Game

MOST_MARKETS = 1_000_000
"""More than any experiment had; a typing error would fill the memory."""

FEW_REPLICATES = 200
"""Enough to see that every statistic has a standard error, in no time."""

SEE = "See data/README.md for an example."


@dataclass(frozen=True)
class HumanData:
    """Human play and the design of the experiment.

    Attributes:
        folder: The data set's folder.
        game: The game that was played.
        description: The content of dataset.yaml.
        markets: Number of markets of each treatment, also in simulations.
        decisions: What :func:`read_decisions` returns, or None if there is no decisions.csv.
        given: Statistics that statistics.csv gives of treatments without decisions, with the
            columns ``COLUMNS``.
        given_correlations: Correlations of their errors, as far as they are known.
        replicates: Bootstrap replicates behind the standard errors of all other statistics.
    """

    folder: Path
    game: Game
    description: dict[str, Any]
    markets: dict[str, int]
    decisions: pd.DataFrame | None
    given: pd.DataFrame
    given_correlations: pd.DataFrame
    replicates: int

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row for each statistic, with the columns ``COLUMNS``. The first use takes seconds.

        Raises:
            SatisficeError: A statistic of the decisions has no value or no standard error.
        """
        if self._summary is None:
            return self.given
        computed = self._summary.statistics
        usable = np.isfinite(computed.value) & (computed.standard_error > 0)
        if not usable.all():
            row = computed[~usable].iloc[0]
            raise SatisficeError(
                f"{self.folder / 'decisions.csv'}, treatment {row.treatment}",
                f"{row.statistic} is {row.value:g} with the standard error {row.standard_error:g}, "
                "and scores are in units of it.",
                "Move the file elsewhere, and give statistics with errors of your own in "
                "statistics.csv.",
            )
        return _joined(computed.assign(provenance=PROVENANCES[0]), self.given)

    @cached_property
    def correlations(self) -> pd.DataFrame:
        """Known correlations between errors of statistics; columns ``CORRELATION_COLUMNS``."""
        if self._summary is None:
            return self.given_correlations
        return _joined(self._summary.correlations, self.given_correlations)

    @cached_property
    def _summary(self) -> Summary | None:
        if self.decisions is None:
            return None
        return summarise_decisions(self.decisions, self.game, replicates=self.replicates)


def provenance_in_words(found: Iterable[str]) -> str:
    """Every provenance in ``found`` once, such as "secondary and unverified"."""
    present = set(found)
    return " and ".join(name for name in PROVENANCES if name in present)


def load_dataset(folder: str | Path, game: Game, *, replicates: int = REPLICATES) -> HumanData:
    """Read and check a data set.

    Statistics of treatments with decisions are computed from them, when they are first asked
    for; those of other treatments are taken from statistics.csv.

    Raises:
        SatisficeError: Something is missing, malformed or unknown to the game, or two files
            contradict each other; the message names the file and the row.
    """
    folder = Path(folder)
    # A broken link counts as a file, so that the reader tells of it.
    here = {name for name in ("decisions", "statistics", "correlations")
            if os.path.lexists(folder / f"{name}.csv")}  # fmt: skip
    description = _read_description(folder / "dataset.yaml", here)
    if not here & {"decisions", "statistics"}:
        problem = "has neither decisions.csv nor statistics.csv."
        raise SatisficeError(folder, problem, "Add one of them, as data/README.md says.")
    decisions = None
    if "decisions" in here:
        decisions = read_decisions(folder / "decisions.csv", game)
    markets = _markets(folder, description, decisions, game)
    values = {} if decisions is None else values_of(decisions, game)
    given = pd.DataFrame([], columns=list(COLUMNS))
    if "statistics" in here:
        given = read_statistics(folder / "statistics.csv", game, list(markets), values)
    correlations = pd.DataFrame([], columns=list(CORRELATION_COLUMNS))
    if "correlations" in here:
        labels = list(itertools.product(markets, game.statistics))
        correlations = read_correlations(folder / "correlations.csv", labels)
    decided = {treatment for treatment, _ in values}
    given, correlations = _without(decided, given), _without(decided, correlations)
    return HumanData(folder, game, description, markets, decisions, given, correlations, replicates)


def _without(treatments: set[str], table: pd.DataFrame) -> pd.DataFrame:
    return table[~table.treatment.isin(treatments)].reset_index(drop=True)


def _joined(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    return first if second.empty else pd.concat([first, second], ignore_index=True)


def _read_description(path: Path, here: set[str]) -> dict[str, Any]:
    """The content of dataset.yaml; what decisions say themselves need not be there."""
    texts = ["citation", "licence", *(["how_computed"] if "statistics" in here else [])]
    needed = texts if "decisions" in here else [*texts, "design"]
    description = read_yaml(path, SEE)
    for key in needed:
        if not isinstance(description, dict) or key not in description:
            raise SatisficeError(path, f"the key '{key}' is missing.", SEE)
    for key in texts:
        if not (isinstance(description[key], str) and description[key].strip()):
            raise SatisficeError(path, f"the key '{key}' is not a text.", SEE)
    return dict(description)


def _markets(
    folder: Path, description: Mapping[str, Any], decisions: pd.DataFrame | None, game: Game
) -> dict[str, int]:
    """Number of markets of each treatment: counted in the decisions, or given by the design."""
    path, counted = folder / "dataset.yaml", _counted(folder, decisions)
    given = _design_markets(path, description, needed=not counted)
    for treatment, number in given.items():
        if treatment not in game.treatments:
            problem = f"design.markets names the unknown treatment '{treatment}'."
            raise SatisficeError(path, problem, f"Use one of: {', '.join(game.treatments)}.")
        if type(number) is not int or not 2 <= number <= MOST_MARKETS:
            problem = f"design.markets.{treatment} is {number!r}."
            remedy = f"Give a whole number of 2 (for a spread between markets) to {MOST_MARKETS}."
            raise SatisficeError(path, problem, remedy)
        if counted and counted.get(treatment, number) != number:
            problem = (
                f"design.markets.{treatment} is {number}, but decisions.csv has "
                f"{counted[treatment]} markets of this treatment."
            )
            remedy = "Correct one of the two files, or leave design.markets out."
            raise SatisficeError(path, problem, remedy)
        if counted and treatment not in counted and not (folder / "statistics.csv").is_file():
            problem = f"design.markets.{treatment} has neither decisions nor statistics."
            remedy = "Add them in decisions.csv or in statistics.csv, or take the treatment out."
            raise SatisficeError(path, problem, remedy)
    more = [name for name in game.treatments if name in counted and name not in given]
    return given | {name: counted[name] for name in more}


def _design_markets(path: Path, description: Mapping[str, Any], *, needed: bool) -> dict[str, Any]:
    design = description.get("design", {})
    if not needed and isinstance(design, dict) and "markets" not in design:
        return {}
    markets = design.get("markets") if isinstance(design, dict) else None
    if not isinstance(markets, dict) or not markets:
        problem = "design.markets must give a number of markets per treatment."
        raise SatisficeError(path, problem, SEE)
    return {str(treatment): number for treatment, number in markets.items()}


def _counted(folder: Path, decisions: pd.DataFrame | None) -> dict[str, int]:
    """Markets of each treatment in the decisions."""
    if decisions is None:
        return {}
    numbers = decisions.groupby("treatment").market.nunique()
    if (numbers < 2).any():
        raise SatisficeError(
            f"{folder / 'decisions.csv'}, treatment {numbers.idxmin()}",
            "has one market, and standard errors come from the spread between markets.",
            "Add markets, or leave the treatment out.",
        )
    return {str(treatment): int(number) for treatment, number in numbers.items()}
