"""Pages in a real browser: nothing broken, nothing too wide, on a phone and on a desk.

The page lies in a frame of the wanted width, because a browser's window has a smallest one. A
script that is put into the page reports to the page around it what it finds.
"""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
BROWSER = next(filter(None, map(shutil.which, BROWSERS)), "")
WIDTHS = (375, 1280)
"""Pixels of a phone and of a desk."""

pytestmark = pytest.mark.skipif(not BROWSER, reason=f"none of {', '.join(BROWSERS)} is installed")

LISTEN = """<script>
const errors = [];
// Failed images and scripts do not bubble, hence the capture.
addEventListener("error", event => errors.push(event.message || event.target.tagName), true);
addEventListener("unhandledrejection", event => errors.push(String(event.reason)));
console.error = (...words) => errors.push(words.join(" "));
</script>"""

REPORT = """<script>
addEventListener("load", () => setTimeout(() => {
  const page = document.documentElement, images = [...document.images];
  parent.postMessage({
    errors,
    images: images.length,
    broken: images.filter(image => !image.naturalWidth).map(image => image.alt),
    window: innerWidth,
    width: page.clientWidth,
    needed: page.scrollWidth,
  }, "*");
}));
</script>"""

AROUND = """<!doctype html><body>
<script>onmessage = event => { document.body.textContent = JSON.stringify(event.data); };</script>
<iframe src="page.html" style="border: 0; width: WIDTHpx; height: 800px"></iframe>"""


def look(page: str, width: int, folder: Path) -> dict[str, Any]:
    """Open a page in a window of a width, in pixels, and say what is found."""
    probed = page.replace("<head>", f"<head>{LISTEN}", 1).replace("</body>", f"{REPORT}</body>", 1)
    assert LISTEN in probed and REPORT in probed
    (folder / "page.html").write_text(probed, encoding="utf-8")
    (folder / "around.html").write_text(AROUND.replace("WIDTH", str(width)), encoding="utf-8")
    command = [
        BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--window-size=1400,900",
        f"--user-data-dir={folder / 'profile'}", "--virtual-time-budget=10000", "--dump-dom",
        (folder / "around.html").as_uri(),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    answer = re.search(r"<body>(\{.*\})</body>", done.stdout)
    assert answer, done.stdout[:500] + done.stderr[-2000:]
    found: dict[str, Any] = json.loads(html.unescape(answer[1]))
    assert found["window"] == width
    return found


@pytest.fixture(scope="module")
def pages(made_up_run: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """HTML of a game's page and of that of all games."""
    folder = tmp_path_factory.mktemp("pages")
    return {
        "game": made_up_run.page.read_text(encoding="utf-8"),
        "overview": made_up_run.overview(folder),
    }


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["game", "overview"])
def test_a_browser_finds_nothing_wrong(
    pages: dict[str, str], tmp_path: Path, name: str, width: int
) -> None:
    found = look(pages[name], width, tmp_path)
    assert found["images"] == pages[name].count("<img ")
    assert found["errors"] == found["broken"] == []
    assert found["needed"] <= found["width"] <= width


@pytest.mark.parametrize("width", WIDTHS)
def test_what_is_too_wide_is_found(pages: dict[str, str], tmp_path: Path, width: int) -> None:
    wide = f'<h1 style="width: {width + 1}px">'
    found = look(pages["overview"].replace("<h1>", wide, 1), width, tmp_path)
    assert found["needed"] > found["width"]


def test_a_wide_table_scrolls_on_its_own(pages: dict[str, str], tmp_path: Path) -> None:
    assert '<div class="scroll"' in pages["overview"]
    found = look(pages["overview"].replace('class="scroll"', ""), 375, tmp_path)
    assert found["needed"] > found["width"]


def test_a_broken_image_is_found(pages: dict[str, str], tmp_path: Path) -> None:
    broken = '<img alt="nothing" src="data:image/png;base64,AAAA"></main>'
    found = look(pages["overview"].replace("</main>", broken, 1), 375, tmp_path)
    assert found["broken"] == ["nothing"]
    assert found["errors"] == ["IMG"]


@pytest.mark.parametrize(
    ("script", "error"),
    [
        ("throw new Error('spoilt')", "Uncaught Error: spoilt"),
        ("console.error('spoilt')", "spoilt"),
        ("Promise.reject('spoilt')", "spoilt"),
    ],
)
def test_an_error_of_a_script_is_found(
    pages: dict[str, str], tmp_path: Path, script: str, error: str
) -> None:
    spoilt = pages["overview"].replace("</main>", f"</main><script>{script}</script>", 1)
    assert look(spoilt, 375, tmp_path)["errors"] == [error]
