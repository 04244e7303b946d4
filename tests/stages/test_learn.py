"""Rules learn and verify: what they write, and what they refuse."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from satisfice.behaviour.prior_beliefs import HabitBelief, UniformBelief
from satisfice.errors import SatisficeError
from satisfice.games.cournot import Cournot
from satisfice.inference.parameter_prior import ParameterPrior
from satisfice.io.files import read_json, write_json
from satisfice.stages.learn import train_policy, verify_policy
from satisfice.stages.populations import build_problem, load_population

PRIOR = {"mu": [0.0, 1.0], "sigma": [0.02, 0.5], "beta": [0.02, 2.0]}
CURVES = ["iteration", "decisions", "payoff", "net_payoff", "divergence", "entropy"]
Variants = dict[str, dict[str, Any]]


@pytest.mark.parametrize("name", ["habit", "uniform", "ppo"])
def test_a_policy_folder_holds_what_was_agreed_on(tiny_run: SimpleNamespace, name: str) -> None:
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


def test_the_description_rebuilds_the_population(
    tiny_run: SimpleNamespace, variants: Variants
) -> None:
    population, description = load_population(tiny_run.folder / "policy" / "habit")
    assert description["game"] == "cournot"
    assert description["variant_name"] == "habit"
    assert description["variant"] == variants["habit"]
    assert description["parameter_prior"] == PRIOR
    assert description["learning"]["iterations"] == 5
    assert isinstance(population.belief, HabitBelief)
    assert population.information == "market"
    assert not population.memoryless
    uniform, _ = load_population(tiny_run.folder / "policy" / "uniform")
    assert isinstance(uniform.belief, UniformBelief)
    assert uniform.memoryless


def test_training_is_reproduced_exactly_by_its_seed(
    tiny_run: SimpleNamespace, variants: Variants, tmp_path: Path
) -> None:
    train_policy("cournot", "uniform", variants["uniform"], PRIOR, 7, tmp_path / "again")
    train_policy("cournot", "uniform", variants["uniform"], PRIOR, 8, tmp_path / "other")
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
    train_policy("cournot", "uniform", variant, PRIOR, 7, tmp_path)
    curves = pd.read_csv(tmp_path / "training.csv")
    assert list(curves.iteration) == [2, 5, 8]


def test_unknown_information_is_told(variants: Variants, tmp_path: Path) -> None:
    for name, key in (("habit", "beliefs.habit"), ("ppo", "rational")):
        with pytest.raises(SatisficeError) as caught:
            variant = variants[name] | {"information": "all"}
            train_policy("cournot", name, variant, PRIOR, 7, tmp_path)
        assert str(caught.value) == (
            f"config, key games.cournot.{key}.information: 'all' is unknown to the game. "
            "Remedy: Use one of: none, round, market."
        )
    assert list(tmp_path.iterdir()) == []


def test_bounded_agents_come_from_the_prior_and_rational_ones_pay_nothing(
    variants: Variants,
) -> None:
    prior = ParameterPrior((0.2, 0.4), (0.1, 0.2), (0.5, 1.0))
    generator = torch.Generator().manual_seed(0)
    problem = build_problem(Cournot(), variants["habit"], prior)
    drawn = problem.draw_supertypes(1000, generator)
    for name in ("mu", "sigma", "beta"):
        low, high = getattr(prior, name)
        values = getattr(drawn, name).double()
        assert low - 1e-6 <= values.min()
        assert values.max() <= high + 1e-6
        assert values.max() - values.min() > 0.9 * (high - low)
    rational = build_problem(Cournot(), variants["ppo"], prior).draw_supertypes(10, generator)
    assert (rational.beta == 0).all()


def test_verification_of_a_memoryless_policy(tiny_run: SimpleNamespace) -> None:
    found = read_json(tiny_run.folder / "policy" / "uniform" / "verification.json")
    assert found["supertypes"] == 3
    distance = found["exact_qre"]["total_variation"]
    assert set(distance) == {"mean", "p95", "max"}
    assert 0 < distance["mean"] <= distance["p95"] <= distance["max"] <= 1
    assert "equilibrium" not in found


def test_verification_says_what_does_not_apply(tiny_run: SimpleNamespace) -> None:
    habit = read_json(tiny_run.folder / "policy" / "habit" / "verification.json")
    assert "exact_qre" not in habit
    assert "depend on the past" in habit["not_applicable"]["exact_qre"]
    ppo = read_json(tiny_run.folder / "policy" / "ppo" / "verification.json")
    assert "exact_qre" not in ppo
    assert "exact_qre" in ppo["not_applicable"]
    assert set(ppo["equilibrium"]) == {"2", "3", "4", "5"}
    for firms, part in ppo["equilibrium"].items():
        assert part["equilibrium_action"] == pytest.approx(99 / (int(firms) + 1))
        error = abs(part["mean_action"] / part["equilibrium_action"] - 1)
        assert part["relative_error"] == pytest.approx(error)


@pytest.mark.parametrize("key", ["game", "variant"])
def test_a_description_that_lacks_a_key_is_told(
    tiny_run: SimpleNamespace, tmp_path: Path, key: str
) -> None:
    source = tiny_run.folder / "policy" / "uniform"
    for name in ("policy.json", "policy.safetensors"):
        (tmp_path / name).write_bytes((source / name).read_bytes())
    description = read_json(tmp_path / "policy.json")
    del description[key]
    write_json(tmp_path / "policy.json", description)
    with pytest.raises(SatisficeError) as caught:
        verify_policy(tmp_path, 3, 7, tmp_path / "verification.json")
    assert str(caught.value).startswith(f"{tmp_path / 'policy.json'}: lacks the key '{key}'.")
