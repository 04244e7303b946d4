"""Tiny runs: for each game all stages in one process, with too little of all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import torch

from satisfice.games.beer_game import ROLES
from satisfice.stages import (
    calibrate,
    data,
    diagnose,
    evaluate,
    infer,
    learn,
    misspecify,
    paths,
    predict,
    simulate,
    verify,
)

VERIFICATION = {
    "supertypes": 3,
    "responder": {"iterations": 2, "markets": 2, "learning_rate": 0.01, "hidden": 8},
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
    def observed(self) -> Path:
        return self.folder / "observed.csv"

    @property
    def beliefs(self) -> list[str]:
        return [name for name in self.variants if name != "ppo"]

    @property
    def models(self) -> dict[str, str]:
        """The variant behind each model that has one."""
        default, *others = self.beliefs
        return {"bounded": default, **{f"bounded_{b}": b for b in others}, "ppo": "ppo"}

    @property
    def policies(self) -> dict[str, Path]:
        return {name: self.folder / "policy" / name for name in self.variants}

    @property
    def posteriors(self) -> dict[str, Path]:
        return {b: self.folder / "inference" / b / "posterior.nc" for b in self.beliefs}

    @property
    def predictive(self) -> dict[str, Path]:
        names = [*self.models, *self.rivals]
        return {name: self.folder / "predictive" / f"{name}.npz" for name in names}

    @property
    def blocks(self) -> dict[str, dict[str, Any]]:
        """Config of each contender of the default run."""
        groups = {name: "rival" if name == "ppo" else "belief" for name in self.models}
        trained = {
            name: {"group": groups[name], "belief": variant}
            for name, variant in self.models.items()
        }
        return trained | {name: {"group": "rival", "rule": name} for name in self.rivals}

    @property
    def groups(self) -> dict[str, str]:
        return {name: block["group"] for name, block in self.blocks.items()}

    def policy_of(self, block: Mapping[str, Any]) -> Path | None:
        """Folder of the policy that a config block names."""
        return self.policies[block["belief"]] if block.get("belief") else None

    @property
    def paths(self) -> Path:
        return self.folder / "paths.npz"

    def walk(self) -> TinyRun:
        """Go through all stages from the data to the diagnostics."""
        torch.set_num_threads(1)
        data.observe(self.game, self.dataset, self.held_out, self.observed)
        for name, variant in self.variants.items():
            policy = self.policies[name]
            learn.train_policy(self.game, name, variant, dict(self.prior), 7, policy)
            verify.verify_policy(policy, VERIFICATION, 7, policy / "verification.json")
        for belief in self.beliefs:
            self._calibrate(belief)
        self._predict()
        self._keep_paths()
        for belief in self.beliefs:
            misspecify.misspecify(
                self._made(belief)["simulations"],
                self.observed,
                self.reserved,
                {rival: self.predictive[rival] for rival in self.rivals},
                self._made(belief)["misspecification"],
            )
        scores = self.folder / "scores.csv"
        evaluate.score(self.observed, self.predictive, self.groups, 100, 7, scores)
        for model, belief in list(self.models.items())[:-1]:
            evaluate.assemble(
                self.observed,
                self._made(belief)["simulations"],
                self._made(belief)["posterior"],
                self._made(belief)["calibration"],
                self._made(belief)["misspecification"],
                self.predictive[model],
                {"game": self.game, "prior_belief": belief, "seed": 7, "config": {"sbc": 50}},
                self.posteriors[belief],
            )
        default = self.posteriors[self.beliefs[0]]
        (self.folder / "posterior.nc").write_bytes(default.read_bytes())
        made = {
            belief: {**self._made(belief), "predictive": self.predictive[model]}
            for model, belief in list(self.models.items())[:-1]
        }
        rational, output = self._made("ppo"), self.folder / "diagnostics.json"
        detects = self.rivals[-1:]
        diagnose.diagnose(self.game, self.observed, made, rational, scores, detects, output)
        evaluate.join_scores({self.game: scores}, self.folder.parent / "scores.csv")
        return self

    def _made(self, variant: str) -> dict[str, Path]:
        return {
            "training": self.policies[variant] / "training.csv",
            "verification": self.policies[variant] / "verification.json",
            "simulations": self.folder / "simulations" / f"{variant}.npz",
            "posterior": self.folder / "inference" / variant / "posterior.npz",
            "calibration": self.folder / "inference" / variant / "calibration.npz",
            "misspecification": self.folder / "inference" / variant / "misspecification.json",
        }

    def _calibrate(self, belief: str) -> None:
        together, posterior = (self._made(belief)[key] for key in ("simulations", "posterior"))
        parts = [self.folder / "simulations" / belief / f"chunk_{n}.npz" for n in range(2)]
        for chunk, part in enumerate(parts):
            policy = self.policies[belief]
            simulate.simulate_chunk(policy, self.dataset, self.simulations, 2, chunk, 7, part)
        simulate.gather_simulations([str(part) for part in parts], together)
        estimator = {"hidden": 8, "components": 2, "batch": 50, "most_epochs": 2}
        inference = {"members": 2, "estimator": estimator, "sbc": self.reserved}
        inference["recombination"] = {"neighbours": 1}
        common = (together, self.observed)
        ensemble = posterior.parent / "ensemble.safetensors"
        infer.fit_ensemble(*common, inference, 7, ensemble)
        infer.sample_posterior(ensemble, *common, self.reserved, 100, 7, posterior)
        checked = self._made(belief)["calibration"]
        calibrate.calibrate_posterior(ensemble, *common, self.reserved, 5, 7, checked)

    def _keep_paths(self) -> None:
        paths.keep_paths(
            self.game,
            self.dataset,
            {name: self.predictive[name] for name in ("bounded", "ppo", "equilibrium")},
            self.blocks,
            {name: self.policy_of(block) for name, block in self.blocks.items()},
            7,
            self.paths,
        )

    def _predict(self) -> None:
        for name, block in self.blocks.items():
            bounded = block["group"] == "belief"
            posterior = self._made(block["belief"])["posterior"] if bounded else None
            predict.predict(
                self.game, name, block, self.policy_of(block), self.dataset, 100, 7,
                self.predictive[name], posterior=posterior,
            )  # fmt: skip


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
