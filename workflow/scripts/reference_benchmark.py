"""Script of the rule reference_benchmark."""

from satisfice.progress import job

with job("reference_benchmark", snakemake.log[0]):
    from pathlib import Path

    from experiments.reference.collect import collect_benchmark

    given = snakemake.params
    collect_benchmark(
        given.run,
        Path(snakemake.input[0]).parent,
        given.settings,
        given.seed,
        "snakemake --cores 2 reference_benchmark",
        snakemake.output[0],
    )
