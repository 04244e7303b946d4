"""The documents: their examples run as they stand, links lead somewhere, words are in order."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from satisfice.contenders import load_rule
from satisfice.games import load_game
from satisfice.simulation.simulator import Experiment

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = sorted(
    path
    for place in ("*.md", "docs/*.md", "data/*.md", "results/*.md", "workflow/*.md")
    for path in ROOT.glob(place)
)
LINK = re.compile(r"\]\((?!https?://)([^)#\s]*)(?:#([^)\s]+))?\)")
GREEK = {"β": "beta", "θ": "theta", "λ": "lambda", "μ": "mu", "σ": "sigma"}


def anchors(path: Path) -> set[str]:
    """What a document's headings are linked by."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", text).strip().lower().replace(" ", "-") for text in headings}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    for to, anchor in LINK.findall(path.read_text(encoding="utf-8")):
        target = path.parent / to if to else path
        assert target.exists(), f"{path.name}: {to}"
        assert not anchor or anchor in anchors(target), f"{path.name}: {to}#{anchor}"


def test_the_glossary_is_in_alphabetical_order_and_its_cross_references_exist() -> None:
    text = (ROOT / "docs/glossary.md").read_text(encoding="utf-8")
    terms = re.findall(r"^- \*\*(.+?)\.\*\*", text, re.MULTILINE)
    in_letters = [GREEK.get(term, term).lower() for term in terms]
    assert in_letters == sorted(in_letters)
    assert len(set(terms)) == len(terms) > 80
    known = {term.lower() for term in terms}
    for word in re.findall(r"(?<!\*)\*([^*]+)\*(?!\*)", text[: text.rindex("**")]):
        plain = " ".join(word.lower().split())
        assert plain in known or plain.rstrip("s") in known, word


def test_a_contender_of_ones_own_takes_a_class_and_a_line(
    root: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    examples: Callable[[str], dict[str, str]],
) -> None:
    found = examples((root / "docs/contest.md").read_text(encoding="utf-8"))
    assert set(found) == {"my_contenders.py", "mine.yaml"}
    (tmp_path / "my_contenders.py").write_text(found["my_contenders.py"], encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    config: dict[str, Any] = yaml.safe_load(found["mine.yaml"])
    block = config["experiments"]["contest"]["cournot"]["contenders"]["stubborn"]
    game = load_game("cournot")
    contender = load_rule(block["rule"], game, "config")
    assert contender.free == ("centre", "spread")
    experiment = Experiment(game, {"2": 3, "5": 3})
    theta = contender.from_unit(np.random.default_rng(7).random((64, 2)))
    x, _ = contender.simulate(experiment, theta, np.random.SeedSequence(7))
    changed = x[:, [name == "share_changed" for _, name in experiment.labels]]
    np.testing.assert_array_equal(changed, 0.0)
