"""Human data: good tables come back the same, bad ones are told by file, row and remedy."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from satisfice.errors import SatisficeError
from satisfice.games.cournot import Cournot
from satisfice.io.datasets import COLUMNS, PROVENANCES, load_dataset, provenance_in_words

ROOT = Path(__file__).resolve().parents[2]
HUCK = ROOT / "data" / "cournot" / "huck2004"
GAME = Cournot()
STATISTICS = list(GAME.statistics)


def test_the_shipped_data_set_is_valid() -> None:
    human = load_dataset(HUCK, GAME)
    assert human.markets == {"2": 6, "3": 6, "4": 6, "5": 6}
    assert len(human.table) == 4 * len(STATISTICS)
    assert tuple(human.table.columns) == COLUMNS
    assert human.description["citation"].startswith("Huck, S., Normann")


@pytest.fixture
def folder(tmp_path: Path, write_dataset: Callable[..., Path]) -> Path:
    return write_dataset(tmp_path / "mine", {"2": 6, "3": 6})


def refusal(folder: Path) -> str:
    with pytest.raises(SatisficeError) as caught:
        load_dataset(folder, GAME)
    assert caught.value.remedy
    return str(caught.value)


def cell(row: int, column: str, text: str) -> Callable[[list[str]], None]:
    """Replace one cell; rows are counted as people do, the header being row 1."""

    def spoil(lines: list[str]) -> None:
        cells = lines[row - 1].split(",")
        cells[COLUMNS.index(column)] = text
        lines[row - 1] = ",".join(cells)

    return spoil


def short(lines: list[str]) -> None:
    lines[6] = lines[6].rsplit(",", 2)[0]


def long(lines: list[str]) -> None:
    lines[6] = lines[6].replace(".", ",")


def repeated(lines: list[str]) -> None:
    lines[11] = lines[4]


def after_blank_lines(lines: list[str]) -> None:
    cell(5, "value", "nan")(lines)
    lines[2:2] = ["", ""]


def unknown_after_windows(lines: list[str]) -> None:
    cell(4, "statistic", "median")(lines)
    lines[:] = [line + "\r" for line in lines]


BAD_ROWS = {
    "text": (cell(3, "value", "high"), 3, "value is 'high', not a finite number"),
    "empty": (cell(4, "value", ""), 4, "value is '', not a finite number"),
    "nan": (cell(5, "value", "NaN"), 5, "value is 'NaN', not a finite number"),
    "inf": (cell(21, "value", "inf"), 21, "value is 'inf', not a finite number"),
    "overflow": (cell(2, "value", "1e999"), 2, "not a finite number"),
    "text error": (cell(3, "standard_error", "?"), 3, "standard_error is '?'"),
    "nan error": (cell(2, "standard_error", "nan"), 2, "standard_error is 'nan'"),
    "infinite error": (cell(2, "standard_error", "-inf"), 2, "standard_error is '-inf'"),
    "zero error": (cell(9, "standard_error", "0"), 9, "standard_error is 0.0."),
    "negative error": (cell(9, "standard_error", "-0.1"), 9, "standard_error is -0.1."),
    "treatment": (cell(2, "treatment", "7"), 2, "unknown treatment '7'"),
    "treatment without design": (cell(2, "treatment", "5"), 2, "unknown treatment '5'"),
    "statistic": (cell(2, "statistic", "Mean"), 2, "unknown statistic 'Mean'"),
    "provenance": (cell(2, "provenance", "hearsay"), 2, "unknown provenance 'hearsay'"),
    "duplicate": (repeated, 12, "repeats pooled_sd of treatment 2"),
    "short": (short, 7, "has too few columns"),
    "long": (long, 7, "has too many columns"),
    "blank lines before": (after_blank_lines, 7, "value is 'nan'"),
    "windows": (unknown_after_windows, 4, "unknown statistic 'median'"),
}


@pytest.mark.parametrize("name", BAD_ROWS)
def test_a_bad_row_is_told_with_its_number(folder: Path, name: str) -> None:
    spoil, row, problem = BAD_ROWS[name]
    path = folder / "statistics.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    spoil(lines)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="")
    text = refusal(folder)
    assert text.startswith(f"{path}, row {row}: ")
    assert problem in text


@pytest.mark.parametrize("column", COLUMNS)
def test_a_missing_column_is_told(folder: Path, column: str) -> None:
    path = folder / "statistics.csv"
    pd.read_csv(path).drop(columns=column).to_csv(path, index=False)
    text = refusal(folder)
    assert text.startswith(f"{path}, row 1: the header lacks {column}.")
    assert "The columns are treatment, statistic" in text


def test_a_missing_statistic_is_told(folder: Path) -> None:
    path = folder / "statistics.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    del lines[14]
    path.write_text("\n".join(lines), encoding="utf-8")
    assert refusal(folder).startswith(f"{path}: treatment 3 lacks pooled_sd. Remedy: Add the rows")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "row 1: the header lacks treatment"),
        (b"\n\n", "row 1: the header lacks treatment"),
        (",".join(COLUMNS).encode(), "holds no statistics"),
        (bytes(range(256)) * 8, "is not UTF-8 text"),
        (b"\x00" * 500, "the header lacks"),
        (b"PK\x03\x04 no table at all \n", "the header lacks"),
        ((",".join(COLUMNS) + "\n" + "9" * 200_000).encode(), "is not a CSV file"),
    ],
    ids=["empty", "blank", "header only", "binary", "zeros", "zip", "endless"],
)
def test_files_that_hold_no_statistics_are_told(folder: Path, content: bytes, problem: str) -> None:
    path = folder / "statistics.csv"
    path.write_bytes(content)
    text = refusal(folder)
    assert str(path) in text
    assert problem in text


@pytest.mark.parametrize("lost", ["dataset.yaml", "statistics.csv"])
def test_missing_files_are_told(folder: Path, lost: str) -> None:
    (folder / lost).unlink()
    assert refusal(folder).startswith(f"{folder / lost}: file not found.")
    (folder / lost).mkdir()
    assert refusal(folder).startswith(f"{folder / lost}: is not ")


def test_a_byte_order_mark_does_no_harm(folder: Path) -> None:
    before = load_dataset(folder, GAME).table
    path = folder / "statistics.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    pd.testing.assert_frame_equal(load_dataset(folder, GAME).table, before)


@pytest.mark.parametrize("key", ["citation", "design", "licence", "how_computed"])
def test_a_missing_key_of_the_description_is_told(folder: Path, key: str) -> None:
    path = folder / "dataset.yaml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    del content[key]
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    assert refusal(folder).startswith(f"{path}: the key '{key}' is missing.")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b"", ": the key 'citation' is missing"),
        (b"- a\n- b\n", ": the key 'citation' is missing"),
        (b"citation: [", ", line 2: is not valid YAML"),
        (b"\xff\xfe\x80", ": is not valid YAML"),
        (b"citation: !!python/object/apply:os.getcwd []\n", ", line 1: is not valid YAML"),
    ],
)
def test_descriptions_that_cannot_be_read_are_told(folder: Path, text: bytes, problem: str) -> None:
    path = folder / "dataset.yaml"
    path.write_bytes(text)
    assert refusal(folder).startswith(f"{path}{problem}")


@pytest.mark.parametrize(
    ("markets", "problem"),
    [
        ({"2": 1, "3": 6}, "design.markets.2 is 1."),
        ({"2": 0, "3": 6}, "design.markets.2 is 0."),
        ({"2": -6, "3": 6}, "design.markets.2 is -6."),
        ({"2": 6, "3": True}, "design.markets.3 is True."),
        ({"2": "six", "3": 6}, "design.markets.2 is 'six'."),
        ({"2": 6.0, "3": 6}, "design.markets.2 is 6.0."),
        ({"2": None, "3": 6}, "design.markets.2 is None."),
        ({"2": 6, "9": 6}, "design.markets names the unknown treatment '9'."),
        ({}, "design.markets must give a number of markets per treatment."),
        ([6, 6], "design.markets must give a number of markets per treatment."),
        (None, "design.markets must give a number of markets per treatment."),
    ],
)
def test_numbers_of_markets_that_cannot_be_played_are_told(
    folder: Path, markets: Any, problem: str
) -> None:
    path = folder / "dataset.yaml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    content["design"]["markets"] = markets
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    assert refusal(folder).startswith(f"{path}: {problem}")


def test_a_design_that_is_no_mapping_is_told(folder: Path) -> None:
    path = folder / "dataset.yaml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    path.write_text(yaml.safe_dump(content | {"design": "as usual"}), encoding="utf-8")
    assert refusal(folder).startswith(f"{path}: design.markets must give")


numbers = st.floats(-1e9, 1e9, allow_nan=False)
errors = st.floats(1e-9, 1e9)
cells = st.tuples(numbers, errors, st.sampled_from(PROVENANCES))


@given(
    treatments=st.lists(st.sampled_from(list(GAME.treatments)), min_size=1, unique=True),
    data=st.data(),
)
@settings(deadline=None, max_examples=40, derandomize=True)
def test_any_valid_table_comes_back_the_same(treatments: list[str], data: st.DataObject) -> None:
    keys = data.draw(st.permutations([(t, s) for t in treatments for s in STATISTICS]))
    drawn = data.draw(st.lists(cells, min_size=len(keys), max_size=len(keys)))
    markets = {t: data.draw(st.integers(2, 10**6)) for t in treatments}
    table = pd.DataFrame(
        [[*key, *cell] for key, cell in zip(keys, drawn, strict=True)], columns=list(COLUMNS)
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        table.to_csv(folder / "statistics.csv", index=False)
        described = {"citation": "x", "licence": "y", "how_computed": "z"}
        content = described | {"design": {"markets": markets}}
        (folder / "dataset.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
        human = load_dataset(folder, GAME)
    assert human.markets == markets
    pd.testing.assert_frame_equal(human.table, table, check_exact=True)


# As the data's own documentation gives them, for two to five firms; computed elsewhere.
DOCUMENTED = {
    "mean_rounds_1_8": (0.836, 0.940, 0.940, 1.038),
    "mean_rounds_9_16": (0.944, 1.052, 0.962, 1.022),
    "mean_rounds_17_25": (0.916, 0.978, 1.018, 1.072),
    "pooled_sd": (0.294, 0.386, 0.496, 0.613),
    "sd_between_agents": (0.063, 0.144, 0.284, 0.403),
    "median_sd_within_agent": (0.178, 0.169, 0.167, 0.250),
    "sd_between_markets": (0.107, 0.059, 0.061, 0.107),
    "lag_one_autocorrelation": (0.448, 0.151, 0.325, 0.153),
    "share_changed": (0.528, 0.727, 0.615, 0.694),
    "mean_absolute_change": (0.147, 0.228, 0.215, 0.270),
}
DOCUMENTED_TOTALS = (60.435, 72.593, 80.667, 88.426)


@pytest.mark.parametrize("statistic", STATISTICS)
def test_the_shipped_statistics_are_those_documented(statistic: str) -> None:
    table = load_dataset(HUCK, GAME).table
    values = table[table.statistic == statistic].value
    np.testing.assert_allclose(values, DOCUMENTED[statistic], atol=6e-4)


def test_the_shipped_means_are_the_documented_total_quantities() -> None:
    table = load_dataset(HUCK, GAME).table
    means = table[table.statistic == "mean_rounds_17_25"].value.to_numpy()
    firms = np.array([2, 3, 4, 5])
    np.testing.assert_allclose(means * 99 / (firms + 1) * firms, DOCUMENTED_TOTALS, atol=6e-4)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (["primary", "primary"], "primary"),
        (["unverified", "secondary", "unverified"], "secondary and unverified"),
    ],
)
def test_provenance_is_told_once(found: list[str], words: str) -> None:
    assert provenance_in_words(found) == words
