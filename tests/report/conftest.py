"""A tiny made-up run: all files that a report reads, written in seconds."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from made_up_decisions import write_decisions

from satisfice.evaluation.rows import COLUMNS
from satisfice.games.cournot import Cournot
from satisfice.io.checkpoints import save_policy
from satisfice.io.files import write_arrays, write_json, write_table
from satisfice.io.game_run import GameRun
from satisfice.io.inference_data import dataset, write_inference_data
from satisfice.io.observed import OBSERVED_COLUMNS
from satisfice.io.played_paths import LEVELS, PlayedPath, write_paths
from satisfice.learning.populations import build_problem
from satisfice.learning.problem import LearningSettings
from satisfice.population.derived import derived_quantities
from satisfice.population.parameters import ParameterSpace
from satisfice.population.policy import PolicyNetwork
from satisfice.population.registry import space_of
from satisfice.population.supertypes import SKILL_PARAMETERS
from satisfice.report.catalogue import DECISION_FIGURES, FIGURES
from satisfice.stages.report import overview, report, report_decisions

EXAMPLE = Path(__file__).resolve().parents[2] / "docs/examples/cournot_decisions.csv"
PRIOR = {"mu": [0.0, 1.0], "sigma": [0.02, 0.5], "beta": [0.02, 2.0]}
VARIANTS: dict[str, dict[str, Any]] = {
    "habit": {
        "prior_belief": "habit", "information": "market", "reward": "own", "rational": False,
        "stay": 0.15, "explore": 0.5, "reach": 0.1,
    },
    "uniform": {
        "prior_belief": "uniform", "information": "none", "reward": "own", "rational": False,
    },
    "rational": {
        "prior_belief": "uniform", "information": "none", "reward": "own", "rational": True,
    },
}  # fmt: skip
PARAMETERS = ["mu", "sigma", "beta"]
CRPS = {"bounded": 0.4, "bounded_uniform": 1.5, "rational": 4.0, "equilibrium": 2.0}


def gate(name: str, *, passed: bool, model: str = "habit", **other: Any) -> dict[str, Any]:
    """One gate with plausible numbers."""
    value = 0.2 if passed else 0.9
    defaults = {"value": value, "threshold": 0.5, "meaning": f"What {name} means."}
    return {"model": model, "name": name, "passed": passed} | defaults | other


def make_gates() -> list[dict[str, Any]]:
    """Gates of a run in which one check of calibration fails."""
    return [
        gate("sbc", passed=False),
        gate("ensemble_rhat", passed=True),
        gate("exact_qre", passed=True, model="uniform", value=0.01, threshold=0.04),
        gate("held_out_prediction", passed=True, model="all"),
    ]


def make_scores(crps: dict[str, float]) -> pd.DataFrame:
    """A table with the columns of scores.csv."""
    rows = [
        [name, "rival", "none", "default", part, score, value, value * 0.8, value * 1.3]
        for part in ("fit", "held_out")
        for name, value in crps.items()
        for score in ("crps", "coverage_90")
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def make_observed(game: Cournot) -> pd.DataFrame:
    """Human statistics, the last two treatments held out."""
    rows = [
        [t, name, 0.5 + 0.01 * i, 0.1, "unverified" if i == 0 else "primary",
         "held_out" if t in ("4", "5") else "fit", 6]
        for t in game.treatments
        for i, name in enumerate(game.statistics)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=OBSERVED_COLUMNS)


def write_posterior(path: Path, observed: pd.DataFrame, seed: int, *leave_out: str) -> None:
    """A posterior.nc with the groups that a report reads, less those left out."""
    generator = np.random.default_rng(seed)
    prior = ParameterSpace.of(SKILL_PARAMETERS, PRIOR)

    def parameters(chains: int, draws: int) -> Any:
        theta = prior.from_unit(generator.random((chains, draws, 3)))
        named = {name: theta[..., i] for i, name in enumerate(PARAMETERS)}
        coords = {"chain": np.arange(chains), "draw": np.arange(draws)}
        return dataset(named | derived_quantities(theta), ["chain", "draw"], coords)

    shape = (observed.treatment.nunique(), observed.statistic.nunique())
    human = {"statistics": observed.value.to_numpy().reshape(shape)}
    truth = prior.from_unit(generator.random((60, 3)))
    ranks = dataset(
        {
            "rank": generator.integers(0, 51, (60, 3)),
            "truth": truth,
            "mean": truth * 1.1,
            "sd": 0.1 * truth,
            "contraction": generator.random((60, 3)),
            "z_score": generator.normal(size=(60, 3)),
        },
        ["simulation", "parameter"],
        {"parameter": PARAMETERS},
    ).assign(tarp_rank=("simulation", generator.integers(0, 51, 60)))
    ranks.attrs["largest_rank"] = 50
    groups = {
        "posterior": parameters(2, 50),
        "prior": parameters(1, 80),
        "observed_data": dataset(human, ["treatment", "statistic"]),
        "constant_data": dataset(human, ["treatment", "statistic"]),
        "sbc": ranks,
    }
    kept = {name: group for name, group in groups.items() if name not in leave_out}
    found = {
        "versions": {"python": "3.11", "numpy": "2"},
        "warning": "The human statistics are unlike those of this model.",
        "misspecification": make_misspecification(observed),
        "space": prior.as_json(),
    }
    write_inference_data(path, kept, found)


def make_tested(game: str = "cournot", **p_values: float) -> pd.DataFrame:
    """A table with the columns of misspecification.csv."""
    rows = [
        {
            "game": game, "contender": name, "parameters": 1, "statistics": 4, "d2": 1.0 / p_value,
            "p_value": p_value, "rejected_own_at_minimiser": 0.05, "at_other_theta": 0.05,
            "simulations": 100, "d2_direct": 1.0 / p_value, "usual_q95": 9.0, "settled": True,
            "theta": "mu 0.5", "worst": "2/mean_rounds_1_8", "worst_sd": -2.5,
        }
        for name, p_value in (p_values or {"bounded": 0.01, "bounded_uniform": 0.002}).items()
    ]  # fmt: skip
    return pd.DataFrame(rows)


def make_misspecification(observed: pd.DataFrame) -> dict[str, Any]:
    """What the test of misspecification found, less what no figure shows."""
    fitted = observed[observed.split == "fit"]
    rows = [
        {
            "treatment": t,
            "statistic": name,
            "human": 0.5,
            "provenance": "primary",
            "standard_deviations": 5.0 - i,
        }
        for i, (t, name) in enumerate(zip(fitted.treatment, fitted.statistic, strict=True))
    ]
    return {"p_value": 0.001, "usual": {"simulations": 999}, "statistics": rows}


def write_variant(folder: Path, game: Cournot, name: str) -> None:
    """An untrained policy with its curves and verification."""
    space = space_of(VARIANTS[name], PRIOR)
    problem = build_problem(game, VARIANTS[name], space)
    shape = problem.policy_shape(LearningSettings(hidden=8, action_basis=4))
    description = {"game": "cournot", "variant_name": name, "variant": VARIANTS[name]}
    save_policy(folder, PolicyNetwork(shape), description | {"space": space.as_json()})
    steps = np.arange(1.0, 9.0)
    names = ("net_payoff", "payoff", "divergence", "entropy", "policy_change")
    curves = {column: 1.0 / steps for column in names}
    write_table(folder / "training.csv", pd.DataFrame({"decisions": steps * 100} | curves))
    write_json(folder / "verification.json", make_verification(game, name))


def make_verification(game: Cournot, name: str) -> dict[str, Any]:
    """The content of verification.json."""
    spread = {"mean": 0.01, "p95": 0.02, "max": 0.03}
    found: dict[str, Any] = {"supertypes": 3}
    limit = {"value": 20.0, "low": 19.5, "high": 20.5, "kept": True}
    found["rational_limits"] = {t: {"mean quantity": limit} for t in game.treatments}
    found["exploitability"] = {
        "method": "exact" if name == "uniform" else "responder",
        **spread,
        "by_treatment": dict.fromkeys(game.treatments, spread),
        "by_processing_cost": [{"low": 0.1, "high": 0.2, "mean": 0.01}],
    }
    if name == "uniform":
        by_treatment = {t: {"total_variation": spread} for t in game.treatments}
        found["exact_qre"] = {"total_variation": spread, "by_treatment": by_treatment}
    if name != "rational":
        found["processing_cost"] = {
            "processing_cost": [0.01, 0.1, 1.0],
            "payoff": [0.9, 0.7, 0.4],
            "largest_rise": 0.0,
            "very_large_cost": 200.0,
            "total_variation_from_prior_belief": 0.001,
        }
    return found


def make_paths(game: Cournot, generator: np.random.Generator) -> list[PlayedPath]:
    """Play over time without a pattern."""
    (shown,) = game.paths
    played = []
    for treatment in game.treatments:
        drawn = 1 + 0.1 * generator.normal(size=(40, game.rounds))
        means = {"rational": drawn[0], "equilibrium": np.ones(game.rounds)}
        quantiles = np.quantile(drawn, LEVELS, axis=0)
        played.append(PlayedPath(shown, treatment, quantiles, drawn[:2], means))
    return played


@dataclass
class MadeUpRun:
    """A made-up run of Cournot, and the calls that a workflow would make.

    Attributes:
        root: Folder of the game's results, and of the data.
        config: The game's.
    """

    root: Path
    config: dict[str, Any] = field(
        default_factory=lambda: {
            "default_belief": "habit",
            "beliefs": {name: VARIANTS[name] for name in ("habit", "uniform")},
            "rivals": ["equilibrium"],
            "simulation": {"simulations": 20000},
        }
    )

    @property
    def run(self) -> GameRun:
        return GameRun.of(str(self.root), self.config)

    @property
    def posteriors(self) -> dict[str, Path]:
        return {name: Path(self.run.inferred(name, "posterior.nc")) for name in self.run.beliefs}

    @property
    def figures(self) -> dict[str, Path]:
        return {name: self.root / "figures" / f"{name}.png" for name in FIGURES}

    @property
    def captions(self) -> dict[str, Path]:
        names = (*FIGURES, *DECISION_FIGURES)
        return {name: self.root / "captions" / f"{name}.rst" for name in names}

    @property
    def descriptions(self) -> Path:
        return self.root / "figures" / "descriptions.json"

    @property
    def page(self) -> Path:
        return self.root / "report.html"

    def report(self, *figures: str, name: str = "tiny") -> str:
        """Draw some figures, or all; write the game's page, and return its HTML."""
        shown = {each: FIGURES[each] for each in figures or FIGURES}
        captions = [self.captions[each] for each in (*shown, *DECISION_FIGURES)]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("satisfice.stages.report.FIGURES", shown)
            about = (vars(self.run), self.config, self.root / "data")
            report(name, "cournot", *about, 7, captions)
        return self.page.read_text(encoding="utf-8")

    def decide(self) -> None:
        """Give the data set decisions, make up what is found about them, and draw the figures."""
        (self.root / "data" / "statistics.csv").unlink(missing_ok=True)
        shutil.copy(EXAMPLE, self.root / "data" / "decisions.csv")
        write_decisions(self.root)
        report_decisions(vars(self.run))

    def overview(self, folder: Path, decided: Sequence[str] = ()) -> str:
        """Write the page of two games into a folder and return its HTML."""
        games = ["cournot", "second_game"]
        for game in games:
            (folder / game).mkdir()
            for name in ("diagnostics.json", "observed.csv"):
                shutil.copy(self.root / name, folder / game)
            shutil.copy(self.posteriors["habit"], folder / game)
            crps = {"bounded": 0.4, "rational": 4.0, "equilibrium": 2.0}
            write_table(folder / game / "scores.csv", make_scores(crps))
            write_table(folder / game / "misspecification.csv", make_tested(game))
        for game in decided:
            write_decisions(folder / game)
        overview("tiny", str(folder), dict.fromkeys(games, self.config), 7, decided)
        return (folder / "report.html").read_text(encoding="utf-8")


