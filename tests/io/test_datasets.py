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
from satisfice.io import datasets
from satisfice.io.datasets import load_dataset, provenance_in_words
from satisfice.io.statistics_file import COLUMNS, PROVENANCES
from satisfice.io.summaries import summarise_decisions, values_of

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
    told = f"{folder / lost}: file not found."
    if lost == "statistics.csv":
        told = f"{folder}: has neither decisions.csv nor statistics.csv. Remedy: Add one of them"
    assert refusal(folder).startswith(told)
    (folder / lost).symlink_to(folder / "nowhere")
    assert refusal(folder).startswith(f"{folder / lost}: file not found.")
    (folder / lost).unlink()
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


@pytest.fixture
def decided(folder: Path, made_decisions: Any) -> Path:
    """A data set with decisions of treatments 2 and 3, three markets each, and nothing else."""
    made_decisions(GAME, treatments=["2", "3"]).to_csv(folder / "decisions.csv", index=False)
    (folder / "statistics.csv").unlink()
    describe(folder, citation="x", licence="y")
    return folder


def describe(folder: Path, **content: Any) -> None:
    (folder / "dataset.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")


def write_statistics(folder: Path, *treatments: str, **cells: Any) -> None:
    """The shipped statistics of some treatments, the first row changed."""
    table = pd.read_csv(HUCK / "statistics.csv", dtype=str)
    table = table[table.treatment.isin(treatments)].reset_index(drop=True)
    for column, value in cells.items():
        table.loc[0, column] = value
    table.to_csv(folder / "statistics.csv", index=False)
    describe(folder, citation="x", licence="y", how_computed="z")


def test_decisions_alone_are_a_data_set(decided: Path) -> None:
    human = load_dataset(decided, GAME, replicates=50)
    assert human.decisions is not None and len(human.decisions) == 375
    assert human.markets == {"2": 3, "3": 3}
    assert tuple(human.table.columns) == COLUMNS
    assert set(human.table.provenance) == {"primary"}
    summary = summarise_decisions(human.decisions, GAME, replicates=50)
    columns = list(COLUMNS[:4])
    pd.testing.assert_frame_equal(human.table[columns], summary.statistics, check_exact=True)
    pd.testing.assert_frame_equal(human.correlations, summary.correlations, check_exact=True)


def test_without_decisions_there_are_none(folder: Path) -> None:
    human = load_dataset(folder, GAME)
    assert human.decisions is None
    assert human.correlations.empty


