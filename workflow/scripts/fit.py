"""Script of the rule fit."""

from satisfice.progress import job

wildcards = snakemake.wildcards
with job(f"fit {wildcards.game} {wildcards.belief}", snakemake.log[0]):
    from satisfice.stages.infer import fit_ensemble

    fit_ensemble(
        snakemake.input.simulations,
        snakemake.input.observed,
        snakemake.params.inference,
        snakemake.params.seed,
        snakemake.output.ensemble,
    )
