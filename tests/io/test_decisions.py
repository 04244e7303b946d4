"""Human decisions: good files come back the same, bad ones are told by file, row and remedy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from satisfice.errors import SatisficeError
from satisfice.games import load_game
from satisfice.games.base import Game
from satisfice.games.beer_game import BeerGame
from satisfice.games.cobweb import Cobweb
from satisfice.games.cournot import Cournot
from satisfice.io.decisions import (
    PLACE_COLUMNS,
    decision_columns,
    read_decisions,
)

GAME = Cournot()
DECISION_COLUMNS = decision_columns(GAME)


def decisions_table(markets: int = 3, firms: tuple[int, ...] = (2, 3)) -> pd.DataFrame:
    generator = np.random.default_rng(0)
    rows = [
        (firm, market, period, agent, int(generator.integers(0, 101)))
        for firm in firms
        for market in range(1, markets + 1)
        for period in range(1, 26)
        for agent in range(1, firm + 1)
    ]
    return pd.DataFrame(rows, columns=list(DECISION_COLUMNS))


def test_decisions_are_read_as_written(tmp_path: Path) -> None:
    table = decisions_table()
    path = tmp_path / "decisions.csv"
    table.to_csv(path, index=False)
    read = read_decisions(path, GAME)
    assert list(read.treatment.unique()) == ["2", "3"]
    for column in DECISION_COLUMNS[1:]:
        np.testing.assert_array_equal(read[column], table[column])


def row_cell(row: int, column: str, value: Any) -> Callable[[pd.DataFrame], pd.DataFrame]:
    def spoil(table: pd.DataFrame) -> pd.DataFrame:
        table = table.astype(object)
        table.loc[row - 2, column] = value
        return table

    return spoil


BAD_DECISIONS: dict[str, tuple[Callable[[pd.DataFrame], pd.DataFrame], str]] = {
    "text": (row_cell(5, "action", "many"), ", row 5: treatment '2', action 'many'"),
    "empty": (row_cell(5, "action", None), ", row 5: treatment '2', action ''"),
    "negative": (row_cell(9, "action", -1), ", row 9: treatment '2', action '-1'"),
    "too large": (row_cell(9, "action", 100.5), ", row 9: treatment '2', action '100.5'"),
    "infinite": (row_cell(9, "action", float("inf")), ", row 9: treatment '2', action 'inf'"),
    "treatment": (row_cell(7, "treatment", "six"), ", row 7: treatment 'six'"),
    "no treatment": (row_cell(7, "treatment", None), ", row 7: treatment ''"),
    "no market": (row_cell(7, "market", None), ", row 7: lacks its market"),
    "no agent": (row_cell(8, "agent", None), ", row 8: lacks its market, its agent"),
    "no period": (row_cell(8, "period", "soon"), ", row 8: lacks its market, its agent"),
    "lost": (lambda table: table.drop(index=3), ", treatment 2: not every market has all"),
    "repeated": (row_cell(5, "period", 1), ", treatment 2: not every market has all"),
    "lost agent": (lambda table: table[table.agent != 2], ", treatment 2: not every market"),
    "lost market": (
        lambda table: table.assign(market=table.market.where(table.market > 1)),
        ", row 2: lacks its market",
    ),
    "no rows": (lambda table: table[:0], ": holds no decisions."),
}


@pytest.mark.parametrize("name", BAD_DECISIONS)
def test_bad_decisions_are_told(tmp_path: Path, name: str) -> None:
    spoil, problem = BAD_DECISIONS[name]
    path = tmp_path / "decisions.csv"
    spoil(decisions_table()).to_csv(path, index=False)
    with pytest.raises(SatisficeError) as caught:
        read_decisions(path, GAME)
    assert str(caught.value).startswith(f"{path}{problem}")
    assert caught.value.remedy


@pytest.mark.parametrize("column", DECISION_COLUMNS)
def test_a_missing_column_of_decisions_is_told(tmp_path: Path, column: str) -> None:
    path = tmp_path / "decisions.csv"
    decisions_table().drop(columns=column).to_csv(path, index=False)
    with pytest.raises(SatisficeError) as caught:
        read_decisions(path, GAME)
    assert str(caught.value).startswith(f"{path}, row 1: the header lacks {column}.")


def test_blank_lines_do_not_shift_row_numbers(tmp_path: Path) -> None:
    path = tmp_path / "decisions.csv"
    decisions_table().to_csv(path, index=False)
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([*lines[:3], "", *lines[3:], "", ""]), encoding="utf-8")
    assert len(read_decisions(path, GAME)) == len(lines) - 1
    lines[5] = "2,1,3,1,999"
    path.write_text("\n".join([*lines[:3], "", *lines[3:]]), encoding="utf-8")
    with pytest.raises(SatisficeError) as caught:
        read_decisions(path, GAME)
    assert f"{path}, row 7: " in str(caught.value)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", ", row 1: the header lacks treatment"),
        (b"\xff\xfe\x80\x81", ": is not UTF-8 text (byte 1)."),
        (b'a,b\n1,2\n3,4,5,"6\n', ", row 1: the header lacks treatment"),
    ],
)
def test_files_that_hold_no_decisions_are_told(
    tmp_path: Path, content: bytes, problem: str
) -> None:
    path = tmp_path / "decisions.csv"
    path.write_bytes(content)
    for place, told in ((path, problem), (tmp_path, ": is not a readable file (")):
        with pytest.raises(SatisficeError) as caught:
            read_decisions(place, GAME)
        assert str(caught.value).startswith(f"{place}{told}")
    with pytest.raises(SatisficeError, match="file not found"):
        read_decisions(tmp_path / "absent.csv", GAME)


def recorded_decisions(game: Game, markets: int = 3) -> pd.DataFrame:
    """Made-up decisions of a game that records more than actions."""
    generator = np.random.default_rng(0)
    rows = [
        [
            treatment,
            market,
            period,
            game.roles[agent] if game.roles else agent,
            int(generator.integers(0, 10)),
            *generator.normal(5.0, 1.0, len(game.recorded) - 1).round(3),
        ]
        for treatment, agents in game.treatments.items()
        for market in range(1, markets + 1)
        for period in range(1, game.rounds + 1)
        for agent in range(agents)
    ]
    return pd.DataFrame(rows, columns=list(decision_columns(game)))


def test_each_game_has_columns_of_its_own() -> None:
    assert PLACE_COLUMNS == ("treatment", "market", "period", "agent")
    more = {"cournot": (), "cobweb": ("price",), "beer_game": ("net_inventory", "cost"),
            "newsvendor": ("demand",)}  # fmt: skip
    for name, columns in more.items():
        assert decision_columns(load_game(name)) == (*PLACE_COLUMNS, "action", *columns)


@pytest.mark.parametrize("game", [Cobweb(), BeerGame()], ids=lambda game: game.name)
def test_decisions_with_more_columns_are_read_as_written(tmp_path: Path, game: Game) -> None:
    table = recorded_decisions(game)
    path = tmp_path / "decisions.csv"
    table.assign(remark="none").to_csv(path, index=False)
    read = read_decisions(path, game)
    for column in decision_columns(game):
        np.testing.assert_array_equal(read[column], table[column])


@pytest.mark.parametrize("game", [Cobweb(), BeerGame()], ids=lambda game: game.name)
def test_every_recorded_quantity_must_be_there(tmp_path: Path, game: Game) -> None:
    path = tmp_path / "decisions.csv"
    for quantity in game.recorded[1:]:
        recorded_decisions(game).drop(columns=quantity).to_csv(path, index=False)
        with pytest.raises(SatisficeError) as caught:
            read_decisions(path, game)
        assert str(caught.value).startswith(f"{path}, row 1: the header lacks {quantity}.")
        assert caught.value.remedy == f"The columns are {', '.join(decision_columns(game))}."


@pytest.mark.parametrize("value", [None, "much", float("inf"), float("nan")])
@pytest.mark.parametrize("game", [Cobweb(), BeerGame()], ids=lambda game: game.name)
def test_a_recorded_quantity_that_is_no_number_is_told(
    tmp_path: Path, game: Game, value: Any
) -> None:
    path = tmp_path / "decisions.csv"
    for quantity in game.recorded[1:]:
        row_cell(9, quantity, value)(recorded_decisions(game)).to_csv(path, index=False)
        with pytest.raises(SatisficeError) as caught:
            read_decisions(path, game)
        problem = f"{path}, row 9: the {quantity} is not a finite number."
        assert str(caught.value).startswith(problem)


@pytest.mark.parametrize("agent", ["customer", "Retailer", 1])
def test_an_agent_that_is_no_role_is_told(tmp_path: Path, agent: Any) -> None:
    path = tmp_path / "decisions.csv"
    row_cell(9, "agent", agent)(recorded_decisions(BeerGame())).to_csv(path, index=False)
    with pytest.raises(SatisficeError) as caught:
        read_decisions(path, BeerGame())
    assert str(caught.value) == (
        f"{path}, row 9: the agent '{agent}' is not a role of the game. "
        f"Remedy: Use one of: {', '.join(BeerGame.roles)}."
    )


def test_a_team_without_one_of_its_roles_is_told(tmp_path: Path) -> None:
    path = tmp_path / "decisions.csv"
    table = recorded_decisions(BeerGame())
    table[table.agent != "factory"].to_csv(path, index=False)
    with pytest.raises(SatisficeError) as caught:
        read_decisions(path, BeerGame())
    assert str(caught.value).startswith(f"{path}, treatment step: not every market has all")
    assert caught.value.remedy == "Give 4 agents a market and 32 periods."
