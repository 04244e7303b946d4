"""Script of the rule measure_sharing."""

from satisfice.progress import job

with job("measure sharing", snakemake.log[0]):
    from satisfice.stages.sharing import measure_sharing

    measure_sharing(
        snakemake.params.settings,
        snakemake.params.seed,
        snakemake.output.table,
        snakemake.output.summary,
    )
