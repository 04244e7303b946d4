"""No file runs code, no name leaves its folder, and no name becomes markup or a formula."""

from __future__ import annotations

import ast
import pickle
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments.costs import read_costs
from satisfice.api import load_model
from satisfice.config import resolve
from satisfice.errors import SatisficeError
from satisfice.games import load_game
from satisfice.games.cournot import Cournot
from satisfice.io.checkpoints import read_weights
from satisfice.io.datasets import load_dataset
from satisfice.io.decisions import read_decisions
from satisfice.io.files import read_arrays, read_json, read_table, written_whole
from satisfice.io.inference_data import read_inference_data
from satisfice.report.page import (
    DecisionSection,
    GamePage,
    GameSummary,
    Illustration,
    OverviewPage,
    write_game_page,
    write_overview_page,
)
from satisfice.report.style import Picture, drawing, legend, new_figure, save
from satisfice.report.tables import Table
from satisfice.report.verdict import Verdict
from satisfice.report.verdict_decisions import DecisionVerdict

ROOT = Path(__file__).resolve().parents[2]
SOURCES = [
    *(ROOT / "src").rglob("*.py"),
    *(ROOT / "workflow").rglob("*.py"),
]
RULES = [ROOT / "Snakefile", *(ROOT / "workflow").rglob("*.smk")]
UNSAFE_MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve"}
UNSAFE_CALLS = {"eval", "exec", "compile", "__import__"}
UNSAFE_METHODS = {"torch.load", "yaml.load", "yaml.unsafe_load", "yaml.full_load", "pd.read_pickle",
                  "os.system", "os.popen", "pd.eval"}  # fmt: skip


def unsafe(source: str) -> list[str]:
    """What in a source could run code out of a file."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [name.name for name in node.names if name.name in UNSAFE_MODULES]
        elif isinstance(node, ast.ImportFrom) and node.module in UNSAFE_MODULES:
            found.append(str(node.module))
        elif isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            given = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
            if name in UNSAFE_CALLS | UNSAFE_METHODS or given.get("shell") == "True":
                found.append(name)
            if name == "np.load" and given.get("allow_pickle") != "False":
                found.append(name)
    return found


def test_no_source_could_run_code_out_of_a_file() -> None:
    assert len(SOURCES) > 100
    assert not {str(path): unsafe(path.read_text("utf-8")) for path in SOURCES
                if unsafe(path.read_text("utf-8"))}  # fmt: skip
    words = ("pickle", "torch.load", "np.load", "joblib", "yaml.load", "eval(", "exec(", "marshal",
             "shelve")  # fmt: skip
    for path in RULES:
        assert not [word for word in words if word in path.read_text("utf-8")]


@pytest.mark.parametrize(
    "source",
    ["import pickle", "from joblib import load", "torch.load('x')", "np.load('x')", "eval('1')",
     "np.load('x', allow_pickle=True)", "yaml.load(x)", "subprocess.run('x', shell=True)"],
)  # fmt: skip
def test_the_search_finds_what_it_searches(source: str) -> None:
    assert unsafe(source)


class Trap:
    """Would make a folder if it were ever unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.mkdir, (self.path,))


GAME = Cournot()
LOADERS: dict[str, tuple[str, Callable[[Path], Any]]] = {
    "weights": ("policy.safetensors", read_weights),
    "policy": ("policy.json", lambda path: load_model(path.parent)),
    "JSON": ("gates.json", read_json),
    "arrays": ("x.npz", read_arrays),
    "array": ("x.npy", read_arrays),
    "NetCDF": ("posterior.nc", read_inference_data),
    "description": ("dataset.yaml", lambda path: load_dataset(path.parent, GAME)),
    "decisions": ("decisions.csv", lambda path: read_decisions(path, GAME)),
    "table": ("scores.csv", lambda path: read_table(path, "model")),
    "costs": ("job.tsv", read_costs),
}


@pytest.mark.parametrize("protocol", [0, 4])
@pytest.mark.parametrize("name", LOADERS)
def test_a_pickle_is_refused_and_never_run(
    tmp_path: Path, refusal: Callable[..., str], name: str, protocol: int
) -> None:
    file, load = LOADERS[name]
    sprung, path = tmp_path / "sprung", tmp_path / file
    path.write_bytes(pickle.dumps(Trap(sprung), protocol))
    refusal(lambda: load(path), path)
    assert not sprung.exists()


@pytest.mark.parametrize("name", ["arrays", "array"])
def test_a_pickle_inside_an_array_is_refused_and_never_run(tmp_path: Path, name: str) -> None:
    file, load = LOADERS[name]
    sprung, path = tmp_path / "sprung", tmp_path / file
    content = np.array([Trap(sprung)], dtype=object)
    np.savez(path, theta=content) if path.suffix == ".npz" else np.save(path, content)
    with pytest.raises(SatisficeError, match="not a readable npz file"):
        load(path)
    assert not sprung.exists()


