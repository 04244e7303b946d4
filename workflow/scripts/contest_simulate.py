"""Script of the rule contest_simulate."""

from satisfice.progress import job

wildcards = snakemake.wildcards
with job(f"contest simulate {wildcards.game} {wildcards.contender}", snakemake.log[0]):
    from satisfice.stages.simulate import simulate_contender

    simulate_contender(
        wildcards.game,
        wildcards.contender,
        snakemake.params.block,
        snakemake.params.policy,
        snakemake.params.dataset,
        snakemake.params.simulations,
        snakemake.params.seed,
        snakemake.output[0],
    )
