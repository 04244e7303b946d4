"""Script of the rule skill_shapes."""

from satisfice.progress import job

with job("skill shapes", snakemake.log[0]):
    from satisfice.stages.skill_shapes import draw_skill_shapes

    draw_skill_shapes(
        snakemake.input.table,
        snakemake.input.curves,
        snakemake.input.summary,
        snakemake.output[0],
    )