def test_the_bootstrap_waits_until_it_is_needed(
    decided: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def counted(*given: Any, **named: Any) -> Any:
        calls.append(named)
        return summarise_decisions(*given, **named)

    monkeypatch.setattr(datasets, "summarise_decisions", counted)
    human = load_dataset(decided, GAME)
    assert calls == []
    assert human.table is human.table
    assert human.correlations is human.correlations
    assert calls == [{"replicates": 10_000}]


def test_the_order_of_treatments_is_that_of_the_design_and_then_that_of_the_game(
    decided: Path,
) -> None:
    lines = (decided / "decisions.csv").read_text("utf-8").splitlines()
    (decided / "decisions.csv").write_text("\n".join([lines[0], *lines[:0:-1]]), "utf-8")
    assert list(load_dataset(decided, GAME).markets) == ["2", "3"]
    describe(decided, citation="x", licence="y", design={"markets": {3: 3}})
    assert list(load_dataset(decided, GAME).markets) == ["3", "2"]
    write_statistics(decided, "5")
    design = {"markets": {"5": 6, "3": 3}}
    describe(decided, citation="x", licence="y", how_computed="z", design=design)
    assert load_dataset(decided, GAME).markets == {"5": 6, "3": 3, "2": 3}


def test_statistics_of_treatments_without_decisions_are_those_given(decided: Path) -> None:
    write_statistics(decided, "4")
    design = {"markets": {"4": 6}}
    describe(decided, citation="x", licence="y", how_computed="z", design=design)
    correlated = pd.read_csv(HUCK / "correlations.csv", dtype={"treatment": str})
    correlated.loc[correlated.treatment == "2", "correlation"] = 0.0  # decisions know better
    kept = correlated[correlated.treatment.isin(["2", "4"])]
    kept.to_csv(decided / "correlations.csv", index=False)
    human = load_dataset(decided, GAME, replicates=50)
    assert human.markets == {"4": 6, "2": 3, "3": 3}
    assert human.decisions is not None
    summary = summarise_decisions(human.decisions, GAME, replicates=50)
    shipped = load_dataset(HUCK, GAME)
    for found, computed, shown in (
        (human.table, summary.statistics.assign(provenance="primary"), shipped.table),
        (human.correlations, summary.correlations, shipped.correlations),
    ):
        expected = pd.concat([computed, shown[shown.treatment == "4"]], ignore_index=True)
        pd.testing.assert_frame_equal(found, expected, check_exact=True)


def test_statistics_beside_decisions_must_not_contradict_them(decided: Path) -> None:
    human = load_dataset(decided, GAME, replicates=50)
    first, path = STATISTICS[0], decided / "statistics.csv"
    assert human.decisions is not None
    value = values_of(human.decisions, GAME)["2", first]
    for text in (f"{value:.6f}", f"{value:.2f}", f"{value:.3e}"):
        # One row is enough, and its error and provenance do not count.
        write_statistics(decided, "2", value=text, standard_error="9", provenance="unverified")
        path.write_text("\n".join(path.read_text("utf-8").splitlines()[:2]), "utf-8")
        again = load_dataset(decided, GAME, replicates=50)
        pd.testing.assert_frame_equal(again.table, human.table, check_exact=True)
    write_statistics(decided, "2", value=f"{value + 0.002:.3f}")
    assert refusal(decided) == (
        f"{path}, row 2: value is {value + 0.002:.3f}, but decisions.csv gives {value:.6g}. "
        "Remedy: One of the two files is wrong. Correct it, or delete the row to compute it."
    )
    assert first == human.table.statistic[0]


def test_a_row_of_a_treatment_with_neither_decisions_nor_markets_is_told(decided: Path) -> None:
    write_statistics(decided, "4")
    text = refusal(decided)
    assert text.startswith(f"{decided / 'statistics.csv'}, row 2: unknown treatment '4'.")
    assert "Use one of: 2, 3; or add its number of markets to dataset.yaml's design." in text


@pytest.mark.parametrize(
    ("markets", "problem"),
    [
        ({"2": 4}, "design.markets.2 is 4, but decisions.csv has 3 markets of this treatment."),
        ({"4": 6}, "design.markets.4 has neither decisions nor statistics."),
        ({"2": 1}, "design.markets.2 is 1."),
        ({"9": 6}, "design.markets names the unknown treatment '9'."),
        ({}, "design.markets must give a number of markets per treatment."),
        (None, "design.markets must give a number of markets per treatment."),
    ],
)
def test_a_design_that_contradicts_the_decisions_is_told(
    decided: Path, markets: Any, problem: str
) -> None:
    describe(decided, citation="x", licence="y", design={"markets": markets})
    assert refusal(decided).startswith(f"{decided / 'dataset.yaml'}: {problem}")


def test_one_market_alone_is_told(decided: Path) -> None:
    table = pd.read_csv(decided / "decisions.csv")
    few = table[(table.treatment == 2) | (table.market == 1)]
    few.to_csv(decided / "decisions.csv", index=False)
    assert refusal(decided).startswith(f"{decided / 'decisions.csv'}, treatment 3: has one market")


def test_a_statistic_without_an_error_is_told(decided: Path) -> None:
    table = pd.read_csv(decided / "decisions.csv")
    table["action"] = 20 + table.period % 2  # The same in all markets.
    table.to_csv(decided / "decisions.csv", index=False)
    human = load_dataset(decided, GAME, replicates=20)
    with pytest.raises(SatisficeError) as caught:
        _ = human.table
    place = f"{decided / 'decisions.csv'}, treatment 2: {STATISTICS[0]} is "
    assert str(caught.value).startswith(place)
    assert "with the standard error 0, and scores are in units of it" in str(caught.value)
    assert "Move the file elsewhere, and give statistics" in caught.value.remedy


@pytest.mark.parametrize("key", ["citation", "licence"])
def test_decisions_too_need_a_source(decided: Path, key: str) -> None:
    content = {"citation": "x", "licence": "y"}
    del content[key]
    describe(decided, **content)
    assert refusal(decided).startswith(f"{decided / 'dataset.yaml'}: the key '{key}' is missing.")


def test_a_bad_decision_of_a_data_set_is_told_by_its_row(decided: Path) -> None:
    path = decided / "decisions.csv"
    lines = path.read_text("utf-8").splitlines()
    lines[6] = "2,1,3,2,101"
    path.write_text("\n".join(lines), "utf-8")
    assert refusal(decided).startswith(f"{path}, row 7: treatment '2', action '101'")


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
