"""Rules figures, page and overview, of real runs of all kinds of games."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.image import imread

from satisfice.games import load_game
from satisfice.games.beer_game import ROLES
from satisfice.io.files import read_arrays, read_json
from satisfice.learning.populations import load_population
from satisfice.report.behaviour import behaviour_by_skill
from satisfice.report.catalogue import FIGURES
from satisfice.report.results import model_label, number, statistic_label
from satisfice.stages import evaluate
from satisfice.stages.report import draw_figures, write_overview, write_page

# Drawing takes its time: of the second game only what differs from game to game.
RUNS = {"tiny_beer_game": tuple(FIGURES), "tiny_cobweb": ("paths", "verification", "policy")}
CONFIG = {"simulation": {"simulations": 128}, "default_belief": "anchor"}


class DrawnRun:
    """A tiny run with its figures and its page."""

    def __init__(self, run: Any, names: tuple[str, ...], root: Path, folder: Path) -> None:
        self.run, self.folder = run, folder
        self.figures = {name: folder / f"{name}.png" for name in names}
        self.descriptions, self.page = folder / "descriptions.json", folder / "report.html"
        self.scores, self.diagnostics = (
            run.folder / name for name in ("scores.csv", "diagnostics.json")
        )
        draw_figures(
            run.game,
            run.observed,
            self.scores,
            self.diagnostics,
            run.posteriors,
            run.predictive,
            run.policies,
            run.paths,
            self.figures,
            self.descriptions,
        )
        write_page(
            "tiny",
            7,
            run.game,
            CONFIG,
            run.dataset,
            run.observed,
            self.scores,
            self.diagnostics,
            run.posteriors,
            run.predictive["bounded"],
            self.figures,
            self.descriptions,
            {name: root / "workflow" / "report" / f"{name}.rst" for name in names},
            self.page,
        )

    @property
    def texts(self) -> dict[str, str]:
        read: dict[str, str] = read_json(self.descriptions)
        return read

    @property
    def html(self) -> str:
        return self.page.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def drawn_runs(
    request: pytest.FixtureRequest, root: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, DrawnRun]:
    return {
        name: DrawnRun(request.getfixturevalue(name), figures, root, tmp_path_factory.mktemp(name))
        for name, figures in RUNS.items()
    }


@pytest.mark.parametrize("name", RUNS)
def test_every_figure_is_drawn_and_has_words(drawn_runs: dict[str, DrawnRun], name: str) -> None:
    drawn = drawn_runs[name]
    for path in drawn.figures.values():
        picture = imread(path)[..., :3]
        assert picture.shape[1] == 700
        # Something is drawn all over it: no tenth of its height is blank.
        for part in np.array_split(picture, 10):
            assert np.ptp(part) > 0.3
    assert set(drawn.texts) == set(RUNS[name])
    assert all(re.search(r"\d", text) for text in drawn.texts.values())
    assert not any("nan" in text.split() for text in drawn.texts.values())


@pytest.mark.parametrize("name", RUNS)
def test_the_page_has_every_number_that_it_needs(
    drawn_runs: dict[str, DrawnRun], name: str
) -> None:
    drawn = drawn_runs[name]
    html, game = drawn.html, load_game(drawn.run.game)
    assert html.count("data:image/png;base64,") == len(RUNS[name])
    for statistic in game.statistics:
        assert statistic_label(statistic) in html
    for rule in drawn.run.rivals:
        assert model_label(rule, "anchor") in html
    for gate in ("rational_limit", "payoff_falls", "prior_belief_limit", "stylised_facts"):
        assert gate in html
    for pattern in game.stylised_facts:
        assert pattern in html
    assert "unverified" in html
    assert "only 128 simulations" in html


def test_the_page_tells_roles_apart(drawn_runs: dict[str, DrawnRun]) -> None:
    html = drawn_runs["tiny_beer_game"].html
    for role in ROLES:
        assert f"the {role} pays on average λ = " in html
        for name in ("mu", "beta", "mean_lambda", "share_unbounded"):
            assert f"{name}_{role}" in html
    assert "secondary" in html
    other = drawn_runs["tiny_cobweb"].html
    assert "agents pay on average λ = " in other
    assert "mu_" not in other


def test_figures_of_roles_name_every_role(drawn_runs: dict[str, DrawnRun]) -> None:
    texts = drawn_runs["tiny_beer_game"].texts
    for role in ROLES:
        assert f"mu {role}, anchor: " in texts["prior_posterior"]
        assert f"mean lambda {role}, anchor: " in texts["prior_posterior"]
        assert f"mu_{role}, anchor: " in texts["sbc"]
        assert f"beta_{role}, anchor: " in texts["coverage"]
        assert f"first round, {role}: " in texts["policy"]
        assert f"after equilibrium play, {role}: " in texts["policy"]
    # Pairs of twelve parameters would be too many: one mean cost a role.
    pairs = texts["pair"].partition("): ")[2].split("; ")
    assert len(pairs) == 6
    assert pairs[0].startswith("mean λ retailer and mean λ wholesaler ")


@pytest.mark.parametrize("name", RUNS)
def test_behaviour_is_that_at_the_posterior_mean(
    drawn_runs: dict[str, DrawnRun], name: str
) -> None:
    run, words = drawn_runs[name].run, drawn_runs[name].texts["policy"]
    assert "Action probabilities of the model bounded (anchor)" in words
    theta = read_arrays(run.folder / "inference" / "anchor" / "posterior.npz")["theta"]
    population, _ = load_population(run.policies["anchor"])
    shown = behaviour_by_skill(population, theta.mean(axis=(0, 1)))
    for stage, agents in shown.stages.items():
        for agent, behaviour in agents.items():
            means = [number(mean) for mean in behaviour.policy @ shown.action_values]
            skills = (f"{m} at skill {s:g}" for m, s in zip(means, shown.skills, strict=True))
            assert f"{stage}, {agent}: {', '.join(skills)} (equilibrium " in words


def test_verification_says_what_was_reached_and_what_is_allowed(
    drawn_runs: dict[str, DrawnRun],
) -> None:
    words = drawn_runs["tiny_beer_game"].texts["verification"]
    assert "PPO, uncertain: team cost of 36 weeks " in words
    assert "bounded (anchor), λ = 0.002, uncertain: team cost of 36 weeks " in words
    assert "uncertain: allowed high " in words
    assert "allowed low" not in words
    assert "exact QRE" not in words
    assert "bounded (anchor): mean payoff goes from " in words
    words = drawn_runs["tiny_cobweb"].texts["verification"]
    assert "bounded (uniform), treatment stable: total variation from the exact QRE" in words
    assert "PPO, strongly_unstable: price variance " in words
    assert "stable: allowed low " in words
    assert "strongly_unstable: allowed high 0.4" in words


def test_the_overview_joins_different_games(
    drawn_runs: dict[str, DrawnRun], tmp_path: Path
) -> None:
    runs = {drawn.run.game: drawn for drawn in drawn_runs.values()}
    joined = tmp_path / "scores.csv"
    evaluate.join_scores({game: drawn.scores for game, drawn in runs.items()}, joined)
    write_overview(
        "tiny",
        7,
        dict.fromkeys(runs, CONFIG),
        joined,
        {game: drawn.diagnostics for game, drawn in runs.items()},
        {game: drawn.run.posteriors["anchor"] for game, drawn in runs.items()},
        {game: tmp_path / game / "report.html" for game in runs},
        tmp_path / "report.html",
    )
    html = (tmp_path / "report.html").read_text(encoding="utf-8")
    for words in ("Beer game", "Cobweb", "the factory pays", "naive expectations", "Sterman"):
        assert words in html
    assert "beer_game/report.html" in html