def write_run(root: Path) -> MadeUpRun:
    """Write everything that figures and pages read."""
    game, made = Cournot(), MadeUpRun(root)
    observed, generator = make_observed(game), np.random.default_rng(1)
    write_table(root / "observed.csv", observed)
    write_table(root / "scores.csv", make_scores(CRPS))
    write_table(root / "misspecification.csv", make_tested())
    write_json(root / "diagnostics.json", make_gates())
    for i, path in enumerate(made.posteriors.values()):
        write_posterior(path, observed, i)
    for name in made.run.contenders:
        x = observed.value.to_numpy() + 0.1 * generator.normal(size=(30, len(observed)))
        write_arrays(made.run.predictions(name), x=x)
    write_paths(root / "paths.npz", make_paths(game, generator))
    for name in VARIANTS:
        write_variant(root / "policy" / name, game, name)
    for name, path in made.captions.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"Caption of\n{name}.\n", encoding="utf-8")
    write_data(root / "data", observed)
    return made


def write_data(folder: Path, observed: pd.DataFrame) -> None:
    """A data set whose citation would break a page that does not escape."""
    description = {
        "citation": "Huck <script>alert(1)</script> & others",
        "design": {"markets": {str(t): 6 for t in observed.treatment.unique()}},
        "licence": "none",
        "how_computed": "made up",
    }
    write_json(folder / "dataset.yaml", description)  # JSON is YAML
    write_table(folder / "statistics.csv", observed.drop(columns="split"))


@pytest.fixture(scope="session")
def made_up_run(tmp_path_factory: pytest.TempPathFactory) -> MadeUpRun:
    """A run with its report; tests must not change it."""
    made = write_run(tmp_path_factory.mktemp("run"))
    made.report(name="<b>tiny</b>")
    return made


@pytest.fixture
def copied_run(made_up_run: MadeUpRun, tmp_path: Path) -> MadeUpRun:
    """A run that a test may change."""
    shutil.copytree(made_up_run.root, tmp_path / "run")
    copied = MadeUpRun(tmp_path / "run")
    copied.page.unlink()
    return copied


@pytest.fixture
def gate_of() -> Callable[..., dict[str, Any]]:
    return gate


@pytest.fixture
def scores_of() -> Callable[[dict[str, float]], pd.DataFrame]:
    return make_scores


@pytest.fixture(scope="session")
def tested_of() -> Callable[..., pd.DataFrame]:
    """Makes a table like misspecification.csv from p-values by contender."""
    return make_tested


@pytest.fixture
def posterior_at() -> Callable[..., None]:
    """Write a posterior.nc, for tests of broken ones."""
    return lambda path, *leave_out: write_posterior(path, make_observed(Cournot()), 0, *leave_out)
