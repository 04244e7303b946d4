"""Human data that cannot be used: each file is refused with its row or key, and what to do."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from satisfice.games.cournot import Cournot
from satisfice.io.correlations import read_correlations
from satisfice.io.datasets import HumanData, load_dataset
from satisfice.io.decisions import read_decisions
from satisfice.io.statistics_file import COLUMNS

GAME = Cournot()
DESCRIPTION = {
    "citation": "Nobody (2000)",
    "licence": "none",
    "how_computed": "made up",
    "design": {"markets": {"2": 6}},
}
STATISTICS = ",".join(COLUMNS) + "\n"
for number, known in enumerate(GAME.statistics, start=1):
    STATISTICS += f"2,{known},0.{number},0.05,primary\n"
DECISIONS = "\n".join(
    [
        "treatment,market,period,agent,action",
        *(
            f"2,{market},{period},{agent},{(7 * market + 3 * period + 5 * agent) % 60}"
            for market, period, agent in itertools.product((1, 2), range(1, 26), (1, 2))
        ),
    ]
) + "\n"  # fmt: skip
CORRELATIONS = "treatment,statistic,other,correlation\n2,pooled_sd,share_changed,0.5\n"


def write(folder: Path, description: Any = DESCRIPTION, statistics: str = STATISTICS) -> Path:
    text = yaml.safe_dump(description, sort_keys=False)
    (folder / "dataset.yaml").write_text(text, encoding="utf-8")
    (folder / "statistics.csv").write_text(statistics, encoding="utf-8", newline="")
    return folder


def described(**other: Any) -> bytes:
    return yaml.safe_dump({**DESCRIPTION, **other}).encode()


def markets(content: Any) -> bytes:
    return described(design={"markets": content})


DESCRIPTIONS: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "the key 'citation' is missing"),
    "a text": (b"citation", "the key 'citation' is missing"),
    "a list": (b"- citation", "the key 'citation' is missing"),
    "no design": (b"citation: x\nlicence: y\nhow_computed: z\n", "the key 'design' is missing"),
    "citation empty": (described(citation=" "), "'citation' is not a text"),
    "citation nothing": (described(citation=None), "'citation' is not a text"),
    "citation a list": (described(citation=["x"]), "'citation' is not a text"),
    "licence a number": (described(licence=4), "'licence' is not a text"),
    "key twice": (b"citation: x\ncitation: y\n", "line 2: is not valid YAML"),
    "markets twice": (described() + b"\ndesign: {markets: {'2': 60}}", "'design' is given twice"),
    "number, then text": (b"design: {markets: {2: 6, '2': 60}}", "the key '2' is given twice"),
    "python": (b"citation: !!python/object/apply:os.getcwd []", "line 1: is not valid YAML"),
    "bad day": (b"citation: 2020-13-45", "is not valid YAML (month"),
    "Latin 1": ("citation: J\xfcrgen".encode("latin-1"), "not UTF-8 text (byte 12)"),
    "UTF-16": ("citation: x".encode("utf-16"), "not UTF-8 text"),
    "one market": (markets({"2": 1}), "design.markets.2 is 1."),
    "half a market": (markets({"2": 2.5}), "design.markets.2 is 2.5."),
    "too many markets": (markets({"2": 10**12}), "design.markets.2 is 1000000000000."),
    "NaN markets": (markets({"2": float("nan")}), "design.markets.2 is nan."),
    "unknown treatment": (markets({"seven": 6}), "unknown treatment 'seven'"),
    "treatment nothing": (markets({None: 6}), "unknown treatment 'None'"),
    "markets a list": (markets([6]), "design.markets must give"),
}


@pytest.mark.parametrize("name", DESCRIPTIONS)
def test_bad_descriptions_are_told(tmp_path: Path, refusal: Callable[..., str], name: str) -> None:
    content, problem = DESCRIPTIONS[name]
    path = write(tmp_path) / "dataset.yaml"
    path.write_bytes(content)
    assert problem in refusal(lambda: load_dataset(tmp_path, GAME), path)


def line(number: int, text: str) -> Callable[[str], str]:
    """Puts a text in the place of a line; lines are numbered as editors do."""

    def spoil(content: str) -> str:
        lines = content.split("\n")
        lines[number - 1] = text
        return "\n".join(lines)

    return spoil


def replace(old: str, new: str) -> Callable[[str], str]:
    return lambda content: content.replace(old, new)


FIRST = next(iter(GAME.statistics))
Spoil = Callable[[str], str]
ROWS: dict[str, tuple[Spoil, str]] = {
    "empty": (lambda _: "", "row 1: the header lacks treatment"),
    "header only": (lambda text: text.split("\n")[0], "holds no statistics"),
    "no header": (lambda text: text.split("\n", 1)[1], "row 1: the header lacks"),
    "semicolons": (replace(",", ";"), "Separate columns by commas, not by ';'"),
    "tabs": (replace(",", "\t"), "Separate columns by commas, not by '\\t'"),
    "capitals": (replace("value", "Value"), "row 1: the header lacks value"),
    "column twice": (replace("provenance", "value,provenance"), "row 1: the header has value twi"),
    "decimal comma": (line(2, f"2,{FIRST},0,5,0.05,primary"), "row 2: has too many columns"),
    "quoted comma": (line(2, f'2,{FIRST},"0,5",0.05,primary'), "row 2: value is '0,5'"),
    "ragged": (line(3, "2,pooled_sd"), "row 3: has too few columns"),
    "open quote": (line(3, '2,"pooled_sd,0.1,0.1,primary'), "is not a CSV file"),
    "text after quote": (line(3, '2,"pooled"_sd,0.1,0.1,primary'), "row 3: is not a CSV file"),
    "underscore": (line(2, f"2,{FIRST},1_5,0.05,primary"), "row 2: value is '1_5'"),
    "thousands": (line(2, f"2,{FIRST},1 500,0.05,primary"), "row 2: value is '1 500'"),
    "percent": (line(2, f"2,{FIRST},15%,0.05,primary"), "row 2: value is '15%'"),
    "hexadecimal": (line(2, f"2,{FIRST},0x10,0.05,primary"), "row 2: value is '0x10'"),
    "Arabic digits": (line(2, f"2,{FIRST},\u0661\u0662,0.05,primary"), "row 2: value is"),
    "truth": (line(2, f"2,{FIRST},TRUE,0.05,primary"), "row 2: value is 'TRUE'"),
    "NaN": (line(2, f"2,{FIRST},NaN,0.05,primary"), "row 2: value is 'NaN'"),
    "infinity": (line(2, f"2,{FIRST},Infinity,0.05,primary"), "row 2: value is 'Infinity'"),
    "overflow": (line(2, f"2,{FIRST},1e999,0.05,primary"), "row 2: value is '1e999'"),
    "no error": (line(2, f"2,{FIRST},0.5,,primary"), "row 2: standard_error is ''"),
    "zero error": (line(2, f"2,{FIRST},0.5,0,primary"), "row 2: standard_error is 0.0"),
    "negative error": (line(2, f"2,{FIRST},0.5,-1,primary"), "row 2: standard_error is -1.0"),
    "unknown treatment": (line(2, f"two,{FIRST},0.5,1,primary"), "row 2: unknown treatment 'two'"),
    "unknown statistic": (line(2, "2,median,0.5,1,primary"), "row 2: unknown statistic 'median'"),
    "unknown provenance": (line(2, f"2,{FIRST},0.5,1,hearsay"), "row 2: unknown provenance"),
    "repeated": (lambda text: text + text.split("\n")[1], "row 12: repeats"),
    "row lost": (lambda text: "\n".join(text.split("\n")[:-2]), "treatment 2 lacks"),
    "old Mac": (lambda text: line(4, "2,median,1,1,primary")(text).replace("\n", "\r"), "row 4: "),
    "windows": (lambda text: line(4, "2,median,1,1,primary")(text).replace("\n", "\r\n"), "row 4:"),
    "zeros": (replace("0.1", "\x00"), "row 2: value is"),
    "endless": (line(2, "9" * 200_000), "row 2: is not a CSV file"),
}  # fmt: skip


@pytest.mark.parametrize("name", ROWS)
def test_bad_statistics_are_told(tmp_path: Path, refusal: Callable[..., str], name: str) -> None:
    spoil, problem = ROWS[name]
    path = write(tmp_path, statistics=spoil(STATISTICS)) / "statistics.csv"
    assert problem in refusal(lambda: load_dataset(tmp_path, GAME), path)


ACTION = "2,1,1,1,15"
DECIDED: dict[str, tuple[Spoil, str]] = {
    "empty": (lambda _: "", "row 1: the header lacks treatment"),
    "header only": (lambda text: text.split("\n")[0], "holds no decisions"),
    "semicolons": (replace(",", ";"), "Separate columns by commas, not by ';'"),
    "column twice": (replace("agent", "action,agent"), "row 1: the header has action twice"),
    # Read as a table, every row would shift by one column.
    "decimal commas": (lambda text: text.replace("\n2,", "\n2,1,"), "row 2: has too many columns"),
    "ragged": (line(2, "2,1,1"), "row 2: has too few columns"),
    "open quote": (line(2, '2,1,1,1,"15'), "is not a CSV file"),
    "no action": (line(2, "2,1,1,1,"), "row 2: treatment '2', action ''"),
    "a text": (line(2, "2,1,1,1,much"), "row 2: treatment '2', action 'much'"),
    "truth": (line(2, "2,1,1,1,True"), "row 2: treatment '2', action 'True'"),
    "underscore": (line(2, "2,1,1,1,1_5"), "row 2: treatment '2', action '1_5'"),
    "NaN": (line(2, "2,1,1,1,nan"), "row 2: treatment '2', action 'nan'"),
    "infinity": (line(2, "2,1,1,1,-inf"), "row 2: treatment '2', action '-inf'"),
    "too large": (line(2, "2,1,1,1,1e6"), "row 2: treatment '2', action '1e6'"),
    "treatment": (line(2, "6,1,1,1,15"), "row 2: treatment '6'"),
    "no market": (line(2, "2,,1,1,15"), "row 2: lacks its market"),
    "market NA": (line(2, "2,NA,1,1,15"), "row 2: lacks its market"),
    "no agent": (line(2, "2,1,1,,15"), "row 2: lacks its market, its agent"),
    "period a text": (line(2, "2,1,first,1,15"), "row 2: lacks its market, its agent or the"),
    "half a period": (line(2, "2,1,1.5,1,15"), "row 2: the period is not a whole number"),
    "endless period": (line(2, "2,1,1e300,1,15"), "row 2: the period is not a whole number"),
    # All periods are there once, but one would stand at a wrong place.
    "slip of a period": (replace(",12,", ",112,"), "its periods run from 1 to 112"),
    "period twice": (line(2, "2,1,2,1,15"), "treatment 2: not every market has all agents"),
    "row lost": (line(2, ""), "treatment 2: not every market has all agents"),
    "row twice": (lambda text: text + ACTION, "treatment 2: not every market has all agents"),
    "another agent": (line(2, "2,1,1,9,15"), "treatment 2: not every market has all agents"),
    "market renamed": (line(2, "2,A,1,1,15"), "treatment 2: not every market has all agents"),
}  # fmt: skip


@pytest.mark.parametrize("name", DECIDED)
def test_bad_decisions_are_told(tmp_path: Path, refusal: Callable[..., str], name: str) -> None:
    spoil, problem = DECIDED[name]
    path = tmp_path / "decisions.csv"
    path.write_text(spoil(DECISIONS), encoding="utf-8", newline="")
    assert problem in refusal(lambda: read_decisions(path, GAME), path)


LABELS = [("2", name) for name in GAME.statistics]
CORRELATED: dict[str, tuple[Spoil, str]] = {
    "empty": (lambda _: "", "row 1: the header lacks treatment"),
    "no column": (replace("other", "another"), "row 1: the header lacks other"),
    "unknown": (replace("pooled_sd", "pooled"), "row 2: '2, pooled, share_changed, 0.5'"),
    "treatment": (replace("2,", "3,"), "row 2: '3, pooled_sd"),
    "with itself": (replace("share_changed", "pooled_sd"), "row 2: '2, pooled_sd, pooled_sd"),
    "above one": (replace("0.5", "1.5"), "row 2: "),
    "NaN": (replace("0.5", "nan"), "row 2: "),
    "twice": (lambda text: text + "2,share_changed,pooled_sd,0.4\n", "row 3: repeats a pair"),
    "impossible": (
        lambda text: (
            text.replace("0.5", "0.9")
            + "2,pooled_sd,sd_between_agents,0.9\n2,sd_between_agents,share_changed,-0.9\n"
        ),
        "these correlations contradict each other",
    ),
}


@pytest.mark.parametrize("name", CORRELATED)
def test_bad_correlations_are_told(tmp_path: Path, refusal: Callable[..., str], name: str) -> None:
    spoil, problem = CORRELATED[name]
    path = tmp_path / "correlations.csv"
    path.write_text(spoil(CORRELATIONS), encoding="utf-8")
    assert problem in refusal(lambda: read_correlations(path, LABELS), path)


CASES = [*DESCRIPTIONS, *ROWS, *DECIDED, *CORRELATED]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_marks_and_line_ends_of_other_programs_do_no_harm(
    tmp_path: Path, encoding: str, end: str
) -> None:
    write(tmp_path)
    expected = load_dataset(tmp_path, GAME)
    (tmp_path / "statistics.csv").write_bytes(STATISTICS.replace("\n", end).encode(encoding))
    pd.testing.assert_frame_equal(load_dataset(tmp_path, GAME).table, expected.table)
    path = tmp_path / "decisions.csv"
    path.write_bytes(DECISIONS.replace("\n", end).encode(encoding))
    assert len(read_decisions(path, GAME)) == 100


def test_names_too_long_and_names_of_folders_are_told(tmp_path: Path, refusal: Any) -> None:
    for name in ("x" * 5000, "."):
        path = tmp_path / name
        assert "is not a readable file" in refusal(
            lambda path=path: read_decisions(path, GAME), path
        )
    folder = tmp_path / ("y" * 3000)
    assert "is not readable" in refusal(lambda: load_dataset(folder, GAME), folder)


def meaning(data: HumanData) -> dict[tuple[str, str], tuple[float, float, str]]:
    rows = data.table.itertuples(index=False)
    return {(r.treatment, r.statistic): (r.value, r.standard_error, r.provenance) for r in rows}


@given(data=st.data())
@settings(deadline=None, max_examples=40, derandomize=True)
def test_rows_moved_dropped_or_doubled_are_the_same_data_or_told(
    intact: Callable[..., bool], data: st.DataObject
) -> None:
    header, *rows = STATISTICS.strip().split("\n")
    moved = data.draw(st.permutations(rows))
    how = data.draw(st.sampled_from(["as it is", "drop", "double", "cell", "cut", "swap"]))
    at = data.draw(st.integers(0, len(rows) - 1))
    cells = moved[at].split(",")
    if how == "drop":
        del moved[at]
    elif how == "double":
        moved.append(moved[at])
    elif how == "cell":
        cells[data.draw(st.integers(0, 4))] = data.draw(st.sampled_from(["", "x", "nan", "2;0"]))
        moved[at] = ",".join(cells)
    elif how == "cut":
        moved[at] = moved[at][: data.draw(st.integers(1, 10))]
    elif how == "swap":
        cells[1], cells[2] = cells[2], cells[1]
        moved[at] = ",".join(cells)
    with tempfile.TemporaryDirectory() as name:
        folder = write(Path(name))
        expected = meaning(load_dataset(folder, GAME))
        write(folder, statistics="\n".join([header, *moved]))
        taken = intact(
            lambda: load_dataset(folder, GAME),
            folder / "statistics.csv",
            lambda found: meaning(found) == expected,
        )
    assert taken == (how == "as it is")


@given(place=st.integers(0, len(DECISIONS) - 1), byte=st.integers(0, 255))
@settings(deadline=None, max_examples=40, derandomize=True)
def test_a_changed_byte_of_decisions_changes_one_cell_or_is_told(
    intact: Callable[..., bool], place: int, byte: int
) -> None:
    changed = DECISIONS.encode()
    changed = changed[:place] + bytes([byte]) + changed[place + 1 :]
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "decisions.csv"
        path.write_text(DECISIONS, encoding="utf-8")
        columns = ["market", "period", "agent", "action"]
        expected = read_decisions(path, GAME)[columns].astype(str).to_numpy()
        path.write_bytes(changed)

        def same(found: pd.DataFrame) -> bool:
            # A digit may have become another digit of one action; that no reader can see.
            differs = found[columns].astype(str).to_numpy() != expected
            return not differs[:, :3].any() and differs[:, 3].sum() <= 1

        intact(lambda: read_decisions(path, GAME), path, same)
