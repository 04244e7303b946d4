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
from satisfice.io.datasets import COLUMNS, load_dataset
from satisfice.io.decisions import (
    PLACE_COLUMNS,
    correlations_of_errors,
    decision_columns,
    panels_of,
    read_decisions,
    summarise_decisions,
)

ROOT = Path(__file__).resolve().parents[2]
HUCK = ROOT / "data" / "cournot" / "huck2004"
DECISIONS = ROOT.parent / "shared" / "data" / "cournot_hno2004.csv"
GAME = Cournot()
STATISTICS = list(GAME.statistics)
DECISION_COLUMNS = decision_columns(GAME)
needs_decisions = pytest.mark.skipif(
    not DECISIONS.is_file(), reason="the decisions are not distributed with the project"
)


@needs_decisions
def test_the_shipped_statistics_are_recomputed_exactly() -> None:
    found = summarise_decisions(read_decisions(DECISIONS, GAME), GAME, replicates=10_000, seed=0)
    shipped = load_dataset(HUCK, GAME).table
    columns = list(COLUMNS[:4])
    pd.testing.assert_frame_equal(
        found.round({"value": 6, "standard_error": 6}), shipped[columns], check_exact=True
    )


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


def test_statistics_of_known_decisions(tmp_path: Path) -> None:
    table = decisions_table(firms=(2,))
    table["action"] = 30 + table.market + (table.period % 2)  # 30 to 34
    path = tmp_path / "decisions.csv"
    table.sample(frac=1, random_state=0).to_csv(path, index=False)  # in no order at all
    found = summarise_decisions(read_decisions(path, GAME), GAME, replicates=20, seed=0)
    values = found.set_index("statistic").value
    assert values["share_changed"] == 1.0
    assert values["mean_absolute_change"] == pytest.approx(1 / 33)
    assert values["mean_rounds_1_8"] == pytest.approx(32.5 / 33)
    assert values["sd_between_markets"] == pytest.approx(1 / 33)
    # The bootstrap draws whole markets: the mean's standard error is that of three numbers.
    exact = np.sqrt(2 / 3 / 3) / 33
    many = summarise_decisions(read_decisions(path, GAME), GAME, replicates=4000, seed=0)
    error = many.set_index("statistic").standard_error["mean_rounds_1_8"]
    assert error == pytest.approx(exact, rel=0.05)


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


def test_statistics_of_known_prices() -> None:
    table = recorded_decisions(Cobweb(), markets=2)
    # Prices alternate by one around a level that differs between the two markets.
    table["price"] = 4.0 + 2.0 * table.market + (table.period % 2)
    found = summarise_decisions(table, Cobweb(), replicates=50, seed=0)
    assert len(found) == 6
    means = found[found.statistic == "price_mean"]
    np.testing.assert_allclose(means.value, 7.5)
    assert (means.standard_error > 0.3).all()
    variances = found[found.statistic == "price_variance"]
    np.testing.assert_allclose(variances.value, 50 * 0.25 / 49)
    np.testing.assert_allclose(variances.standard_error, 0.0, atol=1e-9)  # equal in both markets


def test_statistics_of_known_teams(tmp_path: Path) -> None:
    table = recorded_decisions(BeerGame(), markets=2)
    number = table.agent.map({role: i for i, role in enumerate(BeerGame.roles, start=1)})
    table["action"] = 4 + number
    table["cost"] = 10.0 * number + table.market
    table["net_inventory"] = np.where(table.period == 7, -5.0 * number, 12.0)
    path = tmp_path / "decisions.csv"
    # The order of rows does not matter, and that of the roles is the game's, not the alphabet's.
    table.sample(frac=1, random_state=0).to_csv(path, index=False)
    read = read_decisions(path, BeerGame())
    value = (
        summarise_decisions(read, BeerGame(), replicates=50, seed=0).set_index("statistic").value
    )
    # Four weeks in balance, at 6 a week, come before the 32 weeks that are given.
    costs = [24 + 32 * (10 * agent + 1.5) for agent in range(1, 5)]
    assert [value[f"{role}_cost"] for role in BeerGame.roles] == pytest.approx(costs)
    assert value["team_cost"] == pytest.approx(sum(costs))
    assert value["wholesaler_peak_order"] == 6
    assert value["wholesaler_peak_order_week"] == 5
    assert value["factory_lowest_inventory"] == -20
    assert value["factory_lowest_inventory_week"] == 11
    assert value["retailer_highest_inventory"] == 12


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


def test_correlations_are_those_of_the_bootstrap() -> None:
    table = decisions_table(markets=6, firms=(2,))
    table["treatment"] = table.treatment.astype(str)
    found = correlations_of_errors(table, GAME, replicates=4000, seed=0)
    assert list(found.columns) == ["treatment", "statistic", "other", "correlation"]
    assert len(found) == len(STATISTICS) * (len(STATISTICS) - 1) // 2
    pair = found[(found.statistic == "mean_rounds_1_8") & (found.other == "mean_rounds_17_25")]
    panel = panels_of(table, GAME)["2"]["action"]
    early, late = panel[..., :8].mean(axis=(1, 2)), panel[..., 16:].mean(axis=(1, 2))
    # Means over markets drawn with replacement are correlated as the markets' own means are.
    assert pair.correlation.item() == pytest.approx(np.corrcoef(early, late)[0, 1], abs=0.06)


@needs_decisions
def test_the_shipped_correlations_are_recomputed_exactly() -> None:
    read = read_decisions(DECISIONS, GAME)
    found = correlations_of_errors(read, GAME, replicates=10_000, seed=0)
    shipped = pd.read_csv(HUCK / "correlations.csv", dtype={"treatment": str})
    pd.testing.assert_frame_equal(found.round({"correlation": 4}), shipped, check_exact=True)
