"""Words about single decisions follow the numbers, and name better rivals first."""

from __future__ import annotations

import pytest
from made_up_decisions import comparison_of, decision_results, posterior_of

from satisfice.population.parameters import ParameterSpace
from satisfice.population.supertypes import SKILL_PARAMETERS
from satisfice.report.decisions import DecisionResults
from satisfice.report.results import Posterior
from satisfice.report.verdict_decisions import conclude_decisions

LEFT_OUT, HELD_OUT = (
    "Single decisions, markets left out: ",
    "Single decisions, treatments held out: ",
)
WORSE = {"ewa": -0.1, "belief_habit": -0.5}


def headline(**about: object) -> str:
    return conclude_decisions(decision_results(comparison_of(**about))).headline  # type: ignore[arg-type]


def test_a_rival_that_is_better_beyond_the_noise_is_named_first() -> None:
    verdict = conclude_decisions(decision_results())
    assert verdict.beaten
    assert verdict.headline.startswith(
        f"{LEFT_OUT}EWA (+0.1 nats a decision, 90 % interval 0.08 to 0.12) predicts better than "
        "bounded (habit), beyond the noise over markets."
    )
    assert f"{HELD_OUT}EWA (+0.1" in verdict.headline
    assert "predicts best" not in verdict.headline


def test_a_part_with_a_better_rival_comes_before_one_without() -> None:
    text = headline(gaps=WORSE, held_out={"ewa": 0.3, "belief_habit": -0.5})
    assert text.startswith(f"{HELD_OUT}EWA (+0.3")
    assert text.index("better than bounded") < text.index("predicts best")


def test_only_the_first_of_many_better_rivals_are_named() -> None:
    many = {f"rule_{number}": 0.1 * number for number in range(1, 6)}
    text = headline(gaps=many, held_out=None)
    assert "rule 5 (+0.5" in text and "rule 3 (+0.3" in text and "rule 2" not in text
    assert "and 2 more predict better than bounded (habit)" in text


def test_a_lead_within_the_noise_decides_nothing() -> None:
    gaps = {"ewa": 0.01, "belief_habit": -0.5}
    verdict = conclude_decisions(decision_results(comparison_of(gaps, held_out=gaps)))
    assert not verdict.beaten
    assert verdict.headline.startswith(
        f"{LEFT_OUT}EWA scores highest, but its lead over bounded (habit), 0.01 nats a decision, "
        "90 % interval -0.01 to 0.03, is within the noise over markets: the data do not decide."
    )


def test_a_clear_rival_behind_an_unclear_one_is_told_with_it() -> None:
    table = comparison_of({"ewa": 0.2, "best_reply": 0.1}, held_out=None)
    table.loc[table.contender == "ewa", "difference_low_loo"] = -0.1
    text = conclude_decisions(decision_results(table)).headline
    assert text.startswith(f"{LEFT_OUT}best reply (+0.1")
    assert (
        "EWA scores highest, by 0.2 nats a decision, 90 % interval -0.1 to 0.22, but within" in text
    )


def test_the_bounded_model_at_its_best() -> None:
    verdict = conclude_decisions(decision_results(comparison_of(WORSE, held_out=WORSE)))
    assert not verdict.beaten
    assert verdict.headline.startswith(
        f"{LEFT_OUT}bounded (habit) predicts best, beyond the noise over markets. Next is EWA "
        "(-0.1 nats a decision, 90 % interval -0.12 to -0.08)."
    )


def test_a_close_second_decides_nothing() -> None:
    text = headline(gaps={"ewa": -0.01, "belief_habit": -0.5}, held_out=None)
    assert "predicts best, but the data do not decide between it and EWA (-0.01" in text
    assert "beyond" not in text


def test_the_ceiling_is_no_rival() -> None:
    assert "machine learning" not in headline(gaps=WORSE, held_out=WORSE)


def test_without_a_treatment_held_out_this_is_said() -> None:
    verdict = conclude_decisions(decision_results(comparison_of(held_out=None)))
    assert verdict.headline.endswith("No treatment is held out as a whole.")
    assert not any("held out" in sentence for sentence in verdict.sentences)


def test_completeness_is_told_with_its_interval() -> None:
    first, second, *_ = conclude_decisions(decision_results()).sentences
    assert first.startswith("In markets left out, bounded (habit) is 50 % complete (90 % interval "
                            "45 % to 55 %)")  # fmt: skip
    assert second.startswith("In treatments held out, bounded (habit) is 50 % complete")


@pytest.mark.parametrize(
    ("ceiling", "words"),
    [(-3.5, "Above 100 %, machine learning is no ceiling."), (-4.1, "there is no ceiling")],
)
def test_a_ceiling_that_is_none_is_told(ceiling: float, words: str) -> None:
    table = comparison_of(held_out=None, ceiling=ceiling)
    first, *_ = conclude_decisions(decision_results(table)).sentences
    assert words in first


def test_doubtful_weights_and_refits_are_told() -> None:
    def about(**numbers: float) -> str:
        table = comparison_of(held_out=None, **numbers)  # type: ignore[arg-type]
        return conclude_decisions(decision_results(table)).sentences[1]

    assert "k-hat is at most 0.4 (limit 0.7), and no model had to be fitted again" in about()
    assert about(refits=3).endswith("models were fitted again: bounded (habit) (3).")
    assert about(khat=0.9).startswith("DOUBTFUL in markets left out")
    assert "bounded (habit) (k-hat 0.9)" in about(khat=0.9)


def test_stacking_weights_are_told() -> None:
    table = comparison_of({"ewa": -0.1}, held_out=None)
    assert conclude_decisions(decision_results(table)).sentences[2] == (
        "Stacking gives bounded (habit) the largest weight, 75 %."
    )
    table.loc[table.contender == "ewa", "weight"] = 0.9
    table.loc[table.contender == "bounded", "weight"] = 0.1
    assert conclude_decisions(decision_results(table)).sentences[2] == (
        "Stacking gives EWA the largest weight, 90 %, and bounded (habit) 10 %."
    )


def test_posteriors_agree_if_the_narrow_one_lies_in_the_wide_one() -> None:
    agreed = conclude_decisions(decision_results(decisions=0.3, statistics=0.28)).sentences[-1]
    assert agreed.startswith("The mean λ is 0.3 (") and agreed.endswith("the two agree.")
    apart = conclude_decisions(decision_results(decisions=0.6, statistics=0.2)).sentences[-1]
    assert "is 0.6 (" in apart and "from decisions and 0.2 (" in apart
    assert "DISAGREE" in apart and "misspecified" in apart


def test_roles_are_compared_one_by_one() -> None:
    roles = ("retailer", "factory")
    space = ParameterSpace.of(SKILL_PARAMETERS, {}, roles)

    def by_role(cost: float) -> Posterior:
        one = posterior_of(cost)
        groups = {
            name: group.rename({each: f"{each}_retailer" for each in group.data_vars}).assign(
                {f"{each}_factory": group[each] for each in group.data_vars}
            )
            for name, group in one.groups.items()
        }
        return Posterior(groups, {"space": space.as_json(), "warning": ""})

    plain = decision_results()
    results = DecisionResults(
        plain.comparison, plain.individuals, by_role(0.3), by_role(0.9), "habit"
    )
    sentences = conclude_decisions(results).sentences[-2:]
    for role, sentence in zip(roles, sentences, strict=True):
        assert sentence.startswith(f"The mean λ of the {role} is 0.3") and "DISAGREE" in sentence
