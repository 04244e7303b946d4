"""What is wrong is told before the first job."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from satisfice.config import resolve
from satisfice.errors import SatisficeError
from satisfice.games.cournot import Cournot
from satisfice.io import datasets
from satisfice.io.summaries import summarise_decisions
from satisfice.stages.preflight import check_inputs


@pytest.fixture
def project(tiny_run: Any, tmp_path: Path) -> Path:
    """A copy of a small finished run."""
    shutil.copytree(tiny_run.base, tmp_path / "project")
    return tmp_path / "project"


@pytest.fixture
def config(root: Path) -> dict[str, Any]:
    given = {
        "run": "tiny",
        "games": {
            "cournot": {
                "dataset": "few",
                "held_out": {"treatments": ["3"]},
                "default_belief": "habit",
                "beliefs": {
                    "habit": {"prior_belief": "habit", "information": "market"},
                    "uniform": {"prior_belief": "uniform"},
                },
                "rational": {},
            }
        },
    }
    resolved: dict[str, Any] = resolve(given, [])
    return resolved


def refusal(config: dict[str, Any], project: Path) -> str:
    with pytest.raises(SatisficeError) as caught:
        check_inputs(config, project)
    assert caught.value.remedy
    return str(caught.value)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_good_project_passes_untouched(config: dict[str, Any], project: Path) -> None:
    before = contents(project)
    check_inputs(config, project)
    assert contents(project) == before
    shutil.rmtree(project / "results")
    check_inputs(config, project)  # before the first run
    assert not (project / "results").exists()


def test_parameters_of_beliefs_may_have_bounds(config: dict[str, Any], project: Path) -> None:
    block = config["games"]["cournot"]
    block["beliefs"]["habit"] |= {"stay": [0.1, 0.5], "explore": 0.5, "reach": [0.01, 1.0]}
    block["beliefs"]["uniform"] |= {"prior_belief": "anchor", "spread": [1.0, 30.0]}
    block["parameter_prior"]["mu"] = 0.5
    check_inputs(config, project)


def test_shipped_configs_and_data_pass(root: Path, tmp_path: Path) -> None:
    default = root / "workflow" / "config" / "default.yaml"
    loaded = yaml.safe_load(default.read_text(encoding="utf-8"))
    (tmp_path / "data").symlink_to(root / "data")
    check_inputs(resolve(loaded, [default]), tmp_path)


def unknown_game(block: dict[str, Any], games: dict[str, Any]) -> None:
    games["chess"] = block


def unknown_information(block: dict[str, Any], games: dict[str, Any]) -> None:
    block["beliefs"]["uniform"]["information"] = "everything"


def unknown_rational_information(block: dict[str, Any], games: dict[str, Any]) -> None:
    block["rational"]["information"] = "everything"


def unknown_treatment(block: dict[str, Any], games: dict[str, Any]) -> None:
    block["held_out"]["treatments"] = ["4"]


def unknown_statistic(block: dict[str, Any], games: dict[str, Any]) -> None:
    block["held_out"]["statistics"] = ["mean_*", "*_price"]


def nothing_held_out(block: dict[str, Any], games: dict[str, Any]) -> None:
    block["held_out"]["treatments"] = []


def unknown_roles(block: dict[str, Any], games: dict[str, Any]) -> None:
    block["parameter_prior"]["roles"] = ["leader", "follower"]


def team_reward(block: dict[str, Any], games: dict[str, Any]) -> None:
    block["beliefs"]["habit"]["reward"] = "team"


def unknown_rival(block: dict[str, Any], games: dict[str, Any]) -> None:
    block["rivals"].append("sterman")


def fitted_rival(block: dict[str, Any], games: dict[str, Any]) -> None:
    block["rivals"].append("noisy_equilibrium")


def rival_of_another_game(block: dict[str, Any], games: dict[str, Any]) -> None:
    block["decisions"]["rivals"] = ["ewa", "sterman_fitted"]


def nothing_to_fit(block: dict[str, Any], games: dict[str, Any]) -> None:
    block["held_out"]["treatments"] = ["2", "3"]


def empty_prior(block: dict[str, Any], games: dict[str, Any]) -> None:
    block["parameter_prior"]["sigma"] = [0.5, 0.1]


def typo_in_prior(block: dict[str, Any], games: dict[str, Any]) -> None:
    block["parameter_prior"]["bta"] = [0.02, 2.0]


def typo_in_belief(block: dict[str, Any], games: dict[str, Any]) -> None:
    block["beliefs"]["habit"]["sty"] = 0.2


def parameter_of_another_belief(block: dict[str, Any], games: dict[str, Any]) -> None:
    block["beliefs"]["uniform"]["stay"] = 0.2


def typo_in_rational(block: dict[str, Any], games: dict[str, Any]) -> None:
    block["rational"] |= {"prior_belief": "anchor", "spred": 1.0}


def unknown_belief(block: dict[str, Any], games: dict[str, Any]) -> None:
    block["beliefs"]["habit"]["prior_belief"] = "habbit"


def more_than_certain(block: dict[str, Any], games: dict[str, Any]) -> None:
    block["beliefs"]["habit"]["stay"] = 0.6


def bounds_up_to_more_than_certain(block: dict[str, Any], games: dict[str, Any]) -> None:
    block["beliefs"]["habit"] |= {"stay": [0.1, 0.6], "explore": [0.1, 0.5]}


def impossible_bounds_of_a_belief(block: dict[str, Any], games: dict[str, Any]) -> None:
    block["beliefs"]["habit"]["stay"] = [0.1, 1.2]


def inertia_up_to_something(block: dict[str, Any], games: dict[str, Any]) -> None:
    block["beliefs"]["habit"] |= {"prior_belief": "anchor", "inertia": [0.0, 0.5]}


def bounds_in_rational(block: dict[str, Any], games: dict[str, Any]) -> None:
    block["rational"] |= {"prior_belief": "anchor", "spread": [0.5, 1.0]}


@pytest.mark.parametrize(
    ("spoil", "key", "problem"),
    [
        (unknown_game, "games.chess", "unknown game. Remedy: Use one of: beer_game, cobweb, cour"),
        (unknown_information, "games.cournot.beliefs.uniform.information", "is unknown"),
        (unknown_rational_information, "games.cournot.rational.information", "is unknown"),
        (unknown_treatment, "games.cournot.held_out.treatments", "'4' is not in the data"),
        (unknown_statistic, "games.cournot.held_out.statistics", "'*_price' is not in the"),
        (nothing_to_fit, "games.cournot.held_out", "nothing is left to fit"),
        (nothing_held_out, "games.cournot.held_out", "nothing is held out"),
        (unknown_roles, "games.cournot.parameter_prior.roles", "[leader, follower] are not"),
        (team_reward, "games.cournot.beliefs.habit.reward", "own payoffs only"),
        (unknown_rival, "games.cournot.rivals", "'sterman' plays BeerGame, and not cournot"),
        (fitted_rival, "games.cournot.rivals", "'noisy_equilibrium' has parameters"),
        (rival_of_another_game, "cournot.decisions.rivals", "'sterman_fitted' plays BeerGame"),
        (empty_prior, "parameter_prior.sigma", "the lower is not below the upper"),
        (typo_in_prior, "games.cournot.parameter_prior.bta", "Did you mean 'beta'? Parameters"),
        (typo_in_belief, "games.cournot.beliefs.habit.sty", "Did you mean 'stay'? Parameters"),
        (parameter_of_another_belief, "cournot.beliefs.uniform.stay", "Parameters are: none."),
        (typo_in_rational, "games.cournot.rational.spred", "Did you mean 'spread'? Parameters"),
        (unknown_belief, "cournot.beliefs.habit.prior_belief", "unknown prior belief 'habbit'"),
        (
            more_than_certain,
            "cournot.beliefs.habit.stay + explore",
            "1.1 is no usable prior belief",
        ),
        (
            bounds_up_to_more_than_certain,
            "cournot.beliefs.habit.stay + explore",
            "1.1 is no usable",
        ),
        (impossible_bounds_of_a_belief, "cournot.beliefs.habit.stay", "stay cannot be 1.2."),
        (inertia_up_to_something, "cournot.beliefs.habit.inertia", "cannot be learnt in this game"),
        (bounds_in_rational, "games.cournot.rational.spread", "agents have no parameter to fit"),
    ],
)
def test_what_is_wrong_with_the_config_is_told_by_key(
    config: dict[str, Any],
    project: Path,
    spoil: Callable[[dict[str, Any], dict[str, Any]], None],
    key: str,
    problem: str,
) -> None:
    spoil(config["games"]["cournot"], config["games"])
    text = refusal(config, project)
    assert f"{key}: " in text
    assert problem in text


def test_an_absent_data_set_is_told_by_file(config: dict[str, Any], project: Path) -> None:
    config["games"]["cournot"]["dataset"] = "many"
    path = project / "data" / "cournot" / "many" / "dataset.yaml"
    assert refusal(config, project).startswith(f"{path}: file not found.")


def test_a_bad_row_is_told_by_file_and_row(config: dict[str, Any], project: Path) -> None:
    path = project / "data" / "cournot" / "few" / "statistics.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[4] = "2,pooled_sd,nan,0.06,primary"
    path.write_text("\n".join(lines), encoding="utf-8")
    assert refusal(config, project).startswith(f"{path}, row 5: value is 'nan'")


@pytest.fixture
def decided(project: Path, made_decisions: Any) -> Path:
    """The decisions of a data set that has nothing else."""
    folder = project / "data" / "cournot" / "few"
    (folder / "statistics.csv").unlink()
    (folder / "dataset.yaml").write_text("citation: x\nlicence: y\n", encoding="utf-8")
    made_decisions(Cournot(), treatments=["2", "3"]).to_csv(folder / "decisions.csv", index=False)
    return folder / "decisions.csv"


def test_decisions_are_checked_without_the_whole_bootstrap(
    config: dict[str, Any], project: Path, decided: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def counted(*given: Any, **named: Any) -> Any:
        asked.append(named["replicates"])
        return summarise_decisions(*given, **named)

    monkeypatch.setattr(datasets, "summarise_decisions", counted)
    check_inputs(config, project)
    assert asked == [datasets.FEW_REPLICATES]


def test_a_game_that_cannot_follow_decisions_is_told(
    config: dict[str, Any], project: Path, decided: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def follow(*_: Any) -> Any:
        raise NotImplementedError("it needs a method follow")

    monkeypatch.setattr(Cournot, "follow", follow)
    assert refusal(config, project).startswith(
        f"{decided}: the game cournot cannot follow recorded decisions: NotImplementedError: it"
    )


def test_a_bad_decision_is_told_by_file_and_row(
    config: dict[str, Any], project: Path, decided: Path
) -> None:
    lines = decided.read_text(encoding="utf-8").splitlines()
    lines[4] = "2,1,2,2,many"
    decided.write_text("\n".join(lines), encoding="utf-8")
    assert refusal(config, project).startswith(f"{decided}, row 5: treatment '2', action 'many'")


def test_a_statistic_that_never_varies_is_told(
    config: dict[str, Any], project: Path, decided: Path
) -> None:
    table = pd.read_csv(decided)
    table.assign(action=20 + table.period % 2).to_csv(decided, index=False)
    assert refusal(config, project).startswith(f"{decided}, treatment 2: mean_rounds_1_8 is ")


def test_bad_correlations_are_told_by_file_and_row(config: dict[str, Any], project: Path) -> None:
    path = project / "data" / "cournot" / "few" / "correlations.csv"
    path.write_text("treatment,statistic,other,correlation\n2,pooled_sd,median,0.1\n", "utf-8")
    assert refusal(config, project).startswith(f"{path}, row 2: '2, pooled_sd, median, 0.1' is no")


def test_settings_of_ppo_must_fit_the_game(config: dict[str, Any], project: Path) -> None:
    settings = {"information": "everything", "reward": "own"}
    config["games"]["cournot"]["ppo"] = settings
    assert "games.cournot.ppo.information: 'everything'" in refusal(config, project)
    config["games"]["cournot"]["ppo"] = settings | {"information": "market"}
    check_inputs(config, project)
    assert resolve(config, [])["games"]["cournot"]["ppo"]["seeds"] == 3
    assert resolve(config | {"games": {"cournot": {**config["games"]["cournot"], "ppo": None}}}, [])
