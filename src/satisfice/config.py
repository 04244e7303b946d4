"""The workflow's configuration: checked against a JSON schema, with defaults filled in."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend

from satisfice.errors import SatisficeError
from satisfice.io.names import check_name
from satisfice.io.plain_values import plain_copy
from satisfice.io.yaml_files import read_yaml

REMEDY = "See workflow/README.md for all keys, and workflow/config/ for examples."

SHARED = ("reference", "benchmark")
"""Folders of results that targets of these names write, whatever the run."""

IN_A_RUN = ("benchmarks", "contest", "experiments", "logs", "pooled")
"""Folders of a run beside those of its games."""

KEPT_NAMES = re.compile(r"(bounded|ppo)(_.*)?")
"""Names of the bounded models and of PPO, which no rule of play can have."""

Files: TypeAlias = dict[str | Path, Any]
"""The config files that were merged, and what each holds."""


def resolve(config: Mapping[str, Any], schema: str | Path, files: Iterable[str | Path]) -> Any:
    """Check a config and fill in the defaults of its schema.

    Args:
        config: The merged config.
        schema: Path of the JSON schema, in YAML.
        files: The config files that were merged, to name the guilty one.

    Returns:
        A new config with every default filled in.

    Raises:
        SatisficeError: A key is unknown, missing, or has a wrong value; the message names the
            file, the key and what is allowed.
    """
    given = {file: read_yaml(file, REMEDY) for file in files}
    rules = _rules(str(schema), Path(schema).stat().st_mtime_ns)
    filled = plain_copy(config, lambda keys: _place(keys, None, given))
    _leave_out_nulls(filled)
    # Defaults change the instance while it is checked; a second pass sees the final one.
    errors = list(_validator(fill=True)(rules).iter_errors(filled)) or list(
        _validator(fill=False)(rules).iter_errors(filled)
    )
    if errors:
        raise _explain(min(errors, key=lambda error: len(error.path)), given, rules)
    _check_names(filled, given)
    for name, game in filled["games"].items():
        _check_game(name, game, given)
    return filled


def with_file(error: SatisficeError, files: Iterable[str | Path]) -> SatisficeError:
    """Name the config file in an error about a key that was found while only the config was known.

    Args:
        error: The error, whose place may be ``config, key ...``.
        files: The config files that were merged.
    """
    before, is_key, key = str(error.place).partition("config, key ")
    if before or not is_key:
        return error
    given = {file: read_yaml(file, REMEDY) for file in files}
    return SatisficeError(_place(key.split("."), None, given), error.problem, error.remedy)


def _check_settings(block: Mapping[str, Any], keys: list[str], files: Files) -> None:
    """Check the bounds of all parameters of a block."""
    for name, setting in block.items():
        if name != "roles" and isinstance(setting, list):
            _check_bounds(_place([*keys, name], None, files), *setting)


def _check_bounds(place: str, low: float, high: float) -> None:
    if not low < high:
        raise SatisficeError(
            place,
            f"the lower bound {low} is not below the upper bound {high}.",
            "Give [low, high] with low < high.",
        )


@cache
def _rules(schema: str, _: int) -> Any:
    """The schema, read once for each version of the file."""
    return read_yaml(schema, "Restore the schema of the workflow.")


def _check_names(config: dict[str, Any], files: Files) -> None:
    """Check names that become files and folders."""
    check_name(_place(["run"], None, files), config["run"])
    _check_free(_place(["run"], None, files), config["run"], SHARED, "results")
    for name, game in config["games"].items():
        place = ["games", name]
        check_name(_place(place, None, files), name)
        _check_free(_place(place, None, files), name, IN_A_RUN, "a run's results")
        check_name(_place([*place, "dataset"], None, files), game["dataset"])
        for group in ("beliefs", "contest.policies", "contest.contenders", "contest.splits"):
            named: Any = game
            for key in group.split("."):
                named = named[key]
            for each in named:
                check_name(_place([*place, *group.split("."), each], None, files), each)


def _check_free(place: str, name: str, taken: Iterable[str], where: str) -> None:
    """Refuse a folder that others write to; many disks take large and small letters for one."""
    if name.lower() in taken:
        problem = f"{where} have a folder '{name.lower()}' already, which holds something else."
        raise SatisficeError(place, problem, "Choose another name.")


def _leave_out_nulls(config: Any) -> None:
    """Drop games, beliefs, policies and contenders that a later config file sets to null."""
    games = config.get("games")
    contests = [block for block in _values(games, "contest") if isinstance(block, dict)]
    named = [contest.get(key) for contest in contests for key in ("policies", "contenders")]
    for block in [games, *_values(games, "beliefs"), *contests, *named]:
        if isinstance(block, dict):
            for name in [name for name, value in block.items() if value is None]:
                del block[name]


def _values(blocks: Any, key: str) -> list[Any]:
    """The given key of each block that has it."""
    if not isinstance(blocks, dict):
        return []
    return [block.get(key) for block in blocks.values() if isinstance(block, dict)]


def _validator(fill: bool) -> Any:
    """JSON schema as people mean it: 5.0 is not whole, and infinity is not a number."""
    types = Draft202012Validator.TYPE_CHECKER.redefine_many(
        {"integer": lambda _, value: type(value) is int, "number": _is_finite_number}
    )
    rules = {"properties": _filling_properties()} if fill else {}
    return extend(Draft202012Validator, rules, type_checker=types)  # type: ignore[no-untyped-call]


def _is_finite_number(_: Any, value: Any) -> bool:
    return type(value) is int or (isinstance(value, float) and math.isfinite(value))


def _filling_properties() -> Any:
    check_properties = Draft202012Validator.VALIDATORS["properties"]

    def fill(validator: Any, properties: Any, instance: Any, schema: Any) -> Any:
        if isinstance(instance, dict):
            for name, part in properties.items():
                if "default" in part:
                    instance.setdefault(name, deepcopy(part["default"]))
        yield from check_properties(validator, properties, instance, schema)

    return fill


def _explain(error: ValidationError, files: Files, rules: Any) -> SatisficeError:
    path = [str(part) for part in error.absolute_path]
    beside = _known_beside(error, rules) if error.validator in ("anyOf", "type") else []
    if path and difflib.get_close_matches(path[-1], beside, n=1):
        # It could be a parameter, but has no setting of one.
        return _unknown(path[:-1], path[-1], beside, files)
    if error.context:
        # Of several that it may be, what is told is why it is not the one that it is most like.
        error = max(error.context, key=lambda one: (len(one.path), one.validator != "type"))
        path = [str(part) for part in error.absolute_path]
    schema: Any = error.schema
    instance: Any = error.instance
    wanted: Any = error.validator_value
    if error.validator == "additionalProperties":
        known = list(schema.get("properties", {}))
        return _unknown(path, next(key for key in instance if key not in known), known, files)
    if error.validator == "required":
        missing = next(key for key in wanted if key not in instance)
        known = list(schema.get("properties", {}))
        others = [key for key in instance if key not in known]
        if close := difflib.get_close_matches(missing, others, n=1):
            return _unknown(path, close[0], known, files)
        return SatisficeError(_place(path, missing, files), "is missing.", "Add the key.")
    described = schema.get("description", "").strip()
    remedy = f"This key is: {described}" if described else "See workflow/README.md."
    return SatisficeError(_place(path, None, files), f"{error.message}.", remedy)


def _unknown(path: list[str], unknown: str, known: list[str], files: Files) -> SatisficeError:
    close = difflib.get_close_matches(unknown, known, n=1)
    hint = f"Did you mean '{close[0]}'? " if close else ""
    remedy = f"{hint}Known keys here: {', '.join(known) or 'none'}."
    return SatisficeError(_place(path, unknown, files), "unknown key.", remedy)


def _known_beside(error: ValidationError, rules: Any) -> list[str]:
    """Keys that the schema knows in a block, if what is wrong is one of the block's free keys."""
    part, known = rules, []
    for step in error.absolute_schema_path:
        while isinstance(part, dict) and step not in part:  # paths leave references out
            part = rules["$defs"][part["$ref"].rsplit("/", 1)[1]]
        if step == "additionalProperties":
            known = list(part.get("properties", {}))
        elif step not in ("anyOf", "type"):
            known = []
        part = part[step]
    return known


