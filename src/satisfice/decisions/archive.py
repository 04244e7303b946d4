"""Posteriors from decisions, by nested sampling and importance weights.

One run of Nautilus (Lange 2023) samples the prior times the square root of the likelihood of all
markets, and keeps each market's likelihood at every point. That target is wider than the posterior
given all markets or most of them, so importance weights turn the same points into the posterior
given all markets, given the fitted ones, or given all but one. The weights are Pareto-smoothed
(Vehtari et al. 2024); where the diagnostic k-hat says that they cannot be trusted, that posterior
is sampled again: by importance sampling that starts from the weighted points and adapts, or else by
another run.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import logsumexp

from satisfice.contenders.base import HasLikelihood
from satisfice.decisions.adaptive import LARGEST_KHAT, LEAST, adapted, effective, smoothed
from satisfice.decisions.pointwise import LOWEST, Histories, agents_of_markets, by_agent
from satisfice.decisions.settings import DecisionSettings
from satisfice.errors import SatisficeError

POWER = 0.5
"""Power of the likelihood in the first run."""

LIVE_EVIDENCE = 0.1
"""Share of the evidence within the live points at which the sampler stops narrowing its bounds. In
five pairs of runs posteriors and evidence were the same as at its usual 0.01, and took a quarter
fewer likelihoods."""

MOST_LIKELIHOODS = 150
"""The sampler gives up after so many likelihoods for each live and each effective point. Fits to
people take up to ten; a sampler that has lost the peak would never end."""

NETWORK = {"hidden_layer_sizes": (16,), "solver": "lbfgs", "max_iter": 100}
"""The sampler's networks: small ones, fitted as a whole, take a fifth of the time of its usual ones
and need no more points."""


@dataclass(frozen=True)
class Weighted:
    """A weighted sample of a posterior.

    Attributes:
        cube: Shape (points, parameters), in the unit cube.
        theta: Shape (points, parameters).
        log_weight: Shape (points,), normalised.
        log_evidence: Log of the probability of the data, averaged over the prior.
        khat: Pareto shape of the importance weights; zero for a run of its own.
        of_agents: Log-likelihood of each agent's decisions, shape (points, agents).
        likelihoods: The same of each market, shape (points, markets).
    """

    cube: np.ndarray
    theta: np.ndarray
    log_weight: np.ndarray
    log_evidence: float
    khat: float
    of_agents: np.ndarray
    likelihoods: np.ndarray

    @property
    def effective(self) -> float:
        """Effective number of points."""
        return effective(self.log_weight)

    def rows(self, number: int) -> np.ndarray:
        """Points by systematic resampling: evenly spaced quantiles of the weights."""
        # Neighbours in the first parameter are neighbours here, so that few rows cover it.
        order = np.argsort(self.theta[:, 0]) if self.theta.size else np.arange(len(self.theta))
        upto = np.exp(self.log_weight[order]).cumsum()
        levels = (np.arange(number) + 0.5) / number * upto[-1]
        place = np.searchsorted(upto, levels).clip(max=len(order) - 1)
        # In random order: draws of a file are not sorted.
        return np.asarray(np.random.default_rng(0).permutation(order[place]))

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

    Raises:
        SatisficeError: The sampler finds no end.
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
        self._members = agents_of_markets(histories)
        self.markets = self._members.shape[1]
        power = np.full(self.markets, POWER)
        self._bases = [(power, self._run(power))]

    def given(self, markets: np.ndarray, *, may_run: bool = True) -> Weighted:
        """The posterior given some markets, a mask of shape (markets,).

        If it ``may_run``, it is sampled again where weights cannot be trusted.
        """
        if not self.model.free:
            [(_, only)] = self._bases
            return replace(only, log_evidence=float(only.likelihoods[0] @ markets))
        # Also runs that other posteriors needed may be close to this one.
        found = [_reweighted(base, markets - power) for power, base in self._bases]
        best = int(np.argmin([each.khat for each in found]))
        if found[best].khat <= LARGEST_KHAT or not may_run:
            return found[best]
        power = np.asarray(markets, dtype=float)
        again = self._adapted(self._bases[best], power) or self._run(power)
        self._bases.append((power, again))
        return again

    def _adapted(self, base: tuple[np.ndarray, Weighted], power: np.ndarray) -> Weighted | None:
        """Sample as :meth:`_run` does, by importance sampling that starts from a base."""
        self.runs += 1
        (near, start), step, columns = base, 1.0, len(self.model.free)
        least = min(LEAST * columns, start.effective / 2)
        # Few points carry all weight: start between the base and the target.
        while (begun := _reweighted(start, step * (power - near))).effective < least:
            step /= 2
        known: list[np.ndarray] = []

        def target(cube: np.ndarray) -> np.ndarray:
            known.append(self._agents(cube))
            return np.asarray(known[-1] @ self._members @ power)

        generator = np.random.default_rng(self.seed + self.runs)
        found = adapted(target, begun.cube, begun.log_weight, self.settings.effective, generator)
        if found is None:
            return None
        weighted = self._weighted(
            found.cube, found.log_weight, found.log_evidence, np.concatenate(known)
        )
        return replace(weighted, khat=found.khat)

    def _run(self, power: np.ndarray) -> Weighted:
        """Sample the prior times the likelihoods of markets, each raised to a power."""
        self.runs += 1
        columns = len(self.model.free)
        if not columns:
            nothing = np.empty((1, 0))
            return self._weighted(nothing, np.zeros(1), 0.0, self._agents(nothing))
        from nautilus import Sampler  # noqa: PLC0415 - takes a second

        known: dict[bytes, np.ndarray] = {}

        def target(cube: np.ndarray) -> np.ndarray:
            found = self._agents(cube[:, :columns])
            known.update(zip((row.tobytes() for row in cube), found, strict=True))
            return np.asarray(found @ self._members @ power)

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
            ended = sampler.run(
                f_live=LIVE_EVIDENCE,
                n_eff=self.settings.effective,
                n_like_max=self._most_likelihoods,
                discard_exploration=False,
                verbose=False,
            )
        if not ended:
            raise self._unending()
        cube, log_weight, _ = sampler.posterior()
        of_agents = np.stack([known[row.tobytes()] for row in cube])
        log_weight -= logsumexp(log_weight)
        return self._weighted(cube[:, :columns], log_weight, float(sampler.log_z), of_agents)

    @property
    def _most_likelihoods(self) -> int:
        return MOST_LIKELIHOODS * (self.settings.live + self.settings.effective)

    def _unending(self) -> SatisficeError:
        game = next(iter(self.histories.values())).game.name
        return SatisficeError(
            f"posterior from decisions of {game}",
            f"the sampler has found no end in {self._most_likelihoods} likelihoods.",
            f"Raise games.{game}.decisions.live in the config: more live points find narrow peaks.",
        )

    def _weighted(
        self, cube: np.ndarray, log_weight: np.ndarray, evidence: float, of_agents: np.ndarray
    ) -> Weighted:
        theta, of_markets = self.model.from_unit(cube), of_agents @ self._members
        return Weighted(cube, theta, log_weight, evidence, 0.0, of_agents, of_markets)

    def _agents(self, cube: np.ndarray) -> np.ndarray:
        self.calls += len(cube)
        self.report(self.calls)
        found = by_agent(self.model, self.histories, self.model.from_unit(cube))
        return np.asarray(np.maximum(found, LOWEST))


def _reweighted(base: Weighted, power: np.ndarray) -> Weighted:
    """Multiply a run's target by likelihoods of markets, each raised to a power."""
    log_weight = base.log_weight + base.likelihoods @ power
    evidence = base.log_evidence + float(logsumexp(log_weight))
    smooth, khat = smoothed(log_weight)
    return replace(base, log_weight=smooth, log_evidence=evidence, khat=khat)
