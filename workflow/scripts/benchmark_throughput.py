"""Script of the rule benchmark_throughput."""

from pathlib import Path

from satisfice.progress import job

with job("benchmark_throughput", snakemake.log[0]):
    from satisfice.stages.throughput import measure_throughput

    measure_throughput(
        snakemake.params.games,
        snakemake.params.datasets,
        [Path(file).parent for file in snakemake.input if file.endswith("policy.json")],
        snakemake.params.settings,
        snakemake.params.seed,
        snakemake.output[0],
    )
