"""What README.md says is so: commands, rules, code and numbers."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pandas as pd
import pytest

pytestmark = pytest.mark.workflow

Snakemake = Callable[..., subprocess.CompletedProcess[str]]
ROOT = Path(__file__).resolve().parents[2]
LEARNING = (ROOT / "docs/learning.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")


def command_after(marker: str) -> str:
    found = re.search(rf"<!-- {marker} -->\n```bash\n(.+)\n```", README)
    assert found, marker
    return found.group(1)


def test_each_command_line_sets_up_a_fresh_environment() -> None:
    for marker, ending in (("reproduction", "snakemake --cores all"), ("tests", "-m pytest")):
        command = command_after(marker)
        assert command.startswith("python3.11 -m venv .venv && .venv/bin/pip install -e ")
        assert command.endswith(ending)


def test_continuous_integration_finds_the_test_command() -> None:
    script = (ROOT / ".ci/run").read_text()
    finder = re.search(r"^command=\$\((awk .+)\)$", script, re.MULTILINE)
    assert finder
    found = subprocess.run(
        ["bash", "-c", finder.group(1)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == command_after("tests")


def test_every_rule_is_listed(
    finished_smoke_run: Path, snakemake: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    listed = set(re.findall(r"^(\w+)", snakemake(finished_smoke_run, "--list").stdout, re.M))
    table = README[README.index("| rule |") : README.index("Settings are in")]
    targets = {"all", "experiments", "cross_checks", "contest", "benchmark"}
    targets |= {"cournot", "cobweb", "beer_game"}
    assert listed - targets == set(re.findall(r"`(\w+)`", table)) - {"posterior.nc"}


def test_python_example_runs(finished_smoke_run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = re.findall(r"```python\n(.+?)```", README, re.DOTALL)
    assert len(blocks) == 2
    monkeypatch.chdir(finished_smoke_run)
    mpl.use("Agg")
    code = "\n".join(blocks).replace("results/full", "results/smoke")
    found: dict[str, Any] = {}
    exec(compile(code, "README.md", "exec"), found)
    assert len(found["predicted"]) == 40
    assert found["posterior"]["posterior"].sizes["chain"] == 2


def test_every_command_to_run_a_stage_again_is_understood(
    finished_smoke_run: Path, snakemake: Snakemake, smoke: list[str]
) -> None:
    block = README[README.index("## Run one stage again") :]
    (commands,) = re.findall(r"```bash\n(.+?)```", block, re.DOTALL)
    lines = [shlex.split(line, comments=True) for line in commands.splitlines()]
    assert len(lines) > 7
    (finished_smoke_run / "mine.yaml").write_text("seed: 2024\n", encoding="utf-8")
    for program, *arguments in lines:
        assert program == ".venv/bin/snakemake"
        if "--report" in arguments:
            continue  # test_smoke.py makes one
        if "--configfile" in arguments:
            given = arguments.index("--configfile")
            arguments[given : given + 2] = [*smoke, "mine.yaml"]
        else:
            arguments += smoke
        plan = [] if "--summary" in arguments else ["-n"]
        done = snakemake(finished_smoke_run, *arguments, *plan)
        assert done.returncode == 0, f"{arguments}: {done.stderr[-2000:]}"
    (finished_smoke_run / "mine.yaml").unlink()


def test_a_contest_with_a_rival_of_ones_own_can_be_planned(
    finished_smoke_run: Path,
    snakemake: Snakemake,
    smoke: list[str],
    examples: Callable[[str], dict[str, str]],
) -> None:
    text = (ROOT / "docs/contest.md").read_text(encoding="utf-8")
    written = {finished_smoke_run / name: content for name, content in examples(text).items()}
    for path, content in written.items():
        path.write_text(content, encoding="utf-8")
    (command,) = re.findall(r"```bash\n(.+?)```", text, re.DOTALL)
    variable, program, *arguments = shlex.split(command)
    # Started with its module, Snakemake has the project's folder on Python's path.
    assert (variable, program) == ("PYTHONPATH=.", "snakemake")
    given = arguments.index("--configfile")
    arguments[given : given + 2] = [*smoke, arguments[given + 1]]
    done = snakemake(finished_smoke_run, *arguments, "-n")
    assert done.returncode == 0, done.stderr[-2000:]
    assert "contest/stubborn/predictions.npz" in done.stdout + done.stderr
    for path in written:
        path.unlink()


def test_the_tutorial_says_how_its_example_was_made(
    finished_smoke_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (ROOT / "docs/own_data.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.+?)```", text, re.DOTALL)
    monkeypatch.chdir(finished_smoke_run)
    found: dict[str, Any] = {}
    exec(compile(code.replace("results/full", "results/smoke"), "own_data.md", "exec"), found)
    example = pd.read_csv(ROOT / "docs/examples/cournot_decisions.csv")
    assert list(found["decisions"].columns) == list(example.columns)
    assert len(found["decisions"]) == len(example) == 2100


def test_quoted_table_is_the_committed_one() -> None:
    table = (ROOT / "results/reference/table.md").read_text(encoding="utf-8")
    assert table in README


def test_quoted_ratios_follow_from_the_committed_contest() -> None:
    ratios = []
    for rival in ("ppo", "equilibrium", "logit_qre"):
        for game in ("cournot", "cobweb", "beer_game"):
            path = ROOT / "results/reference/contest" / game / "summary.json"
            summary = json.loads(path.read_text(encoding="utf-8"))
            found = summary["champions_energy_over_theirs"][rival]["default"]
            ratios.append(f"{found:.2f}")
    start = README.index("**Against more rivals**")
    told = re.findall(r"\b\d\.\d\d\b", README[start : README.index("Heterogeneity adds", start)])
    assert sorted(told) == sorted(ratios)


def test_quoted_accuracies_are_those_of_the_reference() -> None:
    for game, words in (("cournot", "in Cournot"), ("cobweb", "in the cobweb, where 50 % is")):
        path = ROOT / f"results/reference/{game}/cross_checks/reference/uniform/summary.json"
        found = json.loads(path.read_text(encoding="utf-8"))["c2st_npe"]
        assert re.search(rf"\b{found:.0%}".replace("%", " %") + rf"(\saccuracy)?\s{words}", README)


def test_quoted_pictures_are_committed() -> None:
    for path in re.findall(r"!\[.+?\]\((.+?)\)", README):
        assert path.startswith("results/reference/")
        assert (ROOT / path).is_file()
    for path in re.findall(r"!\[.+?\]\((.+?)\)", LEARNING):
        assert path.startswith("../results/reference/")
        assert (ROOT / "docs" / path).is_file()


def test_conda_environment_follows_pyproject() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    environment = (ROOT / "workflow/envs/satisfice.yaml").read_text()
    for requirement in project["dependencies"]:
        if not requirement.startswith(("snakemake", "pygments")):
            assert f"- {requirement}\n" in environment, requirement
