"""Script of the rule retraining."""

from satisfice.progress import job

with job("retraining", snakemake.log[0]):
    from satisfice.stages.benchmark import measure_retraining

    given = snakemake.params
    measure_retraining(
        given.games, given.beliefs, given.run, given.settings, given.seed, snakemake.output[0]
    )
