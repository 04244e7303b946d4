"""Priors of parameters and normal numbers."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import norm

from satisfice.contenders.base import Span, normal
from satisfice.contenders.cournot import NoisyBestReply
from satisfice.games.cournot import Cournot


def test_a_span_runs_from_low_to_high() -> None:
    np.testing.assert_allclose(Span(2.0, 6.0).from_unit(np.array([0, 0.25, 1])), [2, 3, 6])


def test_a_logarithmic_span_has_its_middle_at_the_geometric_mean() -> None:
    span = Span(0.01, 1.0, logarithmic=True)
    np.testing.assert_allclose(span.from_unit(np.array([0, 0.5, 1])), [0.01, 0.1, 1])


def test_points_of_the_cube_become_parameters_in_their_order() -> None:
    rival = NoisyBestReply(Cournot())
    cube = np.zeros((3, 4))
    cube[:, 2] = 0.5
    theta = rival.from_unit(cube)
    np.testing.assert_allclose(theta, np.tile([0.0, 0.005, 1.0, 0.02], (3, 1)))


def test_uniform_numbers_become_normal_ones() -> None:
    levels = torch.tensor([0.025, 0.5, 0.8])
    assert normal(levels).tolist() == pytest.approx(norm.ppf(levels.numpy()), abs=1e-5)
    assert normal(torch.tensor([0.0, 1.0])).isfinite().all()