VALID: dict[str, Any] = {
    "run": "mine",
    "games": {
        "cournot": {
            "dataset": "huck2004",
            "held_out": {"treatments": ["5"]},
            "default_belief": "habit",
            "beliefs": {"habit": {"prior_belief": "habit"}},
            "rational": {},
        }
    },
}
PATHS = ["../x", "..", ".", "", "/etc", "a/b", "a\\b", "~", "C:", "-rf", "*"]
LETTERS = ["x\n", "x\x00", "x\x1b[31m", "a b", "<script>", "$HOME", "{game}", "\u00e4", "\u202e"]
RESERVED = ["x" * 65, "x" * 3000, "_x"]
NAMES = [*PATHS, *LETTERS, *RESERVED]
PLACES: dict[str, Callable[[dict[str, Any], str], None]] = {
    "run": lambda config, name: config.update(run=name),
    "data set": lambda config, name: config["games"]["cournot"].update(dataset=name),
    "game": lambda config, name: config["games"].update({name: config["games"]["cournot"]}),
    "belief": lambda config, name: config["games"]["cournot"]["beliefs"].update(
        {name: {"prior_belief": "habit"}}
    ),
    "rival": lambda config, name: config["games"]["cournot"].update(
        rivals=["equilibrium", name]
    ),
}  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_no_name_leaves_its_folder(place: str) -> None:
    for name in NAMES:
        config = deepcopy(VALID)
        PLACES[place](config, name)
        try:
            resolve(config, [])
        except SatisficeError as error:
            assert error.remedy
            continue
        # A rule is looked up among the game's rules; no file is called by it before that.
        assert place == "rival", name


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "", "a/b", "os", "satisfice.games"])
def test_a_game_is_looked_up_and_never_a_path(name: str) -> None:
    with pytest.raises(SatisficeError, match="unknown game"):
        load_game(name)


def test_writing_over_a_link_replaces_the_link(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("kept", encoding="utf-8")
    link.symlink_to(target)
    with written_whole(link) as temporary:
        temporary.write_text("new", encoding="utf-8")
    assert target.read_text("utf-8") == "kept"
    assert link.read_text("utf-8") == "new" and not link.is_symlink()


EVIL = "<script>alert(1)</script>\"'&--><img src=x onerror=alert(1)>"


def test_every_text_of_a_page_is_escaped(tmp_path: Path) -> None:
    verdict = Verdict(1, 2, EVIL, EVIL, EVIL, (EVIL,), (EVIL,))
    table = Table(caption=EVIL, header=(EVIL, EVIL, "verdict"), rows=((EVIL,) * 3,),
                  passed=(False,))  # fmt: skip
    figures = [Illustration(EVIL, section, EVIL, EVIL, EVIL, EVIL)
               for section in ("evaluation", "decisions", "inference", "learning")]  # fmt: skip
    decided = DecisionVerdict(EVIL, (EVIL,), beaten=True)
    section = DecisionSection(decided, 1, table, table)
    names = ("gates", "posterior", "scores", "misspecification", "human")
    tables = dict.fromkeys(names, table)
    page = GamePage(run=EVIL, game=EVIL, citation=EVIL, verdict=verdict, figures=figures,
                    config={EVIL: [EVIL]}, versions={EVIL: EVIL}, seed=1,
                    decisions=section, **tables)  # fmt: skip
    write_game_page(page, tmp_path / "game.html")
    overview = OverviewPage(EVIL, [GameSummary(EVIL, EVIL, verdict, decided)], table, 1)
    write_overview_page(overview, tmp_path / "all.html")
    for name, least in (("game.html", 40), ("all.html", 13)):
        text = (tmp_path / name).read_text("utf-8").lower()
        assert "<script" not in text and "<img src=x" not in text and "\"'&--" not in text
        assert text.count("&lt;script&gt;") >= least


@pytest.mark.parametrize(
    "name", [r"$\frac{$", "$_^$", "a_b", r"\alpha", "100 %", "{x}", "<b>", "$"]
)
def test_no_name_is_a_formula_in_a_figure(tmp_path: Path, name: str) -> None:
    with drawing():
        figure = new_figure(2.0)
        axis = figure.subplots()
        axis.plot([1, 2], [1, 2], label=name)
        axis.set_title(name)
        axis.set_xlabel(name)
        axis.set_yticks([1, 2], [name, "other"])
        axis.set_xscale("log")
        axis.text(1, 1, name)
        legend(figure, [axis])
    save(Picture(figure, name), tmp_path / "figure.png")
    assert (
        axis.get_title(loc="left") == name and not axis.yaxis.get_ticklabels()[0].get_parse_math()
    )
    # Powers of ten stay raised.
    assert all(text.get_parse_math() for text in axis.get_xticklabels())
