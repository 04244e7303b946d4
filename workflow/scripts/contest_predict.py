"""Script of the rule contest_predict."""

from satisfice.progress import job

wildcards = snakemake.wildcards
with job(f"contest predict {wildcards.game} {wildcards.contender}", snakemake.log[0]):
    from satisfice.stages.contest import predict_contender

    predict_contender(
        wildcards.game,
        wildcards.contender,
        snakemake.params.block,
        snakemake.params.policy,
        snakemake.params.dataset,
        snakemake.input.simulations,
        snakemake.input.observed,
        snakemake.params.contest,
        snakemake.params.seed,
        snakemake.output[0],
    )
