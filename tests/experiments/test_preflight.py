"""What is wrong with the experiments' settings is told before the first job, by key."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from snakemake.utils import update_config

from experiments.preflight import check_experiments
from experiments.settings import Experiments
from satisfice.config import checked, resolve
from satisfice.errors import SatisficeError

DEFAULT, SMOKE = "workflow/config/default.yaml", "workflow/config/smoke.yaml"
ROLES = ["retailer", "wholesaler", "distributor", "factory"]


def shipped(root: Path, *files: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The run's config, resolved, and what it and the experiments' own config say of these."""
    config: dict[str, Any] = {}
    for file in (DEFAULT, "workflow/experiments/config.yaml", *files):
        update_config(config, yaml.safe_load((root / file).read_text(encoding="utf-8")))
    given = config.pop("experiments")
    return resolve(config, []), given


def check(root: Path, config: Mapping[str, Any], given: Mapping[str, Any]) -> Experiments:
    settings = checked(Experiments, given, [], keys=("experiments",))
    check_experiments(settings, config, root)
    return settings


def refusal(root: Path, config: Mapping[str, Any], given: Mapping[str, Any]) -> str:
    with pytest.raises(SatisficeError) as caught:
        check(root, config, given)
    assert caught.value.remedy
    return str(caught.value)


def test_shipped_settings_pass(root: Path) -> None:
    settings = check(root, *shipped(root))
    assert settings.cross_checks["cobweb"].reference.data_sets == 10
    contest = settings.contest["cournot"]
    assert contest.contenders["no_sharing"].belief in contest.policies
    assert contest.splits["late_from_early"].set_aside[0] == "*_sd*"
    assert "no_kl" in contest.contenders
    smoke = check(root, *shipped(root, SMOKE))
    assert smoke.cross_checks["beer_game"].estimators == ("truncated",)
    assert "no_kl" not in smoke.contest["cournot"].contenders  # set to null
    assert "no_heterogeneity" in smoke.contest["cournot"].contenders


def test_a_game_may_be_left_out_and_a_contest_too(root: Path) -> None:
    config, given = shipped(root)
    del config["games"]["cobweb"]
    given["contest"]["cournot"] = None
    config["games"]["cournot"]["held_out"] = {"treatments": ["5"], "statistics": []}
    assert "cournot" not in check(root, config, given).contest


def test_an_unknown_game_is_told(root: Path) -> None:
    config, given = shipped(root)
    given["cross_checks"]["cournott"] = {}
    assert "unknown game" in refusal(root, config, given)


RULE = {"rule": "noisy_equilibrium"}


@pytest.mark.parametrize(
    ("name", "block", "message"),
    [
        ("mine", {}, "mine: needs either a rule alone, or a belief"),
        ("mine", {**RULE, "shared": ["mu"]}, "mine: needs either a rule al"),
        ("mine", {**RULE, "fixed": {"mu": 1}}, "mine: needs either a rule al"),
        ("mine", {"rule": "sterman_fitted", "belief": "habit"}, "mine: needs either a rule al"),
        ("mine", {"belief": "habit"}, "or a belief and what is fixed or shared"),
        ("mine", {"belief": "no", "fixed": {"mu": 1}}, "mine.belief: 'no' is not one of the beli"),
        ("mine", {"belief": "habit", "shared": ["mu"]}, "mine.shared: the roles of 'habit'"),
        ("mine", {"belief": "habit", "fixed": {"nu": 1}}, "mine.fixed: 'nu' is no fitted param"),
        ("mine", {"belief": "habit", "fixed": {"mu": 7}}, "mine.fixed.mu: mu cannot be 7"),
        ("mine", {"rule": "no_such"}, "mine.rule: "),
        ("mine", {"rle": "x"}, "mine.rle"),
        ("equilibrium", RULE, "equilibrium: takes part anyway"),
        *(
            (name, RULE, "is reserved for bounded and rational play")
            for name in ("rational", "rational_2", "bounded", "bounded_habit", "bounded_seed_2")
        ),
        ("Mine", RULE, "contenders.Mine"),
    ],
)
def test_a_contender_that_cannot_take_part_is_refused(
    root: Path, name: str, block: dict[str, Any], message: str
) -> None:
    config, given = shipped(root)
    given["contest"]["cournot"]["contenders"][name] = {"group": "rival", **block}
    assert f"experiments.contest.cournot.contenders.{name}" in refusal(root, config, given)
    assert message in refusal(root, config, given)


