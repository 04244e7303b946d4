"""Script of the rule retraining."""

from satisfice.progress import job

with job("retraining", snakemake.log[0]):
    from pathlib import Path

    from satisfice.stages.benchmark import measure_retraining

    given = snakemake.params
    measure_retraining(
        given.games,
        given.beliefs,
        Path(snakemake.input.posteriors[0]).parents[3],
        given.settings,
        given.seed,
        snakemake.output[0],
    )
