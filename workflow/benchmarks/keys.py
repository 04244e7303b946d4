"""Writes the page of the config keys of experiments and benchmarks.

PYTHONPATH=workflow python -m benchmarks.keys > docs/config_experiments.md
"""

from __future__ import annotations

from benchmarks.settings import BenchmarkSettings
from experiments.settings import Experiments
from satisfice.config_reference import key_rows

HEAD = """\
# Config keys of experiments and benchmarks

Written by `PYTHONPATH=workflow python -m benchmarks.keys > docs/config_experiments.md`. Only the
targets of `workflow/experiments/` and `workflow/benchmarks/` read these keys. A `<name>` is that of
a game, or chosen freely.

| key | default | meaning |
|---|---|---|
"""


def page() -> str:
    """The page in Markdown."""
    rows = key_rows(Experiments, "experiments."), key_rows(BenchmarkSettings, "benchmark.")
    return HEAD + "".join(rows)


if __name__ == "__main__":
    print(page(), end="")
