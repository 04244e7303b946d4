"""Variants of the config, and the populations that they describe."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from satisfice.errors import SatisficeError
from satisfice.games import GAMES, load_game
from satisfice.games.base import Game
from satisfice.games.beer_game import ROLES
from satisfice.learning.populations import (
    RATIONAL_CORNER,
    build_problem,
    check_roles,
    check_variant,
    into_rational_corner,
)
from satisfice.learning.problem import LearningSettings
from satisfice.population.anchor import AnchorBelief
from satisfice.population.beliefs import PriorBelief, UniformBelief
from satisfice.population.habit import HabitBelief
from satisfice.population.parameters import ParameterSpace
from satisfice.population.registry import BELIEFS, build_belief, space_of
from satisfice.population.supertypes import SKILL_PARAMETERS

CLASSES = {"uniform": UniformBelief, "habit": HabitBelief, "anchor": AnchorBelief}
SETTINGS: dict[str, dict[str, float]] = {
    "uniform": {},
    "habit": {"stay": 0.2, "explore": 0.3, "reach": 0.1},
    "anchor": {"spread": 2.0, "explore": 0.3, "inertia": 0.0},
}
PRIOR = {"mu": [0.2, 0.4], "sigma": [0.1, 0.2], "beta": [0.5, 1.0]}
SPACE = ParameterSpace.of(SKILL_PARAMETERS, PRIOR)


def block(belief: str = "uniform", **other: Any) -> dict[str, Any]:
    """A variant's config block."""
    plain = {"information": "none", "reward": "own", "rational": False}
    return {"prior_belief": belief, **plain, **SETTINGS[belief], **other}


def with_roles(*roles: str) -> ParameterSpace:
    return replace(SPACE, roles=roles)


def check(game: Game, variant: str, settings: dict[str, Any]) -> None:
    """What is checked of a variant, whose name says whether it is rational."""
    check_variant(game, variant, settings | {"rational": variant == "rational"}, PRIOR)


@pytest.mark.parametrize("belief", BELIEFS)
@pytest.mark.parametrize("game", GAMES)
def test_every_belief_suits_every_game(game: str, belief: str) -> None:
    loaded = load_game(game)
    built = build_belief(loaded, block(belief))
    assert type(built) is CLASSES[belief]
    assert isinstance(built, PriorBelief)
    treatment = next(iter(loaded.treatments))
    state = loaded.start(treatment, 2)
    information = next(iter(loaded.information))
    log_prior = built.log_probabilities(loaded.observe(treatment, state, information))
    agents = loaded.treatments[treatment]
    assert log_prior.shape == (2, agents, loaded.action_values.numel())
    total = log_prior.double().exp().sum(-1).numpy()
    np.testing.assert_allclose(total, np.ones((2, agents)), rtol=1e-5)


def test_settings_reach_the_belief_that_they_are_for() -> None:
    game = load_game("beer_game")
    observation = game.observe("step", game.start("step", 1), "role")
    wide, narrow = (
        build_belief(game, block("anchor", spread=spread)).log_probabilities(observation)
        for spread in (5.0, 1.0)
    )
    # The order that came in is 8 for the retailer, and 4 for the others.
    for log_prior in (wide, narrow):
        assert log_prior[0].argmax(-1).tolist() == [8, 4, 4, 4]
    assert narrow[0, 0, 8] > wide[0, 0, 8] + 1
    everything = build_belief(game, block("anchor", explore=1.0)).log_probabilities(observation)
    np.testing.assert_allclose(everything.exp(), 1 / 61, rtol=1e-5)
    inert = build_belief(game, block("anchor", inertia=1.0)).log_probabilities(observation)
    # Everybody ordered 4 last week.
    assert inert[0].argmax(-1).tolist() == [4, 4, 4, 4]


@pytest.mark.parametrize("game", GAMES)
def test_what_a_moved_anchor_costs_is_known_where_agents_move_it(game: str) -> None:
    """Learning asks the belief what is expected after each own action."""
    loaded = load_game(game)
    belief = build_belief(loaded, block("anchor"))
    treatment = next(iter(loaded.treatments))
    state = loaded.start(treatment, 1)
    anchors = []
    for action in (3, 5):
        everybody = torch.full((1, loaded.treatments[treatment]), action)
        shocks = torch.zeros(1, loaded.shocks)
        after, _ = loaded.step(treatment, state, everybody, shocks)
        anchors.append(loaded.observe(treatment, after, next(iter(loaded.information))).anchor)
    moved_to = loaded.action_values[torch.tensor([3, 5])]
    follows_own = torch.equal(torch.stack(anchors)[:, 0, 0], moved_to)
    assert belief.remembers == follows_own == (game == "cournot")


