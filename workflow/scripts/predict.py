"""Script of the rules predict and contest_predict."""

from satisfice.progress import job

wildcards, given, params = snakemake.wildcards, snakemake.input, snakemake.params
with job(f"predict {wildcards.game} {wildcards.contender}", snakemake.log[0]):
    from satisfice.stages.predict import predict

    predict(
        wildcards.game,
        wildcards.contender,
        params.block,
        params.policy,
        params.dataset,
        params.draws,
        params.seed,
        snakemake.output[0],
        posterior=given.get("posterior") or None,
        simulations=given.get("simulations"),
        observed=given.get("observed"),
        contest=params.get("contest"),
    )
