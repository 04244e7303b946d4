"""All likelihoods: they are those of the actions that the rules play."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from itertools import product
from typing import Any

import numpy as np
import pytest
import torch
from scipy.stats import chisquare
from torch import Tensor
from two_actions import TwoActions

from satisfice.contenders import general, load_rule, quantal_response, rules_of
from satisfice.contenders.base import Contender, HasLikelihood, RuleOfPlay, Turn
from satisfice.contenders.tremble import Trembling
from satisfice.games import GAMES, load_game
from satisfice.games.base import Game
from satisfice.learning.rollout import Chance
from satisfice.simulation.histories import History

DRAWS = 4000
LATER = 3
"""A round with a past."""


@pytest.fixture(scope="module", autouse=True)
def coarse() -> Iterator[None]:
    """Solves at few points: between them everything is the same."""
    with pytest.MonkeyPatch.context() as patch:
        for name, points in (("TAU_POINTS", 3), ("NOISE_POINTS", 4), ("REACH_POINTS", 2)):
            patch.setattr(general, name, points)
        patch.setattr(quantal_response, "POINTS", 5)
        patch.setattr(quantal_response, "MOST_HALVINGS", 0)
        yield


def pairs() -> list[tuple[str, str]]:
    return [(name, game) for game in GAMES for name in rules_of(load_game(game))]


def middle(model: HasLikelihood, number: int = 1) -> np.ndarray:
    return model.from_unit(np.random.default_rng(0).random((number, len(model.free))))


def played(rule: Contender, treatment: str, theta: np.ndarray, seed: int = 1) -> History:
    """A history that the rule itself has played, one market for each theta."""
    game, random = rule.game, torch.Generator().manual_seed(seed)
    chance = Chance.draw(game, game.treatments[treatment], len(theta), game.rounds, random)
    play = rule.play(treatment, theta, chance)
    return History.of(game, treatment, {name: each.numpy() for name, each in play.items()})


def any_history(game: Game, treatment: str, markets: int = 3) -> History:
    """A history of random actions, with both ends of the grid."""
    random = torch.Generator().manual_seed(2)
    chance = Chance.draw(game, game.treatments[treatment], markets, game.rounds, random)
    last = len(game.action_values) - 1
    state, rounds = game.start(treatment, markets), []
    for uniforms, shocks in zip(chance.actions, chance.shocks, strict=True):
        action = (uniforms * 1.4 * last - 0.2 * last).long().clamp(0, last)
        after = game.next_state(treatment, state, action, shocks)
        rounds.append(game.outcomes(state, action, after))
        state = after
    play = {name: torch.stack([each[name] for each in rounds], -1).numpy() for name in rounds[0]}
    return History.of(game, treatment, play)


@pytest.mark.parametrize(("name", "game"), pairs())
def test_probabilities_sum_to_one_and_agree_with_the_taken(name: str, game: str) -> None:
    rule = load_rule(name, load_game(game), "test")
    assert isinstance(rule, HasLikelihood)
    treatment, theta = next(iter(rule.game.treatments)), middle(rule, 3)
    history = played(rule, treatment, middle(rule, 2))
    whole = rule.log_policies(history, theta, whole=True)
    taken = rule.log_policies(history, theta)
    kinds = rule.kinds(history, theta).share.shape[1]
    assert taken.shape == (3, kinds, *history.action.shape)
    assert whole.shape == (*taken.shape, len(rule.game.action_values))
    torch.testing.assert_close(whole.exp().sum(-1), torch.ones_like(taken))
    place = history.action.expand(taken.shape).unsqueeze(-1)
    torch.testing.assert_close(whole.gather(-1, place).squeeze(-1), taken)
    assert taken.logsumexp(1).isfinite().all() or not rule.free


@pytest.mark.parametrize(("name", "game"), pairs())
def test_nothing_is_undefined_at_the_edges_of_the_prior(name: str, game: str) -> None:
    rule = load_rule(name, load_game(game), "test")
    assert isinstance(rule, HasLikelihood)
    cube = np.array(list(product([0.0, 1.0], repeat=len(rule.free))))
    for treatment in list(rule.game.treatments)[:: len(rule.game.treatments) - 1 or 1]:
        history = any_history(rule.game, treatment)
        found = rule.log_policies(history, rule.from_unit(cube))
        assert not found.isnan().any()
        assert found.max() <= 1e-9
        share = rule.kinds(history, rule.from_unit(cube)).share
        torch.testing.assert_close(share.sum(1), torch.ones_like(share[:, 0]))


def repeated(state: Any) -> Any:
    """The state of the first market, in many markets."""
    changed = {}
    for each in fields(state):
        value = getattr(state, each.name)
        if isinstance(value, Tensor):
            changed[each.name] = value[:1].expand(DRAWS, *value.shape[1:])
    return replace(state, **changed)


def agree(count: np.ndarray, probability: np.ndarray) -> bool:
    """Whether draws are those of a distribution; actions with few expected draws are joined."""
    expected = probability / probability.sum() * count.sum()
    assert count[probability < 1e-12].sum() == 0
    order = np.argsort(-expected)
    count, expected = count[order], expected[order]
    often = max(1, int((expected >= 5).sum()))
    if expected[often:].sum() < 5:
        often = max(1, often - 1)
    groups = np.append(np.arange(often), often) if often < len(expected) else np.arange(often)
    count, expected = np.add.reduceat(count, groups), np.add.reduceat(expected, groups)
    if expected[-1] < 1e-9:
        count, expected = count[:-1], expected[:-1]
    return len(count) == 1 or chisquare(count, expected).pvalue > 1e-5


@pytest.mark.parametrize("now", [0, LATER])
@pytest.mark.parametrize(("name", "game"), [(n, g) for n, g in pairs() if n != "ewa"])
def test_they_are_the_frequencies_of_play(name: str, game: str, now: int) -> None:
    rule = load_rule(name, load_game(game), "test")
    assert isinstance(rule, RuleOfPlay)
    assert isinstance(rule, HasLikelihood)
    treatment = list(rule.game.treatments)[-1]
    history = played(rule, treatment, middle(rule))
    state, agents = repeated(history.states[now]), history.action.shape[1]
    random = torch.Generator().manual_seed(now)
    for theta in middle(rule, 3)[:, None]:
        columns = {
            name: torch.from_numpy(value).float().expand(DRAWS, -1)
            for name, value in rule.space.values(theta).items()
        }
        character, uniforms = (torch.rand(DRAWS, agents, generator=random) for _ in range(2))
        action = rule.act(Turn(treatment, state, columns, character, uniforms))
        policy = rule.log_policies(history, theta, whole=True)[0, :, 0, :, now].exp()
        share = rule.kinds(history, theta).share[0].unsqueeze(-1)
        wanted = (share * policy).sum(0).numpy()
        for agent in range(agents):
            count = np.bincount(action[:, agent], minlength=wanted.shape[-1])
            assert agree(count.astype(float), wanted[agent])


def variants() -> list[tuple[str, bool | None]]:
    """Every rule alone, trembling and, if it has no noise of its own, blurred."""
    rules = rules_of(TwoActions(equilibrium=0.6)).items()
    noisy = {
        name for name, rule in rules if "noise_sd" in rule(TwoActions(equilibrium=0.6)).space.names
    }
    every = product(sorted(rules_of(TwoActions(equilibrium=0.6))), (None, False, True))
    return [(name, noise) for name, noise in every if not (noise and name in noisy)]


@pytest.mark.parametrize(("name", "wrapped"), variants())
def test_the_likelihoods_of_all_histories_sum_to_one(name: str, wrapped: bool | None) -> None:
    game = TwoActions(equilibrium=0.6)
    rule = load_rule(name, game, "test")
    assert isinstance(rule, HasLikelihood)
    model = rule if wrapped is None else Trembling(rule, noise=wrapped)
    theta = middle(model, 3)
    play = np.array(list(product([0.0, 1.0], repeat=4))).reshape(16, 2, 2)
    history = History.of(game, "only", {"action": play})
    log_share = model.kinds(history, theta).share.log().unsqueeze(2)
    by_agent = (model.log_policies(history, theta).sum(-1) + log_share).logsumexp(1)
    total = by_agent.sum(-1).exp()
    torch.testing.assert_close(total.sum(-1), torch.ones(3, dtype=torch.float64))
    assert total.std() > 0.01
