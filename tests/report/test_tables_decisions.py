"""Tables about single decisions."""

from __future__ import annotations

from made_up_decisions import comparison_of, decision_results

from satisfice.report.tables_decisions import comparison_table, individuals_table


def test_contenders_are_in_plain_words_with_their_differences() -> None:
    table = comparison_table(decision_results())
    assert [row[:3] for row in table.rows] == [
        ["machine learning", "ceiling", ""],
        ["EWA", "rival", "3"],
        ["bounded (habit)", "bounded model", "3"],
        ["bounded, all alike", "ablation", "3"],
        ["belief alone (habit)", "prior belief alone", "3"],
        ["guessing", "naive", ""],
    ]
    rival = dict(zip(table.header, table.rows[1], strict=True))
    assert rival["log score, markets left out"] == "-2.900 (-3.000 to -2.800)"
    assert rival["minus bounded (habit), treatments held out"] == "0.100 (0.080 to 0.120)"
    assert rival["completeness, markets left out"] == "55 % (50 % to 60 %)"
    assert (rival["weight"], rival["log evidence"]) == ("0.08", "-5,000.0")
    bounded = dict(zip(table.header, table.rows[2], strict=True))
    assert bounded["minus bounded (habit), markets left out"] == ""


def test_what_was_not_scored_is_told() -> None:
    assert not any("held out" in name for name in comparison_table(
        decision_results(comparison_of(held_out=None))).header)  # fmt: skip
    comparison = comparison_of()
    names = [name for name in comparison if name.endswith("_held_out")]
    comparison.loc[comparison.contender == "uniform", names] = float("nan")
    table = comparison_table(decision_results(comparison))
    last = dict(zip(table.header, table.rows[-1], strict=True))
    assert last["log score, treatments held out"] == "not scored"
    assert last["log score, markets left out"] == "-4.000 (-4.100 to -3.900)"


def test_people_are_summarised_by_treatment() -> None:
    table = individuals_table(decision_results(people={"2": 3, "stable_market": 21}, decisions=0.3))
    small, large = (dict(zip(table.header, row, strict=True)) for row in table.rows)
    assert large["treatment"] == "stable market" and large["people"] == "21"
    assert small["median λ (5 % to 95 % of people)"].startswith("0.1 (0.019 to ")
    # Costs of 0.01, 0.1 and 1, with intervals from half to twice as much, and a mean of 0.3.
    assert small["surely nearly rational, λ < 0.02"] == "0 %"
    assert small["surely below the mean"] == "67 %"
    assert small["surely above the mean"] == "33 %"
    assert small["decisions of each"] == "25"