def _place(path: list[str], key: str | None, files: Files) -> str:
    keys = [*path, key] if key else path
    # Later files win when configs are merged, so the last one that has the key is guilty.
    for file, content in reversed(files.items()):
        if _has(content, keys):
            return f"{file}, key {'.'.join(keys)}"
    return f"config, key {'.'.join(keys)}"


def _has(content: Any, keys: list[str]) -> bool:
    for key in keys:
        if isinstance(content, list) and key.isdigit() and int(key) < len(content):
            content = content[int(key)]
        elif isinstance(content, dict) and (key in content or _as_number(key) in content):
            content = content.get(key, content.get(_as_number(key)))
        else:
            return False
    return True


def _as_number(key: str) -> Any:
    return int(key) if key.isdigit() else key


def _check_game(name: str, game: dict[str, Any], files: Files) -> None:
    """Checks that span several keys."""

    def place(*keys: str) -> str:
        return _place(["games", name, *keys], None, files)

    if game["default_belief"] not in game["beliefs"]:
        raise SatisficeError(
            place("default_belief"),
            f"'{game['default_belief']}' is not among the beliefs.",
            f"Use one of: {', '.join(game['beliefs'])}.",
        )
    _check_settings(game["parameter_prior"], ["games", name, "parameter_prior"], files)
    unscored = [name for name in game["inference"]["detects"] if name not in game["rivals"]]
    if unscored:
        raise SatisficeError(
            place("inference", "detects"),
            f"'{unscored[0]}' is not among the rivals.",
            f"Add it to rivals, or use one of: {', '.join(game['rivals'])}.",
        )
    for belief, settings in game["beliefs"].items():
        _check_settings(settings, ["games", name, "beliefs", belief], files)
    _check_policies(game, place)
    _check_contenders(game, place)
    if game["inference"]["sbc"] >= game["simulation"]["simulations"] // 2:
        raise SatisficeError(
            place("inference", "sbc"),
            "leaves fewer than half of the simulations for training.",
            "Lower it or raise simulation.simulations.",
        )


