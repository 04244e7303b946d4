"""Figure of both posteriors of the people."""

from __future__ import annotations

from experiments.decision_posteriors.comparison import Pair
from satisfice.population.derived import quantities
from satisfice.population.parameters import ParameterSpace
from satisfice.report.figures_evaluation import plain_log_ticks
from satisfice.report.figures_inference import density_of, parameter_axis, step_of
from satisfice.report.labels import quantity
from satisfice.report.results import number
from satisfice.report.style import FIXED, OTHERS, LineStyle, Picture, legend, new_figure, panels

LOOKS: dict[str, tuple[str, LineStyle]] = {
    "from the likelihood": (FIXED["bounded"], "-"),
    "neural": (OTHERS[0], "--"),
}
"""Colour and line of each posterior."""


def posteriors(space: ParameterSpace, pair: Pair, sentence: str) -> Picture:
    """Densities of all parameters and derived quantities.

    Args:
        space: The parameters.
        pair: Both posteriors of the people.
        sentence: Whether they agree, in words.
    """
    names, one = quantities(space, pair.likelihood)
    _, other = quantities(space, pair.neural)
    figure = new_figure(0.5 + 1.7 * -(-len(names) // 2))
    axes, _ = panels(figure, len(names), 2)
    words = []
    for axis, name, *values in zip(axes, names, one.T, other.T, strict=True):
        found = quantity(name, space)
        for (label, (colour, line)), drawn in zip(LOOKS.items(), values, strict=True):
            place, density = density_of(drawn, found)
            # The estimator may be far surer than the likelihood, whose density would look flat.
            axis.plot(place, density / density.max(), color=colour, ls=line, label=label,
                      drawstyle="steps-post" if step_of(found) else "default")  # fmt: skip
            words.append(f"{found.short} {label} {number(drawn.mean())} (SD {number(drawn.std())})")
        parameter_axis(axis, found)
        if found.logarithmic:
            plain_log_ticks(axis)
        axis.set_ylabel("density / largest")
        axis.set_ylim(bottom=0)
    legend(figure, axes)
    return Picture(figure, f"Posteriors from people's decisions: {'; '.join(words)}. {sentence}")
