"""Script of the rule simulate."""

from pathlib import Path

from satisfice.progress import job

wildcards = snakemake.wildcards
with job(f"simulate {wildcards.game} {wildcards.belief} {wildcards.chunk}", snakemake.log[0]):
    from satisfice.stages.simulate import simulate_chunk

    simulate_chunk(
        Path(snakemake.input[0]).parent,
        snakemake.params.dataset,
        snakemake.params.simulation["simulations"],
        snakemake.params.simulation["chunks"],
        int(wildcards.chunk),
        snakemake.params.seed,
        snakemake.output[0],
    )
