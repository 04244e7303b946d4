"""Script of the rule verify."""

from pathlib import Path

from satisfice.progress import job

wildcards = snakemake.wildcards
with job(f"verify {wildcards.game} {wildcards.variant}", snakemake.log[0]):
    from satisfice.stages.learn import verify_policy

    verify_policy(
        Path(snakemake.input[0]).parent,
        snakemake.params.supertypes,
        snakemake.params.seed,
        snakemake.output[0],
    )
