"""Script of the rule reference."""

from pathlib import Path

from satisfice.progress import job

with job("reference", snakemake.log[0]):
    from satisfice.stages.reference import collect_reference

    collect_reference(
        Path(snakemake.input.scores).parent,
        snakemake.params.games,
        snakemake.params.seed,
        "snakemake --cores all reference",
        snakemake.output[0],
    )
