"""Fixtures that several folders of tests share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
import yaml

from satisfice.behaviour.policy import PolicyNetwork, PolicyShape
from satisfice.games.cournot import Cournot

ROOT = Path(__file__).resolve().parents[1]
HUCK = ROOT / "data" / "cournot" / "huck2004"
PRIOR = {"mu": [0.0, 1.0], "sigma": [0.02, 0.5], "beta": [0.02, 2.0]}
LEARNING = {
    "iterations": 5,
    "markets": 8,
    "minibatches": 2,
    "learning_rate": 0.005,
    "clip": 0.2,
    "discount": 1.0,
    "averaging": 0.9,
    "hidden": 16,
    "action_basis": 4,
    "smallest_cost": 0.001,
}
HABIT = {"stay": 0.15, "explore": 0.5, "reach": 0.1}


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture(scope="session")
def variants() -> dict[str, dict[str, Any]]:
    """Config blocks of three variants, resolved, with very little training."""
    habit = {"prior_belief": "habit", "information": "market", "rational": False, **HABIT}
    uniform = {"prior_belief": "uniform", "information": "none", "rational": False, **HABIT}
    rational = {"prior_belief": "uniform", "information": "none", "rational": True}
    return {
        name: {**block, "learning": LEARNING}
        for name, block in {"habit": habit, "uniform": uniform, "ppo": rational}.items()
    }


def _write_dataset(folder: Path, markets: Mapping[str, int]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    described = yaml.safe_load((HUCK / "dataset.yaml").read_text(encoding="utf-8"))
    described["design"]["markets"] = dict(markets)
    (folder / "dataset.yaml").write_text(
        yaml.safe_dump(described, sort_keys=False), encoding="utf-8"
    )
    header, *rows = (HUCK / "statistics.csv").read_text(encoding="utf-8").splitlines()
    kept = [row for row in rows if row.split(",")[0] in markets]
    text = "\n".join([header, *kept]) + "\n"
    (folder / "statistics.csv").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def write_dataset() -> Any:
    """Writes a data set with a few treatments and markets, valid unless a test spoils it."""
    return _write_dataset


@pytest.fixture
def restless_policy() -> Any:
    """Builds a policy network whose random weights really depart from the prior belief."""

    def build(information: str = "none", seed: int = 0) -> PolicyNetwork:
        game = Cournot()
        features = len(game.information[information])
        shape = PolicyShape(101, 5, features, hidden=16, action_basis=6)
        policy = PolicyNetwork(shape)
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for weight in policy.parameters():
                weight.copy_(torch.randn(weight.shape, generator=generator) * 0.2)
        return policy.eval()

    return build


@pytest.fixture(scope="session")
def tiny_run(
    tmp_path_factory: pytest.TempPathFactory, variants: dict[str, dict[str, Any]]
) -> SimpleNamespace:
    """All stages from the data to the diagnostics, in one process, with too little of all."""
    # Importing the stages takes seconds, which only tests of stages should pay.
    from satisfice.stages import data, evaluate, infer, learn, simulate  # noqa: PLC0415

    torch.set_num_threads(1)
    base = tmp_path_factory.mktemp("tiny")
    folder = base / "results" / "tiny" / "cournot"
    dataset = _write_dataset(base / "data" / "cournot" / "few", {"2": 2, "3": 2})
    observed = folder / "observed.csv"
    data.observe("cournot", dataset, ["3"], observed)
    for name, variant in variants.items():
        policy = folder / "policy" / name
        learn.train_policy("cournot", name, variant, PRIOR, 7, policy)
        learn.verify_policy(policy, 3, 7, policy / "verification.json")
    estimator = {"hidden": 8, "components": 2, "batch": 50, "most_epochs": 2}
    for belief in ("habit", "uniform"):
        parts = [folder / "simulations" / belief / f"chunk_{chunk}.npz" for chunk in range(2)]
        for chunk, part in enumerate(parts):
            policy = folder / "policy" / belief
            simulate.simulate_chunk(policy, dataset, 400, 2, chunk, 7, part)
        together = folder / "simulations" / f"{belief}.npz"
        simulate.gather_simulations([str(part) for part in parts], together)
        inference = folder / "inference" / belief
        members = [inference / f"member_{number}.safetensors" for number in range(2)]
        for number, member in enumerate(members):
            infer.fit_member(together, observed, PRIOR, estimator, 50, number, 7, member)
        posterior = inference / "posterior.npz"
        paths = [str(member) for member in members]
        infer.sample_posterior(paths, together, observed, PRIOR, 50, 100, 7, posterior)
    models = {
        "bounded": ("habit", folder / "inference" / "habit" / "posterior.npz"),
        "bounded_uniform": ("uniform", folder / "inference" / "uniform" / "posterior.npz"),
        "ppo": ("ppo", None),
        "equilibrium": (None, None),
    }
    predictive = {name: folder / "predictive" / f"{name}.npz" for name in models}
    for name, (trained, posterior) in models.items():
        simulate.predict(
            "cournot",
            name,
            dataset,
            100,
            7,
            predictive[name],
            policy=folder / "policy" / trained if trained else None,
            posterior=posterior,
        )
    evaluate.score(observed, predictive, 100, 7, folder / "scores.csv")
    evaluate.assemble(
        observed,
        folder / "simulations" / "habit.npz",
        folder / "inference" / "habit" / "posterior.npz",
        predictive["bounded"],
        {"game": "cournot", "prior_belief": "habit", "seed": 7, "config": {"sbc": 50}},
        folder / "posterior.nc",
    )
    made = {
        name: {
            "training": folder / "policy" / name / "training.csv",
            "verification": folder / "policy" / name / "verification.json",
            "simulations": folder / "simulations" / f"{name}.npz",
            "posterior": folder / "inference" / name / "posterior.npz",
        }
        for name in variants
    }
    rational = made.pop("ppo")
    scores, diagnostics = folder / "scores.csv", folder / "diagnostics.json"
    evaluate.diagnose(observed, made, rational, scores, diagnostics)
    evaluate.join_scores({"cournot": scores}, folder.parent / "scores.csv")
    return SimpleNamespace(base=base, folder=folder, dataset=dataset, observed=observed)
