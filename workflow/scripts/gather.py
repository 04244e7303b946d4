"""Script of the rule gather."""

from satisfice.progress import job

with job(f"gather {snakemake.wildcards.game} {snakemake.wildcards.belief}", snakemake.log[0]):
    from satisfice.stages.simulate import gather_simulations

    gather_simulations(list(snakemake.input), snakemake.output[0])
