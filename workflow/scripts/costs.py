"""Script of the rule costs."""

from satisfice.progress import job

with job("costs", snakemake.log[0]):
    from satisfice.stages.benchmark import collect_costs

    collect_costs(snakemake.params.folders, *snakemake.output)