def _check_contenders(game: dict[str, Any], place: Callable[..., str]) -> None:
    for number, name in enumerate(game["rivals"]):
        _check_not_kept(place("rivals", str(number)), name)
    for name, block in game["contest"]["contenders"].items():
        _check_not_kept(place("contest", "contenders", name), name, game["rivals"])
        rule, belief = block["rule"], block["belief"]
        changed = [key for key in ("fixed", "shared") if block[key]]
        unchanged = belief in game["beliefs"] and not changed
        if bool(rule) == bool(belief) or unchanged or (rule and changed):
            raise SatisficeError(
                place("contest", "contenders", name),
                "needs either a rule alone, or a belief and what is fixed or shared.",
                "Give rule, or belief and fixed or shared; or as belief one of contest.policies.",
            )
        known = [*game["beliefs"], *game["contest"]["policies"]]
        if belief and belief not in known:
            raise SatisficeError(
                place("contest", "contenders", name, "belief"),
                f"'{belief}' is not one of the beliefs.",
                f"Use one of: {', '.join(known)}; or set the contender to null.",
            )


def _check_not_kept(place: str, name: str, rivals: Iterable[str] = ()) -> None:
    if name in rivals:
        raise SatisficeError(place, "takes part anyway.", "Choose another name.")
    if KEPT_NAMES.fullmatch(name):
        problem = (
            f"the name '{name}' is kept for the bounded models and PPO, which take part anyway."
        )
        raise SatisficeError(place, problem, "Choose another name.")


def _check_policies(game: dict[str, Any], place: Callable[..., str]) -> None:
    for name, block in game["contest"]["policies"].items():
        if block["like"] not in game["beliefs"]:
            raise SatisficeError(
                place("contest", "policies", name, "like"),
                f"'{block['like']}' is not one of the beliefs.",
                f"Use one of: {', '.join(game['beliefs'])}; or set the policy to null.",
            )
        again = re.fullmatch(rf"{game['default_belief']}_\d+", name)
        if name in game["beliefs"] or again:
            raise SatisficeError(
                place("contest", "policies", name), "is taken.", "Choose another name."
            )
