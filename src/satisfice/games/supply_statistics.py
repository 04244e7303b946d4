"""Summary statistics of a supply chain, for human and simulated play.

Play has the shape (..., teams, roles, weeks). Every statistic is one number for each leading
index: the mean over teams.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from satisfice.games.base import Play, Statistic
from satisfice.games.shown_paths import Extreme, ShownPath

Array = np.ndarray
OfWeeks = Callable[[Array], Array]
"""Maps the weeks of a role, shape (..., weeks), to one number for each team."""

SMALLEST_VARIANCE = 0.01
"""Added to a variance before its logarithm, so that constant orders have one, too."""


BY_ROLE: Mapping[str, tuple[str, OfWeeks, str]] = {
    "cost": ("cost", lambda weeks: weeks.sum(-1), "cost of 36 weeks"),
    "log_order_variance": ("action", lambda weeks: weeks.var(-1, ddof=1), "log (units per week)²"),
    "peak_order": ("action", lambda weeks: weeks.max(-1), "units per week"),
    "peak_order_week": ("action", lambda weeks: weeks.argmax(-1) + 1.0, "week"),
    "highest_inventory": ("net_inventory", lambda weeks: weeks.max(-1), "units"),
    "lowest_inventory": ("net_inventory", lambda weeks: weeks.min(-1), "units"),
    "lowest_inventory_week": ("net_inventory", lambda weeks: weeks.argmin(-1) + 1.0, "week"),
}
"""For each statistic the quantity, the function and the unit."""


def supply_chain_statistics(
    roles: tuple[str, ...],
) -> tuple[dict[str, Statistic], dict[str, str]]:
    """The statistics of every role and the team's cost, and their units."""
    statistics = {
        f"{role}_{name}": partial(_mean_over_teams, number, name)
        for name in BY_ROLE
        for number, role in enumerate(roles)
    }
    units = {f"{role}_{name}": unit for name, (_, _, unit) in BY_ROLE.items() for role in roles}
    team = {"team_cost": lambda play: play["cost"].sum(axis=(-2, -1)).mean(axis=-1)}
    return {**statistics, **team}, {**units, "team_cost": "cost of 36 weeks"}


def supply_chain_paths(roles: tuple[str, ...]) -> tuple[ShownPath, ...]:
    """Orders and net inventory of every role, beside the human extremes."""
    return tuple(path for place in enumerate(roles) for path in _paths_of_role(*place))


def _paths_of_role(number: int, role: str) -> tuple[ShownPath, ShownPath]:
    def weeks(play: Play, *, quantity: str) -> Array:
        return play[quantity][..., number, :]

    orders = ShownPath(
        name="orders",
        unit="units per week",
        time="week",
        of=partial(weeks, quantity="action"),
        marks=(Extreme(f"{role}_peak_order", f"{role}_peak_order_week"),),
        who=role,
    )
    inventory = ShownPath(
        name="net inventory",
        unit="units",
        time="week",
        of=partial(weeks, quantity="net_inventory"),
        marks=(
            Extreme(f"{role}_highest_inventory"),
            Extreme(f"{role}_lowest_inventory", f"{role}_lowest_inventory_week"),
        ),
        who=role,
    )
    return orders, inventory


def _mean_over_teams(role: int, name: str, play: Play) -> Array:
    quantity, of_weeks, _ = BY_ROLE[name]
    mean = of_weeks(play[quantity][..., role, :]).mean(axis=-1)
    return np.asarray(np.log(mean + SMALLEST_VARIANCE) if name.startswith("log_") else mean)
