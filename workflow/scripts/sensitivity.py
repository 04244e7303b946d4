"""Script of the rule sensitivity."""

from satisfice.progress import job

with job(f"sensitivity {snakemake.wildcards.game}", snakemake.log[0]):
    from satisfice.stages.sensitivity import posterior_sensitivity

    posterior_sensitivity(
        snakemake.input.ensemble,
        snakemake.input.simulations,
        snakemake.input.observed,
        snakemake.input.misspecification,
        snakemake.params.inference,
        {**snakemake.params.inference["estimator"], **snakemake.params.settings},
        snakemake.params.seed,
        snakemake.output.table,
        snakemake.output.summary,
        snakemake.output.figure,
    )
