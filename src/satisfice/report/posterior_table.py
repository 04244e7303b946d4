"""Table of the posteriors. Other tables need no ArviZ, which takes seconds to import."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from satisfice.checks.diagnostics import r_hat
from satisfice.report.results import Posterior, interval, number
from satisfice.report.tables import Table


def posterior_table(posteriors: Mapping[str, Posterior]) -> Table:
    """Posterior summary of theta and derived quantities for each prior belief."""
    rows = []
    for belief, posterior in posteriors.items():
        group, varying = posterior.groups["posterior"], posterior.varying
        # The gate ensemble_rhat has the largest of the same numbers.
        agreement = r_hat(np.stack([group[name].to_numpy() for name in varying], -1))
        for name, agreed in zip(varying, agreement, strict=True):
            draws = posterior.draws("posterior", name)
            values = map(number, (draws.mean(), draws.std(ddof=1), *interval(draws)))
            rows.append([name, belief, *values, f"{agreed:.3f}"])
    # Beliefs side by side for each parameter.
    order = list(dict.fromkeys(row[0] for row in rows))
    rows.sort(key=lambda row: order.index(row[0]))
    header = ["parameter", "prior belief", "mean", "SD", "5 %", "95 %", "r_hat"]
    caption = "Posterior summary; mean, SD and quantiles of λ and β in reference payoffs per nat"
    warnings = [f"{name}: {found.warning}" for name, found in posteriors.items() if found.warning]
    return Table(" ".join([f"{caption}.", *warnings]), header, rows)
