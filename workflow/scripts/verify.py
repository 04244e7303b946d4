"""Script of the rule verify."""

from pathlib import Path

from satisfice.progress import job

wildcards = snakemake.wildcards
with job(f"verify {wildcards.game} {wildcards.variant}", snakemake.log[0]):
    from satisfice.stages.verify import verify_policy

    verify_policy(
        Path(snakemake.input[0]).parent,
        snakemake.params.settings,
        snakemake.params.seed,
        snakemake.output[0],
    )
