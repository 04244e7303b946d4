"""Script of the rule sharing."""

from satisfice.progress import job

with job("sharing", snakemake.log[0]):
    from satisfice.stages.sharing import draw_sharing

    draw_sharing(snakemake.input.table, snakemake.input.summary, snakemake.output[0])
