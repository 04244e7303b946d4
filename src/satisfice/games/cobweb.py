"""Cobweb market with forecasting producers (Hommes, Sonnemans, Tuinstra and van de Velden 2007).

Six producers forecast the price of the next period. A forecast f brings the supply
S(f) = 1 + tanh(k (f - 6)), and the price clears a linear demand:
p = (13.8 - sum of supplies) / 1.5 + noise, noise ~ N(0, 0.5^2). A producer earns
max(1300 - 260 (p - f)^2, 0) points. The steeper the supply, the more the price swings when all
forecast the same: k is 0.22 in the treatment ``stable``, 0.5 in ``unstable`` and 2 in
``strongly_unstable``. After each of 50 periods producers see the price. They do not know the
equations.

Producers take prices as given, as in rational expectations: they compare forecasts by what each
would have earned at the price that occurred.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np
import torch
from scipy.special import ndtr
from torch import Tensor

from satisfice.games.base import (
    NO_ACTION_YET,
    Aggregate,
    Game,
    Limit,
    Observation,
    Play,
    StageGame,
    Statistic,
    StylisedFact,
    join_features,
    total_of,
)
from satisfice.games.shown_paths import MeanOverRounds, ShownPath

PRODUCERS = 6
DEMAND_INTERCEPT, DEMAND_SLOPE = 13.8, 1.5
NOISE_SD = 0.5
LARGEST_PRICE = 10.0
FORECAST_STEP = 0.05
"""Resolution of forecasts. With steep supply the price moves eight times as much as forecasts, so
rational producers mix between two values of the grid, and the mean price is midway between them,
where both are equally good. At this step that is within 0.025 of rational expectations."""

SUPPLY_SLOPES = {"stable": 0.22, "unstable": 0.5, "strongly_unstable": 2.0}
LARGEST_PAYOFF, PAYOFF_SLOPE = 1300.0, 260.0

LATTICE_CELLS = 400
"""Cells of the lattice of one producer's supply on which expected payoffs are computed."""


@dataclass(frozen=True)
class CobwebState:
    """The last period.

    Attributes:
        previous: Shape (markets, producers), indices of the last forecasts, which may be
            fractions, or NO_ACTION_YET.
        price: Shape (markets,), the last price, or NaN.
        round: Number of periods already played.
    """

    previous: Tensor
    price: Tensor
    round: int


def supply(forecast: Any, slope: float | Tensor) -> Any:
    """What one producer supplies at a forecast: tensors, arrays or numbers."""
    steep = slope * (forecast - 6.0)
    return 1.0 + (torch.tanh(steep) if isinstance(steep, Tensor) else np.tanh(steep))


def clearing_price(total_supply: Any) -> Any:
    """Price before noise, of tensors, arrays or numbers."""
    return (DEMAND_INTERCEPT - total_supply) / DEMAND_SLOPE


@cache
def rational_expectations_price(treatment: str) -> float:
    """The price that occurs on average when all forecast it."""
    from scipy.optimize import brentq  # noqa: PLC0415 - takes half a second

    slope = SUPPLY_SLOPES[treatment]

    def excess(price: float) -> float:
        return float(clearing_price(PRODUCERS * supply(price, slope)) - price)

    return float(brentq(excess, 0.0, LARGEST_PRICE, xtol=1e-12))


