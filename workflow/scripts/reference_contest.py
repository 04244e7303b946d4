"""Script of the rule reference_contest."""

from pathlib import Path

from satisfice.progress import job

with job("reference_contest", snakemake.log[0]):
    from satisfice.stages.reference import collect_contest

    collect_contest(
        Path(snakemake.input[0]).parents[1],
        snakemake.params.games,
        snakemake.params.seed,
        "snakemake --cores all reference_contest",
        snakemake.output[0],
    )
