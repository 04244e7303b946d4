"""The command satisfice, in process."""

from __future__ import annotations

import json
import runpy
import sys
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from satisfice import plugins
from satisfice.cli import main
from satisfice.config_reference import config_page
from satisfice.games.beer_game import ROLES, BeerGame
from satisfice.games.cournot import Cournot
from satisfice.io.decisions import decision_columns
from satisfice.io.statistics_file import COLUMNS, PROVENANCES


@pytest.fixture
def decisions(tmp_path: Path) -> Path:
    generator = np.random.default_rng(1)
    rows = [
        (firms, market, period, agent, int(generator.integers(10, 40)))
        for firms in (2, 3)
        for market in range(1, 4)
        for period in range(1, 26)
        for agent in range(1, firms + 1)
    ]
    path = tmp_path / "decisions.csv"
    columns = ["treatment", "market", "period", "agent", "action"]
    pd.DataFrame(rows, columns=columns).to_csv(path, index=False)
    return path


def arguments(decisions: Path, output: Path, *more: str) -> list[str]:
    return ["summarise", str(decisions), str(output), "--game", "cournot", *more]


def test_summarise_writes_the_table_of_a_data_set(
    decisions: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "new" / "statistics.csv"
    more = ("--replicates", "50", "--provenance", "secondary", "--seed", "4")
    assert main(arguments(decisions, output, *more)) == 0
    table = pd.read_csv(output, dtype={"treatment": str})
    assert tuple(table.columns) == COLUMNS
    assert list(table.statistic) == 2 * list(Cournot().statistics)
    assert set(table.provenance) == {"secondary"}
    assert (table.standard_error > 0).all()
    again = tmp_path / "again.csv"
    assert main(arguments(decisions, again, *more)) == 0
    assert again.read_bytes() == output.read_bytes()
    shown = capsys.readouterr()
    assert f"20 statistics of {decisions} are in {output}" in shown.out
    assert shown.err == ""


def test_a_game_with_roles_is_summarised_by_role(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    generator = np.random.default_rng(1)
    rows = [
        ("step", team, week, role, *generator.integers(0, 20, 3))
        for team in range(1, 4)
        for week in range(5, 37)
        for role in ROLES
    ]
    path, output = tmp_path / "decisions.csv", tmp_path / "statistics.csv"
    table = pd.DataFrame(rows, columns=list(decision_columns(BeerGame())))
    table.to_csv(path, index=False)
    given = ["summarise", str(path), str(output), "--game", "beer_game", "--replicates", "20"]
    assert main(given) == 0
    assert "29 statistics of" in capsys.readouterr().out
    found = pd.read_csv(output).set_index("statistic").value
    assert list(found.index) == list(BeerGame().statistics)
    # The four weeks before the first decision cost 6 a role.
    for role in ROLES:
        cost = table.cost[table.agent == role].sum() / 3 + 24
        assert found[f"{role}_cost"] == pytest.approx(cost, abs=1e-5)


def test_the_seed_matters_for_errors_only(decisions: Path, tmp_path: Path) -> None:
    tables = []
    for seed in ("0", "1"):
        output = tmp_path / f"{seed}.csv"
        assert main(arguments(decisions, output, "--replicates", "50", "--seed", seed)) == 0
        tables.append(pd.read_csv(output))
    one, other = tables
    pd.testing.assert_series_equal(one["value"], other["value"])
    assert not np.allclose(one.standard_error, other.standard_error)


def test_bad_decisions_are_told_in_one_line(
    decisions: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "statistics.csv"
    lines = decisions.read_text(encoding="utf-8").splitlines()
    lines[6] = "2,1,3,2,many"
    decisions.write_text("\n".join(lines), encoding="utf-8")
    assert main(arguments(decisions, output)) == 1
    error = capsys.readouterr().err
    assert error.startswith(f"ERROR {decisions}, row 7: ")
    assert "Remedy: " in error
    assert error.count("\n") == 1
    assert not output.exists()


def test_a_missing_file_and_a_locked_place_are_told(
    decisions: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    absent = tmp_path / "absent.csv"
    assert main(arguments(absent, tmp_path / "out.csv")) == 1
    assert f"ERROR {absent}: file not found." in capsys.readouterr().err
    place = decisions / "out.csv"  # below a file, where nothing can be
    assert main(arguments(decisions, place, "--replicates", "10")) == 1
    assert f"ERROR {place}: cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "word"),
    [
        (["--replicates", "1"], "1 is below 2"),
        (["--replicates", "many"], "--replicates"),
        (["--seed", "-1"], "-1 is below 0"),
        (["--provenance", "hearsay"], ", ".join(f"'{name}'" for name in PROVENANCES)),
        (["--game", "chess"], "'cournot'"),
    ],
)
def test_wrong_options_are_refused(
    decisions: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    more: list[str],
    word: str,
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments(decisions, tmp_path / "out.csv", *more))
    assert caught.value.code == 2
    assert word in capsys.readouterr().err


def test_a_command_is_needed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main([])
    assert caught.value.code == 2
    assert "usage: satisfice" in capsys.readouterr().err


def test_a_game_that_cannot_be_loaded_is_told_as_the_options(
    decisions: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = EntryPoints([EntryPoint("mine", "no_such_package:Mine", plugins.GAME_GROUP)])
    monkeypatch.setattr(plugins, "entry_points", broken.select)
    assert main(["check-data", str(decisions), "--game", "mine"]) == 1
    assert capsys.readouterr().err.startswith("ERROR --game: no_such_package:Mine cannot be load")


def test_the_module_runs_as_a_script(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["satisfice", "--help"])
    monkeypatch.delitem(sys.modules, "satisfice.cli")
    with pytest.raises(SystemExit) as caught:
        runpy.run_module("satisfice.cli", run_name="__main__")
    assert caught.value.code == 0
    assert "summarise" in capsys.readouterr().out


def test_check_data_says_what_a_file_holds(
    decisions: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check-data", str(decisions), "--game", "cournot"]) == 0
    shown = capsys.readouterr().out
    assert f"{decisions} is fine." in shown
    assert "Treatment 3: 3 markets of 3 agents, 25 rounds" in shown


def test_check_data_says_what_a_folder_holds(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = root / "data" / "cournot" / "huck2004"
    assert main(["check-data", str(folder), "--game", "cournot"]) == 0
    shown = capsys.readouterr().out
    assert "40 statistics of the game cournot" in shown
    assert "Correlations of errors are known." in shown


def test_check_data_says_what_decisions_in_a_folder_hold(
    decisions: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    described = "citation: Nobody (2000)\nlicence: none\n"
    (decisions.parent / "dataset.yaml").write_text(described, encoding="utf-8")
    assert main(["check-data", str(decisions.parent), "--game", "cournot"]) == 0
    shown = capsys.readouterr().out
    assert "20 statistics of the game cournot; treatments: 2 (3 markets), 3 (3 markets)" in shown
    assert "Provenance: 20 primary." in shown
    assert "Statistics of treatments in decisions.csv are computed from it." in shown
    assert "375 decisions of the game cournot, all of them complete." in shown


def test_check_data_names_the_row_of_a_mistake(
    decisions: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = decisions.read_text().splitlines()
    lines[7] = lines[7].rsplit(",", 1)[0] + ",much"
    decisions.write_text("\n".join(lines))
    assert main(["check-data", str(decisions), "--game", "cournot"]) == 1
    assert f"{decisions}, row 8" in capsys.readouterr().err


def test_correlations_are_written_beside_the_statistics(decisions: Path, tmp_path: Path) -> None:
    made = tmp_path / "correlations.csv"
    more = ("--replicates", "50", "--correlations", str(made))
    assert main(arguments(decisions, tmp_path / "statistics.csv", *more)) == 0
    table = pd.read_csv(made)
    assert len(table) == 2 * 45
    assert table.correlation.between(-1, 1).all()


@pytest.mark.parametrize(
    ("output", "correlations"),
    [
        ("decisions.csv", None),
        ("link.csv", None),
        ("statistics.csv", "decisions.csv"),
        ("statistics.csv", "./link.csv"),
        ("statistics.csv", "statistics.csv"),
        ("second_wave.csv", None),
        ("statistics.csv", "second_wave.csv"),
    ],
)
def test_decisions_are_never_overwritten(
    decisions: Path,
    capsys: pytest.CaptureFixture[str],
    output: str,
    correlations: str | None,
) -> None:
    folder = decisions.parent
    (folder / "link.csv").symlink_to(decisions)
    (folder / "second_wave.csv").write_bytes(decisions.read_bytes())
    before = {path: path.read_bytes() for path in folder.iterdir()}
    more = ["--correlations", str(folder / correlations)] if correlations else []
    assert main(arguments(decisions, folder / output, "--replicates", "10", *more)) == 1
    error = capsys.readouterr().err
    assert error.startswith("ERROR ") and error.count("\n") == 1
    assert "overwritten" in error or "lost" in error
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_a_summary_may_be_made_again(decisions: Path, tmp_path: Path) -> None:
    more = ("--replicates", "10", "--correlations", str(tmp_path / "correlations.csv"))
    for _ in range(2):
        assert main(arguments(decisions, tmp_path / "statistics.csv", *more)) == 0


def test_the_config_is_described(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["describe-config"]) == 0
    assert capsys.readouterr().out == config_page()
    assert main(["schema"]) == 0
    assert json.loads(capsys.readouterr().out)["required"] == ["run", "games"]
