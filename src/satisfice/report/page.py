"""Self-contained HTML pages: one for each game, and an overview of all games."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, PackageLoader, StrictUndefined

from satisfice.io.files import written_whole
from satisfice.report.baseline import BaselineSection
from satisfice.report.catalogue import DECISION_FIGURES, FIGURES, SECTIONS
from satisfice.report.tables import Table
from satisfice.report.verdict import Verdict
from satisfice.report.verdict_decisions import DecisionVerdict


@dataclass(frozen=True)
class Illustration:
    """A figure on a page: the whole PNG as a data URL, and its texts."""

    name: str
    section: str
    title: str
    source: str
    description: str
    caption: str


@dataclass(frozen=True)
class DecisionSection:
    """What a page says about single decisions, besides figures."""

    verdict: DecisionVerdict
    markets: int
    comparison: Table
    individuals: Table


@dataclass(frozen=True)
class GamePage:
    """Content of a game's page as plain values; the template escapes every text."""

    run: str
    game: str
    citation: str
    verdict: Verdict
    gates: Table
    posterior: Table
    scores: Table
    misspecification: Table
    human: Table
    figures: Sequence[Illustration]
    config: Mapping[str, Any]
    versions: Mapping[str, str]
    seed: int
    decisions: DecisionSection | None = None
    baseline: BaselineSection | None = None

    @property
    def sections(self) -> dict[str, str]:
        """Headings of the sections that this game has."""
        absent = set() if self.decisions else {"decisions"}
        return {name: title for name, title in SECTIONS.items() if name not in absent}


@dataclass(frozen=True)
class GameSummary:
    """One game on the overview page; ``decisions`` is None where there are none."""

    name: str
    link: str
    verdict: Verdict
    decisions: DecisionVerdict | None = None


@dataclass(frozen=True)
class OverviewPage:
    """Content of the overview page."""

    run: str
    games: Sequence[GameSummary]
    scores: Table
    seed: int


def illustrations(
    images: Mapping[str, str | Path],
    descriptions: Mapping[str, str],
    captions: Mapping[str, str | Path],
) -> list[Illustration]:
    """Load figures with their texts, in the catalogue's order."""
    found = []
    for name, entry in (FIGURES | DECISION_FIGURES).items():
        if name not in images:
            continue
        encoded = base64.b64encode(Path(images[name]).read_bytes()).decode("ascii")
        caption = " ".join(Path(captions[name]).read_text(encoding="utf-8").split())
        source = f"data:image/png;base64,{encoded}"
        found.append(Illustration(name, *entry, source, descriptions[name], caption))
    return found


def write_game_page(page: GamePage, output: str | Path) -> None:
    """Render a game's page to one HTML file."""
    _write("game.html", output, page=page, sections=page.sections)


def write_overview_page(page: OverviewPage, output: str | Path) -> None:
    """Render the overview page."""
    _write("overview.html", output, page=page)


def _write(template: str, output: str | Path, **content: Any) -> None:
    environment = Environment(
        loader=PackageLoader("satisfice.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # Readable YAML of plain values, in the order given.
    environment.filters["yaml"] = lambda value: str(
        yaml.safe_dump(json.loads(json.dumps(value)), sort_keys=False, allow_unicode=True)
    ).rstrip()
    text = environment.get_template(template).render(**content)
    with written_whole(output) as temporary:
        temporary.write_text(text, encoding="utf-8")
