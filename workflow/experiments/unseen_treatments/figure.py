"""The figure: statistics of treatments that a policy has not met, of people and of models."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from satisfice.report.results import number, statistic_label
from satisfice.report.style import (
    PROVENANCE_MARKERS,
    Palette,
    Picture,
    human_marks,
    legend,
    new_figure,
    panels,
)

LABELS = {
    "bounded": "bounded",
    "bounded_on_all": "told numbers",
    "bounded_on_fitted": "treatment unseen",
}


def label(model: str) -> str:
    """A model in words; policies that are trained again have the number of the training."""
    name, _, training = model.rpartition("_")
    return LABELS.get(model) or f"{LABELS.get(name, name)}, training {training}"


def predictions_figure(
    human: pd.DataFrame,
    chosen: np.ndarray,
    predicted: Mapping[str, np.ndarray],
    units: Mapping[str, str],
) -> Picture:
    """One panel for each statistic: human values with two standard errors beside every model.

    Args:
        human: observed.csv.
        chosen: Shape (statistics,), those to show.
        predicted: Predictions by model, shape (draws, statistics).
        units: Unit of each statistic.
    """
    rows = human[chosen].reset_index(drop=True)
    names, treatments = (list(rows[column].unique()) for column in ("statistic", "treatment"))
    figure = new_figure(1.0 + 1.75 * -(-len(names) // 2))
    axes, cell = panels(figure, len(names), 2, spare=True)
    palette = Palette.of(predicted)
    # People stand between the models.
    places = np.linspace(-0.3, 0.3, len(predicted) + 1)
    people_at, offsets = places[len(places) // 2], np.delete(places, len(places) // 2)
    for axis, name in zip(axes, names, strict=True):
        here = (rows.statistic == name).to_numpy()
        at = np.array([treatments.index(each) for each in rows.treatment[here]], dtype=float)
        for (model, x), offset in zip(predicted.items(), offsets, strict=True):
            low, middle, high = np.quantile(x[:, chosen][:, here], [0.05, 0.5, 0.95], axis=0)
            axis.errorbar(
                at + offset, middle, [middle - low, high - middle], fmt=palette.markers[model],
                color=palette.colours[model], ms=4.5, label=label(model),
            )  # fmt: skip
        for provenance in PROVENANCE_MARKERS:
            kind = (rows.provenance[here] == provenance).to_numpy()
            if kind.any():
                people = rows[here][kind]
                values, errors = people.value.to_numpy(), people.standard_error.to_numpy()
                human_marks(axis, at[kind] + people_at, values, errors, provenance)
        axis.set_xticks(range(len(treatments)), [each.replace("_", "\n") for each in treatments])
        axis.set_xlim(-0.55, len(treatments) - 0.45)
        axis.set_title(statistic_label(str(name)))
        axis.set_ylabel(units.get(str(name), ""))
        axis.set_xlabel("treatment")
    legend(figure, axes, cell)
    return Picture(figure, _describe(rows, chosen, predicted))


def _describe(rows: pd.DataFrame, chosen: np.ndarray, predicted: Mapping[str, np.ndarray]) -> str:
    words = []
    for model, x in predicted.items():
        errors = (np.median(x[:, chosen], axis=0) - rows.value) / rows.standard_error
        words.append(f"{label(model)} {number(float(errors.abs().mean()))}")
    return (
        f"Human values of {len(rows)} statistics with two standard errors beside the 90 % "
        "intervals of models. Mean distance of a model's median, in standard errors: "
        f"{'; '.join(words)}."
    )
