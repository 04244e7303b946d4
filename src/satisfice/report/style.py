"""The look of all figures: colours, sizes, and how a figure becomes a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import FixedFormatter, FuncFormatter
from matplotlib.transforms import Transform

from satisfice.io.files import written_whole

WIDTH = 5.0
"""Inches. Narrow, so that the text stays readable on a phone."""

DPI = 140

HUMAN = "black"
GREY = "0.55"

# Okabe and Ito's palette, which colour-blind readers can tell apart.
FIXED = {"bounded": "#0072B2", "rational": "#D55E00", "equilibrium": "#009E73"}
OTHERS = ("#E69F00", "#CC79A7", "#56B4E9", "#882255", "#999933")
MARKERS = {"bounded": "o", "rational": "^", "equilibrium": "D"}
OTHER_MARKERS = ("s", "v", "P", "X", "*")
LINES = {"bounded": "-", "rational": "-.", "equilibrium": ":"}
OTHER_LINES = ("--", (0, (5, 1, 1, 1, 1, 1)), (0, (2, 2)), (0, (1, 1)), (0, (9, 2)))

PROVENANCE_MARKERS = {"primary": "o", "secondary": "s", "unverified": "X"}
"""Marks of human values; those that are not computed from decisions are hollow."""

LineStyle = str | tuple[int, tuple[int, ...]]

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
    """A figure and its description in words.

    Attributes:
        figure: The drawing.
        description: Alternative text with the figure's main numbers.
    """

    figure: Figure
    description: str


@dataclass(frozen=True)
class Palette:
    """One colour, marker and line for each model, the same in all figures of a game."""

    colours: dict[str, str]
    markers: dict[str, str]
    lines: dict[str, LineStyle]

    @classmethod
    def of(cls, models: Iterable[str]) -> Palette:
        """Give the standard models their fixed colours and the others the remaining ones."""
        colours, markers = dict(FIXED), dict(MARKERS)
        lines: dict[str, LineStyle] = dict(LINES)
        for i, name in enumerate(model for model in models if model not in FIXED):
            colours[name] = OTHERS[i % len(OTHERS)]
            markers[name] = OTHER_MARKERS[i % len(OTHER_MARKERS)]
            lines[name] = OTHER_LINES[i % len(OTHER_LINES)]
        return cls(colours, markers, lines)

    def line(self, model: str) -> dict[str, Any]:
        """Colour and form of a model's lines, as arguments of ``Axes.plot``."""
        return {"color": self.colours[model], "ls": self.lines[model]}


@contextmanager
def drawing() -> Iterator[None]:
    """Apply the report's style, whatever the user's matplotlibrc says."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(RC)  # type: ignore[arg-type]
        yield


def new_figure(height: float) -> Figure:
    """Return an empty figure of the report's width; ``height`` is in inches."""
    figure = Figure(figsize=(WIDTH, height), dpi=DPI)
    FigureCanvasAgg(figure)
    return figure


def panels(
    figure: Figure, number: int, columns: int, *, spare: bool = False, **sharing: Any
) -> tuple[list[Axes], Axes | None]:
    """Lay out panels in rows of ``columns``; ``sharing`` goes to ``Figure.subplots``.

    Returns:
        The panels; and, if ``spare``, an unfilled last cell without axes for a legend, or None.
    """
    grid = figure.subplots(-(-number // columns), columns, squeeze=False, **sharing).ravel()
    axes: list[Axes] = list(grid[:number])
    for unused in grid[number:]:
        unused.set_axis_off()
    return axes, (grid[number] if spare and number < len(grid) else None)


def legend(
    figure: Figure,
    axes: Sequence[Axes],
    cell: Axes | None = None,
    *,
    columns: int = 2,
    place: Literal["outside lower center", "outside upper left"] = "outside lower center",
) -> None:
    """Explain the symbols of all panels in the spare cell, or outside the panels."""
    # Panels differ in their marks; each label gets one entry.
    found: dict[str, Artist] = {}
    for panel in axes:
        for handle, label in zip(*panel.get_legend_handles_labels(), strict=True):
            found.setdefault(label, handle)
    handles, labels = list(found.values()), list(found)
    if cell is not None:
        cell.legend(handles, labels, loc="center left", borderaxespad=0)
    else:
        figure.legend(handles, labels, loc=place, ncols=columns)


def human_marks(
    axis: Axes,
    x: np.ndarray,
    y: np.ndarray,
    errors: np.ndarray,
    provenance: str,
    x_errors: np.ndarray | None = None,
) -> None:
    """Mark human values of one provenance with two standard errors.

    Arrays have the shape (values,). Errors are standard errors; ``x_errors`` are those of the
    places where these are uncertain, too.
    """
    primary = provenance == "primary"
    axis.errorbar(
        x, y, 2 * errors, None if x_errors is None else 2 * x_errors,
        fmt=PROVENANCE_MARKERS[provenance], color=HUMAN, ms=4.5 if primary else 6.5,
        mfc=HUMAN if primary else "white", lw=1.2, capsize=2.5, zorder=4,
        label="human ± 2 s.e." + ("" if primary else f", {provenance}"),
    )  # fmt: skip


def held_out_words(axis: Axes, x: float, y: float, transform: Transform) -> None:
    """Write "held out" on the grey background."""
    axis.text(x, y, "held out", transform=transform, va="top", fontsize=9, color="0.25")


def save(picture: Picture, path: str | Path) -> None:
    """Write a PNG file without date or version, so that equal figures have equal bytes."""
    with written_whole(path) as temporary, drawing():
        _as_written(picture.figure)
        # Figure.savefig would draw everything twice, the first time only for the layout.
        canvas = FigureCanvasAgg(picture.figure)
        canvas.print_png(str(temporary), metadata={"Software": None})  # type: ignore[no-untyped-call]


def _as_written(figure: Figure) -> None:
    """Show every text as it is: a dollar sign in a name must not start a formula.

    Only the tick labels of axes contain formulas: powers of ten.
    """
    numbers = {
        text
        for axis in figure.axes
        for scale in (axis.xaxis, axis.yaxis)
        if not isinstance(scale.get_major_formatter(), FuncFormatter | FixedFormatter)
        for tick in (*scale.get_major_ticks(), *scale.get_minor_ticks())
        for text in (tick.label1, tick.label2)
    }
    for text in figure.findobj(Text):
        if text not in numbers:
            text.set_parse_math(False)
