"""Pages: self-contained, escaped, readable by machines as by people."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from satisfice.errors import SatisficeError
from satisfice.io.files import read_json, write_json
from satisfice.report.catalogue import DECISION_FIGURES, FIGURES


class Elements(HTMLParser):
    """Collects the elements of a page with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.found if name == tag]


@pytest.fixture(scope="module")
def html(made_up_run: Any) -> str:
    return str(made_up_run.page.read_text(encoding="utf-8"))


def test_all_images_are_inside_and_described(html: str, made_up_run: Any) -> None:
    images, texts = Elements(html).all("img"), read_json(made_up_run.descriptions)
    assert len(images) == len(FIGURES)
    assert all(image["src"].startswith("data:image/png;base64,") for image in images)
    assert [image["alt"] for image in images] == [texts[name] for name in FIGURES]
    assert "Caption of scores." in html
    assert len(html) < 5_000_000


def test_nothing_is_loaded_from_elsewhere(html: str) -> None:
    elements = Elements(html)
    for tag, attributes in elements.found:
        for name in ("src", "href", "srcset", "action", "data", "poster"):
            assert attributes.get(name, "#").startswith(("#", "data:")), (tag, attributes)
    assert not elements.all("script") and not elements.all("iframe")
    assert not re.search(r"https?://|@import|url\(", html)


def test_names_are_escaped(html: str) -> None:
    assert "<b>tiny" not in html and "&lt;b&gt;tiny&lt;/b&gt;" in html
    assert "<script>" not in html and "&lt;script&gt;alert(1)&lt;/script&gt; &amp; others" in html


def test_the_page_is_accessible(html: str) -> None:
    elements = Elements(html)
    assert elements.all("html")[0]["lang"] == "en"
    assert len(elements.all("h1")) == 1 and elements.all("figcaption")
    tables = elements.all("table")
    assert tables and len(elements.all("caption")) == len(tables)
    assert all(cell["scope"] in ("col", "row") for cell in elements.all("th"))
    ids = [attributes["id"] for _, attributes in elements.found if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = [link["href"].removeprefix("#") for link in elements.all("a")]
    assert "main" in links and set(links) <= set(ids)


def test_the_page_says_what_a_reader_needs(html: str) -> None:
    for words in (
        "1 of 4 gates FAIL",
        "The gate on held-out prediction PASSES",
        "only jointly\nidentified",
        "What sbc means.",
        "r_hat",
        "simulations: 20000",
        "numpy: &#39;2&#39;",
        "seed 7",
        "unverified",
    ):
        assert words in html


def test_the_same_run_gives_the_same_page_and_figures(copied_run: Any) -> None:
    one = copied_run.report("scores", "policy")
    assert copied_run.report("scores", "policy") == one


def test_a_failing_run_says_so(copied_run: Any) -> None:
    gates = read_json(copied_run.root / "diagnostics.json")
    gates[-1] |= {"value": 0.8, "passed": False}
    write_json(copied_run.root / "diagnostics.json", gates)
    copied_run.config["simulation"]["simulations"] = 100
    html = copied_run.report("scores")
    assert "The gate on held-out prediction FAILS" in html and "PASSES" not in html
    assert "2 of 4 gates FAIL" in html
    assert "only 100 simulations" in html


def test_broken_gates_are_told(copied_run: Any) -> None:
    (copied_run.root / "diagnostics.json").write_text("{")
    with pytest.raises(SatisficeError, match="is not valid JSON"):
        copied_run.report("scores")
    assert not copied_run.page.exists()


def test_the_overview_joins_the_games(made_up_run: Any, tmp_path: Path) -> None:
    html = made_up_run.overview(tmp_path)
    links = {link["href"] for link in Elements(html).all("a")}
    assert {"cournot/report.html", "second_game/report.html"} <= links
    assert "Second game" in html and "3 of 4 gates pass" in html
    assert "0.4 (0.32 to 0.52)" in html


def test_a_game_with_decisions_has_a_section_about_them(copied_run: Any) -> None:
    before = copied_run.report("scores")
    assert "ingle decisions" not in before and 'href="#decisions"' not in before
    copied_run.decide()
    html = copied_run.report("scores")
    assert len(Elements(html).all("img")) == 1 + len(DECISION_FIGURES)
    texts = read_json(copied_run.root / "decisions" / "figures" / "descriptions.json")
    assert set(texts) == set(DECISION_FIGURES)
    images = [image["alt"] for image in Elements(html).all("img")]
    assert images[1:] == [texts[name] for name in DECISION_FIGURES]
    assert 'href="#decisions"' in html and "Caption of individuals." in html
    assert "bounded, all alike" in html and "people" in html
    # A rival that is better stands before anything in favour of the bounded model.
    better = "EWA (+0.1 nats a decision, 90 % interval 0.08 to 0.12) predicts better than"
    assert html.index(better) < html.index("The gate on held-out prediction PASSES")
    # Nothing else has changed.
    for part in ('<h2 id="inference">', '<h2 id="all-gates">'):
        assert before[before.index(part) :] == html[html.index(part) :]


def test_a_missing_comparison_is_told(copied_run: Any) -> None:
    copied_run.decide()
    (copied_run.root / "decisions" / "comparison.csv").unlink()
    with pytest.raises(SatisficeError, match=r"comparison\.csv: file not found"):
        copied_run.report("scores")


def test_the_overview_says_who_predicts_single_decisions(made_up_run: Any, tmp_path: Path) -> None:
    html = made_up_run.overview(tmp_path, ["second_game"])
    first, second = html.split('<h2 id="second_game">')
    assert "Single decisions" not in first
    assert "Single decisions, markets left out: EWA" in second


def test_a_missing_table_is_told(copied_run: Any) -> None:
    (copied_run.root / "scores.csv").unlink()
    with pytest.raises(SatisficeError, match=r"scores\.csv: file not found"):
        copied_run.report("scores")


def test_gates_stand_below_the_figures(html: str) -> None:
    # There can be a hundred of them; those that fail are in the verdict.
    assert html.index('id="verdict"') < html.index("<figure>") < html.index('id="all-gates"')
    assert html.count('href="#all-gates"') == 2
