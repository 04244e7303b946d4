"""What an estimator is trained on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from satisfice.errors import SatisficeError
from satisfice.games.cournot import Cournot
from satisfice.inference.training_data import TrainingData, split_simulations
from satisfice.io.datasets import load_dataset
from satisfice.io.files import read_arrays, write_arrays, write_table
from satisfice.io.observed import labels_of, observed_table, read_observed
from satisfice.population.supertypes import SKILL_SPACE


@pytest.fixture(scope="module")
def observed(tmp_path_factory: pytest.TempPathFactory, write_dataset: Callable[..., Path]) -> Path:
    """Two treatments of the oligopoly, of which the second is held out."""
    folder = tmp_path_factory.mktemp("training_data")
    human = load_dataset(write_dataset(folder / "data", {"2": 2, "3": 2}), Cournot())
    write_table(folder / "observed.csv", observed_table(Cournot(), human, {"treatments": ["3"]}))
    return folder / "observed.csv"


@pytest.fixture(scope="module")
def simulations(observed: Path) -> Path:
    """Made-up simulations, all usable."""
    labels, random = labels_of(read_observed(observed)), np.random.default_rng(0)
    path = observed.parent / "simulations.npz"
    write_arrays(
        path,
        theta=SKILL_SPACE.from_unit(random.random((400, 3))),
        x=random.random((400, len(labels))),
        failures=np.full(400, "", dtype="U1"),
        labels=np.array(labels),
        space=np.array(SKILL_SPACE.as_json()),
    )
    return path


def test_the_last_simulations_are_set_aside_and_held_out_statistics_hidden(
    simulations: Path,
    observed: Path,
) -> None:
    everything = read_arrays(simulations)
    split = split_simulations(simulations, observed, 50)
    np.testing.assert_array_equal(split.theta, everything["theta"][:350])
    np.testing.assert_array_equal(split.theta_reserved, everything["theta"][350:])
    np.testing.assert_array_equal(split.x, everything["x"][:350, :10])
    np.testing.assert_array_equal(split.x_reserved, everything["x"][350:, :10])
    human = read_observed(observed)
    np.testing.assert_array_equal(split.x_observed[0], human.value[human.split == "fit"])
    assert split.treatments.tolist() == ["2"] * 10
    assert split.space == SKILL_SPACE
    np.testing.assert_allclose(SKILL_SPACE.from_unit(split.cube), split.theta)
    np.testing.assert_allclose(SKILL_SPACE.from_unit(split.cube_reserved), split.theta_reserved)


def test_failed_simulations_are_left_out(simulations: Path, observed: Path, tmp_path: Path) -> None:
    content = read_arrays(simulations)
    failures = content["failures"].astype("U20")
    failures[[0, 399]] = "not finite: x"
    write_arrays(tmp_path / "s.npz", **(content | {"failures": failures}))
    split = split_simulations(tmp_path / "s.npz", observed, 50)
    np.testing.assert_array_equal(split.theta, content["theta"][1:349])
    np.testing.assert_array_equal(split.theta_reserved, content["theta"][349:399])


def test_too_few_usable_simulations_are_told(
    simulations: Path, observed: Path, tmp_path: Path
) -> None:
    content = read_arrays(simulations)
    failures = np.array(["not finite: x"] * 251 + [""] * 149)
    path = tmp_path / "s.npz"
    write_arrays(path, **(content | {"failures": failures}))
    with pytest.raises(SatisficeError) as caught:
        split_simulations(path, observed, 50)
    assert str(caught.value).startswith(f"{path}: only 149 of 400 simulations are usable.")
    assert "Raise simulation.simulations" in str(caught.value)
    failures[250] = ""
    write_arrays(path, **(content | {"failures": failures}))
    assert len(split_simulations(path, observed, 50).x) == 100


def test_simulations_in_memory_are_split_like_those_of_a_file(
    simulations: Path, observed: Path
) -> None:
    table, archive = read_observed(observed), read_arrays(simulations)
    found = TrainingData.of(archive, SKILL_SPACE, table, 50, "here")
    for name, expected in vars(split_simulations(simulations, observed, 50)).items():
        if name == "space":
            assert found.space == expected
        else:
            np.testing.assert_array_equal(getattr(found, name), expected)
    with pytest.raises(SatisficeError, match=r"here: only 400 of 400 simulations are usable"):
        TrainingData.of(archive, SKILL_SPACE, table, 301, "here")


def test_files_that_do_not_belong_together_are_told(
    simulations: Path, tmp_path: Path, root: Path
) -> None:
    whole = load_dataset(root / "data" / "cournot" / "huck2004", Cournot())
    observed = tmp_path / "observed.csv"
    write_table(observed, observed_table(Cournot(), whole, {"treatments": ["5"]}))
    with pytest.raises(SatisficeError) as caught:
        split_simulations(simulations, observed, 50)
    assert f"{simulations}: has other statistics than {observed}." in str(caught.value)
