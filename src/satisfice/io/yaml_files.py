"""YAML that people write: read safely, with errors for common mistakes."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeAlias

import yaml

from satisfice.errors import SatisficeError

# The C parser is ten times as fast; not every PyYAML has it.
_Safe: TypeAlias = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # type: ignore[valid-type]


class _StrictLoader(_Safe):  # type: ignore[misc]
    """Loads plain values only; a key given twice is an error."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> Any:
        seen = set()
        for key, _ in node.value:
            # The merge key << may be repeated; overriding its content is intended.
            name = key.value if isinstance(key, yaml.ScalarNode) else None
            if name in seen and name != "<<":
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key '{name}' is given twice", key.start_mark
                )
            seen.add(name)
        return super().construct_mapping(node, deep)


def read_yaml(path: str | Path, remedy: str) -> Any:
    """Read a YAML file, or a JSON one.

    Raises:
        SatisficeError: The file is missing, is not UTF-8 text or YAML, names Python objects, or
            gives a key twice. The message names the line.
    """
    try:
        text = Path(path).read_bytes().decode("utf-8-sig")
        return _StrictLoader(text).get_single_data()
    except FileNotFoundError as error:
        raise SatisficeError(path, "file not found.", remedy) from error
    except OSError as error:
        raise SatisficeError(path, f"is not readable ({error.strerror}).", remedy) from error
    except UnicodeDecodeError as error:
        problem = f"is not valid YAML: not UTF-8 text (byte {error.start + 1})."
        raise SatisficeError(path, problem, "Save it as UTF-8.") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{path}, line {mark.line + 1}" if mark else path
        problem = f"is not valid YAML ({_in_one_line(error.problem or error)})."
        raise SatisficeError(place, problem, remedy) from error
    except (yaml.YAMLError, ValueError, LookupError, AttributeError, TypeError) as error:
        # Tags with an invalid value, such as !!bool maybe, raise errors of Python.
        raise SatisficeError(path, f"is not valid YAML ({_in_one_line(error)}).", remedy) from error


def _in_one_line(error: Any) -> str:
    return " ".join(str(error).split())
