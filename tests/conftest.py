"""Fixtures that several folders of tests share."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from satisfice.progress import ONE_THREAD

# Before the numerical libraries are imported. Two workers share two cores, and threads that wait
# for each other's cores take many times as long.
os.environ.update(ONE_THREAD)

import numpy as np
import pandas as pd
import pytest
import torch
import yaml
from xdist.scheduler import LoadScopeScheduling

from satisfice.games.base import Game
from satisfice.games.cournot import Cournot
from satisfice.io.decisions import decision_columns
from satisfice.population.policy import PolicyNetwork, PolicyShape

pytest_plugins = ["tiny_runs"]  # in tests/fixtures

ROOT = Path(__file__).resolve().parents[1]
HUCK = ROOT / "data" / "cournot" / "huck2004"
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
SMOKE_RUN = ("test_smoke", "test_readme", "test_bad_input", "test_slurm", "test_kill",
             "test_experiments")  # fmt: skip
"""Files of tests that look at the same run of the smoke configuration."""

HABIT = {"stay": 0.15, "explore": 0.5, "reach": 0.1}


class Together(LoadScopeScheduling):
    """Keeps in one process what shares an expensive fixture."""

    def _split_scope(self, nodeid: str) -> str:
        path = Path(nodeid.split("::")[0])
        if path.stem in SMOKE_RUN:
            return "smoke"
        tiny = path.parent.name == "stages" or path.stem.startswith("test_rules")
        return "stages" if tiny else str(path)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--kills", type=int, default=0, help="kill a whole smoke run so many times")
    parser.addoption("--kill-seed", type=int, default=0, help="draw the moments of a run again")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Together:
    config.option.loadscopereorder = False
    return Together(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start with what takes longest."""
    items.sort(key=lambda item: item.path.parent.name != "workflow")


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """A test that chooses a number of threads leaves the others alone."""
    yield
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture(scope="session")
def variants() -> dict[str, dict[str, Any]]:
    """Config blocks of three variants, resolved, with very little training."""
    habit = {"prior_belief": "habit", "information": "market", "rational": False, **HABIT}
    uniform = {"prior_belief": "uniform", "information": "none", "rational": False}
    rational = {"prior_belief": "uniform", "information": "none", "rational": True}
    return {
        name: {**block, "reward": "own", "learning": LEARNING}
        for name, block in {"habit": habit, "uniform": uniform, "rational": rational}.items()
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


def _made_decisions(game: Game, markets: int = 3, treatments: Sequence[str] = ()) -> pd.DataFrame:
    generator = np.random.default_rng(0)
    low, high = (int(each) for each in (game.action_values.min(), game.action_values.max()))
    rows = [
        [
            treatment,
            market,
            period,
            game.roles[agent] if game.roles else agent + 1,
            int(generator.integers(low, high + 1)),
            *generator.normal(5.0, 1.0, len(game.recorded) - 1).round(3),
        ]
        for treatment in treatments or game.treatments
        for market in range(1, markets + 1)
        for period in range(1, game.rounds + 1)
        for agent in range(game.treatments[treatment])
    ]
    return pd.DataFrame(rows, columns=list(decision_columns(game)))


@pytest.fixture(scope="session")
def made_decisions() -> Any:
    """Makes up decisions of a game in long format, in some or all of its treatments."""
    return _made_decisions


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
def examples() -> Callable[[str], dict[str, str]]:
    """Finds a document's code blocks that are marked as a file's content, by the file's name."""
    pattern = re.compile(r"<!-- example: (\S+) -->\n```\w+\n(.*?)```", re.DOTALL)
    return lambda text: dict(pattern.findall(text))


@pytest.fixture
def untouched_randomness() -> Iterator[None]:
    """Random numbers that torch and numpy keep for everybody are the same after a test."""
    torch.manual_seed(11)
    np.random.seed(12)  # noqa: NPY002
    before, numpy_before = torch.get_rng_state(), np.random.get_state()  # noqa: NPY002
    yield
    assert torch.equal(torch.get_rng_state(), before)
    for one, other in zip(np.random.get_state(), numpy_before, strict=True):  # noqa: NPY002
        np.testing.assert_array_equal(one, other)
