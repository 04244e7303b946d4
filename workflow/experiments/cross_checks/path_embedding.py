"""Summaries learnt from whole paths, an alternative to a game's own statistics.

A simulated experiment is a set of markets, and a market is a set of agents: summaries must not
depend on the order of either, except if agents have roles. A small convolution over rounds
describes each agent's path; agents are pooled into their market, and markets into their treatment
(deep sets, Zaheer et al. 2017). Pooling takes mean and standard deviation, since heterogeneity is
a spread between agents, which means do not show.

Empty places are left out of every pool. (sbi's embedding for exchangeable trials does not do that
if a trial has more than one feature.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from experiments.cross_checks.paths import PathLayout, unpack_paths

SMALL_CHANGE = 0.1
"""This quantile of the nonzero changes from round to round counts as a small change."""

VARIANCE_FLOOR = 1e-6
"""Added to variances, because the slope of the root is infinite at zero."""


@dataclass(frozen=True)
class EmbeddingSettings:
    """Sizes of the network.

    Attributes:
        filters: Filters of the convolution over rounds.
        window: Successive rounds in a filter.
        periods: Number of equal parts of the play over which filters are averaged.
        hidden: Width of the layers that follow.
        features: Number of features of an agent, and of a market.
        summaries: Number of summaries.
    """

    filters: int = 16
    window: int = 3
    periods: int = 3
    hidden: int = 32
    features: int = 16
    summaries: int = 16


class PathEmbedding(nn.Module):
    """Maps rows of packed paths to summaries.

    Args:
        layout: Layout of paths in a row.
        settings: Sizes of the network.
        sample: Some packed paths, shape (simulations, ``layout.width``), for standardisation.
    """

    def __init__(self, layout: PathLayout, settings: EmbeddingSettings, sample: Tensor) -> None:
        super().__init__()
        self.layout, self.settings = layout, settings
        channels, treatments = len(layout.channels), len(layout.treatments)
        self.scales = PathScales(channels, bool(layout.roles))
        self.scales.set_from(*unpack_paths(layout, sample))
        self.filters = nn.Conv1d(self.scales.inputs, settings.filters, settings.window)
        described = settings.filters * settings.periods + self.scales.levels
        described += treatments + layout.roles
        hidden, features = settings.hidden, settings.features
        self.of_agent = layers(described, (hidden, hidden), features)
        self.of_market = layers(2 * features, (hidden,), features)
        self.of_experiment = layers(2 * features * treatments, (2 * hidden,), settings.summaries)

    def forward(self, packed: Tensor) -> Tensor:
        """Summarise experiments.

        Args:
            packed: Shape (simulations, ``layout.width``).

        Returns:
            Shape (simulations, summaries).
        """
        paths, present = unpack_paths(self.layout, packed)
        agents = self.of_agent(self.describe(paths, present))
        markets = self.of_market(pool(agents, present))
        return self.of_experiment(pool(markets, present.any(dim=-1)).flatten(start_dim=1))  # type: ignore[no-any-return]

    def describe(self, paths: Tensor, present: Tensor) -> Tensor:
        """Describe each agent by its filtered path, its levels, its treatment and its role.

        Args:
            paths: Shape (simulations, treatments, markets, agents, channels, rounds).
            present: Shape (simulations, treatments, markets, agents).

        Returns:
            Shape (simulations, treatments, markets, agents, numbers).
        """
        with torch.no_grad():  # nothing is trained here
            inputs, levels = self.scales(paths, present)
        filtered = self.filters(inputs.flatten(end_dim=3)).relu_()
        places = present.shape
        treatment = torch.eye(places[1]).reshape(1, places[1], 1, 1, -1)
        # Places beyond the last role are empty, and their rows of zeros are never read.
        role = torch.eye(places[3], self.layout.roles).reshape(1, 1, 1, places[3], -1)
        parts = [mean_of_periods(filtered, self.settings.periods).reshape(*places, -1), levels]
        parts += [each.expand(*places, -1) for each in (treatment, role)]
        return torch.cat(parts, dim=-1)


class PathScales(nn.Module):
    """Paths on scales suitable for a network; nothing here is trained.

    A path is split into its mean and deviations. Deviations and changes are on a scale that is
    linear up to a small change and grows like a square root beyond, so that steps of one unit and
    of fifty are both visible. The same for an agent's neighbours, see :func:`around`, shows how
    agents react to each other.

    Args:
        channels: Number of recorded channels.
        has_roles: Whether agents have roles.
    """

    centre: Tensor
    spread: Tensor
    unit: Tensor
    input_mean: Tensor
    input_sd: Tensor

    def __init__(self, channels: int, has_roles: bool) -> None:
        super().__init__()
        self.has_roles = has_roles
        self.levels = (3 if has_roles else 2) * channels
        self.inputs = self.levels + channels
        for name in ("centre", "spread", "unit"):
            self.register_buffer(name, torch.ones(channels, 1))
        self.register_buffer("input_mean", torch.zeros(self.inputs, 1))
        self.register_buffer("input_sd", torch.ones(self.inputs, 1))

    def set_from(self, paths: Tensor, present: Tensor) -> None:
        """Set the scales from a sample; see :meth:`forward` for the shapes."""
        of_agents = paths[present].transpose(0, 1)
        level = of_agents.mean(dim=-1)
        self.centre.copy_(level.mean(dim=-1, keepdim=True))
        self.spread.copy_(_usable(level.std(dim=-1, keepdim=True)))
        self.unit.copy_(torch.stack([_small_change(one) for one in of_agents]).unsqueeze(-1))
        inputs = self(paths, present)[0][present].transpose(0, 1).flatten(start_dim=1)
        self.input_mean.copy_(inputs.mean(dim=-1, keepdim=True))
        self.input_sd.copy_(_usable(inputs.std(dim=-1, keepdim=True)))

    def forward(self, paths: Tensor, present: Tensor) -> tuple[Tensor, Tensor]:
        """Split paths.

        Args:
            paths: Shape (simulations, treatments, markets, agents, channels, rounds), zero for
                empty places.
            present: Shape (simulations, treatments, markets, agents).

        Returns:
            For each agent and channel the deviation from the path's mean, that of its neighbours
            and the change since the last round, shape (..., ``inputs``, rounds), and the levels of
            the agent and of its neighbours, shape (..., ``levels``).
        """
        seen = [paths, *around(paths, present, self.has_roles)]
        means = [each.mean(dim=-1, keepdim=True) for each in seen]
        change = torch.diff(paths, dim=-1, prepend=paths[..., :1])
        departures = [each - mean for each, mean in zip(seen, means, strict=True)]
        inputs = torch.cat([*departures, change], dim=-2)
        # In place, as these are the largest arrays.
        inputs = compressed(inputs.div_(self.unit.repeat(inputs.shape[-2] // len(self.unit), 1)))
        inputs.sub_(self.input_mean).div_(self.input_sd)
        levels = torch.cat([(mean - self.centre) / self.spread for mean in means], dim=-2)
        return inputs, levels.squeeze(-1)


def around(paths: Tensor, present: Tensor, has_roles: bool) -> list[Tensor]:
    """Paths of an agent's neighbours.

    Without roles it is the mean of the others in the market. With roles, which are ordered as in a
    supply chain, it is the two neighbours, with zeros at the ends.

    Args:
        paths: Shape (..., agents, channels, rounds), zero for empty places.
        present: Shape (..., agents).
        has_roles: Whether agents have roles.

    Returns:
        Paths of the same shape; values for empty places are meaningless.
    """
    if not has_roles:
        return [mean_of_others(paths, present)]
    empty = torch.zeros_like(paths[..., :1, :, :])
    before = torch.cat([empty, paths[..., :-1, :, :]], dim=-3)
    return [before, torch.cat([paths[..., 1:, :, :], empty], dim=-3)]


def compressed(values: Tensor) -> Tensor:
    """Values on a scale that is linear near zero and grows like a square root far from it."""
    return values * values.abs().add_(1.0).rsqrt_()


def mean_of_others(paths: Tensor, present: Tensor) -> Tensor:
    """Mean over the other agents of the market; zero for an agent that is alone.

    Args:
        paths: Shape (..., agents, channels, rounds), zero for empty places.
        present: Shape (..., agents).

    Returns:
        Shape (..., agents, channels, rounds); values for empty places are meaningless.
    """
    others = (present.sum(dim=-1) - 1).clamp(min=1)
    return (paths.sum(dim=-3, keepdim=True) - paths) / others[..., None, None, None]


def mean_of_periods(filtered: Tensor, periods: int) -> Tensor:
    """Means over successive parts of the play, shape (..., rounds) to (..., periods)."""
    # A product with weights is much faster than slices, especially backwards.
    rounds = filtered.shape[-1]
    weight = torch.eye(periods)[torch.arange(rounds) * periods // rounds]
    return filtered @ (weight / weight.sum(dim=0))


def pool(values: Tensor, present: Tensor) -> Tensor:
    """Mean and standard deviation over those who are present.

    Args:
        values: Shape (..., members, features).
        present: Shape (..., members).

    Returns:
        Shape (..., 2 features); zero and nearly zero if no member is present.
    """
    number = present.sum(dim=-1, keepdim=True).clamp(min=1)
    inside = present.unsqueeze(-1)
    mean = torch.where(inside, values, 0.0).sum(dim=-2) / number
    departure = torch.where(inside, values - mean.unsqueeze(-2), 0.0)
    variance = departure.square().sum(dim=-2) / number
    return torch.cat([mean, (variance + VARIANCE_FLOOR).sqrt()], dim=-1)


def layers(inputs: int, hidden: Sequence[int], outputs: int) -> nn.Sequential:
    """A perceptron with rectified linear units."""
    modules: list[nn.Module] = []
    for width in hidden:
        modules += [nn.Linear(inputs, width), nn.ReLU()]
        inputs = width
    return nn.Sequential(*modules, nn.Linear(inputs, outputs))


def _small_change(paths: Tensor) -> Tensor:
    """A small change from one round to the next, or 1 if nothing ever changes."""
    sizes = torch.diff(paths, dim=-1).abs().flatten()
    moved = sizes[sizes > 1e-6 * paths.abs().max()]
    # PyTorch's quantile does not take very many numbers; an even sample is enough.
    thinned = moved[:: max(1, len(moved) // 1_000_000)]
    return thinned.quantile(SMALL_CHANGE) if len(moved) else torch.ones(())


def _usable(spread: Tensor) -> Tensor:
    return torch.where(spread > 0, spread, 1.0)
