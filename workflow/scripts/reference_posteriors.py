"""Script of the rule reference_posteriors."""

from satisfice.progress import job

wildcards = snakemake.wildcards
with job(f"reference_posteriors {wildcards.game} {wildcards.belief}", snakemake.log[0]):
    from pathlib import Path

    from satisfice.stages.reference_posteriors import reference_posteriors

    given = snakemake.params
    reference_posteriors(
        Path(next(path for path in snakemake.input if path.endswith("policy.json"))).parent,
        snakemake.input.ensemble,
        given.dataset,
        snakemake.input.observed,
        given.simulation["simulations"] - given.inference["sbc"],
        given.settings,
        given.seed,
        snakemake.output.table,
        snakemake.output.summary,
    )
