"""Script of the rule score."""

from satisfice.progress import job

with job(f"score {snakemake.wildcards.game}", snakemake.log[0]):
    from satisfice.stages.evaluate import score

    score(
        snakemake.input.observed,
        dict(zip(snakemake.params.groups, snakemake.input.predictive, strict=True)),
        snakemake.params.groups,
        snakemake.params.replicates,
        snakemake.params.seed,
        snakemake.output[0],
        next(iter(snakemake.input.correlations), None),
    )
