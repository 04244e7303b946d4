"""Tiny runs: for each game all stages in one process, with too little of all."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import torch

from satisfice.games.beer_game import ROLES
from satisfice.io.files import read_json
from satisfice.io.game_run import GameRun
from satisfice.report.catalogue import FIGURES
from satisfice.stages.check import check
from satisfice.stages.infer import infer
from satisfice.stages.learn import learn
from satisfice.stages.observe import observe
from satisfice.stages.predict import predict
from satisfice.stages.report import report
from satisfice.stages.score import score
from satisfice.stages.simulate import simulate
from satisfice.stages.verify import verify

CAPTIONS = Path(__file__).resolve().parents[2] / "workflow" / "report"
VERIFICATION = {
    "supertypes": 3,
    "responder": {"iterations": 2, "markets": 2, "learning_rate": 0.01, "hidden": 8},
}
INFERENCE = {
    "members": 2,
    "estimator": {"hidden": 8, "components": 2, "batch": 50, "most_epochs": 2},
    "recombination": {"neighbours": 1},
    "draws": 100,
    "lc2st_trials": 5,
}
PRIOR = {"mu": [0.0, 1.0], "sigma": [0.02, 0.5], "beta": [0.02, 2.0]}
Variants = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class TinyRun:
    """All stages of a game, in one process, with too little of all.

    Attributes:
        game: Name of the game.
        base: Folder that holds data/ and results/, as a project does.
        dataset: Folder of the human data.
        held_out: What inference must not see.
        variants: Config blocks, resolved: prior beliefs, the default first, and then PPO.
        prior: The config's parameter_prior.
        rivals: Rules of the game to predict beside the models.
        simulations: Number of simulations of each prior belief.
        reserved: How many of them are set aside for calibration checks.
    """

    game: str
    base: Path
    dataset: Path
    held_out: Mapping[str, Sequence[str]]
    variants: Mapping[str, dict[str, Any]]
    prior: Mapping[str, Any] = field(default_factory=lambda: PRIOR)
    rivals: Sequence[str] = ("equilibrium",)
    simulations: int = 400
    reserved: int = 50

    @property
    def folder(self) -> Path:
        return self.base / "results" / "tiny" / self.game

    @property
    def beliefs(self) -> list[str]:
        return [name for name in self.variants if name != "ppo"]

    @property
    def run(self) -> GameRun:
        return GameRun(str(self.folder), tuple(self.beliefs), tuple(self.rivals))

    @property
    def observed(self) -> Path:
        return self.folder / "observed.csv"

    @property
    def policies(self) -> dict[str, Path]:
        return {name: Path(self.run.policy(name)) for name in self.variants}

    @property
    def posteriors(self) -> dict[str, Path]:
        return {name: Path(self.run.inferred(name, "posterior.nc")) for name in self.beliefs}

    @property
    def predictive(self) -> dict[str, Path]:
        return {name: Path(self.run.predictions(name)) for name in self.run.contenders}

    @property
    def paths(self) -> Path:
        return self.folder / "paths.npz"

    @property
    def config(self) -> dict[str, Any]:
        """What the game's config says of all this."""
        return {
            "default_belief": self.beliefs[0],
            "beliefs": {name: self.variants[name] for name in self.beliefs},
            "rivals": list(self.rivals),
            "simulation": {"simulations": self.simulations},
            "inference": {**INFERENCE, "sbc": self.reserved},
        }

    def walk(self) -> TinyRun:
        """Go through all stages from the data to the diagnostics."""
        torch.set_num_threads(1)
        observe(self.game, self.dataset, self.held_out, self.observed)
        for name, variant in self.variants.items():
            learn(self.game, name, variant, self.prior, 7, self.policies[name])
            verify(self.policies[name], VERIFICATION, 7)
        for belief in self.beliefs:
            self._simulate_and_infer(belief)
        predict(self.game, vars(self.run), self.dataset, 100, 7)
        for belief in self.beliefs:
            check(self.game, belief, vars(self.run), self.config, 7)
        default = self.posteriors[self.beliefs[0]]
        (self.folder / "posterior.nc").write_bytes(default.read_bytes())
        score(self.game, vars(self.run), 100, self.rivals[-1:], 7)
        return self

    def reported(self, base: Path, *figures: str) -> TinyRun:
        """A copy of the run with its report, which has only a few figures to save time."""
        copy = replace(self, base=base)
        shutil.copytree(self.folder, copy.folder)
        captions = [CAPTIONS / f"{name}.rst" for name in figures]
        with pytest.MonkeyPatch.context() as patch:
            shown = {name: FIGURES[name] for name in figures}
            patch.setattr("satisfice.stages.report.FIGURES", shown)
            report("tiny", self.game, vars(copy.run), self.config, self.dataset, 7, captions)
        return copy

    @property
    def figures(self) -> dict[str, str]:
        """What its figures show, in words."""
        texts: dict[str, str] = read_json(self.folder / "figures" / "descriptions.json")
        return texts

    @property
    def html(self) -> str:
        return (self.folder / "report.html").read_text(encoding="utf-8")

    def _simulate_and_infer(self, belief: str) -> None:
        run, table = self.run, self.run.simulations(belief)
        parts = [f"{self.folder}/simulations/{belief}/chunk_{n}.npz" for n in range(2)]
        given = (self.policies[belief], self.dataset, self.simulations, 7)
        for chunk, part in enumerate(parts):
            simulate(*given, part, chunks=2, chunk=chunk)
        simulate(*given, table, parts=parts)
        infer(
            belief,
            table,
            self.observed,
            self.config["inference"],
            7,
            *(
                run.inferred(belief, name)
                for name in ("ensemble.safetensors", "ensemble.json", "posterior.npz")
            ),
        )


