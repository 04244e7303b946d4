"""Script of the rule paths."""

from satisfice.progress import job

with job(f"paths {snakemake.wildcards.game}", snakemake.log[0]):
    from satisfice.stages.paths import keep_paths

    params = snakemake.params
    keep_paths(
        snakemake.wildcards.game,
        params.dataset,
        dict(zip(params.blocks, snakemake.input.predictive, strict=True)),
        params.blocks,
        params.policies,
        params.seed,
        snakemake.output[0],
    )
