"""The table of the posteriors has the r_hat of the gate."""

from __future__ import annotations

import numpy as np
import xarray as xr

from satisfice.checks.diagnostics import rhat_gate
from satisfice.population.supertypes import SKILL_SPACE
from satisfice.report.posterior_table import posterior_table
from satisfice.report.results import Posterior

NAMES = SKILL_SPACE.names


def test_the_table_and_the_gate_have_one_r_hat() -> None:
    generator = np.random.default_rng(0)
    theta = generator.normal(size=(4, 200, len(NAMES))) + 0.4 * np.arange(4)[:, None, None]
    theta[..., 0] = 1.0  # at a bound of the prior in all members
    draws = {name: (("chain", "draw"), theta[..., i]) for i, name in enumerate(NAMES)}
    prior = {name: (("chain", "draw"), generator.random((1, 50))) for name in NAMES}
    groups = {"posterior": xr.Dataset(draws), "prior": xr.Dataset(prior)}
    table = posterior_table(
        {"habit": Posterior(groups, {"space": SKILL_SPACE.as_json(), "warning": ""})}
    )
    r_hat = [row[-1] for row in table.rows]
    assert r_hat[0] == "1.000"
    assert max(r_hat) == f"{rhat_gate(theta, NAMES).value:.3f}"
    assert "nan" not in str(table.rows)
