"""Script of the rule measure_skill_shapes."""

from satisfice.progress import job

with job("measure skill shapes", snakemake.log[0]):
    from satisfice.stages.skill_shapes import measure_skill_shapes

    measure_skill_shapes(
        snakemake.params.settings,
        snakemake.params.seed,
        snakemake.output.table,
        snakemake.output.curves,
        snakemake.output.summary,
    )
