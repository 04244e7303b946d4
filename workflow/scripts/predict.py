"""Script of the rule predict."""

from pathlib import Path

from satisfice.progress import job

wildcards = snakemake.wildcards
with job(f"predict {wildcards.game} {wildcards.model}", snakemake.log[0]):
    from satisfice.stages.simulate import predict

    policy = list(snakemake.input.get("policy", []))
    posterior = snakemake.input.get("posterior", [])
    predict(
        wildcards.game,
        wildcards.model,
        snakemake.params.dataset,
        snakemake.params.draws,
        snakemake.params.seed,
        snakemake.output[0],
        policy=Path(policy[0]).parent if policy else None,
        posterior=posterior or None,
    )