@pytest.mark.parametrize("game", GAMES)
@pytest.mark.parametrize(("variant", "key"), [("mine", "beliefs.mine"), ("rational", "rational")])
def test_unknown_information_is_told_by_its_key(game: str, variant: str, key: str) -> None:
    loaded = load_game(game)
    for information in loaded.information:
        check(loaded, variant, block(information=information))
    with pytest.raises(SatisficeError) as caught:
        check(loaded, variant, block(information="all"))
    place = f"config, key games.{game}.{key}.information"
    assert str(caught.value).startswith(f"{place}: 'all' is unknown to the game.")
    assert caught.value.remedy == f"Use one of: {', '.join(loaded.information)}."


@pytest.mark.parametrize(("belief", "setting"), [("habit", "reach"), ("anchor", "spread")])
def test_settings_that_make_no_belief_are_told_by_their_key(belief: str, setting: str) -> None:
    with pytest.raises(SatisficeError) as caught:
        check(
            load_game("beer_game"), "mine", block(belief, information="local", **{setting: 1e-30})
        )
    assert caught.value.place == f"config, key games.beer_game.beliefs.mine.{setting}"


@pytest.mark.parametrize("game", ["cournot", "cobweb"])
@pytest.mark.parametrize(("variant", "key"), [("mine", "beliefs.mine"), ("rational", "rational")])
def test_only_dynamic_games_reward_a_team(game: str, variant: str, key: str) -> None:
    with pytest.raises(SatisficeError) as caught:
        check(load_game(game), variant, block(reward="team"))
    assert str(caught.value).startswith(f"config, key games.{game}.{key}.reward: this game's")
    check(load_game("beer_game"), variant, block(information="local", reward="team"))


@pytest.mark.parametrize("game", ["cournot", "cobweb"])
@pytest.mark.parametrize(("variant", "key"), [("mine", "beliefs.mine"), ("rational", "rational")])
def test_only_dynamic_games_have_anchors_with_inertia(game: str, variant: str, key: str) -> None:
    loaded = load_game(game)
    with pytest.raises(SatisficeError) as caught:
        check(loaded, variant, block("anchor", inertia=0.1))
    assert str(caught.value).startswith(f"config, key games.{game}.{key}.inertia: an anchor with")
    check(loaded, variant, block("anchor", inertia=0.0))
    with pytest.raises(SatisficeError, match="inertia: unknown parameter"):
        check(loaded, variant, block("habit", inertia=0.1))
    chain = load_game("beer_game")
    check(chain, variant, block("anchor", inertia=0.1, information="local"))


@pytest.mark.parametrize("game", GAMES)
def test_supertypes_are_shared_or_have_the_games_roles(game: str) -> None:
    loaded = load_game(game)
    check_roles(loaded, SPACE.roles)
    check_roles(loaded, tuple(loaded.roles))


@pytest.mark.parametrize(
    "roles", [ROLES[::-1], ROLES[:3], ("retailer",), (*ROLES, "customer"), ("shop", *ROLES[1:])]
)
def test_other_roles_than_the_games_are_refused(roles: tuple[str, ...]) -> None:
    with pytest.raises(SatisficeError) as caught:
        check_roles(load_game("beer_game"), roles)
    assert str(caught.value) == (
        f"config, key games.beer_game.parameter_prior.roles: [{', '.join(roles)}] are not the "
        "roles of the game. Remedy: Use [retailer, wholesaler, distributor, factory] or []."
    )


@pytest.mark.parametrize("game", ["cournot", "cobweb"])
def test_equal_agents_have_no_roles(game: str) -> None:
    with pytest.raises(SatisficeError) as caught:
        check_roles(load_game(game), ("leader", "follower"))
    assert "[leader, follower] are not the roles of the game" in str(caught.value)
    assert caught.value.remedy == "Use []: all agents are alike."


def test_a_problem_follows_its_config() -> None:
    game, anchor = load_game("beer_game"), block("anchor", information="local", reward="team")
    problem = build_problem(game, anchor, with_roles(*ROLES))
    assert problem.space.groups == 4
    assert problem.team_reward
    assert problem.information == "local"
    assert isinstance(problem.belief, AnchorBelief)
    alone = build_problem(game, block("uniform", information="role"), SPACE)
    assert alone.space.groups == 1
    assert not alone.team_reward


