"""Rules learn and verify: what they write, and what they refuse."""

from __future__ import annotations

from pathlib import Path
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
    assert description["parameter_prior"] == PRIOR
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


def verification(run: Any, variant: str) -> dict[str, Any]:
    found: dict[str, Any] = read_json(run.policies[variant] / "verification.json")
    return found


LIMITED = {
    "tiny_run": (["2", "3", "4", "5"], {"mean quantity": {"value", "low", "high", "kept"}}),
    "tiny_cobweb": (
        ["stable", "unstable", "strongly_unstable"],
        {
            "mean price": {"value", "low", "high", "kept"},
            "price variance": {"value", "high", "kept"},
        },
    ),
    "tiny_beer_game": (
        ["uncertain"],
        {"team cost of 36 weeks": {"value", "high", "rule", "kept"}},
    ),
}


@pytest.mark.parametrize("name", LIMITED)
def test_every_variant_is_held_against_the_rational_limits(
    request: pytest.FixtureRequest, name: str
) -> None:
    treatments, quantities = LIMITED[name]
    run = request.getfixturevalue(name)
    for variant in run.variants:
        found = verification(run, variant)
        assert found["supertypes"] == 3
        limits = found["rational_limits"]
        assert list(limits) == treatments
        for part in limits.values():
            assert {quantity: set(limit) for quantity, limit in part.items()} == quantities
            for limit in part.values():
                low, high = limit.get("low", -np.inf), limit["high"]
                assert limit["kept"] == (low <= limit["value"] <= high)
    # Five iterations are too few for anybody.
    unkept = verification(run, "ppo")["rational_limits"].values()
    assert not all(limit["kept"] for part in unkept for limit in part.values())


def test_limits_are_those_of_the_games(tiny_run: Any, tiny_beer_game: Any) -> None:
    for firms, part in verification(tiny_run, "ppo")["rational_limits"].items():
        nash = 99 / (int(firms) + 1)
        assert part["mean quantity"]["low"] == pytest.approx(0.98 * nash)
        assert part["mean quantity"]["high"] == pytest.approx(1.02 * nash)
        assert 0 < part["mean quantity"]["value"] < 100
    parts = [verification(tiny_beer_game, name)["rational_limits"] for name in ("anchor", "ppo")]
    costs = [part["uncertain"]["team cost of 36 weeks"] for part in parts]
    # Both are compared with the rule on the same demand.
    assert costs[0]["rule"] == "tuned_base_stock"
    assert costs[0]["high"] == costs[1]["high"]
    # 36 weeks in balance cost 864; the rule cannot be far above that.
    assert 500 < costs[0]["high"] < 2000


def test_verification_of_a_memoryless_policy(tiny_run: Any, tiny_cobweb: Any) -> None:
    for run in (tiny_run, tiny_cobweb):
        found = verification(run, "uniform")
        distance = found["exact_qre"]["total_variation"]
        assert set(distance) == {"mean", "p95", "max"}
        assert 0 < distance["mean"] <= distance["p95"] <= distance["max"] <= 1
        assert list(found["exact_qre"]["by_treatment"]) == list(found["rational_limits"])


@pytest.mark.parametrize("name", LIMITED)
def test_bounded_agents_are_played_at_many_processing_costs(
    request: pytest.FixtureRequest, name: str
) -> None:
    run = request.getfixturevalue(name)
    for belief in run.beliefs:
        found = verification(run, belief)["processing_cost"]
        costs = np.array(found["processing_cost"])
        assert (np.diff(costs) > 0).all()
        assert len(found["payoff"]) == len(costs) == 12
        assert costs[-1] < run.prior["beta"][1]
        assert len(set(found["payoff"])) == 12
        assert -1 <= found["rank_correlation"] <= 1
        assert found["very_large_cost"] == 100 * run.prior["beta"][1]
        # A network that has hardly been trained starts at the prior belief.
        assert 0 <= found["total_variation_from_prior_belief"] < 0.02


def test_verification_says_what_does_not_apply(
    tiny_run: Any, tiny_cobweb: Any, tiny_beer_game: Any
) -> None:
    dependent = [(tiny_run, "habit"), (tiny_cobweb, "anchor"), (tiny_beer_game, "anchor")]
    for run, belief in dependent:
        found = verification(run, belief)
        assert "exact_qre" not in found
        assert "depend on the past" in found["not_applicable"]["exact_qre"]
    for run in (tiny_run, tiny_cobweb, tiny_beer_game):
        found = verification(run, "ppo")
        assert "exact_qre" not in found
        assert "processing_cost" not in found
        assert {"exact_qre", "processing_cost"} <= set(found["not_applicable"])
    assert "exact_qre" not in verification(tiny_run, "uniform")["not_applicable"]


def test_training_curves_and_policies_of_roles(tiny_beer_game: Any, tmp_path: Path) -> None:
    variant = tiny_beer_game.variants["anchor"]
    prior = dict(tiny_beer_game.prior)
    first = tiny_beer_game.policies["anchor"]
    curves = pd.read_csv(first / "training.csv")
    # Eight teams of four, 46 weeks each, in every iteration.
    assert list(curves.decisions) == [8 * 4 * 46 * iteration for iteration in range(1, 6)]
    assert (curves.divergence >= 0).all()
    train_policy("beer_game", "anchor", variant, prior, 7, tmp_path / "again")
    for name in ("policy.safetensors", "policy.json", "training.csv"):
        assert (tmp_path / "again" / name).read_bytes() == (first / name).read_bytes()


def test_roles_that_the_game_does_not_have_are_told(
    tiny_beer_game: Any, variants: Variants, tmp_path: Path
) -> None:
    prior = dict(tiny_beer_game.prior)
    with pytest.raises(SatisficeError, match=r"games\.cournot\.parameter_prior\.roles: \["):
        train_policy("cournot", "habit", variants["habit"], prior, 7, tmp_path)
    team = variants["habit"] | {"reward": "team"}
    with pytest.raises(SatisficeError, match=r"games\.cournot\.beliefs\.habit\.reward: "):
        train_policy("cournot", "habit", team, PRIOR, 7, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("key", ["game", "variant"])
def test_a_description_that_lacks_a_key_is_told(tiny_run: Any, tmp_path: Path, key: str) -> None:
    source = tiny_run.folder / "policy" / "uniform"
    for name in ("policy.json", "policy.safetensors"):
        (tmp_path / name).write_bytes((source / name).read_bytes())
    description = read_json(tmp_path / "policy.json")
    del description[key]
    write_json(tmp_path / "policy.json", description)
    with pytest.raises(SatisficeError) as caught:
        verify_policy(tmp_path, 3, 7, tmp_path / "verification.json")
    assert str(caught.value).startswith(f"{tmp_path / 'policy.json'}: lacks the key '{key}'.")
