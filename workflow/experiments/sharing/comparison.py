"""Rule ``sharing``: one shared policy against one for each agent, in costs and in payoff."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from experiments.settings import Sharing
from experiments.sharing.figure import sharing_figure
from experiments.sharing.training import CLOSE, METHODS, Market, train_once
from satisfice.io.files import write_json, write_table
from satisfice.progress import Progress
from satisfice.randomness import small_seed
from satisfice.report.style import drawing, save

SUPERTYPE = (0.5, 0.2, 0.3)
"""mu, sigma and beta of the supertype at whose quantiles the agents' skills are."""

RIVALS = {
    "same decisions for each policy": ("shared", "individual"),
    "same play, n B decisions": ("shared_more_play", "individual"),
    "same play, B decisions": ("shared", "individual_less_play"),
}
"""Pairs of a shared and an individual training to compare, and what they have in common."""

COSTS = {
    "decisions": "decisions for fixed iterations",
    "parameters": "parameters",
    "cpu_seconds": "processor time for fixed iterations",
    "decisions_until_close": "decisions until close to the exact equilibrium",
}
"""What may grow with the number of agents, in words."""

ACCOUNTING = (
    "Every policy learns from B decisions in an iteration: the shared policy from all decisions "
    "of B/n markets with n agents, B in all; each of n individual policies from its own agent's "
    "in B markets, n B in all. So decisions and parameters for fixed iterations follow from the "
    "design; what is measured is the processor time, the returns, the distance from the exact "
    "equilibrium and the decisions it takes to come close to it."
)

SPREAD_OVER_SEEDS = ("net_return", "regret", "total_variation")


def compare_sharing(
    settings: Mapping[str, Any], seed: int, table: Path, summary: Path, figure: Path
) -> None:
    """Train both ways at several numbers of agents and compare each with the exact equilibrium.

    Args:
        settings: The config's ``experiments.sharing``.
        seed: The run's seed.
        table: Output: the table, one row for each number of agents and method.
        summary: Where growth with n and differences between methods go.
        figure: Output: the figure.
    """
    design = Sharing(**settings)
    found = train_both_ways(design, seed)
    told = summarise(found, design)
    write_table(table, found)
    write_json(summary, told)
    with drawing():
        save(sharing_figure(found, told), figure)


def train_both_ways(settings: Sharing, seed: int) -> pd.DataFrame:
    """Train with every method at several numbers of agents.

    Returns:
        One row for each number of agents and method.
    """
    progress = Progress(len(settings.agents) * len(METHODS) * settings.seeds, "trainings")
    trainings, rows = 0, []
    for number in settings.agents:
        market = Market.of(number, np.array(SUPERTYPE))
        for name, method in METHODS.items():
            found = []
            for repetition in range(settings.seeds):
                key = ("sharing", number, name, repetition)
                chance = small_seed(seed, *key)
                found.append(
                    train_once(market, method, settings.decisions, settings.iterations, chance)
                )
                trainings += 1
                progress(trainings, f"; {name}, {number} agents")
            rows.append({"agents": number, "method": name, **over_seeds(pd.DataFrame(found))})
    return pd.DataFrame(rows)


def over_seeds(found: pd.DataFrame) -> dict[str, float]:
    """Means over seeds, with standard errors of what is learnt.

    What some seeds did not reach has no mean: it is NaN.
    """
    row: dict[str, float] = {}
    for column in found.columns:
        values = found[column]
        same = values.dtype.kind == "i"  # What is counted does not depend on the seed.
        row[column] = int(values.iloc[0]) if same else float(values.mean(skipna=False))
        if column in SPREAD_OVER_SEEDS:
            row[f"{column}_se"] = float(values.std(ddof=1) / np.sqrt(len(values)))
    return row


def summarise(table: pd.DataFrame, settings: Sharing) -> dict[str, Any]:
    """Growth of the costs with the number of agents, and differences between the methods."""
    growth = {
        str(name): {cost: growth_with_agents(rows, cost) for cost in COSTS}
        for name, rows in table.groupby("method", sort=False)
    }
    pairs = {words: compare(table, *pair, seeds=settings.seeds) for words, pair in RIVALS.items()}
    return {
        "accounting": ACCOUNTING,
        "decisions_per_policy_and_update": settings.decisions,
        "seeds": settings.seeds,
        "close": CLOSE,
        "growth_exponents": growth,
        "differences_of_net_return": pairs,
        "answer": answer(growth, pairs),
    }


def growth_with_agents(rows: pd.DataFrame, cost: str) -> dict[str, float | None]:
    """Exponent b of cost ~ agents^b by least squares in logarithms.

    Returns:
        The exponent over all numbers of agents, and over the upper half of them, where fixed
        costs weigh less; None where a value is missing.
    """
    many = rows[rows.agents >= rows.agents.median()]
    return {"all": _exponent(rows, cost), "upper_half": _exponent(many, cost)}


def _exponent(rows: pd.DataFrame, cost: str) -> float | None:
    if len(rows) < 2 or rows[cost].isna().any():
        return None
    slope = np.polyfit(np.log(rows.agents), np.log(rows[cost]), 1)[0]
    return round(float(slope), 4) + 0.0  # minus zero becomes zero


def compare(table: pd.DataFrame, shared: str, individual: str, seeds: int) -> dict[str, Any]:
    """Difference of net returns, shared minus individual, with a 95 % interval of Student's t."""
    one, other = (table[table.method == name].set_index("agents") for name in (shared, individual))
    difference = one.net_return - other.net_return
    error = np.hypot(one.net_return_se, other.net_return_se)
    half_width = float(stdtrit(2 * (seeds - 1), 0.975)) * error
    return {
        str(agents): {
            "difference": float(difference[agents]),
            "half_width": float(half_width[agents]),
            "equal_within_error": bool(abs(difference[agents]) <= half_width[agents]),
        }
        for agents in difference.index
    }


def answer(growth: Mapping[str, Any], pairs: Mapping[str, Any]) -> str:
    """The finding in words, from the numbers alone."""

    def exponent(method: str, cost: str) -> str:
        found = growth[method][cost]
        if found["all"] is None:
            return "unknown (not always reached)"
        upper = found["upper_half"]
        more = "" if upper is None else f" ({upper:.2f} over the upper half of n)"
        return f"{found['all']:.2f}{more}"

    costs = "; ".join(
        f"{words}: {exponent('shared', cost)} shared, {exponent('individual', cost)} individual"
        for cost, words in COSTS.items()
    )
    returns = "; ".join(
        f"{words}: {', '.join(equal) or 'none'} of n = {', '.join(found)} "
        f"(widest interval ± {max(each['half_width'] for each in found.values()):.3f})"
        for words, found in pairs.items()
        for equal in [[agents for agents, each in found.items() if each["equal_within_error"]]]
    )
    return (
        f"Costs grow as n to these powers: {costs}. Net returns of shared and individual "
        f"policies are equal within their 95 % intervals at: {returns}."
    )
