"""What README.md says is so: commands, rules, code and numbers."""

from __future__ import annotations

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


def test_every_rule_of_the_default_run_is_listed() -> None:
    text = (ROOT / "workflow/README.md").read_text("utf-8")
    table = text[text.index("| rule |") :].partition("\n\n")[0]
    files = [file.read_text("utf-8") for file in (ROOT / "workflow/rules").glob("*.smk")]
    rules = re.findall(r"^rule (\w+):", "\n".join(files), re.MULTILINE)
    assert sorted(re.findall(r"^\| `(\w+)`", table, re.MULTILINE)) == sorted(rules)


def test_python_example_runs(finished_smoke_run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = re.findall(r"```python\n(.+?)```", README, re.DOTALL)
    assert len(blocks) == 3
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
    rules, targets, others = [], [], 0
    for line in commands.splitlines():
        program, cores, number, *arguments = shlex.split(line, comments=True)
        assert (program, cores) == (".venv/bin/snakemake", "--cores")
        assert number == "all" or int(number) > 0
        if arguments[0] == "-R":
            rules += arguments[1:]
        elif arguments[0] == "--configfile":
            others += 1
        else:
            targets += arguments
    assert rules and targets and others == 1
    # All at once, which takes as long as each of them.
    (finished_smoke_run / "mine.yaml").write_text("seed: 2024\n", encoding="utf-8")
    command = [*targets, "-n", "--cores", "2", "-R", *rules, *smoke, "mine.yaml"]
    done = snakemake(finished_smoke_run, *command)
    assert done.returncode == 0, done.stderr[-2000:]
    (finished_smoke_run / "mine.yaml").unlink()


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
