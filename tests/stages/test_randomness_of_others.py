"""What is computed here takes nothing from the random numbers of a program that asks for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import satisfice
from experiments.cross_checks import sbi_cross_checks
from experiments.cross_checks.one_estimator import train_estimator
from experiments.cross_checks.sbi_cross_checks import neural_likelihood, sequential_abc
from experiments.sharing.fixed_agents import FixedAgents, learn_individually, learn_shared
from satisfice.games.beer_game import BeerGame
from satisfice.games.cournot import Cournot
from satisfice.inference.density_training import EstimatorSettings
from satisfice.inference.ensemble import Ensemble
from satisfice.inference.sbi_compat import sample_estimator, train_ensemble
from satisfice.learning.exploitability import train_responder
from satisfice.learning.populations import build_problem
from satisfice.learning.problem import LearningSettings
from satisfice.learning.training import learn
from satisfice.population.beliefs import UniformBelief
from satisfice.population.policy import PolicyNetwork
from satisfice.population.registry import space_of
from satisfice.stages.infer import infer
from satisfice.stages.learn import learn as learn_stage
from satisfice.stages.verify import verify

pytestmark = pytest.mark.usefixtures("untouched_randomness")
SMALL = EstimatorSettings(hidden=8, transforms=1, batch=50, most_epochs=2)
LEARNING = LearningSettings(iterations=2, markets=4, minibatches=2, hidden=8, action_basis=4)
BLOCK = {
    "cournot": {"prior_belief": "habit", "information": "market"},
    "beer_game": {"prior_belief": "anchor", "information": "local", "inertia": 0.5},
}
INFERENCE = {
    "members": 2,
    "estimator": {"hidden": 8, "components": 2, "batch": 50, "most_epochs": 2},
    "recombination": {"neighbours": 4},
    "sbc": 50,
    "draws": 10,
}
VERIFICATION = {
    "supertypes": 2,
    "responder": {"iterations": 2, "markets": 2, "learning_rate": 0.01, "hidden": 8},
}


def data() -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(0)
    cube = generator.random((400, 2))
    return cube, cube + 0.1 * generator.normal(size=cube.shape)


@pytest.mark.parametrize("game", [Cournot(), BeerGame()])
def test_learning(game: Any) -> None:
    block = {**BLOCK[game.name], "reward": "own", "rational": False}
    problem = build_problem(game, block, space_of(block, {}))
    policy = learn(problem, LEARNING)
    if game.name == "cournot":
        assert isinstance(policy, PolicyNetwork)
        train_responder(problem, policy, LEARNING)


def test_learning_of_fixed_agents() -> None:
    game = Cournot((2,))
    agents = FixedAgents(game, UniformBelief(game.action_values), np.array([0.5, 0.2, 0.3]))
    learn_shared(agents, LEARNING)
    learn_individually(agents, LEARNING)


@pytest.mark.parametrize("estimator", ["mdn", "zuko_maf"])
def test_estimators(estimator: Any) -> None:
    settings = EstimatorSettings(estimator=estimator, hidden=8, batch=50, most_epochs=2)
    cube, statistics = data()
    trained, _ = train_estimator(cube, statistics, settings, 1)
    train_ensemble(cube, statistics, settings, [1, 2])
    sample_estimator(trained, statistics[:2], 10, 1)


def test_other_estimators(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sbi_cross_checks, "WARM_UP", 3)
    cube, statistics = data()
    neural_likelihood(cube, statistics, statistics[0], SMALL, 20, 1)
    sequential_abc(lambda points: points, 2, statistics[0], np.full(2, 0.1), 400, 10, 1)


def test_rules_that_train_and_draw(tiny_run: Any, tmp_path: Path) -> None:
    simulated = tiny_run.run.simulations("uniform")
    names = {
        "ensemble": "ensemble.safetensors",
        "record": "ensemble.json",
        "draws": "posterior.npz",
    }
    made = {key: tmp_path / name for key, name in names.items()}
    infer("uniform", simulated, tiny_run.observed, INFERENCE, 7, **made)
    Ensemble.load(made["ensemble"])
    variant = tiny_run.variants["uniform"]
    learn_stage("cournot", "uniform", variant, tiny_run.prior, 7, tmp_path)
    verify(tmp_path, VERIFICATION, 7)


def test_functions(tiny_run: Any) -> None:
    model = satisfice.load_model(tiny_run.policies["habit"])
    people = satisfice.load_data(tiny_run.dataset, model)
    satisfice.simulate(model, [0.5, 0.2, 0.3], {"2": 2}, seed=1)
    satisfice.play(model, [0.5, 0.2, 0.3], {"2": 2}, seed=1)
    fitted = satisfice.fit(
        model, people, tiny_run.held_out, simulations=128, draws=10, settings=SMALL
    )
    satisfice.predict(fitted, draws=5)
    assert torch.isfinite(torch.from_numpy(fitted.theta)).all()
