"""Script of the rule single_agent."""

from pathlib import Path

from satisfice.progress import job

with job("single_agent", snakemake.log[0]):
    from satisfice.stages.single_agent import run_experiment

    run_experiment(
        snakemake.params.settings,
        snakemake.params.seed,
        Path(snakemake.output.table).parent,
    )
