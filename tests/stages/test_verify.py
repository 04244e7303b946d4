"""Rule verify: what it measures of each kind of population, and what it refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from satisfice.errors import SatisficeError
from satisfice.io.checkpoints import load_policy, save_policy
from satisfice.io.files import read_json
from satisfice.stages.verify import verify

VERIFICATION = {"supertypes": 3, "responder": {"iterations": 1, "markets": 1}}


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
    unkept = verification(run, "rational")["rational_limits"].values()
    assert not all(limit["kept"] for part in unkept for limit in part.values())


def test_limits_are_those_of_the_games(tiny_run: Any, tiny_beer_game: Any) -> None:
    for firms, part in verification(tiny_run, "rational")["rational_limits"].items():
        nash = 99 / (int(firms) + 1)
        assert part["mean quantity"]["low"] == pytest.approx(0.98 * nash)
        assert part["mean quantity"]["high"] == pytest.approx(1.02 * nash)
        assert 0 < part["mean quantity"]["value"] < 100
    parts = [
        verification(tiny_beer_game, name)["rational_limits"] for name in ("anchor", "rational")
    ]
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
        assert 0 <= found["largest_rise"] <= 1
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
        found = verification(run, "rational")
        assert "exact_qre" not in found
        assert "processing_cost" not in found
        assert "skills" not in found
        assert set(found["not_applicable"]) == {"exact_qre", "processing_cost", "skills"}
    assert "exact_qre" not in verification(tiny_run, "uniform")["not_applicable"]


@pytest.mark.parametrize("key", ["game", "variant", "space"])
def test_a_description_that_lacks_a_key_is_told(tiny_run: Any, tmp_path: Path, key: str) -> None:
    source = tiny_run.folder / "policy" / "uniform"
    policy, description = load_policy(source)
    del description[key]
    save_policy(tmp_path, policy, description)
    with pytest.raises(SatisficeError) as caught:
        verify(tmp_path, VERIFICATION, 7)
    assert str(caught.value).startswith(f"{tmp_path / 'policy.json'}: lacks the key '{key}'.")