@pytest.mark.parametrize(
    ("name", "block", "message"),
    [
        ("mine", {"like": "nobody"}, "mine.like: 'nobody' is not one of the beliefs"),
        ("mine", {"like": "habit", "roles": ["leader"]}, "mine.roles: [leader] are not the roles"),
        ("mine", {"like": "habit", "bands": 0}, "mine.bands: "),
        ("mine", {}, "mine.like: "),
        ("uniform", {"like": "habit"}, "policies.uniform: is taken"),
        ("habit_2", {"like": "habit"}, "policies.habit_2: is taken"),
        ("habit_on_all", {"like": "habit"}, "policies.habit_on_all: is taken"),
        ("habit_on_fitted_2", {"like": "habit"}, "policies.habit_on_fitted_2: is taken"),
        ("inertia", {"like": "habit"}, "policies.inertia: is taken"),  # by another game
        (
            "rational_2",
            {"like": "habit"},
            "rational_2: the name 'rational_2' is reserved for rational play",
        ),
    ],
)
def test_a_policy_that_cannot_be_trained_is_refused(
    root: Path, name: str, block: dict[str, Any], message: str
) -> None:
    config, given = shipped(root)
    given["contest"]["cournot"]["policies"][name] = block
    assert message in refusal(root, config, given)


@pytest.mark.parametrize(
    ("name", "block", "message"),
    [
        ("default", {"held_out": ["*/sd_*"]}, "splits.default: is already the name of a split"),
        ("mine", {"held_out": ["nothing"]}, "splits.mine.held_out: 'nothing' matches no"),
        ("mine", {"held_out": []}, "splits.mine.held_out"),
    ],
)
def test_a_split_that_splits_nothing_is_refused(
    root: Path, name: str, block: dict[str, Any], message: str
) -> None:
    config, given = shipped(root)
    given["contest"]["cournot"]["splits"][name] = block
    assert message in refusal(root, config, given)


def test_roles_may_share_where_there_are_roles(root: Path) -> None:
    config, given = shipped(root)
    config["games"]["beer_game"]["parameter_prior"]["roles"] = ROLES
    contenders = given["contest"]["beer_game"]["contenders"]
    contenders["mine"] = {"group": "ablation", "belief": "inertia", "shared": ["sigma"]}
    check(root, config, given)
    contenders["mine"] |= {"shared": ["mu", "sigma"], "fixed": {"sigma": 0.1}}
    told = refusal(root, config, given)
    assert "beer_game.contenders.mine.shared: 'sigma' is fixed, too" in told


@pytest.mark.parametrize(
    "spoil",
    [
        {"sharing": {"agents": [2]}},
        {"sharing": {"seeds": 1}},
        {"sharing": {"iteratons": 9}},
        {"skill_shapes": {"games": ["beer_game"]}},
        {"skill_shapes": {"means": [1.0]}},
        {"single_agent": {"costs": 3.0}},
        {"cross_checks": {"cournot": {"estimators": ["npe"]}}},
        {"contest": {"cournot": {"seeds": 10}}},
        {"contest": {"cournot": ["mine"]}},
        {"shraing": {}},
    ],
    ids=str,
)
def test_a_setting_that_is_none_is_refused(root: Path, spoil: dict[str, Any]) -> None:
    config, given = shipped(root)
    update_config(given, spoil)
    place, value = "experiments", spoil
    while isinstance(value, dict) and value:
        (key, value), *_ = value.items()
        place = f"{place}.{key}"
    assert place in refusal(root, config, given)
