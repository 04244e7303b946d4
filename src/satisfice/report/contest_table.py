"""The table of all contests, in Markdown for documents to quote."""

from __future__ import annotations

import pandas as pd

from satisfice.evaluation.contest import SHOWN


def markdown_table(joined: pd.DataFrame) -> str:
    """The joined table in Markdown, with intervals."""
    lines = [
        "| game | contender | kind | energy score, held out | against bounded | "
        "CRPS, held out | log score, held out | energy, other splits | stacking weight | "
        "human figures |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in joined.to_dict("records"):
        scores = [
            f"{row[name]:.2f} [{row[f'{name}_low']:.2f}, {row[f'{name}_high']:.2f}]"
            for name in SHOWN
        ]
        lines.append(
            f"| {row['game']} | {row['contender']} | {row['group']} | {scores[1]} | "
            f"{row['against_bounded']} | {scores[0]} | {scores[2]} | "
            f"{row['energy_of_other_splits']:.2f} | {row['stacking_weight']:.2f} | "
            f"{row['human_figures']} |"
        )
    return "\n".join(lines) + "\n"
