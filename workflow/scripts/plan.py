"""Script of the rule plan."""

from satisfice.progress import job

with job("plan", snakemake.log[0]):
    from satisfice.stages.benchmark import write_plan

    write_plan(
        snakemake.input[0], snakemake.params.settings, snakemake.params.games, snakemake.output[0]
    )
