"""Script of the rule learnt_summaries."""

from satisfice.progress import job

with job(f"learnt summaries {snakemake.wildcards.game}", snakemake.log[0]):
    from satisfice.stages.learnt_summaries import compare_summaries

    compare_summaries(
        snakemake.params.policy,
        snakemake.params.dataset,
        snakemake.input.observed,
        snakemake.params.simulations,
        snakemake.params.reserved,
        snakemake.params.settings,
        snakemake.params.seed,
        snakemake.output.table,
        snakemake.output.summary,
        snakemake.output.figure,
    )
