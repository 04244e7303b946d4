"""What a file of human data holds, told in plain words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from satisfice.games.cobweb import Cobweb
from satisfice.games.cournot import Cournot
from satisfice.io.datasets import load_dataset
from satisfice.io.plain_words import about_dataset, about_decisions

GAME = Cournot()


def decisions(markets: int) -> pd.DataFrame:
    random = np.random.default_rng(0)
    rows = [
        ("2", market, period, agent, float(random.integers(10, 40)))
        for market in range(markets)
        for period in range(25)
        for agent in range(2)
    ]
    return pd.DataFrame(rows, columns=["treatment", "market", "period", "agent", "action"])


def test_decisions_are_counted() -> None:
    table = decisions(6)
    told = about_decisions(table, GAME)
    assert told[0] == "300 decisions of the game cournot, all of them complete."
    mean, spread = table.action.mean(), table.action.to_numpy().std()
    assert told[1].startswith("Treatment 2: 6 markets of 2 agents, 25 rounds; ")
    assert f"{mean:.4g}, SD {spread:.4g}, from 10 to 39." in told[1]
    assert told[2:] == ["The data lack these treatments of the game: 3, 4, 5."]


@pytest.mark.parametrize(
    ("markets", "caution"), [(1, "no standard error can be"), (3, "of so few markets are rough")]
)
def test_few_markets_are_warned_of(markets: int, caution: str) -> None:
    assert any(caution in line for line in about_decisions(decisions(markets), GAME))


def test_actions_off_the_grid_and_frozen_agents_are_told() -> None:
    table = decisions(6)
    table.loc[:2, "action"] = 20.5
    table.loc[(table.market == 1) & (table.agent == 0), "action"] = 20.0
    told = "\n".join(about_decisions(table, GAME))
    assert "Beware: 1.0% of the actions of treatment 2 are not on the grid" in told
    assert "each counts as the nearest action of the grid" in told
    assert "1 of 12 agents of treatment 2 never change their action" in told


def test_a_data_set_is_told_with_its_provenance(root: Path) -> None:
    folder = root / "data" / "cobweb" / "hommes2007"
    told = about_dataset(load_dataset(folder, Cobweb()), Cobweb())
    assert told[0].startswith("6 statistics of the game cobweb; treatments: stable (6 markets)")
    assert "Provenance: 6 unverified." in told
    assert told[-1].startswith("Beware: unverified")


def test_a_value_lost_in_its_error_is_told(root: Path) -> None:
    data = load_dataset(root / "data" / "cournot" / "huck2004", GAME)
    data.table.loc[0, "standard_error"] = 9.0
    told = about_dataset(data, GAME)
    assert any("with a standard error of 9; it carries little information" in line for line in told)
