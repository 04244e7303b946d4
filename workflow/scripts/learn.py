"""Script of the rule learn."""

from pathlib import Path

from satisfice.progress import job

wildcards = snakemake.wildcards
with job(f"learn {wildcards.game} {wildcards.variant}", snakemake.log[0]):
    from satisfice.stages.learn import train_policy

    train_policy(
        wildcards.game,
        wildcards.variant,
        snakemake.params.variant,
        snakemake.params.parameter_prior,
        snakemake.params.seed,
        Path(snakemake.output.weights).parent,
        snakemake.params.device,
    )
