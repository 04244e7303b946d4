"""Script of the rule fit."""

from satisfice.progress import job

wildcards = snakemake.wildcards
with job(f"fit {wildcards.game} {wildcards.belief} {wildcards.member}", snakemake.log[0]):
    from satisfice.stages.infer import fit_member

    fit_member(
        snakemake.input.simulations,
        snakemake.input.observed,
        snakemake.params.parameter_prior,
        snakemake.params.estimator,
        snakemake.params.reserved,
        int(wildcards.member),
        snakemake.params.seed,
        snakemake.output.weights,
    )
