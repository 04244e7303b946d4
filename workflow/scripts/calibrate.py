"""Script of the rule calibrate."""

from satisfice.progress import job

wildcards = snakemake.wildcards
with job(f"calibrate {wildcards.game} {wildcards.belief}", snakemake.log[0]):
    from satisfice.stages.calibrate import calibrate_posterior

    calibrate_posterior(
        snakemake.input.ensemble,
        snakemake.input.simulations,
        snakemake.input.observed,
        snakemake.params.reserved,
        snakemake.params.trials,
        snakemake.params.seed,
        snakemake.output[0],
    )
