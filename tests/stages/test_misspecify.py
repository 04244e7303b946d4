"""Rule misspecify: rivals with parameters, tested like the bounded models."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tiny_runs import MISSPECIFICATION

from satisfice.checks.misspecification_findings import misspecification_row
from satisfice.errors import SatisficeError
from satisfice.io.files import read_json
from satisfice.stages.misspecify import misspecify


@pytest.mark.parametrize("run", ["tiny_run", "tiny_beer_game"])
def test_rivals_without_parameters_are_left_out(run: str, request: pytest.FixtureRequest) -> None:
    made = request.getfixturevalue(run)
    found = read_json(made.folder / "misspecification_rivals.json")
    assert list(found) == [made.fitted_rival]
    (tested,) = found.values()
    (name,) = tested["closest"]
    assert name == "noise_sd"
    assert 0 < tested["p_value"] <= 1
    assert tested["usual"]["simulations"] == MISSPECIFICATION["own"]


def test_the_table_has_a_row_for_each_contender_with_parameters(tiny_run: Any) -> None:
    table = pd.read_csv(tiny_run.folder / "misspecification.csv")
    assert list(table.contender) == [*tiny_run.run.bounded, "noisy_equilibrium"]
    assert list(table.parameters) == [3, 3, 1]
    assert set(table.game) == {"cournot"}
    rivals = read_json(tiny_run.folder / "misspecification_rivals.json")
    files = [tiny_run.run.inferred(name, "misspecification.json") for name in tiny_run.beliefs]
    found = [*map(read_json, files), rivals["noisy_equilibrium"]]
    for row, one in zip(table.to_dict("records"), found, strict=True):
        assert row["d2"] == pytest.approx(one["distance"])
        assert row["p_value"] == pytest.approx(one["p_value"])
        assert row["simulations"] == one["simulations"]
        assert row["worst_sd"] == pytest.approx(one["statistics"][0]["standard_deviations"])
    expected = {"d2", "p_value", "rejected_own_at_minimiser", "at_other_theta", "simulations"}
    assert expected <= set(misspecification_row("cournot", "any", found[0]))


def test_an_unknown_rival_is_named(tiny_run: Any, tmp_path: Path) -> None:
    output = tmp_path / "rivals.json"
    given = (tiny_run.dataset, MISSPECIFICATION, 7)
    with pytest.raises(SatisficeError, match="'nobody' is not a rule of play"):
        misspecify("cournot", vars(tiny_run.run), ["nobody"], *given, output=output)
    assert not output.exists()


def test_the_same_seed_gives_the_same_file(tiny_run: Any, tmp_path: Path) -> None:
    output = tmp_path / "rivals.json"
    rivals = (*tiny_run.rivals, tiny_run.fitted_rival)
    given = (tiny_run.dataset, MISSPECIFICATION, 7)
    misspecify("cournot", vars(tiny_run.run), rivals, *given, output=output)
    assert output.read_bytes() == (tiny_run.folder / "misspecification_rivals.json").read_bytes()
