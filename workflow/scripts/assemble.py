"""Script of the rule assemble."""

from satisfice.progress import job

wildcards = snakemake.wildcards
with job(f"assemble {wildcards.game} {wildcards.belief}", snakemake.log[0]):
    from satisfice.stages.evaluate import assemble

    assemble(
        snakemake.input.observed,
        snakemake.input.simulations,
        snakemake.input.posterior,
        snakemake.input.calibration,
        snakemake.input.misspecification,
        snakemake.input.predictive,
        {
            "game": wildcards.game,
            "prior_belief": wildcards.belief,
            "seed": snakemake.params.seed,
            "config": snakemake.params.settings,
        },
        snakemake.output[0],
    )
