"""Script of the rule misspecify."""

from satisfice.progress import job

wildcards = snakemake.wildcards
with job(f"misspecify {wildcards.game} {wildcards.belief}", snakemake.log[0]):
    from satisfice.stages.misspecify import misspecify

    misspecify(
        snakemake.input.simulations,
        snakemake.input.observed,
        snakemake.params.reserved,
        dict(zip(snakemake.params.rivals, snakemake.input.rivals, strict=True)),
        snakemake.output[0],
    )
