"""Summaries of decisions: statistics against known play, errors against the bootstrap's theory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from satisfice.games import load_game
from satisfice.games.beer_game import BeerGame
from satisfice.games.cobweb import Cobweb
from satisfice.games.cournot import Cournot
from satisfice.io import summaries
from satisfice.io.datasets import load_dataset
from satisfice.io.decisions import panels_of, read_decisions
from satisfice.io.statistics_file import COLUMNS
from satisfice.io.summaries import (
    CORRELATION_COLUMNS,
    standard_error,
    summarise_decisions,
    values_of,
)

ROOT = Path(__file__).resolve().parents[2]
HUCK = ROOT / "data" / "cournot" / "huck2004"
DECISIONS = ROOT.parent / "shared" / "data" / "cournot_hno2004.csv"
GAME = Cournot()
STATISTICS = list(GAME.statistics)
needs_decisions = pytest.mark.skipif(
    not DECISIONS.is_file(), reason="the decisions are not distributed with the project"
)


@needs_decisions
def test_the_shipped_files_are_recomputed_exactly() -> None:
    found = summarise_decisions(read_decisions(DECISIONS, GAME), GAME)
    shipped = load_dataset(HUCK, GAME)
    columns = list(COLUMNS[:4])
    pd.testing.assert_frame_equal(found.statistics, shipped.table[columns], check_exact=True)
    pd.testing.assert_frame_equal(found.correlations, shipped.correlations, check_exact=True)


def test_statistics_of_known_decisions(made_decisions: Any, tmp_path: Path) -> None:
    table = made_decisions(GAME, treatments=["2"])
    table["action"] = 30 + table.market + (table.period % 2)  # 30 to 34
    path = tmp_path / "decisions.csv"
    table.sample(frac=1, random_state=0).to_csv(path, index=False)  # in no order at all
    found = summarise_decisions(read_decisions(path, GAME), GAME, replicates=20, seed=0).statistics
    values = found.set_index("statistic").value
    assert values["share_changed"] == 1.0
    assert values["mean_absolute_change"] == pytest.approx(1 / 33, abs=1e-6)
    assert values["mean_rounds_1_8"] == pytest.approx(32.5 / 33, abs=1e-6)
    assert values["sd_between_markets"] == pytest.approx(1 / 33, abs=1e-6)
    # The mean's standard error is that of three numbers, whose standard deviation is one.
    exact = np.sqrt(1 / 3) / 33
    many = summarise_decisions(read_decisions(path, GAME), GAME, replicates=4000, seed=0).statistics
    error = many.set_index("statistic").standard_error["mean_rounds_1_8"]
    assert error == pytest.approx(exact, rel=0.05)


def test_statistics_of_known_prices(made_decisions: Any) -> None:
    table = made_decisions(Cobweb(), markets=2)
    # Prices alternate by one around a level that differs between the two markets.
    table["price"] = 4.0 + 2.0 * table.market + (table.period % 2)
    found = summarise_decisions(table, Cobweb(), replicates=50).statistics
    assert len(found) == 6
    means = found[found.statistic == "price_mean"]
    np.testing.assert_allclose(means.value, 7.5)
    assert (means.standard_error > 0.3).all()
    variances = found[found.statistic == "price_variance"]
    np.testing.assert_allclose(variances.value, 50 * 0.25 / 49, atol=1e-6)
    np.testing.assert_allclose(variances.standard_error, 0.0, atol=1e-9)  # equal in both markets


def test_statistics_of_known_teams(made_decisions: Any, tmp_path: Path) -> None:
    table = made_decisions(BeerGame(), markets=2)
    number = table.agent.map({role: i for i, role in enumerate(BeerGame.roles, start=1)})
    table["action"] = 4 + number
    table["cost"] = 10.0 * number + table.market
    table["net_inventory"] = np.where(table.period == 7, -5.0 * number, 12.0)
    path = tmp_path / "decisions.csv"
    # The order of rows does not matter, and that of the roles is the game's, not the alphabet's.
    table.sample(frac=1, random_state=0).to_csv(path, index=False)
    read = read_decisions(path, BeerGame())
    found = summarise_decisions(read, BeerGame(), replicates=50).statistics
    value = found.set_index("statistic").value
    # Four weeks in balance, at 6 a week, come before the 32 weeks that are given.
    costs = [24 + 32 * (10 * agent + 1.5) for agent in range(1, 5)]
    assert [value[f"{role}_cost"] for role in BeerGame.roles] == pytest.approx(costs)
    assert value["team_cost"] == pytest.approx(sum(costs))
    assert value["wholesaler_peak_order"] == 6
    assert value["wholesaler_peak_order_week"] == 5
    assert value["factory_lowest_inventory"] == -20
    assert value["factory_lowest_inventory_week"] == 11
    assert value["retailer_highest_inventory"] == 12


def test_correlations_are_those_of_the_bootstrap(made_decisions: Any) -> None:
    table = made_decisions(GAME, markets=6, treatments=["2"])
    found = summarise_decisions(table, GAME, replicates=4000).correlations
    assert tuple(found.columns) == CORRELATION_COLUMNS
    assert len(found) == len(STATISTICS) * (len(STATISTICS) - 1) // 2
    pair = found[(found.statistic == "mean_rounds_1_8") & (found.other == "mean_rounds_17_25")]
    panel = panels_of(table, GAME)["2"]["action"]
    early, late = panel[..., :8].mean(axis=(1, 2)), panel[..., 16:].mean(axis=(1, 2))
    # Means over markets drawn with replacement are correlated as the markets' own means are.
    assert pair.correlation.item() == pytest.approx(np.corrcoef(early, late)[0, 1], abs=0.06)


@pytest.mark.parametrize("name", ["cournot", "cobweb", "beer_game"])
def test_resampling_in_blocks_changes_nothing(
    name: str, made_decisions: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    game = load_game(name)
    table = made_decisions(game, markets=3)
    at_once = summarise_decisions(table, game, replicates=30)
    monkeypatch.setattr(summaries, "BLOCK", 7 * len(table))
    blocks = summarise_decisions(table, game, replicates=30)
    pd.testing.assert_frame_equal(at_once.statistics, blocks.statistics, check_exact=True)
    pd.testing.assert_frame_equal(at_once.correlations, blocks.correlations, check_exact=True)


def test_spreads_err_in_proportion_to_their_size() -> None:
    replicates = np.exp(np.random.default_rng(0).normal(size=20_000, scale=0.4))
    enlarged = np.sqrt(6 / 5)
    of_spread = standard_error(2.0, replicates, 6, is_spread=True)
    assert of_spread == pytest.approx(2.0 * 0.4 * enlarged, rel=0.02)
    plain = standard_error(2.0, replicates, 6, is_spread=False)
    assert plain == pytest.approx(replicates.std() * enlarged, rel=1e-3)
    # Replicates of one market have no spread between markets, and no logarithm.
    with_zeros = np.append(replicates, np.zeros(100))
    assert np.isfinite(standard_error(2.0, with_zeros, 6, is_spread=True))
    two = np.array([0.0, 1.0, 1.0, 0.0])
    assert standard_error(1.0, two, 2, is_spread=True) > 0.5


def test_values_need_no_bootstrap(made_decisions: Any) -> None:
    table = made_decisions(GAME)
    found = summarise_decisions(table, GAME, replicates=2).statistics
    values = values_of(table, GAME)
    assert list(values) == list(zip(found.treatment, found.statistic, strict=True))
    np.testing.assert_allclose(found.value, list(values.values()), atol=5.1e-7)
