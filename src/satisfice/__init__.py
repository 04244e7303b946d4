"""satisfice: Bayesian calibration of heterogeneous, boundedly rational agents.

For notebooks: :func:`load_model`, :func:`load_data`, :func:`simulate`, :func:`play`, :func:`fit`
and :func:`predict`, which :mod:`satisfice.api` describes. They are imported when first used, so
that importing the package is fast.

Parts, in the order in which data flow: ``io.datasets`` (human data), ``learning`` (shared
KL-bounded policies), ``simulation``, ``contenders`` (bounded and rational play, rules of play),
``inference`` (posterior), ``evaluation`` (scores of all contenders), ``report``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from satisfice.api import Fit, Model, fit, load_data, load_model, play, predict, simulate

__version__ = "0.1.0"
__all__ = ["Fit", "Model", "fit", "load_data", "load_model", "play", "predict", "simulate"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'satisfice' has no attribute '{name}'")
    from satisfice import api  # noqa: PLC0415 - torch and pandas take a second

    return getattr(api, name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