@pytest.fixture(scope="session")
def tiny_run(
    tmp_path_factory: pytest.TempPathFactory,
    variants: Variants,
    write_dataset: Callable[..., Path],
) -> TinyRun:
    """Cournot with two treatments and two prior beliefs."""
    base = tmp_path_factory.mktemp("tiny")
    dataset = write_dataset(base / "data" / "cournot" / "few", {"2": 2, "3": 2})
    held_out = {"treatments": ["3"], "statistics": []}
    return TinyRun("cournot", base, dataset, held_out, variants).walk()


def anchored(information: str, spread: float, learning: Mapping[str, Any]) -> dict[str, Any]:
    """The config block of a variant with the game's rule of thumb as prior belief, resolved."""
    return {
        "prior_belief": "anchor",
        "information": information,
        "reward": "own",
        "rational": False,
        "explore": 0.1,
        "spread": spread,
        "inertia": 0.0,
        "learning": dict(learning),
    }


@pytest.fixture(scope="session")
def tiny_cobweb(
    tmp_path_factory: pytest.TempPathFactory, variants: Variants, root: Path
) -> TinyRun:
    """The cobweb, whose prices are noisy and whose producers share one supertype."""
    anchor = anchored("market", 0.5, variants["uniform"]["learning"])
    return TinyRun(
        "cobweb",
        tmp_path_factory.mktemp("tiny_cobweb"),
        root / "data" / "cobweb" / "hommes2007",
        {"treatments": ["strongly_unstable"], "statistics": []},
        {"anchor": anchor, "uniform": variants["uniform"], "ppo": variants["ppo"]},
        rivals=("equilibrium", "naive_expectations", "adaptive_expectations"),
        simulations=128,
        reserved=28,
    ).walk()


@pytest.fixture(scope="session")
def tiny_beer_game(
    tmp_path_factory: pytest.TempPathFactory, variants: Variants, root: Path
) -> TinyRun:
    """The beer game, where every role has a supertype of its own."""
    learning = variants["uniform"]["learning"] | {"hidden": 8, "smallest_cost": 0.01}
    anchor = anchored("local", 2.86, learning) | {"reward": "team", "inertia": 0.5}
    return TinyRun(
        "beer_game",
        tmp_path_factory.mktemp("tiny_beer_game"),
        root / "data" / "beer_game" / "sterman1989",
        {"treatments": [], "statistics": ["*_peak_order", "*_inventory", "*_week"]},
        {"anchor": anchor, "ppo": anchor | {"rational": True}},
        prior=PRIOR | {"roles": list(ROLES)},
        rivals=("equilibrium", "tuned_base_stock", "sterman"),
        simulations=128,
        reserved=28,
    ).walk()


@pytest.fixture(scope="session")
def tiny_traits(
    tmp_path_factory: pytest.TempPathFactory, variants: Variants, write_dataset: Callable[..., Path]
) -> TinyRun:
    """Cournot with a habit two of whose parameters are fitted, while sigma is held fixed."""
    base = tmp_path_factory.mktemp("tiny_traits")
    fitted = {"stay": [0.0, 0.5], "reach": [0.01, 1.0]}
    return TinyRun(
        "cournot",
        base,
        write_dataset(base / "data" / "cournot" / "few", {"2": 2, "3": 2}),
        {"treatments": ["3"], "statistics": []},
        {"habit": variants["habit"] | fitted, "ppo": variants["ppo"]},
        prior={"mu": [0.0, 1.0], "sigma": 0.2, "beta": [0.02, 2.0], "roles": []},
    ).walk()
