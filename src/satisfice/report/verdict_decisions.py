"""What single decisions say about the bounded model, in words. All follows from the tables."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from satisfice.decisions.adaptive import LARGEST_KHAT
from satisfice.io.game_run import BOUNDED
from satisfice.population.derived import MEAN_LAMBDA
from satisfice.population.parameters import names_by_role
from satisfice.report.decisions import (
    CEILING,
    NAIVE,
    PARTS,
    DecisionResults,
    joined,
    percent,
)
from satisfice.report.results import interval, number

MOST_NAMED = 3
"""Contenders that a sentence names; of more, it says how many."""


@dataclass(frozen=True)
class DecisionVerdict:
    """A conclusion about single decisions in words.

    Attributes:
        headline: Who predicts best, with every contender that beats the bounded model named before
            anything in its favour.
        sentences: How complete the bounded model is, whether scores are in doubt, and whether the
            posteriors from decisions and from statistics agree.
        beaten: Whether a contender predicts better, beyond the noise over markets.
    """

    headline: str
    sentences: tuple[str, ...]
    beaten: bool


def conclude_decisions(results: DecisionResults) -> DecisionVerdict:
    """Put the comparison by single decisions into words."""
    found = [_best(results, part) for part in results.parts]
    # Sentences that name a better contender come first.
    found.sort(key=lambda each: not each[1])
    if "held_out" not in results.parts:
        found.append(("No treatment is held out as a whole.", False))
    sentences = (
        *(_completeness(results, part) for part in results.parts),
        _reliability(results),
        _weights(results),
        *_agreement(results),
    )
    return DecisionVerdict(
        headline=" ".join(sentence for sentence, _ in found),
        sentences=tuple(filter(None, sentences)),
        beaten=any(better for _, better in found),
    )


def _best(results: DecisionResults, part: str) -> tuple[str, bool]:
    """Who predicts a part best, and whether anyone beats the bounded model beyond the noise."""
    rows = results.ranked(part)
    others = rows[(rows.index != BOUNDED) & (rows["group"] != "ceiling")]
    better = others[others[f"difference_low_{part}"] > 0]
    alike = others[
        (others[f"difference_low_{part}"] <= 0) & (others[f"difference_high_{part}"] >= 0)
    ]
    first = str(others.index[0])
    leads = float(others[f"difference_{part}"].iloc[0]) > 0
    start, bounded = f"Single decisions, {PARTS[part]}:", results.bounded
    if len(better):
        verb = "predicts" if len(better) == 1 else "predict"
        text = f"{start} {_named(results, better, part)} {verb} better than {bounded}, beyond the"
        text += " noise over markets"
        if first not in better.index:
            lead = _gap(others.iloc[0], part)
            text += f". {results.label(first)} scores highest, by {lead}, but within the noise"
        return f"{text}.", True
    if leads:
        gap = _gap(others.iloc[0], part)
        text = (
            f"{start} {results.label(first)} scores highest, but its lead over {bounded}, {gap}, "
            "is within the noise over markets: the data do not decide."
        )
        return text, False
    text = f"{start} {bounded} predicts best"
    if len(alike):
        return (
            f"{text}, but the data do not decide between it and {_named(results, alike, part)}: "
            "the differences are within the noise over markets.",
            False,
        )
    return (
        f"{text}, beyond the noise over markets. Next is {_named(results, others[:1], part)}.",
        False,
    )


def _named(results: DecisionResults, rows: pd.DataFrame, part: str) -> str:
    """Contenders with their differences from the bounded model, the best first."""
    words = [
        f"{results.label(str(name))} ({_gap(row, part, signed=True)})"
        for name, row in rows[:MOST_NAMED].iterrows()
    ]
    if len(rows) > MOST_NAMED:
        words.append(f"{len(rows) - MOST_NAMED} more")
    return joined(words)


def _gap(row: pd.Series, part: str, *, signed: bool = False) -> str:
    gap, low, high = (float(row[f"difference{end}_{part}"]) for end in ("", "_low", "_high"))
    sign = "+" if signed and gap > 0 else ""
    return f"{sign}{number(gap)} nats a decision, 90 % interval {number(low)} to {number(high)}"


def _completeness(results: DecisionResults, part: str) -> str:
    rows = results.ranked(part)
    if not {BOUNDED, NAIVE, CEILING} <= set(rows.index):
        return ""
    score = rows[f"log_score_{part}"]
    if score[CEILING] <= score[NAIVE]:
        return (
            f"In {PARTS[part]}, machine learning predicts no better than guessing, so there is no "
            "ceiling to measure completeness by."
        )
    share, low, high = (
        float(rows.loc[BOUNDED, f"completeness{end}_{part}"])  # type: ignore[arg-type]
        for end in ("", "_low", "_high")
    )
    text = (
        f"In {PARTS[part]}, {results.bounded} is {percent(share)} complete (90 % interval "
        f"{percent(low)} to {percent(high)}): 0 % is guessing, 100 % is what machine learning "
        "predicts of the same decisions."
    )
    return f"{text} Above 100 %, machine learning is no ceiling." if share > 1 else text


def _reliability(results: DecisionResults) -> str:
    fitted = results.ranked("loo").dropna(subset=["parameters"])
    doubtful = fitted[fitted.worst_khat > LARGEST_KHAT]
    if len(doubtful):
        named = joined(
            [
                f"{results.label(str(name))} (k-hat {number(float(row.worst_khat))})"
                for name, row in doubtful.iterrows()
            ]
        )
        return (
            f"DOUBTFUL in markets left out, as importance weights have a k-hat above "
            f"{LARGEST_KHAT:g}: {named}."
        )
    worst = number(float(fitted.worst_khat.max()))
    text = f"Importance weights for markets left out are reliable: k-hat is at most {worst}"
    again = fitted[fitted.refits > 0]
    if len(again):
        named = joined(
            [f"{results.label(str(name))} ({int(row.refits)})" for name, row in again.iterrows()]
        )
        return f"{text}; where it was above {LARGEST_KHAT:g}, models were fitted again: {named}."
    return f"{text} (limit {LARGEST_KHAT:g}), and no model had to be fitted again."


def _weights(results: DecisionResults) -> str:
    weights = results.ranked("loo")["weight"].dropna().sort_values(ascending=False)
    first = str(weights.index[0])
    if first == BOUNDED:
        return f"Stacking gives {results.bounded} the largest weight, {percent(weights[BOUNDED])}."
    return (
        f"Stacking gives {results.label(first)} the largest weight, {percent(weights[first])}, and "
        f"{results.bounded} {percent(weights[BOUNDED])}."
    )


def _agreement(results: DecisionResults) -> list[str]:
    """Whether the mean cost from decisions is where the statistics say, for each role."""
    roles = results.posterior.space.roles
    names = names_by_role([MEAN_LAMBDA.name], roles)
    both = set(results.posterior.varying) & set(results.of_statistics.varying)
    return [
        _agreement_of(results, name, f" of the {role}" if role else "")
        for name, role in zip(names, roles or ("",), strict=True)
        if name in both
    ]


def _agreement_of(results: DecisionResults, name: str, whose: str) -> str:
    """Compare two posteriors of a mean cost.

    Decisions know all that statistics know and more. So if the model were right, the mean from
    decisions would lie in the 90 % interval from statistics in about nine of ten experiments.
    """
    decisions = results.posterior.draws("posterior", name)
    statistics = results.of_statistics.draws("posterior", name)
    low, high = interval(statistics)
    inside = low <= decisions.mean() <= high
    texts = [
        f"{number(draws.mean())} ({number(ends[0])} to {number(ends[1])})"
        for draws in (decisions, statistics)
        for ends in [interval(draws)]
    ]
    text = (
        f"The mean λ{whose} is {texts[0]} from decisions and {texts[1]} from statistics, in "
        "reference payoffs a nat"
    )
    if inside:
        return f"{text}: the two agree."
    return (
        f"{text}: the two DISAGREE, as the former mean is outside the latter interval. Were the "
        "model and both estimates right, that would be rare: the model may be misspecified."
    )
