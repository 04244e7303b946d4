"""Numbers in the prose of README.md and docs/ are those that are committed.

Each function says a sentence with the numbers of results/reference/, and the document has to hold
it word for word, line breaks aside. Tables and the contest's lists are tested in test_readme.py.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "results/reference"
GAMES = ("cournot", "cobweb", "beer_game")
README, CONTEST, LEARNING = "README.md", "docs/contest.md", "docs/learning.md"
INFERENCE, BENCHMARKS = "docs/inference.md", "docs/benchmarks.md"

Sentence = Callable[[], str]
SENTENCES: list[tuple[str, Sentence]] = []


def said_in(document: str) -> Callable[[Sentence], Sentence]:
    def register(sentence: Sentence) -> Sentence:
        SENTENCES.append((document, sentence))
        return sentence

    return register


def content(path: str) -> Any:
    return json.loads((REFERENCE / path).read_text(encoding="utf-8"))


def rows(path: str, **where: str) -> pd.DataFrame:
    table = pd.read_csv(REFERENCE / path, keep_default_na=False, dtype=str)
    for column, value in where.items():
        table = table[table[column] == value]
    return table


def number(path: str, column: str, **where: str) -> float:
    (found,) = rows(path, **where)[column]
    return float(found)


def gate(game: str, model: str, name: str, key: str = "value") -> float:
    (found,) = (
        each[key]
        for each in content(f"{game}/diagnostics.json")
        if (each["model"], each["name"]) == (model, name)
    )
    return float(found)


def predicted(game: str, model: str, statistic: str, treatment: str, column: str) -> float:
    return number(
        f"{game}/predictive.csv", column, contender=model, statistic=statistic, treatment=treatment
    )


def energy_change(game: str, contender: str, split: str = "default") -> float:
    """By how many per cent a contender's energy score is above the bounded model's."""
    ratios = content(f"contest/{game}/summary.json")["champions_energy_over_theirs"]
    return 100 * (1 / ratios[contender][split] - 1)


def judged_misspecification() -> list[Any]:
    return [content(str(path)) for path in sorted(REFERENCE.glob("*/misspecification_*.json"))]


@said_in(README)
def errors_beside_the_best_rational_ones() -> str:
    found = [gate(game, "all", "held_out_prediction") for game in GAMES]
    return "({:.2f}, {:.2f} and {:.2f} times it)".format(*found)


@said_in(README)
def price_variance() -> str:
    def of(model: str, column: str = "mean") -> float:
        return predicted("cobweb", model, "price_variance", "strongly_unstable", column)

    return (
        f"a price variance of {of('bounded'):.2f} where humans had {of('bounded', 'value'):.2f}, "
        f"rational expectations have {of('equilibrium'):.2f} and PPO {of('ppo'):.2f}"
    )


def costs_of_teams(model: str) -> tuple[float, float, float]:
    """Ends of the predicted 90 % interval, and what human teams paid."""
    low, high, human = (
        predicted("beer_game", model, "team_cost", "step", column)
        for column in ("q05", "q95", "value")
    )
    return low, high, human


@said_in(README)
def team_cost() -> str:
    low, high, human = costs_of_teams("bounded")
    return (
        f"cost is predicted at {low:.0f} to {high:.0f}, human teams paid {human:.0f} (secondary); "
        f"orders amplify with every step upstream in "
        f"{100 * gate('beer_game', 'inertia', 'stylised_facts'):.1f} % of predictions"
    )


@said_in(README)
def team_cost_without_inertia() -> str:
    low, high, human = costs_of_teams("bounded_anchor")
    assert high < human
    return f"(`anchor`) the team's cost, {low:.0f} to {high:.0f}, stays too low"


@said_in(README)
def p_values() -> str:
    found = judged_misspecification()
    assert all(test["p_value"] < test["level"] == 0.05 for test in found)
    smallest = [
        content(f"{game}/misspecification_{belief}.json")["p_value"]
        for game, belief in (("cournot", "habit"), ("cobweb", "uniform"), ("beer_game", "inertia"))
    ]
    alarms = [100 * test["false_alarms"] for test in found]
    return (
        "rejects at 5 % (default beliefs: p ≤ {:.4f} in Cournot, {:.3f} in the cobweb, {:.4f} in "
        "the beer game; ".format(*smallest)
        + f"false alarms lie between {min(alarms):.0f} % and {max(alarms):.0f} %"
    )


@said_in(README)
def what_the_test_of_misspecification_detects() -> str:
    detected = [test["detected"] for test in judged_misspecification()]
    always = ("best_reply", "naive_expectations", "sterman")
    assert all(found[name] == 1 for found in detected for name in always if name in found)
    adaptive = [100 * f["adaptive_expectations"] for f in detected if "adaptive_expectations" in f]
    return (
        "data of best replies, naive expectations and Sterman's rule are always detected, those of "
        f"adaptive expectations in {min(adaptive):.0f} % to {max(adaptive):.0f} % of trials"
    )


@said_in(README)
def calibration() -> str:
    passed: dict[str, list[tuple[str, str]]] = {}
    for game in GAMES:
        for each in content(f"{game}/diagnostics.json"):
            if each["passed"]:
                passed.setdefault(each["name"], []).append((game, each["model"]))
    assert [len(passed[name]) for name in ("sbc", "expected_coverage", "tarp")] == [9, 9, 7]
    assert not {("cobweb", "habit"), ("beer_game", "habit")} & set(passed["tarp"])
    return (
        "pass for all nine prior beliefs, and TARP for seven; with `habit` in the cobweb and in "
        "the beer game it just leaves its 95 % band"
    )


@said_in(README)
def supertypes() -> str:
    return f"For {content('cournot/verification_habit.json')['supertypes']} supertypes of the prior"


@said_in(README)
def time_of_a_reproduction() -> str:
    costs = rows("benchmark/costs.csv")
    minutes = costs[costs.game != "benchmark"].seconds.astype(float).sum() / 60 / 2
    assert 20 < minutes < 25
    return "On two cores this takes about 25 minutes"


@said_in(README)
def ppo_in_the_beer_game() -> str:
    limits = content("beer_game/verification_ppo.json")["rational_limits"]["uncertain"]
    assert limits["team cost of 36 weeks"]["value"] < 0.85 * limits["team cost of 36 weeks"]["high"]
    return "which gets well below the cost of the best base-stock policy"


@said_in(CONTEST)
def fitting() -> str:
    config = content("manifest.json")["config"]
    sizes = [f"{config[game]['simulation']['simulations']:,}" for game in GAMES]
    (kept,) = {content("contest/manifest.json")["config"][game]["accepted"] for game in GAMES}
    return (
        f"(`simulation.simulations`: {sizes[0]}, {sizes[1]} and {sizes[2]}), and the {kept} nearest"
    )


@said_in(CONTEST)
def late_rounds_from_early_ones() -> str:
    ratios = content("contest/cournot/summary.json")["champions_energy_over_theirs"]
    late = [ratios[rival].pop("late_from_early") for rival in ("ppo", "equilibrium")]
    others = [
        ratio
        for game in GAMES
        for rival in ("ppo", "equilibrium")
        for split, ratio in content(f"contest/{game}/summary.json")["champions_energy_over_theirs"][
            rival
        ].items()
        if split != "late_from_early"
    ]
    assert max(others) < 0.5 < min(late) < max(late) < 1
    return "late rounds are predicted from early ones ({:.2f} and {:.2f} times)".format(*late)


def sterman_fitted() -> float:
    ratios = content("contest/beer_game/summary.json")["champions_energy_over_theirs"]
    verdicts = rows(
        "contest/beer_game/differences.csv", contender="sterman_fitted", score="energy",
        part="held_out",
    )  # fmt: skip
    assert verdicts.verdict.tolist() == ["better", "undecided", "undecided"]
    return float(ratios["sterman_fitted"]["default"])


@said_in(README)
def a_rival_that_wins() -> str:
    return f"fitted to the same statistics, beats it** ({sterman_fitted():.2f} times)"


@said_in(CONTEST)
def a_rival_that_wins_by_default() -> str:
    return f"score is {sterman_fitted():.2f} times its score. On the other two splits,"


@said_in(CONTEST)
def heterogeneity() -> str:
    cournot, beer_game, cobweb = (
        energy_change(game, "no_heterogeneity") for game in ("cournot", "beer_game", "cobweb")
    )
    return (
        f"rises by {cournot:.0f} % in Cournot and by {beer_game:.0f} % in the beer game, and falls "
        f"by {-cobweb:.0f} % in the cobweb"
    )


@said_in(CONTEST)
def skill_by_role() -> str:
    by_role = -energy_change("beer_game", "skill_by_role")
    assert (
        energy_change("cournot", "uniform_skill") < 0 > energy_change("beer_game", "uniform_skill")
    )
    return f"for each role of the beer game takes {by_role:.0f} % off the score"


@said_in(CONTEST)
def sharing() -> str:
    change = [energy_change(game, "no_sharing") for game in GAMES]
    return (
        f"(scores down by {-change[0]:.0f} % and {-change[1]:.0f} %), and worse in the beer game "
        f"(up by {change[2]:.0f} %)"
    )


@said_in(CONTEST)
def luck_in_training() -> str:
    moved = []
    for game in GAMES:
        first, *others = content(f"contest/{game}/summary.json")["trainings"]["bounded"]
        moved.append(100 * max(abs(each["energy"] / first["energy"] - 1) for each in others))
    return "moves the bounded model's score by {:.0f} %, {:.0f} % and {:.0f} % at most".format(
        *moved
    )


@said_in(LEARNING)
def gates_of_learning() -> str:
    gain, gain_of_most, distance, distance_of_most = (
        gate("cournot", "uniform", name, "threshold")
        for name in ("exploitability", "exploitability_of_most", "exact_qre", "exact_qre_of_most")
    )
    text = f"mean gain at most {gain} and 95th percentile at most {gain_of_most}"
    other = (
        f"mean total variation at most {distance} and 95th percentile at most {distance_of_most}"
    )
    assert other in plain(LEARNING)
    return text


@said_in(INFERENCE)
def treatments_of_recombination() -> str:
    sizes = [
        len(rows(f"{game}/predictive.csv", contender="bounded", split="fit"))
        for game in ("cournot", "cobweb")
    ]
    assert sizes == [20, 4]
    return "where a flow learns twenty statistics by heart; in the cobweb market, with four,"


@said_in(INFERENCE)
def simulations_of_other_estimators() -> str:
    for game in GAMES:
        of = {
            row.estimator: int(row.simulations)
            for row in rows(f"{game}/cross_checks/estimators.csv", quantity="mu").itertuples()
        }
        assert of["smc_abc"] == of["npe"] == 2 * of["truncated"]
    return "`smc_abc`, as many simulations"


@said_in(BENCHMARKS)
def plan() -> str:
    planned = rows("benchmark/plan.csv").iloc[0]
    assert int(planned.simulations) == 10**6
    return f"a million simulations of a {int(planned.agents):,}-agent market"


def plain(document: str) -> str:
    return re.sub(r"\s+", " ", (ROOT / document).read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("document", "sentence"), SENTENCES, ids=[sentence.__name__ for _, sentence in SENTENCES]
)
def test_prose_quotes_what_is_committed(document: str, sentence: Sentence) -> None:
    assert sentence() in plain(document)
