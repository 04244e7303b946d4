"""What rules ask a cluster for is enough for what the reference run took."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
OTHER_PROCESSES = 400
"""Megabytes of the two Snakemake processes that a Slurm job has beside the script."""

Asked = dict[str, dict[str, int]]


@pytest.fixture(scope="module")
def rules() -> dict[str, str]:
    """The text of every rule, by name."""
    pattern = re.compile(r"^rule (\w+):\n(.*?)(?=^rule |\Z)", re.MULTILINE | re.DOTALL)
    files = (ROOT / "workflow").rglob("*.smk")
    return {name: text for file in files for name, text in pattern.findall(file.read_text("utf-8"))}


@pytest.fixture(scope="module")
def asked(rules: dict[str, str]) -> Asked:
    """Megabytes and minutes that each rule asks for."""
    pattern = re.compile(r"^        (mem_mb|runtime)=(\d+),$", re.MULTILINE)
    return {name: {k: int(v) for k, v in pattern.findall(text)} for name, text in rules.items()}


def test_every_long_job_states_memory_and_time(rules: dict[str, str], asked: Asked) -> None:
    long = {name for name, text in rules.items() if "    benchmark:" in text}
    assert {"learn", "simulate", "infer", "predict", "check", "report"} <= long
    assert [name for name in sorted(long) if set(asked[name]) != {"mem_mb", "runtime"}] == []


@pytest.mark.parametrize("game", ["cournot", "cobweb", "beer_game", "newsvendor"])
def test_rules_ask_for_more_than_the_reference_run_took(asked: Asked, game: str) -> None:
    measured = pd.read_csv(ROOT / "results/reference" / game / "benchmarks.csv")
    assert len(measured) > 10
    for job in measured.itertuples():
        rules = [name for name in asked if asked[name] and f"{job.job}_".startswith(f"{name}_")]
        if not rules:
            continue  # The reference run had rules of its own.
        rule = max(rules, key=len)  # contest_predict is not predict
        assert asked[rule]["runtime"] * 60 >= 4 * job.seconds, job
        assert asked[rule]["mem_mb"] >= 2 * job.peak_memory_mb + OTHER_PROCESSES, job


def test_small_jobs_stay_where_snakemake_was_called(rules: dict[str, str], asked: Asked) -> None:
    files = [ROOT / "Snakefile", *(ROOT / "workflow").rglob("*.smk")]
    text = "\n".join(file.read_text("utf-8") for file in files)
    blocks = re.findall(r"^localrules:\n((?:    \w+,\n)+)", text, re.M)
    local = set(re.findall(r"\w+", " ".join(blocks)))
    assert local <= set(rules)
    made = {name for name, text in rules.items() if "    script:" in text or "    shell:" in text}
    assert {name for name in made - local if len(asked[name]) < 2} == set()


def test_both_profiles_go_together() -> None:
    default, slurm = (
        yaml.safe_load((ROOT / f"profiles/{name}/config.yaml").read_text("utf-8"))
        for name in ("default", "slurm")
    )
    assert not set(default) & set(slurm)  # one of them would be overridden
    assert slurm["executor"] == "slurm"
    assert set(slurm["default-resources"]) >= {"mem_mb", "runtime"}
