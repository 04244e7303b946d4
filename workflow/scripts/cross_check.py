"""Script of the rule cross_check."""

from satisfice.progress import job

wildcards = snakemake.wildcards
with job(f"cross_check {wildcards.game} {wildcards.estimator}", snakemake.log[0]):
    from pathlib import Path

    from satisfice.stages.cross_check import cross_check

    inference = snakemake.params.inference
    cross_check(
        wildcards.estimator,
        Path(next(path for path in snakemake.input if path.endswith("policy.json"))).parent,
        snakemake.params.dataset,
        snakemake.input.simulations,
        snakemake.input.observed,
        inference["sbc"],
        inference["estimator"],
        inference["draws"],
        snakemake.params.seed,
        snakemake.output.draws,
    )
