"""Script of the rule reference_contest."""

from satisfice.progress import job

with job("reference_contest", snakemake.log[0]):
    from satisfice.stages.reference import collect_contest

    collect_contest(
        snakemake.params.run,
        snakemake.params.games,
        snakemake.params.seed,
        "snakemake --cores all reference_contest",
        snakemake.output[0],
    )
