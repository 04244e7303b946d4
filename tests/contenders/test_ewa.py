"""Experience-weighted attraction learning against recursions and cases worked out on their own."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.special import log_softmax

from satisfice.contenders import ewa
from satisfice.contenders.ewa import EWA
from satisfice.contenders.general import level_zero
from satisfice.games import load_game
from satisfice.games.base import StageGame
from satisfice.games.cournot import Cournot, nash_profit, price
from satisfice.learning.rollout import Chance
from satisfice.simulation.histories import History

QUANTITIES = np.array([[[10, 40, 33, 20], [50, 30, 31, 60]]])
"""One duopoly of four rounds."""
OWN = np.arange(101)
STAGE_GAMES = ("cournot", "cobweb", "newsvendor")


def earned(quantity: int) -> np.ndarray:
    """Profit of every quantity against the other's one, in Nash profits."""
    return OWN * (price(OWN + float(quantity)) - 1.0) / nash_profit(2)


def first() -> np.ndarray:
    """Expected profit against quantities that are uniform up to 66."""
    return np.mean([earned(other) for other in range(67)], axis=0)


def log_policies(whole: bool = True, **theta: float) -> np.ndarray:
    rule = EWA(Cournot())
    history = History.of(rule.game, "2", {"action": QUANTITIES})
    columns = np.array([[theta[name] for name in rule.free]])
    return rule.log_policies(history, columns, whole=whole)[0, 0, 0].numpy()


def test_attractions_follow_the_paper() -> None:
    phi, delta, rho, lam = 0.8, 0.3, 0.6, 0.1
    found = log_policies(phi=phi, delta=delta, rho=rho, lam=lam)
    for firm in range(2):
        attraction, strength = first(), 1.0
        for now in range(4):
            np.testing.assert_allclose(found[firm, now], log_softmax(attraction / lam), atol=1e-5)
            payoffs, taken = earned(QUANTITIES[0, 1 - firm, now]), QUANTITIES[0, firm, now]
            weight = delta + (1 - delta) * (taken == OWN)
            attraction = phi * strength * attraction + weight * payoffs
            strength = rho * strength + 1
            attraction = attraction / strength


@pytest.mark.parametrize("decay", [1.0, 0.7])
def test_with_foregone_payoffs_it_is_weighted_fictitious_play(decay: float) -> None:
    """Logit replies to a weighted mean of the other's play, with one round of level zero before."""
    found = log_policies(phi=decay, delta=1.0, rho=decay, lam=0.1)
    payoffs = np.stack([first(), *(earned(other) for other in QUANTITIES[0, 1, :3])])
    weight = decay ** np.arange(3, -1, -1.0)
    expected = weight @ payoffs / weight.sum()
    np.testing.assert_allclose(found[0, 3], log_softmax(expected / 0.1), atol=1e-5)


def test_without_foregone_payoffs_it_is_cumulative_reinforcement() -> None:
    found = log_policies(phi=0.9, delta=0.0, rho=0.0, lam=0.5)
    propensity = first()
    for now in range(3):
        taken = QUANTITIES[0, 0, now]
        propensity = 0.9 * propensity
        propensity[taken] += earned(QUANTITIES[0, 1, now])[taken]
    np.testing.assert_allclose(found[0, 3], log_softmax(propensity / 0.5), atol=1e-5)


def test_who_forgets_everything_replies_to_the_last_round() -> None:
    found = log_policies(phi=0.0, delta=1.0, rho=0.0, lam=0.2)
    np.testing.assert_allclose(found[1, 2], log_softmax(earned(40) / 0.2), atol=1e-5)


@pytest.mark.parametrize("name", STAGE_GAMES)
def test_play_draws_from_its_likelihood(name: str) -> None:
    """Many markets with the same past: frequencies of their last actions."""
    game, markets = load_game(name), 3000
    rule, treatment = EWA(game), next(iter(game.treatments))
    theta = np.array([[0.9, 0.6, 0.7, 0.3]])
    random = torch.Generator().manual_seed(4)
    chance = Chance.draw(game, game.treatments[treatment], markets, 5, random)
    for numbers in (chance.actions[:4], chance.shocks):
        numbers[:] = numbers[:, :1]
    play = rule.play(treatment, np.tile(theta, (markets, 1)), chance)
    one = {name: values[:1].numpy() for name, values in play.items()}
    policy = rule.log_policies(History.of(game, treatment, one), theta, whole=True).exp()
    values = game.action_values.double()
    for agent in range(game.treatments[treatment]):
        last = play["action"][:, agent, -1].double()
        mean = policy[0, 0, 0, agent, -1] @ values
        spread = (policy[0, 0, 0, agent, -1] @ (values - mean) ** 2).sqrt()
        assert abs(last.mean() - mean) < 4 * spread / markets**0.5
        assert last.std() == pytest.approx(spread.item(), rel=0.06)


@pytest.mark.parametrize("name", STAGE_GAMES)
def test_foregone_payoffs_of_records_are_those_of_play(name: str) -> None:
    game = load_game(name)
    assert isinstance(game, StageGame)
    for treatment, agents in game.treatments.items():
        random = torch.Generator().manual_seed(5)
        state, shocks = game.start(treatment, 7), torch.rand(7, game.shocks, generator=random)
        action = torch.randint(len(game.action_values), (7, agents), generator=random)
        wanted = game.foregone_payoffs(treatment, state, action, shocks)
        after, payoff = game.step(treatment, state, action, shocks)
        recorded = game.outcomes(state, action, after)
        found = game.foregone_in(treatment, state, action, recorded)
        torch.testing.assert_close(found, wanted)
        taken = found.gather(-1, action.unsqueeze(-1)).squeeze(-1)
        torch.testing.assert_close(taken, payoff, rtol=1e-4, atol=1e-5)


def test_a_game_with_chance_has_to_say_how_it_is_read() -> None:
    class Silent(Cournot):
        shocks = 1

    with pytest.raises(NotImplementedError, match="a method foregone_in"):
        Silent().foregone_in("2", None, torch.zeros(1, 2, dtype=torch.long), {})


def test_parts_do_not_change_the_result(monkeypatch: pytest.MonkeyPatch) -> None:
    rule = EWA(Cournot())
    history = History.of(rule.game, "2", {"action": QUANTITIES})
    theta = rule.from_unit(np.random.default_rng(0).random((7, 4)))
    whole = rule.log_policies(history, theta)
    monkeypatch.setattr(ewa, "NUMBERS_AT_ONCE", 500)
    torch.testing.assert_close(rule.log_policies(history, theta), whole)


def test_level_zero_comes_first() -> None:
    game = Cournot()
    expected = game.expected_payoffs("2", level_zero(game, "2", 2.0))
    np.testing.assert_allclose(expected, first(), atol=1e-12)
