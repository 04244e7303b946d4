"""Rule learn: what it writes, and what it refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from satisfice.errors import SatisficeError
from satisfice.games.beer_game import ROLES
from satisfice.games.cournot import Cournot
from satisfice.learning.populations import build_problem, load_population
from satisfice.population.anchor import AnchorBelief
from satisfice.population.beliefs import UniformBelief
from satisfice.population.habit import HabitBelief
from satisfice.population.parameters import ParameterSpace
from satisfice.population.registry import space_of
from satisfice.population.supertypes import SKILL_PARAMETERS
from satisfice.stages.learn import learn

PRIOR = {"mu": [0.0, 1.0], "sigma": [0.02, 0.5], "beta": [0.02, 2.0]}
CURVES = ["iteration", "decisions", "payoff", "net_payoff", "divergence", "entropy"]
Variants = dict[str, dict[str, Any]]


@pytest.mark.parametrize("name", ["habit", "uniform", "rational"])
def test_a_policy_folder_holds_what_was_agreed_on(tiny_run: Any, name: str) -> None:
    folder = tiny_run.folder / "policy" / name
    assert sorted(path.name for path in folder.iterdir()) == [
        "policy.json",
        "policy.safetensors",
        "training.csv",
        "verification.json",
    ]
    curves = pd.read_csv(folder / "training.csv")
    assert list(curves.columns) == [*CURVES, "policy_change"]
    assert list(curves.iteration) == [1, 2, 3, 4, 5]
    assert np.isfinite(curves.to_numpy()).all()


def test_the_description_rebuilds_the_population(tiny_run: Any, variants: Variants) -> None:
    population, description = load_population(tiny_run.folder / "policy" / "habit")
    assert description["game"] == "cournot"
    assert description["variant_name"] == "habit"
    assert description["variant"] == variants["habit"]
    space = ParameterSpace.of(SKILL_PARAMETERS, PRIOR)
    assert ParameterSpace.from_json(description["space"]) == population.space
    assert (population.space.fitted, population.space.roles) == (space.fitted, ())
    assert description["learning"]["iterations"] == 5
    assert isinstance(population.belief, HabitBelief)
    assert population.information == "market"
    assert not population.memoryless
    uniform, _ = load_population(tiny_run.folder / "policy" / "uniform")
    assert isinstance(uniform.belief, UniformBelief)
    assert uniform.memoryless


def test_training_is_reproduced_exactly_by_its_seed(
    tiny_run: Any, variants: Variants, tmp_path: Path
) -> None:
    learn("cournot", "uniform", variants["uniform"], PRIOR, 7, tmp_path / "again")
    learn("cournot", "uniform", variants["uniform"], PRIOR, 8, tmp_path / "other")
    first = tiny_run.folder / "policy" / "uniform"
    for name in ("policy.safetensors", "policy.json", "training.csv"):
        assert (tmp_path / "again" / name).read_bytes() == (first / name).read_bytes()
        assert (tmp_path / "other" / name).read_bytes() != (first / name).read_bytes()


def test_long_training_curves_are_averaged(
    variants: Variants, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("satisfice.stages.learn.CURVE_ROWS", 3)
    learning = variants["uniform"]["learning"] | {"iterations": 9}
    variant = variants["uniform"] | {"learning": learning}
    learn("cournot", "uniform", variant, PRIOR, 7, tmp_path)
    curves = pd.read_csv(tmp_path / "training.csv")
    assert list(curves.iteration) == [2, 5, 8]


def test_unknown_information_is_told(variants: Variants, tmp_path: Path) -> None:
    for name, key in (("habit", "beliefs.habit"), ("rational", "rational")):
        with pytest.raises(SatisficeError) as caught:
            variant = variants[name] | {"information": "all"}
            learn("cournot", name, variant, PRIOR, 7, tmp_path)
        assert str(caught.value) == (
            f"config, key games.cournot.{key}.information: 'all' is unknown to the game. "
            "Remedy: Use one of: none, round, market."
        )
    assert list(tmp_path.iterdir()) == []


def test_bounded_agents_come_from_the_prior_and_rational_ones_pay_nothing(
    variants: Variants,
) -> None:
    prior = {"mu": [0.2, 0.4], "sigma": [0.1, 0.2], "beta": [0.5, 1.0]}
    generator = torch.Generator().manual_seed(0)
    problem = build_problem(Cournot(), variants["habit"], space_of(variants["habit"], prior))
    drawn = problem.draw_supertypes(1000, generator)
    for name in ("mu", "sigma", "beta"):
        low, high = prior[name]
        values = getattr(drawn, name).double()
        assert low - 1e-6 <= values.min()
        assert values.max() <= high + 1e-6
        assert values.max() - values.min() > 0.9 * (high - low)
    free = build_problem(Cournot(), variants["rational"], space_of(variants["rational"], prior))
    rational = free.draw_supertypes(10, generator)
    assert rational.beta.shape == (10, 1)
    assert (rational.beta == 0).all()


def test_a_population_with_roles_comes_back_from_its_folder(tiny_beer_game: Any) -> None:
    population, description = load_population(tiny_beer_game.policies["anchor"])
    assert population.game.name == description["game"] == "beer_game"
    assert isinstance(population.belief, AnchorBelief)
    assert population.information == "local"
    assert not population.memoryless
    assert population.policy.shape.groups == 4  # type: ignore[attr-defined]
    assert population.space.roles == tuple(ROLES)
    assert len(population.space.names) == 12
    rational, _ = load_population(tiny_beer_game.policies["rational"])
    assert (rational.space.names, rational.space.roles) == ((), tuple(ROLES))


def test_training_curves_and_policies_of_roles(tiny_beer_game: Any, tmp_path: Path) -> None:
    variant = tiny_beer_game.variants["anchor"]
    prior = dict(tiny_beer_game.prior)
    first = tiny_beer_game.policies["anchor"]
    curves = pd.read_csv(first / "training.csv")
    # Eight teams of four, 46 weeks each, in every iteration.
    assert list(curves.decisions) == [8 * 4 * 46 * iteration for iteration in range(1, 6)]
    assert (curves.divergence >= 0).all()
    learn("beer_game", "anchor", variant, prior, 7, tmp_path / "again")
    for name in ("policy.safetensors", "policy.json", "training.csv"):
        assert (tmp_path / "again" / name).read_bytes() == (first / name).read_bytes()


def test_roles_that_the_game_does_not_have_are_told(
    tiny_beer_game: Any, variants: Variants, tmp_path: Path
) -> None:
    prior = dict(tiny_beer_game.prior)
    with pytest.raises(SatisficeError, match=r"games\.cournot\.parameter_prior\.roles: \["):
        learn("cournot", "habit", variants["habit"], prior, 7, tmp_path)
    team = variants["habit"] | {"reward": "team"}
    with pytest.raises(SatisficeError, match=r"games\.cournot\.beliefs\.habit\.reward: "):
        learn("cournot", "habit", team, PRIOR, 7, tmp_path)
    assert list(tmp_path.iterdir()) == []
