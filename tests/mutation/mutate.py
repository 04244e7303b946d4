"""Puts errors into key formulas, one at a time, and asks whether the unit tests notice.

    python tests/mutation/mutate.py                 # all of mutants.toml
    python tests/mutation/mutate.py games/ scores   # files whose path holds one of the words

Each mutant is one exact replacement in a temporary copy of the package; the tests that mirror the
mutated file run against the copy. The exit status is 1 if a mutant survives: a test is missing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "satisfice"
TIMEOUT = 600
"""Seconds after which a mutant counts as noticed: it keeps the tests from ending."""
KILLED, SURVIVED = 1, 0
"""What pytest returns where a test fails, and where none does."""


@dataclass(frozen=True)
class Mutant:
    """One error.

    Attributes:
        file: Path below src/satisfice.
        old: Text that is there exactly once.
        new: Text that replaces it.
    """

    file: str
    old: str
    new: str

    @property
    def tests(self) -> Path:
        """The tests of that file."""
        path = Path(self.file)
        return ROOT / "tests" / path.parent / f"test_{path.name}"

    def source(self) -> str:
        """The file with the error.

        Raises:
            ValueError: The text to replace is not there exactly once, or the result is no Python.
        """
        text = (PACKAGE / self.file).read_text(encoding="utf-8")
        if text.count(self.old) != 1:
            raise ValueError(f"{self.file} holds {text.count(self.old)} times: {self.old}")
        changed = text.replace(self.old, self.new)
        try:
            compile(changed, self.file, "exec")
        except SyntaxError as error:
            raise ValueError(f"{self.file} is no Python with: {self.new}") from error
        return changed


def read_mutants() -> list[Mutant]:
    """All mutants, file by file."""
    table = tomllib.loads((Path(__file__).parent / "mutants.toml").read_text(encoding="utf-8"))
    return [
        Mutant(file, old, new) for file, block in table.items() for old, new in block["mutants"]
    ]


def run_tests(tests: Path, sources: Path) -> int:
    """Run tests against a copy of the sources, and return pytest's exit status."""
    environment = {**os.environ, "PYTHONPATH": str(sources), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-n0", "-x", "-q", "-p", "no:cacheprovider"]
    try:
        done = subprocess.run(
            [*command, str(tests)],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            check=False,
            timeout=TIMEOUT,
        )
    except subprocess.TimeoutExpired:
        return KILLED
    return done.returncode


def verdict_of(mutant: Mutant, sources: Path) -> str:
    """Put the error in, run the tests, and take it out again."""
    target = sources / "satisfice" / mutant.file
    sound = target.read_text(encoding="utf-8")
    target.write_text(mutant.source(), encoding="utf-8")
    status = run_tests(mutant.tests, sources)
    target.write_text(sound, encoding="utf-8")
    return {KILLED: "killed", SURVIVED: "SURVIVED"}.get(status, f"BROKEN (pytest {status})")


def main(words: list[str]) -> int:
    """Run the chosen mutants and report each.

    Args:
        words: Parts of paths to choose by; all mutants without any.
    """
    chosen = [m for m in read_mutants() if not words or any(word in m.file for word in words)]
    started, verdicts, sound = time.monotonic(), [], set[Path]()
    with tempfile.TemporaryDirectory() as folder:
        sources = Path(folder) / "src"
        shutil.copytree(ROOT / "src", sources)
        for mutant in chosen:
            if mutant.tests not in sound and run_tests(mutant.tests, sources):
                print(f"{mutant.tests}: fails without any error put in; mend that first")
                return 1
            sound.add(mutant.tests)
            verdicts.append(verdict_of(mutant, sources))
            print(f"{verdicts[-1]:9} {mutant.file}: {mutant.old}  ->  {mutant.new}", flush=True)
    killed = verdicts.count("killed")
    print(f"{killed} of {len(verdicts)} killed in {time.monotonic() - started:.0f} s")
    return int(killed < len(verdicts))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
