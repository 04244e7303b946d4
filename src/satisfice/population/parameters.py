"""Declarations of parameters, and the space of those that are fitted, with their prior.

The Gaussian of skills, prior beliefs and contenders declare their parameters as a tuple of
:class:`Parameter`. A config fits each parameter by giving bounds, or fixes it by giving a value.
Inference needs only the resulting :class:`ParameterSpace`: theta is an array with one column for
each fitted parameter, and its prior is uniform on the unit cube.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from difflib import get_close_matches
from typing import Any, Literal, TypeAlias

import numpy as np

from satisfice.errors import SatisficeError

Setting: TypeAlias = float | Sequence[float]
"""A parameter in a config: the value at which it is fixed, or its bounds, [low, high]."""


@dataclass(frozen=True)
class Parameter:
    """The declaration of one parameter.

    Attributes:
        name: Name in configs, files and code.
        default: Setting if a config does not give one.
        label: Name on the axes of figures, with the unit.
        short: Short name.
        support: Smallest and largest allowed value.
        transform: The scale on which the prior is uniform.
        limits: Values outside the support at which agents can still play, such as a cost of zero
            if the prior is of its logarithm.
        rational_end: The end of the prior at which agents are nearly rational, if there is one.
    """

    name: str
    default: Setting
    label: str
    short: str = ""
    support: tuple[float, float] = (-math.inf, math.inf)
    transform: Literal["identity", "log"] = "identity"
    limits: tuple[float, ...] = ()
    rational_end: Literal["low", "high"] | None = None

    def allows(self, value: float) -> bool:
        """Whether a value is finite and in the support."""
        return math.isfinite(value) and self.support[0] <= value <= self.support[1]


@dataclass(frozen=True)
class Fitted:
    """A parameter with its prior.

    Attributes:
        parameter: The declaration.
        low: Lower bound, in the parameter's own unit.
        high: Upper bound.
    """

    parameter: Parameter
    low: float
    high: float


@dataclass(frozen=True)
class ParameterSpace:
    """The parameters that are fitted, their prior, and those held fixed.

    Attributes:
        fitted: The fitted parameters of one role, in the order of theta's columns.
        fixed: Values of the others, by name.
        roles: Names of the roles that have their own parameters; empty if all agents share them.
    """

    fitted: tuple[Fitted, ...]
    fixed: Mapping[str, float] = field(default_factory=dict)
    roles: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        declared: Iterable[Parameter],
        settings: Mapping[str, Setting],
        roles: Sequence[str] = (),
        place: str = "parameters",
    ) -> ParameterSpace:
        """Join declarations, in theta's order, with settings by name.

        A parameter without a setting has its default. ``place`` is the settings' place in the
        config, for messages.

        Raises:
            SatisficeError: A setting is of an unknown parameter or has an invalid value, or a
                parameter is declared twice.
        """
        declared = declarations(declared, place)
        known = [parameter.name for parameter in declared]
        for name in settings:
            if name not in known:
                close = get_close_matches(name, known, n=1)
                hint = f"Did you mean '{close[0]}'? " if close else ""
                remedy = f"{hint}Parameters are: {', '.join(known) or 'none'}."
                raise SatisficeError(f"{place}.{name}", "unknown parameter.", remedy)
        fitted, fixed = [], {}
        for parameter in declared:
            setting = settings.get(parameter.name, parameter.default)
            where = f"{place}.{parameter.name}"
            if isinstance(setting, Sequence):
                fitted.append(Fitted(parameter, *_bounds(parameter, setting, where)))
            else:
                fixed[parameter.name] = _value(parameter, setting, where)
        return cls(tuple(fitted), fixed, tuple(roles))

    @property
    def groups(self) -> int:
        """Number of sets of parameters in a market: 1, or one for each role."""
        return max(1, len(self.roles))

    @property
    def names(self) -> tuple[str, ...]:
        """Name of each column of theta: ``mu``, or ``mu_retailer`` where roles differ."""
        return names_by_role([each.parameter.name for each in self.fitted], self.roles)

    @property
    def columns(self) -> tuple[Parameter, ...]:
        """Declaration of each column of theta."""
        return tuple(each.parameter for each in self.fitted) * self.groups

    @property
    def bounds(self) -> np.ndarray:
        """Bounds on the scale where the prior is uniform, shape (2, columns)."""
        ends = np.array([[each.low, each.high] for each in self.fitted], dtype=np.float64)
        one = ends.reshape(-1, 2).T
        log = self._logarithmic[: len(self.fitted)]
        one[:, log] = np.log(one[:, log])
        return np.tile(one, (1, self.groups))

    @property
    def _logarithmic(self) -> np.ndarray:
        return np.array([each.transform == "log" for each in self.columns], dtype=bool)

    def from_unit(self, cube: np.ndarray) -> np.ndarray:
        """Map points of the unit cube, shape (..., columns), to theta."""
        low, high = self.bounds
        theta = low + np.asarray(cube, dtype=np.float64) * (high - low)
        theta[..., self._logarithmic] = np.exp(theta[..., self._logarithmic])
        return np.asarray(theta)

    def to_unit(self, theta: np.ndarray) -> np.ndarray:
        """Map theta, shape (..., columns), to the unit cube."""
        low, high = self.bounds
        scaled = np.array(theta, dtype=np.float64)
        scaled[..., self._logarithmic] = np.log(scaled[..., self._logarithmic])
        return np.asarray((scaled - low) / (high - low))

    def values(self, theta: np.ndarray) -> dict[str, np.ndarray]:
        """Every parameter of theta by name, also the fixed ones, shape (..., groups) each."""
        theta = np.asarray(theta)
        by_group = theta.reshape(*theta.shape[:-1], self.groups, len(self.fitted))
        found = {each.parameter.name: by_group[..., i] for i, each in enumerate(self.fitted)}
        shape = by_group.shape[:-1]
        return found | {name: np.full(shape, value) for name, value in self.fixed.items()}

    def theta(self, values: Mapping[str, float]) -> np.ndarray:
        """Theta, shape (columns,), with given values of some parameters, the same for all roles.

        Values of fixed parameters are ignored; other parameters are in the middle of their prior.
        """
        middle = self.from_unit(np.full(len(self.columns), 0.5))
        given = [values.get(each.name, own) for each, own in zip(self.columns, middle, strict=True)]
        return np.array(given, dtype=np.float64)

    def range_of(self, name: str) -> tuple[float, float]:
        """Smallest and largest value of a parameter; equal if it is fixed."""
        for each in self.fitted:
            if each.parameter.name == name:
                return each.low, each.high
        return self.fixed[name], self.fixed[name]

    def standardised(self, name: str, values: Any) -> Any:
        """Values of a fitted parameter on a scale from -1 to 1 over its prior, for a network.

        Values beyond the bounds are moved to the nearest bound, as the network was not trained
        there. Values are an array or a tensor.
        """
        each = next(each for each in self.fitted if each.parameter.name == name)
        low, high = each.low, each.high
        values = values.clip(low, high)
        if each.parameter.transform == "log":
            values = values.log() if hasattr(values, "log") else np.log(values)  # tensor or array
            low, high = math.log(low), math.log(high)
        return (values - low) / (high - low) * 2.0 - 1.0

    def as_json(self) -> str:
        """The space as a text, for files; see :meth:`from_json`."""
        fitted = [
            {"low": each.low, "high": each.high, "parameter": _as_dict(each.parameter)}
            for each in self.fitted
        ]
        return json.dumps({"fitted": fitted, "fixed": dict(self.fixed), "roles": self.roles})

    @classmethod
    def from_json(cls, text: str) -> ParameterSpace:
        """Read what :meth:`as_json` wrote.

        Raises:
            ValueError: The text is something else.
        """
        try:
            given = json.loads(text)
            fitted = []
            for each in given["fitted"]:
                parameter, setting = _declared(each["parameter"]), (each["low"], each["high"])
                fitted.append(Fitted(parameter, *_bounds(parameter, setting, parameter.name)))
            fixed = {name: float(value) for name, value in given["fixed"].items()}
            return cls(tuple(fitted), fixed, tuple(given["roles"]))
        except (LookupError, TypeError, AttributeError, SatisficeError) as error:
            raise ValueError(f"not a space of parameters ({error!r})") from error


def declarations(declared: Any, place: str) -> tuple[Parameter, ...]:
    """Check declarations, which may come from another package.

    Raises:
        SatisficeError: They are something else, or one of them occurs twice.
    """
    found = tuple(declared) if isinstance(declared, Iterable) else (declared,)
    wrong = [each for each in found if not isinstance(each, Parameter)]
    if wrong or not isinstance(declared, Iterable):
        problem = f"{(wrong or found)[0]!r} is not a declaration of parameters."
        remedy = "Give a tuple of Parameter(name, default, label), as in parameters = (inertia,)."
        raise SatisficeError(place, problem, remedy)
    names = [each.name for each in found]
    for name in names:
        if names.count(name) > 1:
            problem = "is declared twice."
            raise SatisficeError(f"{place}.{name}", problem, "Give one of the two another name.")
    return found


def names_by_role(names: Iterable[str], roles: Sequence[str]) -> tuple[str, ...]:
    """Names of quantities for each role, role by role; unchanged if there are no roles."""
    names = tuple(names)
    return tuple(f"{name}_{role}" for role in roles for name in names) or names


def _as_dict(parameter: Parameter) -> dict[str, Any]:
    # JSON has no infinity.
    ends = [end if math.isfinite(end) else None for end in parameter.support]
    return asdict(parameter) | {"support": ends}


def _declared(given: Mapping[str, Any]) -> Parameter:
    tuples: dict[str, Any] = {
        name: tuple(each) if isinstance(each, list) else each for name, each in given.items()
    }
    low, high = given["support"]
    support = (-math.inf if low is None else low, math.inf if high is None else high)
    return Parameter(**{**tuples, "support": support})


def _bounds(parameter: Parameter, setting: Sequence[float], place: str) -> tuple[float, float]:
    if len(setting) != 2 or not setting[0] < setting[1]:
        raise SatisficeError(
            place,
            f"{list(setting)} are not bounds: the lower is not below the upper.",
            "Give [low, high] with low < high to fit the parameter, or one value to fix it.",
        )
    low, high = (_value(parameter, end, place) for end in setting)
    if parameter.transform == "log" and low <= 0:
        remedy = "Give a lower bound above 0: the prior is uniform in the logarithm."
        raise SatisficeError(place, f"the lower bound {low:g} has no logarithm.", remedy)
    return low, high


def _value(parameter: Parameter, value: float, place: str) -> float:
    if not parameter.allows(value):
        low, high = parameter.support
        least = f"at least {low:g}" if math.isfinite(low) else ""
        most = f"at most {high:g}" if math.isfinite(high) else ""
        allowed = " and ".join(filter(None, (least, most))) or "a finite number"
        raise SatisficeError(place, f"{parameter.name} cannot be {value:g}.", f"Give {allowed}.")
    return float(value)
