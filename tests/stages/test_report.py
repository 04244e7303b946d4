"""Rules report and overview, of real runs of all kinds of games."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.image import imread

from satisfice.evaluation.rows import COLUMNS
from satisfice.games import load_game
from satisfice.games.beer_game import ROLES
from satisfice.io.files import read_arrays, read_json
from satisfice.learning.populations import load_population
from satisfice.report.behaviour import behaviour_by_skill
from satisfice.report.catalogue import FIGURES
from satisfice.report.results import model_label, number, statistic_label
from satisfice.stages.report import overview

# Drawing takes its time: of the second game only what differs from game to game.
RUNS = {"tiny_beer_game": tuple(FIGURES), "tiny_cobweb": ("paths", "verification", "policy")}


@pytest.fixture(scope="module")
def reported(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """Runs of two games with their reports, in one folder."""
    base = tmp_path_factory.mktemp("reported")
    return {n: request.getfixturevalue(n).reported(base, *shown) for n, shown in RUNS.items()}


@pytest.mark.parametrize("name", RUNS)
def test_every_figure_is_drawn_and_has_words(reported: dict[str, Any], name: str) -> None:
    run = reported[name]
    for figure in RUNS[name]:
        picture = imread(run.folder / "figures" / f"{figure}.png")[..., :3]
        assert picture.shape[1] == 700
        # Something is drawn all over it: no tenth of its height is blank.
        for part in np.array_split(picture, 10):
            assert np.ptp(part) > 0.3
    assert set(run.figures) == set(RUNS[name])
    assert all(re.search(r"\d", text) for text in run.figures.values())
    assert not any("nan" in text.split() for text in run.figures.values())


@pytest.mark.parametrize("name", RUNS)
def test_the_page_has_every_number_that_it_needs(reported: dict[str, Any], name: str) -> None:
    run = reported[name]
    html, game = run.html, load_game(run.game)
    assert html.count("data:image/png;base64,") == len(RUNS[name])
    for statistic in game.statistics:
        assert statistic_label(statistic) in html
    for rule in run.rivals:
        assert model_label(rule, "anchor") in html
    gates = {gate["name"] for gate in read_json(run.folder / "diagnostics.json")}
    assert {"rational_limit", "payoff_falls", "prior_belief_limit"} <= gates
    for gate in gates:
        assert gate in html
    for pattern in game.stylised_facts if "stylised_facts" in gates else ():
        assert pattern in html
    assert "unverified" in html
    assert "only 128 simulations" in html


def test_the_page_tells_roles_apart(reported: dict[str, Any]) -> None:
    html = reported["tiny_beer_game"].html
    for role in ROLES:
        assert f"the {role} pays on average λ = " in html
        for name in ("mu", "beta", "mean_lambda", "share_unbounded"):
            assert f"{name}_{role}" in html
    assert "secondary" in html
    other = reported["tiny_cobweb"].html
    assert "agents pay on average λ = " in other
    assert "mu_" not in other


def test_figures_of_roles_name_every_role(reported: dict[str, Any]) -> None:
    texts = reported["tiny_beer_game"].figures
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
def test_behaviour_is_that_at_the_posterior_mean(reported: dict[str, Any], name: str) -> None:
    run, words = reported[name], reported[name].figures["policy"]
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
    reported: dict[str, Any],
) -> None:
    words = reported["tiny_beer_game"].figures["verification"]
    assert "rational, uncertain: team cost of 36 weeks " in words
    assert "bounded (anchor), λ = 0.002, uncertain: team cost of 36 weeks " in words
    assert "uncertain: allowed high " in words
    assert "allowed low" not in words
    assert "exact QRE" not in words
    assert "bounded (anchor): mean payoff goes from " in words
    words = reported["tiny_cobweb"].figures["verification"]
    assert "bounded (uniform), treatment stable: total variation from the exact QRE" in words
    assert "rational, strongly_unstable: price variance " in words
    assert "stable: allowed low " in words
    assert "strongly_unstable: allowed high 0.4" in words


def test_the_overview_joins_different_games(reported: dict[str, Any]) -> None:
    runs = list(reported.values())
    folder = runs[0].folder.parent
    overview("tiny", str(folder), {run.game: run.config for run in runs}, 7)
    scores = pd.read_csv(folder / "scores.csv")
    assert list(scores.columns) == ["game", *COLUMNS]
    for run in runs:
        own = scores[scores.game == run.game].drop(columns="game").reset_index(drop=True)
        pd.testing.assert_frame_equal(own, pd.read_csv(run.folder / "scores.csv"))
    html = (folder / "report.html").read_text(encoding="utf-8")
    for words in ("Beer game", "Cobweb", "the factory pays", "naive expectations", "Sterman"):
        assert words in html
    assert "beer_game/report.html" in html
