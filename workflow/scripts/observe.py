"""Script of the rule observe."""

from satisfice.progress import job

with job(f"observe {snakemake.wildcards.game}", snakemake.log[0]):
    from satisfice.stages.data import observe

    observe(
        snakemake.wildcards.game,
        snakemake.params.dataset,
        snakemake.params.held_out,
        snakemake.output[0],
    )
