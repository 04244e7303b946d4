"""Learnt summaries of paths: what they must not depend on, and what they must."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from experiments.cross_checks.one_estimator import train_estimator
from experiments.cross_checks.partial_estimator import Standardised
from experiments.cross_checks.path_embedding import (
    VARIANCE_FLOOR,
    EmbeddingSettings,
    PathEmbedding,
    around,
    compressed,
    mean_of_others,
    mean_of_periods,
    pool,
)
from experiments.cross_checks.paths import PathLayout, pack_paths, unpack_paths
from satisfice.games.beer_game import BeerGame
from satisfice.games.cournot import Cournot
from satisfice.inference.density_training import log_density
from satisfice.inference.sbi_compat import sample_estimator
from satisfice.inference.settings import EstimatorSettings

ROUNDS, SIZES = 7, {"small": (2, 2), "large": (4, 3)}
LAYOUT = PathLayout(tuple(SIZES), 4, 3, ROUNDS, ("action", "price"))
SMALL = EmbeddingSettings(filters=4, periods=2, hidden=8, features=4, summaries=5)
Play = dict[str, dict[str, np.ndarray]]
seeds = st.integers(0, 2**32 - 1)


def played(seed: int, simulations: int = 3) -> Play:
    """Random walks of two treatments, which differ in their numbers of markets and agents."""
    generator = np.random.default_rng(seed)
    return {
        treatment: {
            channel: generator.normal(size=(simulations, *size, ROUNDS)).cumsum(axis=-1)
            for channel in LAYOUT.channels
        }
        for treatment, size in SIZES.items()
    }


def rearranged(play: Play, treatment: str, index: tuple[object, ...]) -> Play:
    """The same play with the markets or agents of one treatment in another order."""
    return play | {treatment: {name: v[index] for name, v in play[treatment].items()}}


def embedding(layout: PathLayout = LAYOUT) -> PathEmbedding:
    torch.manual_seed(0)
    return PathEmbedding(layout, SMALL, packed(played(0, 20), layout)).eval()


def packed(play: Play, layout: PathLayout = LAYOUT) -> Tensor:
    return torch.from_numpy(pack_paths(layout, play))


def assert_same(one: Tensor, other: Tensor) -> None:
    torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


PLAIN = embedding()
ROLES = embedding(replace(LAYOUT, roles=3))


@given(seeds, st.permutations(range(4)))
@settings(max_examples=25, deadline=None)
def test_the_order_of_markets_does_not_matter(seed: int, order: list[int]) -> None:
    play = played(seed)
    for network in (PLAIN, ROLES):
        mixed = rearranged(play, "large", (slice(None), order))
        assert_same(network(packed(mixed)), network(packed(play)))


@given(seeds, st.lists(st.permutations(range(3)), min_size=4, max_size=4))
@settings(max_examples=25, deadline=None)
def test_the_order_of_agents_alike_does_not_matter(seed: int, orders: list[list[int]]) -> None:
    play = played(seed)
    index = (slice(None), np.arange(4)[:, None], np.array(orders))
    mixed = rearranged(play, "large", index)
    assert_same(PLAIN(packed(mixed)), PLAIN(packed(play)))
    if any(order != [0, 1, 2] for order in orders):
        # Roles are told apart.
        assert not torch.allclose(ROLES(packed(mixed)), ROLES(packed(play)), atol=1e-5)


@given(seeds)
@settings(max_examples=10, deadline=None)
def test_an_agent_belongs_to_its_market(seed: int) -> None:
    play = played(seed)
    index = (slice(None), np.array([[0, 1, 0], [1, 0, 1], [2] * 3, [3] * 3]), np.arange(3))
    mixed = rearranged(play, "large", index)
    assert not torch.allclose(PLAIN(packed(mixed)), PLAIN(packed(play)), atol=1e-5)


@given(seeds, st.sampled_from([float("nan"), float("inf"), -1e30, 17.0]))
@settings(max_examples=25, deadline=None)
def test_what_stands_in_empty_places_does_not_matter(seed: int, rubbish: float) -> None:
    rows = packed(played(seed))
    places = rows.reshape(3, LAYOUT.places, -1).clone()
    empty = places[..., -1] == 0
    assert int(empty.sum()) == 3 * (24 - 4 - 12)
    inside = torch.cat(
        [empty[..., None].expand(*empty.shape, 2 * ROUNDS), empty[..., None] & False], -1
    )
    places[inside] = rubbish
    for network in (PLAIN, ROLES):
        found = network(places.reshape(3, -1))
        assert torch.isfinite(found).all()
        torch.testing.assert_close(found, network(rows), rtol=0, atol=0)
        # Nothing of it reaches the gradient either.
        network.zero_grad()
        network(places.reshape(3, -1)).sum().backward()
        assert all(torch.isfinite(p.grad).all() for p in network.parameters())


@given(seeds, st.integers(0, 2), st.integers(0, 2))
@settings(max_examples=15, deadline=None)
def test_more_empty_places_change_nothing(seed: int, markets: int, agents: int) -> None:
    for network in (PLAIN, ROLES):
        tight = network.layout
        wide = replace(tight, markets=4 + markets, agents=3 + agents)
        roomy = embedding(wide)
        roomy.load_state_dict(network.state_dict())
        play = played(seed)
        assert_same(roomy(packed(play, wide)), network(packed(play, tight)))


def test_the_scales_do_not_depend_on_empty_places() -> None:
    roomy = embedding(replace(LAYOUT, markets=6, agents=5)).scales
    for name, value in PLAIN.scales.state_dict().items():
        torch.testing.assert_close(roomy.state_dict()[name], value)


def test_paths_survive_packing() -> None:
    play = played(1)
    rows = pack_paths(LAYOUT, play)
    assert rows.shape == (3, LAYOUT.width)
    assert rows.dtype == np.float32
    paths, present = unpack_paths(LAYOUT, torch.from_numpy(rows))
    assert present.sum(dim=(-1, -2)).tolist() == [[4, 12]] * 3
    for number, (treatment, (markets, agents)) in enumerate(SIZES.items()):
        for channel, name in enumerate(LAYOUT.channels):
            found = paths[:, number, :markets, :agents, channel]
            np.testing.assert_allclose(found, play[treatment][name], rtol=1e-6)


def test_a_game_has_a_layout() -> None:
    assert PathLayout.of(Cournot(), {"2": 6, "3": 4}) == PathLayout(
        ("2", "3"), 6, 3, 25, ("action",), 0
    )
    assert PathLayout.of(BeerGame(), {"step": 11}).roles == 4


def test_pools_are_means_and_standard_deviations_of_those_present() -> None:
    values = torch.tensor([[[1.0], [3.0], [99.0]], [[7.0], [8.0], [9.0]]])
    found = pool(values, torch.tensor([[True, True, False], [False, False, False]]))
    expected = torch.tensor([[2.0, 1.0], [0.0, VARIANCE_FLOOR**0.5]])
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=0)


def test_others_are_those_of_the_same_market() -> None:
    paths = torch.tensor([1.0, 2.0, 6.0, 0.0]).reshape(1, 4, 1, 1)
    present = torch.tensor([[True, True, True, False]])
    assert mean_of_others(paths, present)[0, :3, 0, 0].tolist() == [4.0, 3.5, 1.5]
    alone = torch.tensor([[True, False, False, False]])
    assert mean_of_others(paths[:, :1] * torch.eye(4)[0].reshape(1, 4, 1, 1), alone)[0, 0] == 0


def test_agents_with_roles_see_their_neighbours() -> None:
    paths = torch.tensor([1.0, 2.0, 6.0]).reshape(1, 3, 1, 1)
    before, after = around(paths, torch.ones(1, 3).bool(), has_roles=True)
    assert before.flatten().tolist() == [0.0, 1.0, 2.0]
    assert after.flatten().tolist() == [2.0, 6.0, 0.0]
    (others,) = around(paths, torch.ones(1, 3).bool(), has_roles=False)
    assert others.flatten().tolist() == [4.0, 3.5, 1.5]


def test_periods_are_successive_parts_of_the_play() -> None:
    found = mean_of_periods(torch.arange(7.0).reshape(1, 7), 3)
    assert found[0].tolist() == pytest.approx([1.0, 3.5, 5.5])
    assert mean_of_periods(torch.arange(3.0), 3).tolist() == [0.0, 1.0, 2.0]


def test_small_and_large_departures_are_both_visible() -> None:
    found = compressed(torch.tensor([0.0, 1.0, -1.0, 100.0]))
    assert found[0] == 0
    assert found[1] == -found[2] == pytest.approx(2**-0.5)
    assert found[3] == pytest.approx(10, abs=0.1)


def test_paths_that_never_change_have_summaries() -> None:
    still = {t: {c: np.ones((4, *s, ROUNDS)) for c in LAYOUT.channels} for t, s in SIZES.items()}
    network = PathEmbedding(LAYOUT, SMALL, packed(still))
    assert torch.isfinite(network(packed(still))).all()


def spreads(simulations: int = 700) -> tuple[np.ndarray, np.ndarray]:
    """Agents differ by how far they stray: the parameter is the spread of that between agents."""
    generator = np.random.default_rng(0)
    cube = generator.random((simulations, 1))
    play = {}
    for treatment, size in SIZES.items():
        stray = np.exp(3 * cube[:, :, None] * generator.normal(size=(simulations, *size)))
        noise = generator.normal(size=(simulations, *size, ROUNDS))
        play[treatment] = dict.fromkeys(LAYOUT.channels, stray[..., None] * noise)
    return cube, pack_paths(LAYOUT, play)


ESTIMATOR = EstimatorSettings(
    estimator="mdn", hidden=16, components=2, learning_rate=0.01, batch=20, most_epochs=10
)


def test_an_estimator_learns_what_to_read_from_paths() -> None:
    cube, rows = spreads()

    def trained() -> tuple[np.ndarray, np.ndarray]:
        torch.manual_seed(1)
        network = PathEmbedding(LAYOUT, SMALL, torch.from_numpy(rows[:200]))
        estimator, record = train_estimator(cube[:-50], rows[:-50], ESTIMATOR, 2, network)
        assert record["epochs"] == len(record["training_loss"]) == 10
        assert record["best_validation_loss"] == min(record["validation_loss"])
        density = log_density(estimator, cube[-50:], rows[-50:])
        return density, sample_estimator(estimator, rows[-50:], 100, seed=3)

    density, draws = trained()
    # The prior's density is one everywhere.
    assert density.mean() > 0.2
    assert 1 - draws.var(axis=1).mean() * 12 > 0.25
    assert draws.min() >= 0
    assert draws.max() <= 1
    again, same = trained()
    np.testing.assert_array_equal(density, again)
    np.testing.assert_array_equal(draws, same)


def test_training_stops_when_nothing_improves() -> None:
    generator = np.random.default_rng(0)
    cube, noise = generator.random((200, 1)), generator.normal(size=(200, 3)).astype(np.float32)
    impatient = ESTIMATOR.model_copy(update={"patience": 2, "most_epochs": 100})
    embedding = Standardised(torch.from_numpy(noise))
    _, record = train_estimator(cube, noise, impatient, 0, embedding)
    losses = record["validation_loss"]
    assert record["epochs"] == len(losses) == losses.index(min(losses)) + 3 < 100
