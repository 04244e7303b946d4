"""Types of values in configs: names, settings by name, parameters."""

from __future__ import annotations

import re
from typing import Annotated, Any, TypeAlias, TypeVar

from pydantic import AfterValidator, BeforeValidator, PlainValidator

from satisfice.errors import SatisficeError
from satisfice.io.names import SHARED, check_name
from satisfice.settings import WrongValueError

TAKEN = "already have a folder '{name}' for something else."


def _folder_name(name: str) -> str:
    try:
        check_name("config", name)
    except SatisficeError as error:
        raise WrongValueError(error.problem, error.remedy) from error
    return name


def _plain_name(name: str) -> str:
    if not re.fullmatch("[a-z][a-z0-9_]*", name):
        remedy = "Use small letters, digits and _ only, a letter first."
        raise WrongValueError(f"{name!r} cannot be a name here.", remedy)
    return name


def _not_called(names: str, problem: str) -> AfterValidator:
    """Refuse reserved names, in upper or lower case, as many disks do not distinguish them."""

    def check(name: str) -> str:
        if re.fullmatch(names, name, re.IGNORECASE):
            raise WrongValueError(problem.format(name=name.lower()), "Choose another name.")
        return name

    return AfterValidator(check)


def _without_nulls(blocks: Any) -> Any:
    """Leave out settings that a later config file sets to null."""
    if not isinstance(blocks, dict):
        return blocks
    return {name: block for name, block in blocks.items() if block is not None}


def _setting(value: Any) -> Any:
    bounds = value if isinstance(value, list | tuple) else [value, value]
    numbers = [each for each in bounds if type(each) in (int, float) and abs(each) < float("inf")]
    if len(bounds) != 2 or len(numbers) != 2:
        problem = f"{value!r} is neither a number nor bounds."
        raise WrongValueError(
            problem, "Give a number (1e-3 as 1.0e-3), or bounds [low, high] to fit it between."
        )
    if bounds is value and not bounds[0] < bounds[1]:
        problem = f"the lower bound {bounds[0]} is not below the upper bound {bounds[1]}."
        raise WrongValueError(problem, "Give [low, high] with low < high.")
    return value


T = TypeVar("T")
FolderName: TypeAlias = Annotated[str, AfterValidator(_folder_name)]
"""A valid name of a folder on every computer."""

Name: TypeAlias = Annotated[FolderName, AfterValidator(_plain_name)]
"""The same in lower case, for a game, a prior belief or a contender."""

RunName: TypeAlias = Annotated[FolderName, _not_called("|".join(SHARED), f"results {TAKEN}")]
"""A name of a run, which must differ from shared folders of results."""

GameName: TypeAlias = Annotated[
    Name,
    _not_called("benchmarks|contest|experiments|logs|pooled", f"a run's results {TAKEN}"),
]
"""A name of a game, which must differ from other folders of a run."""

PolicyName: TypeAlias = Annotated[
    Name,
    _not_called(
        "rational(_.*)?|ppo", "the name '{name}' is reserved for rational play and for PPO."
    ),
]
"""A name of a variant of the bounded model."""

RuleName: TypeAlias = Annotated[
    Name,
    _not_called(
        "(bounded|rational)(_.*)?|ppo",
        "the name '{name}' is reserved for bounded and rational play and for PPO.",
    ),
]
"""A name of a rule of play."""

DropNulls = BeforeValidator(_without_nulls)
Named: TypeAlias = Annotated[dict[Name, T], DropNulls]
"""Settings by name; null removes one."""

Setting: TypeAlias = Annotated[
    Any, PlainValidator(_setting, json_schema_input_type=float | tuple[float, float])
]
"""A parameter's value, or bounds between which it is fitted; see
:mod:`satisfice.population.parameters`."""
