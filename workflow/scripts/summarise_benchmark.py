"""Script of the rule summarise_benchmark."""

from satisfice.progress import job

with job("summarise_benchmark", snakemake.log[0]):
    from satisfice.stages.benchmark import summarise_benchmark

    found = snakemake.input
    summarise_benchmark(
        found.throughput,
        found.exponents,
        found.retraining,
        list(found.needed),
        snakemake.params.budgets,
        found.costs,
        snakemake.output[0],
    )
