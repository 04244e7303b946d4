"""The list of errors fits the sources, and the script tells survivors from the noticed."""

from __future__ import annotations

from pathlib import Path

import pytest
from mutate import KILLED, PACKAGE, SURVIVED, Mutant, read_mutants, run_tests

MUTANTS = read_mutants()


def test_there_are_many_mutants_of_different_formulas() -> None:
    assert len(MUTANTS) >= 30
    assert len(set(MUTANTS)) == len(MUTANTS)
    assert {m.file.split("/")[0] for m in MUTANTS} >= {"games", "learning", "inference"}


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: f"{mutant.file}: {mutant.old}")
def test_every_error_can_be_put_in(mutant: Mutant) -> None:
    assert mutant.source() != (PACKAGE / mutant.file).read_text(encoding="utf-8")
    assert mutant.tests.is_file()


def test_text_that_is_gone_or_no_python_is_told() -> None:
    with pytest.raises(ValueError, match="holds 0 times: no such text"):
        Mutant("randomness.py", "no such text", "").source()
    with pytest.raises(ValueError, match="is no Python"):
        Mutant("randomness.py", "bits.advance(first * width)", "bits.advance(").source()


def test_the_copy_is_what_is_tested(tmp_path: Path) -> None:
    package = tmp_path / "src" / "satisfice"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("MARK = 1\n", encoding="utf-8")
    tests = tmp_path / "test_mark.py"
    for mark, status in ((1, SURVIVED), (2, KILLED)):
        text = f"def test():\n    import satisfice\n    assert satisfice.MARK == {mark}\n"
        tests.write_text(text, encoding="utf-8")
        assert run_tests(tests, tmp_path / "src") == status
