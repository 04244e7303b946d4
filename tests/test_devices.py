"""Training names no device: on a pretended graphics card no tensor is left with the processor.

torch's fake tensors have a shape and a device but no numbers, and refuse operations across
devices as real ones do, so this is checked where there is no card. Where there is one, it is
compared with the processor.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from satisfice import devices
from satisfice.devices import choose_device, here, on_device, uniform_numbers
from satisfice.errors import SatisficeError
from satisfice.games import load_game
from satisfice.games.base import DynamicGame
from satisfice.games.beer_game import ROLES
from satisfice.learning import pathwise_gradient, policy_gradient, training
from satisfice.learning.problem import LearningProblem, LearningSettings
from satisfice.population import anchor
from satisfice.population.policy import PolicyNetwork
from satisfice.population.registry import build_belief, space_of
from satisfice.population.supertypes import Supertypes, belief_parameters

CARD = torch.device("meta")
BELIEFS: dict[str, dict[str, Any]] = {
    "uniform": {"prior_belief": "uniform"},
    "habit": {"prior_belief": "habit", "stay": 0.15, "explore": 0.5, "reach": 0.1},
    "anchor": {"prior_belief": "anchor", "explore": 0.5, "spread": 1.0, "inertia": 0.0},
    "inertia": {"prior_belief": "anchor", "explore": 0.5, "spread": 1.0, "inertia": 0.5},
    "habit_traits": {
        "prior_belief": "habit",
        "stay": [0.1, 0.4],
        "explore": [0.1, 0.5],
        "reach": [0.05, 0.5],
    },
    "anchor_traits": {"prior_belief": "anchor", "explore": [0.1, 0.5], "spread": [1.0, 2.0]},
    "inertia_traits": {"prior_belief": "anchor", "spread": [1.0, 2.0], "inertia": [0.1, 0.5]},
}
CASES = [
    ("cournot", "uniform", "none"),
    ("cournot", "habit", "market"),
    ("cournot", "anchor", "market"),
    ("cobweb", "uniform", "none"),
    ("cobweb", "habit", "market"),
    ("cobweb", "anchor", "market"),
    ("beer_game", "uniform", "local"),
    ("beer_game", "inertia", "local"),
    ("cournot", "habit_traits", "market"),
    ("cournot", "anchor_traits", "market"),
    ("cobweb", "anchor_traits", "market"),
    ("beer_game", "inertia_traits", "local"),
]
SETTINGS = LearningSettings(iterations=1, markets=4, minibatches=2, hidden=8, action_basis=4)


@pytest.fixture
def pretended_card(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """New tensors lie on a card and have no numbers; questions about them are answered with no."""
    answers: dict[str, Any] = {
        "item": lambda _: 0.0,
        "__float__": lambda _: 1.0,
        "__bool__": lambda _: False,
        "tolist": lambda values: [0.0] * len(values),
    }
    for name, answer in answers.items():
        monkeypatch.setattr(torch.Tensor, name, answer)
    # How many distinct values there are would be such a question, too.
    monkeypatch.setattr(anchor, "_of_distinct", lambda values, rows: rows(values))
    monkeypatch.setattr(LearningProblem, "rounds", 3)  # the others would be the same
    with FakeTensorMode(allow_non_fake_inputs=True), on_device(CARD):
        yield


def problem_of(name: str, belief: str, information: str) -> LearningProblem:
    game = load_game(name)
    roles = {"roles": list(ROLES) if isinstance(game, DynamicGame) else []}
    space = space_of({**BELIEFS[belief], "rational": False}, roles)
    built = build_belief(game, BELIEFS[belief])

    def draw(number: int, generator: torch.Generator) -> Supertypes:
        shape = (number, space.groups)
        values = {each.parameter.name: uniform_numbers(shape, generator) for each in space.fitted}
        # Small enough that shares of a belief are no more than one, and scales above zero.
        own = {name: 0.1 + 0.3 * values[name] for name in belief_parameters(space)}
        return Supertypes(values | own, space)

    return LearningProblem(game, built, information, draw, space)


@pytest.mark.usefixtures("pretended_card")
@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_an_iteration_of_learning_stays_on_the_card(case: tuple[str, str, str]) -> None:
    problem, generator = problem_of(*case), torch.Generator().manual_seed(0)
    policy = PolicyNetwork(problem.policy_shape(SETTINGS))
    assert {weight.device for weight in policy.parameters()} == {CARD}
    optimiser = torch.optim.SGD(policy.parameters(), lr=0.01)
    kind = pathwise_gradient if isinstance(problem.game, DynamicGame) else policy_gradient
    kind.improve(problem, SETTINGS, policy, optimiser, generator)
    assert {weight.grad.device for weight in policy.parameters()} == {CARD}


@pytest.mark.skipif(not torch.cuda.is_available(), reason="torch finds no graphics card")
@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_a_real_card_learns_what_the_processor_learns(case: tuple[str, str, str]) -> None:
    def weights(device: torch.device) -> torch.Tensor:
        with on_device(device):
            policy = training.learn(
                problem_of(*case), SETTINGS.model_copy(update={"iterations": 3})
            ).cpu()
        return torch.nn.utils.parameters_to_vector(policy.parameters())

    on_card, on_processor = weights(choose_device("cuda")), weights(torch.device("cpu"))
    torch.testing.assert_close(on_card, on_processor, rtol=1e-3, atol=1e-4)


@pytest.mark.usefixtures("pretended_card")
def test_what_is_left_with_the_processor_is_noticed() -> None:
    with pytest.raises(RuntimeError, match="same device"):
        _ = torch.rand(3) + torch.rand(3, device="cpu")


def test_the_processor_makes_everything_as_it_did() -> None:
    with on_device(torch.device("cpu")):
        drawn = uniform_numbers((2, 3), torch.Generator().manual_seed(1))
        assert here(drawn) is drawn
    assert torch.equal(drawn, torch.rand((2, 3), generator=torch.Generator().manual_seed(1)))


@pytest.mark.parametrize(
    ("wanted", "trouble", "chosen"),
    [
        ("auto", "", "cuda:0"),
        ("auto", "torch finds no graphics card.", "cpu"),
        ("cpu", "", "cpu"),
        ("cuda", "", "cuda:0"),
    ],
)
def test_a_card_is_taken_where_one_can_be_used(
    monkeypatch: pytest.MonkeyPatch, wanted: str, trouble: str, chosen: str
) -> None:
    monkeypatch.setattr(devices, "_trouble_with_card", lambda: trouble)
    assert choose_device(wanted) == torch.device(chosen)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a graphics card")
@pytest.mark.parametrize("seen", [False, True])
def test_a_card_that_cannot_be_used_is_told_and_done_without(
    monkeypatch: pytest.MonkeyPatch, seen: bool
) -> None:
    # A card that torch sees and cannot compute with: here because this torch or machine has none.
    monkeypatch.setattr(devices.torch.cuda, "is_available", lambda: seen)
    assert choose_device("auto") == torch.device("cpu")
    told = "the graphics card cannot be used" if seen else "torch finds no graphics card"
    with pytest.raises(SatisficeError, match=f"config, key device: {told}"):
        choose_device("cuda")


@pytest.mark.parametrize("fails", [False, True])
def test_seeding_for_a_while_leaves_everybodys_numbers_alone(fails: bool) -> None:
    torch.manual_seed(3)
    np.random.seed(4)  # noqa: NPY002
    before, numpy_before = torch.get_rng_state(), np.random.get_state()  # noqa: NPY002
    drawn = []
    for seed in (7, 7, 8, 2**40 + 7):
        with suppress(ZeroDivisionError), devices.seeded(seed):
            drawn.append((torch.rand(3).tolist(), np.random.rand(3).tolist()))  # noqa: NPY002
            if fails:
                _ = 1 / 0
    assert torch.equal(torch.get_rng_state(), before)
    for one, other in zip(np.random.get_state(), numpy_before, strict=True):  # noqa: NPY002
        np.testing.assert_array_equal(one, other)
    assert drawn[0] == drawn[1]
    assert drawn[0][0] != drawn[2][0] and drawn[0][1] != drawn[2][1]
    torch.manual_seed(7)
    assert torch.rand(3).tolist() == drawn[0][0]  # as torch itself is seeded