def test_every_role_draws_a_supertype_of_its_own() -> None:
    generator = torch.Generator().manual_seed(0)
    game, prior = load_game("beer_game"), with_roles(*ROLES)
    drawn = build_problem(game, block(), prior).draw_supertypes(1000, generator)
    for name in ("mu", "sigma", "beta"):
        low, high = prior.range_of(name)
        values = getattr(drawn, name).double().numpy()
        assert values.shape == (1000, 4)
        assert (values >= low - 1e-6).all()
        assert (values <= high + 1e-6).all()
        assert (np.ptp(values, axis=0) > 0.9 * (high - low)).all()
        correlation = np.corrcoef(values.T)[np.triu_indices(4, 1)]
        assert np.abs(correlation).max() < 0.15
    free = block(rational=True)
    space = space_of(free, PRIOR | {"roles": list(ROLES)})
    rational = build_problem(game, free, space).draw_supertypes(10, generator)
    assert rational.beta.shape == (10, 4)
    assert (rational.beta == 0).all()


@pytest.mark.parametrize("roles", [(), ROLES])
def test_a_share_of_episodes_comes_from_the_rational_corner(roles: tuple[str, ...]) -> None:
    bounds = {"sigma": [0.1, 0.5], "beta": [0.05, 5.0]}
    prior = ParameterSpace.of(SKILL_PARAMETERS, bounds, roles)
    settings = block(learning={"near_rational": 0.25})
    drawn = build_problem(load_game("cobweb"), settings, prior).draw_supertypes(
        400, torch.Generator().manual_seed(0)
    )
    assert drawn.mu.shape == (400, max(1, len(roles)))
    assert (drawn.mu[:100] >= 1.0 - RATIONAL_CORNER).all()
    assert (drawn.sigma[:100] <= 0.1 + RATIONAL_CORNER * 0.4 + 1e-6).all()
    assert (drawn.beta[:100] <= 0.05 * 100.0**RATIONAL_CORNER + 1e-6).all()
    assert drawn.mu[100:].min() < 0.1 and drawn.beta[100:].max() > 2.0


def test_without_such_a_share_the_draws_are_those_of_the_prior() -> None:
    draws = [
        build_problem(load_game("cobweb"), settings, SPACE).draw_supertypes(
            50, torch.Generator().manual_seed(0)
        )
        for settings in (block(), block(learning={"near_rational": 0.0}))
    ]
    assert torch.equal(draws[0].mu, draws[1].mu) and torch.equal(draws[0].beta, draws[1].beta)
    low, high = SPACE.range_of("mu")
    assert (draws[0].mu >= low).all() and (draws[0].mu <= high).all()


FITTED = block("habit", stay=[0.05, 0.3], reach=[0.01, 1.0])


@pytest.mark.parametrize("roles", [(), ROLES])
def test_parameters_of_the_belief_are_drawn_with_those_of_the_skills(
    roles: tuple[str, ...],
) -> None:
    space = space_of(FITTED, PRIOR | {"roles": list(roles)})
    problem = build_problem(load_game("beer_game"), FITTED | {"information": "local"}, space)
    assert problem.belief.fixed == {"explore": 0.3}
    drawn = problem.draw_supertypes(500, torch.Generator().manual_seed(0))
    assert list(drawn.of_belief) == ["stay", "reach"]
    for name in ("mu", "sigma", "beta", "stay", "reach"):
        low, high = space.range_of(name)
        values = drawn.values[name].double()
        assert values.shape == (500, max(1, len(roles)))
        assert (values >= low - 1e-6).all() and (values <= high + 1e-6).all()
        assert (values.amax(0) - values.amin(0) > 0.9 * (high - low)).all()
    # Of a logarithmic prior, half lies below the geometric mean.
    assert (drawn.values["reach"] < 0.1).double().mean().item() == pytest.approx(0.5, abs=0.07)
    shape = problem.policy_shape(LearningSettings())
    assert (shape.groups, shape.belief_traits) == (max(1, len(roles)), 2)


def test_the_rational_corner_leaves_parameters_of_the_belief_alone() -> None:
    space = space_of(FITTED, PRIOR)
    cube = np.random.default_rng(0).random((200, 5))
    near = into_rational_corner(cube, space)
    np.testing.assert_array_equal(near[:, 3:], cube[:, 3:])
    np.testing.assert_allclose(near[:, 0], 1.0 - RATIONAL_CORNER * cube[:, 0])
    np.testing.assert_allclose(near[:, 1:3], RATIONAL_CORNER * cube[:, 1:3])


def test_bounds_of_rational_agents_are_told() -> None:
    with pytest.raises(SatisficeError) as caught:
        check(load_game("cobweb"), "rational", block("anchor", spread=[1.0, 2.0]))
    assert str(caught.value) == (
        "config, key games.cobweb.rational.spread: rational agents have no parameter to fit. "
        "Remedy: Give one value in place of the bounds."
    )
