"""Script of the rule scaling."""

from satisfice.progress import job

with job("scaling", snakemake.log[0]):
    from satisfice.stages.benchmark import join_scaling

    join_scaling(list(snakemake.input), *snakemake.output)
