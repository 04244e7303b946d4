"""Script of the rule posterior."""

from satisfice.progress import job

wildcards = snakemake.wildcards
with job(f"posterior {wildcards.game} {wildcards.belief}", snakemake.log[0]):
    from satisfice.stages.infer import sample_posterior

    sample_posterior(
        snakemake.input.ensemble,
        snakemake.input.simulations,
        snakemake.input.observed,
        snakemake.params.reserved,
        snakemake.params.draws,
        snakemake.params.seed,
        snakemake.output[0],
    )
