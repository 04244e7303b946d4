"""Script of the rule throughput."""

from satisfice.progress import job

with job("throughput", snakemake.log[0]):
    from satisfice.stages.benchmark import draw_throughput

    draw_throughput(snakemake.input[0], snakemake.output[0])
