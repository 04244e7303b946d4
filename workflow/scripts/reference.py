"""Script of the rule reference."""

from satisfice.progress import job

with job("reference", snakemake.log[0]):
    from satisfice.stages.reference import collect_reference

    collect_reference(
        snakemake.params.run,
        snakemake.params.games,
        "snakemake --cores all reference",
        snakemake.output[0],
    )
