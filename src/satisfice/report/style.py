"""The look of all figures: colours, sizes, and how a figure becomes a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from satisfice.io.files import written_whole

WIDTH = 5.0
"""Inches. Narrow, so that letters stay readable when a phone shrinks the figure."""

DPI = 140

HUMAN = "black"
GREY = "0.55"

# Okabe and Ito's palette, told apart by colour-blind readers.
FIXED = {"bounded": "#0072B2", "ppo": "#D55E00", "equilibrium": "#009E73"}
OTHERS = ("#E69F00", "#CC79A7", "#56B4E9", "#F0E442")
MARKERS = {"bounded": "o", "ppo": "^", "equilibrium": "D"}
OTHER_MARKERS = ("s", "v", "P", "X")

RC: dict[str, Any] = {
    "font.size": 10.5,
    "axes.titlesize": 10.5,
    "axes.labelsize": 10.5,
    "xtick.labelsize": 9.5,
    "ytick.labelsize": 9.5,
    "legend.fontsize": 9.5,
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlelocation": "left",
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "0.9",
    "lines.linewidth": 1.6,
    "figure.constrained_layout.use": True,
    "figure.facecolor": "white",
}


@dataclass(frozen=True)
class Picture:
    """A drawn figure and the words for those who cannot see it.

    Attributes:
        figure: The drawing.
        description: Alternative text with the figure's main numbers.
    """

    figure: Figure
    description: str


@dataclass(frozen=True)
class Palette:
    """One colour and one marker for each model, the same in all figures of a game."""

    colours: dict[str, str]
    markers: dict[str, str]

    @classmethod
    def of(cls, models: Iterable[str]) -> Palette:
        """Give the well-known models their fixed colours and the others what is left."""
        colours, markers = dict(FIXED), dict(MARKERS)
        for i, name in enumerate(model for model in models if model not in FIXED):
            colours[name] = OTHERS[i % len(OTHERS)]
            markers[name] = OTHER_MARKERS[i % len(OTHER_MARKERS)]
        return cls(colours, markers)


@contextmanager
def drawing() -> Iterator[None]:
    """Apply the report's style, independent of the user's own matplotlibrc."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(RC)
        yield


def new_figure(height: float) -> Figure:
    """Return an empty figure of the report's width; ``height`` is in inches."""
    figure = Figure(figsize=(WIDTH, height), dpi=DPI)
    FigureCanvasAgg(figure)
    return figure


def panels(
    figure: Figure, number: int, columns: int, *, spare: bool = False, **sharing: Any
) -> tuple[list[Axes], Axes | None]:
    """Lay out panels in rows.

    Args:
        figure: Where to.
        number: Number of panels.
        columns: Panels in a row.
        spare: Whether to return an unfilled last cell, if there is one, for a legend.
        sharing: sharex, sharey of ``Figure.subplots``.

    Returns:
        The panels, and the spare cell without axes, or None.
    """
    rows = -(-number // columns)
    grid = np.atleast_1d(figure.subplots(rows, columns, squeeze=False, **sharing)).ravel()
    axes: list[Axes] = list(grid[:number])
    for unused in grid[number:]:
        unused.set_axis_off()
    return axes, (grid[number] if spare and number < len(grid) else None)


def legend(figure: Figure, axes: Axes, cell: Axes | None, columns: int = 2) -> None:
    """Explain the symbols of ``axes`` in the spare cell, or below all panels."""
    handles, labels = axes.get_legend_handles_labels()
    if cell is not None:
        cell.legend(handles, labels, loc="center left", borderaxespad=0)
    else:
        figure.legend(handles, labels, loc="outside lower center", ncols=columns)


def save(picture: Picture, path: str | Path) -> None:
    """Write a PNG file without a date or version in it: same numbers, same bytes."""
    with written_whole(path) as temporary, drawing():
        picture.figure.savefig(temporary, dpi=DPI, format="png", metadata={"Software": None})
