"""Script of the rule simulations_for_c2st."""

from satisfice.progress import job

with job(f"simulations_for_c2st {snakemake.wildcards.game}", snakemake.log[0]):
    from satisfice.stages.simulations_for_c2st import simulations_for_c2st

    given = snakemake.params
    simulations_for_c2st(
        given.policy,
        given.dataset,
        snakemake.input.observed,
        given.estimator,
        given.reference,
        given.settings,
        given.seed,
        *snakemake.output,
    )