class Cobweb(StageGame):
    """The market in its three treatments.

    Args:
        producers: Number of producers; people played with six. With n producers each supplies
            6 / n times as much, so that the same prices are rational.

    Raises:
        ValueError: There is no producer.
    """

    name = "cobweb"
    action_unit = "price forecast"
    rounds = 50
    shocks = 1
    treatments: Mapping[str, int] = dict.fromkeys(SUPPLY_SLOPES, PRODUCERS)
    information: Mapping[str, tuple[str, ...]] = {
        "none": (),
        "market": ("rounds_left", "started", "last_price"),
    }
    recorded = ("action", "price")
    price_taking = True

    def __init__(self, producers: int = PRODUCERS) -> None:
        if producers < 1:
            raise ValueError("a market has at least one producer")
        self.producers = producers
        self.treatments = dict.fromkeys(SUPPLY_SLOPES, producers)
        self.action_values = torch.as_tensor(forecast_grid(), dtype=torch.float32)
        self.statistics: Mapping[str, Statistic] = {
            "price_mean": mean_price,
            "price_variance": price_variance,
        }
        self.statistic_units = {"price_mean": "price", "price_variance": "price²"}
        self.stylised_facts: Mapping[str, StylisedFact] = {
            "mean prices within 0.3 of rational expectations": means_near_rational,
            "price variance rises with the slope of supply": variance_rises,
        }
        self.paths = (
            ShownPath(
                name="price",
                unit="",
                time="period",
                of=prices,
                marks=(MeanOverRounds("price_mean", 1, self.rounds, variance="price_variance"),),
            ),
        )
        self.aggregates = (
            Aggregate("mean price", expected_price, tolerance=0.02, relative=False),
            Aggregate(
                "price variance",
                partial(variance_of_price, producers=producers),
                tolerance=0.05,
                relative=True,
            ),
        )

    def treatment_numbers(self, treatment: str) -> Tensor:
        """The slope of supply."""
        return torch.tensor([SUPPLY_SLOPES[treatment]]).log()

    def start(self, treatment: str, markets: int) -> CobwebState:
        forecasts = torch.full((markets, self.producers), NO_ACTION_YET)
        return CobwebState(forecasts, torch.full((markets,), torch.nan), 0)

    def observe(self, treatment: str, state: CobwebState, information: str) -> Observation:
        last = state.price.unsqueeze(1).expand(-1, self.producers)
        columns = {
            "rounds_left": torch.full_like(last, 1.0 - state.round / self.rounds),
            "started": (~last.isnan()).float(),
            "last_price": torch.nan_to_num((last - 6.0) / 2.0, nan=0.0),
        }
        features = join_features(columns, self.information[information], last)
        return Observation(features, state.previous, last)

    def next_state(
        self, treatment: str, state: CobwebState, actions: Tensor, shocks: Tensor
    ) -> CobwebState:
        price = self._price(treatment, self.action_values[actions], shocks)
        return CobwebState(actions, price, state.round + 1)

    def follow(
        self,
        treatment: str,
        state: CobwebState,
        actions: Tensor,
        recorded: Mapping[str, Tensor],
    ) -> CobwebState:
        return CobwebState(actions, recorded["price"][:, 0], state.round + 1)

    def advance(
        self, treatment: str, state: CobwebState, amounts: Tensor, shocks: Tensor
    ) -> tuple[CobwebState, Tensor]:
        # Price-takers do not forecast in order to move the price.
        price = self._price(treatment, amounts.detach(), shocks)
        payoff = payoff_share(price.unsqueeze(1) - amounts)
        return CobwebState(amounts / FORECAST_STEP, price, state.round + 1), payoff

    def foregone_payoffs(
        self, treatment: str, state: CobwebState, actions: Tensor, shocks: Tensor
    ) -> Tensor:
        price = self._price(treatment, self.action_values[actions], shocks)
        payoffs = payoff_share(price[:, None, None] - self.action_values)
        return payoffs.expand(-1, self.producers, -1)

    def foregone_in(
        self,
        treatment: str,
        state: CobwebState,
        actions: Tensor,
        recorded: Mapping[str, Tensor],
    ) -> Tensor:
        return payoff_share(recorded["price"].unsqueeze(-1) - self.action_values)

    def _slope(self, treatment: str) -> float | Tensor:
        return SUPPLY_SLOPES[treatment]

    def side_by_side(self, markets: int) -> Game:
        return AllSlopes(self, markets)

    def _price(self, treatment: str, forecasts: Tensor, shocks: Tensor) -> Tensor:
        """Price at forecasts of shape (markets, producers), shape (markets,)."""
        total = supply(forecasts, self._slope(treatment)).sum(1) * (PRODUCERS / self.producers)
        price: Tensor = clearing_price(total) + noise(shocks)
        return price

    def outcomes(
        self, before: CobwebState, actions: Tensor, after: CobwebState
    ) -> dict[str, Tensor]:
        price = after.price.unsqueeze(1).expand(-1, self.producers)
        return {"action": self.action_values[actions], "price": price}

    def rational_limits(self, treatment: str) -> tuple[Limit, ...]:
        rational = rational_expectations_price(treatment)
        largest = 0.4 if treatment == "strongly_unstable" else 0.3
        return (
            Limit("mean price", mean_price, low=rational - 0.03, high=rational + 0.03),
            Limit("price variance", price_variance, high=largest),
        )

    def equilibrium_action(self, treatment: str) -> float:
        """The rational-expectations price."""
        return rational_expectations_price(treatment)

    def expected_payoffs(self, treatment: str, population: np.ndarray) -> np.ndarray:
        """Expected payoff of each forecast at the price of a population's market.

        The distribution of total supply is a convolution on a lattice. A supply between
        two lattice points is split between them so that its mean is exact, which leaves an error
        of second order in the lattice's step of 0.005. The producer's own supply is also drawn
        from the population, not from producers of its own skill.
        """
        split, payoffs = _expected_payoff_tables(treatment, self.producers)
        return np.asarray(total_of(population @ split, self.producers) @ payoffs.T)


class AllSlopes(Cobweb):
    """The same number of markets of each slope side by side; see :meth:`Game.side_by_side`."""

    def __init__(self, game: Cobweb, markets: int) -> None:
        super().__init__(game.producers)
        self._features = torch.cat(
            [
                game.treatment_features(each).expand(markets, 1, -1)
                for each in game.training_treatments
            ]
        )
        slopes = [SUPPLY_SLOPES[each] for each in game.training_treatments]
        self._slopes = torch.tensor(slopes).repeat_interleave(markets).unsqueeze(1)

    def treatment_features(self, treatment: str) -> Tensor:
        return self._features

    def _slope(self, treatment: str) -> Tensor:
        return self._slopes


