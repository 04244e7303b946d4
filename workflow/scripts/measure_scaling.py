"""Script of the rule measure_scaling."""

from satisfice.progress import job

with job(f"measure_scaling {snakemake.wildcards.game}", snakemake.log[0]):
    from satisfice.stages.benchmark import measure_scaling

    measure_scaling(
        snakemake.wildcards.game,
        snakemake.params.dataset,
        snakemake.params.variant,
        snakemake.params.parameter_prior,
        snakemake.params.settings,
        snakemake.output[0],
    )
