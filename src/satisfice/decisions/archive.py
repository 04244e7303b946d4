"""Posteriors from decisions, by nested sampling and importance weights.

One run of Nautilus (Lange 2023) samples the prior times the square root of the likelihood of all
markets, and keeps each market's likelihood at every point. That target is wider than the posterior
given all markets or most of them, so importance weights turn the same points into the posterior
given all markets, given the fitted ones, or given all but one. The weights are Pareto-smoothed
(Vehtari et al. 2024); where the diagnostic k-hat says that they cannot be trusted, that posterior
gets a run of its own.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import logsumexp

from satisfice.contenders.base import HasLikelihood
from satisfice.decisions.pointwise import Histories, by_market
from satisfice.inference.settings import DecisionSettings

LARGEST_KHAT = 0.7
"""Weights with a larger k-hat are unreliable (Vehtari et al. 2024)."""

LOWEST = -1e9
"""Log-likelihood in place of minus infinity, which the sampler's networks cannot learn."""

NETWORK = {"hidden_layer_sizes": (16,), "solver": "lbfgs", "max_iter": 100}
"""Size of the sampler's networks: small ones need a third of the time, and few more points."""


@dataclass(frozen=True)
class Weighted:
    """A weighted sample of a posterior.

    Attributes:
        theta: Shape (points, parameters).
        log_weight: Shape (points,), normalised.
        log_evidence: Log of the probability of the data, averaged over the prior.
        khat: Pareto shape of the importance weights; those of a run of its own are zero.
        likelihoods: Log-likelihood of each market, shape (points, markets).
    """

    theta: np.ndarray
    log_weight: np.ndarray
    log_evidence: float
    khat: float
    likelihoods: np.ndarray

    @property
    def effective(self) -> float:
        """Effective number of points."""
        return float(np.exp(-logsumexp(2 * self.log_weight)))

    def rows(self, number: int) -> np.ndarray:
        """Points by systematic resampling: evenly spaced quantiles of the weights."""
        order = np.lexsort(self.theta.T)
        upto = np.exp(self.log_weight[order]).cumsum()
        levels = (np.arange(number) + 0.5) / number * upto[-1]
        return np.asarray(order[np.searchsorted(upto, levels).clip(max=len(order) - 1)])

    def predicted(self) -> np.ndarray:
        """Log predictive probability of each market under this posterior, shape (markets,)."""
        return np.asarray(logsumexp(self.log_weight[:, None] + self.likelihoods, axis=0))


class Archive:
    """All points of one run, from which the posterior given any markets follows.

    Args:
        model: The model.
        histories: Recorded play of all treatments.
        settings: Settings of the sampler.
        seed: Seed of the run, and of those that follow.
        report: Called with the number of likelihoods computed so far.
    """

    def __init__(
        self,
        model: HasLikelihood,
        histories: Histories,
        settings: DecisionSettings,
        seed: int,
        report: Callable[[int], None] = lambda done: None,
    ) -> None:
        self.model, self.histories, self.settings = model, histories, settings
        self.seed, self.report, self.calls, self.runs = seed, report, 0, 0
        self.markets = sum(len(each.action) for each in histories.values())
        self._wide = self._run(np.full(self.markets, 0.5))

    def given(self, markets: np.ndarray) -> Weighted:
        """The posterior given some markets, a mask of shape (markets,)."""
        wide = self._wide
        if not self.model.free:
            evidence = float(wide.likelihoods[0] @ markets)
            return replace(wide, log_evidence=evidence)
        ratio = wide.likelihoods @ (markets - 0.5)
        log_weight = wide.log_weight + ratio
        evidence = wide.log_evidence + float(logsumexp(log_weight))
        smooth, khat = _smoothed(log_weight)
        if khat > LARGEST_KHAT:
            return self._run(markets.astype(float))
        return Weighted(wide.theta, smooth, evidence, khat, wide.likelihoods)

    def _run(self, power: np.ndarray) -> Weighted:
        """Sample the prior times the likelihoods of markets, each raised to a power."""
        self.runs += 1
        model, columns = self.model, len(self.model.free)
        if not columns:
            likelihoods = self._likelihoods(np.empty((1, 0)))
            return Weighted(np.empty((1, 0)), np.zeros(1), 0.0, 0.0, likelihoods)
        from nautilus import Sampler  # noqa: PLC0415 - takes a second

        known: dict[bytes, np.ndarray] = {}

        def target(cube: np.ndarray) -> np.ndarray:
            found = self._likelihoods(cube[:, :columns])
            known.update(zip((row.tobytes() for row in cube), found, strict=True))
            return np.asarray(found @ power)

        # Nautilus needs two dimensions; an idle one changes neither posterior nor evidence.
        sampler = Sampler(
            lambda cube: cube,
            target,
            n_dim=max(2, columns),
            n_live=self.settings.live,
            n_networks=1,
            neural_network_kwargs=NETWORK,
            n_batch=25,
            vectorized=True,
            pass_dict=False,
            seed=self.seed + self.runs,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of networks that stop early
            sampler.run(n_eff=self.settings.effective, discard_exploration=False, verbose=False)
        cube, log_weight, _ = sampler.posterior()
        likelihoods = np.stack([known[row.tobytes()] for row in cube])
        kept = np.isfinite(log_weight)
        theta = model.from_unit(cube[kept, :columns])
        weight = log_weight[kept] - logsumexp(log_weight[kept])
        return Weighted(theta, weight, float(sampler.log_z), 0.0, likelihoods[kept])

    def _likelihoods(self, cube: np.ndarray) -> np.ndarray:
        self.calls += len(cube)
        self.report(self.calls)
        found = by_market(self.model, self.histories, self.model.from_unit(cube))
        return np.maximum(np.nan_to_num(found, nan=LOWEST), LOWEST)


def _smoothed(log_weight: np.ndarray) -> tuple[np.ndarray, float]:
    """Pareto-smoothed, normalised log-weights, and k-hat."""
    import arviz as az  # noqa: PLC0415 - takes seconds

    smooth, khat = az.psislw(log_weight)
    return np.asarray(smooth) - logsumexp(smooth), float(khat)