def forecast_grid() -> np.ndarray:
    """All possible forecasts."""
    return np.linspace(0.0, LARGEST_PRICE, round(LARGEST_PRICE / FORECAST_STEP) + 1)


@cache
def _expected_payoff_tables(treatment: str, producers: int) -> tuple[np.ndarray, np.ndarray]:
    """The part of expected payoffs that no population changes.

    The shares of each forecast's supply on the lattice of one producer's supply, shape (actions,
    lattice points of one), and the payoff of each forecast at each total supply, shape (actions,
    lattice points of all).
    """
    grid = forecast_grid()
    supplies = supply(grid, SUPPLY_SLOPES[treatment])
    width = 2.0 / LATTICE_CELLS
    below = np.minimum((supplies / width).astype(np.int64), LATTICE_CELLS - 1)
    share, rows = supplies / width - below, np.arange(len(grid))
    split = np.zeros((len(grid), LATTICE_CELLS + 1))
    split[rows, below], split[rows, below + 1] = 1.0 - share, share
    total = width * np.arange(producers * LATTICE_CELLS + 1) * (PRODUCERS / producers)
    return split, expected_payoff_share(clearing_price(total) - grid[:, None])


def noise(shocks: Tensor) -> Tensor:
    """Price noise from uniform numbers of shape (markets, 1), shape (markets,)."""
    inside = shocks[:, 0].double().clamp(1e-7, 1.0 - 1e-7)
    standard: Tensor = torch.special.ndtri(inside)
    return (NOISE_SD * standard).float()


def payoff_share(error: Tensor) -> Tensor:
    """Payoff of a forecast error in reference payoffs: shares of the largest payoff."""
    return (1.0 - (PAYOFF_SLOPE / LARGEST_PAYOFF) * error**2).clamp(min=0.0)


def expected_payoff_share(mean_error: np.ndarray) -> np.ndarray:
    """Mean of :func:`payoff_share` over the price's noise, exactly.

    For x ~ N(m, s^2) and a bound b, the mean of (1 - x^2 / b^2) where |x| < b follows from the
    normal distribution and density at the two bounds.
    """
    bound = np.sqrt(LARGEST_PAYOFF / PAYOFF_SLOPE)
    low, high = (-bound - mean_error) / NOISE_SD, (bound - mean_error) / NOISE_SD
    at_low, at_high = (np.exp(-0.5 * x**2) / np.sqrt(2 * np.pi) for x in (low, high))
    inside = ndtr(high) - ndtr(low)
    first = at_low - at_high
    second = inside + low * at_low - high * at_high
    square = mean_error**2 * inside + 2 * mean_error * NOISE_SD * first + NOISE_SD**2 * second
    return np.asarray(inside - square / bound**2)


def expected_price(treatment: str, population: np.ndarray) -> np.ndarray:
    """Mean price of a period in which all producers draw forecasts from a population."""
    mean, _ = _moments_of_supply(treatment, population)
    return np.asarray(clearing_price(PRODUCERS * mean))


def variance_of_price(
    treatment: str, population: np.ndarray, producers: int = PRODUCERS
) -> np.ndarray:
    """Variance of the price of such a period, including noise."""
    _, variance = _moments_of_supply(treatment, population)
    of_total = PRODUCERS / producers * (PRODUCERS * variance)
    return np.asarray(of_total / DEMAND_SLOPE**2 + NOISE_SD**2)


def _moments_of_supply(treatment: str, population: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of one producer's supply."""
    supplies = supply(forecast_grid(), SUPPLY_SLOPES[treatment])
    mean = population @ supplies
    return mean, population @ supplies**2 - mean**2


def prices(play: Play) -> np.ndarray:
    """Price of every market and period, shape (..., markets, periods)."""
    return play["price"][..., 0, :]


def mean_price(play: Play) -> np.ndarray:
    """Mean price over markets and periods."""
    return np.asarray(prices(play).mean(axis=(-2, -1)))


def price_variance(play: Play) -> np.ndarray:
    """Variance of the price over periods (n - 1 in the denominator), mean over markets."""
    return np.asarray(prices(play).var(axis=-1, ddof=1).mean(axis=-1))


def means_near_rational(statistics: Mapping[tuple[str, str], np.ndarray]) -> np.ndarray:
    """Whether the mean price of every treatment is near rational expectations."""
    gaps = [statistics[t, "price_mean"] - rational_expectations_price(t) for t in SUPPLY_SLOPES]
    return np.asarray((np.abs(np.stack(gaps, -1)) < 0.3).all(axis=-1))


def variance_rises(statistics: Mapping[tuple[str, str], np.ndarray]) -> np.ndarray:
    """Whether the price varies more from each treatment to the next steeper one."""
    variance = np.stack([statistics[t, "price_variance"] for t in SUPPLY_SLOPES], -1)
    return np.asarray((np.diff(variance, axis=-1) > 0).all(axis=-1))
