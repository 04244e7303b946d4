"""Script of the rule contest_judge."""

from satisfice.progress import job

wildcards = snakemake.wildcards
with job(f"contest judge {wildcards.game}", snakemake.log[0]):
    from satisfice.stages.contest_judge import judge

    given = snakemake.params
    judge(
        wildcards.game,
        snakemake.input.observed,
        dict(zip(given.groups, snakemake.input.predictions, strict=True)),
        given.groups,
        dict(zip(snakemake.input.ppo, snakemake.input.training, strict=True)),
        snakemake.input.retrained,
        given.contest,
        given.seed,
        dict(snakemake.output.items()),
        next(iter(snakemake.input.correlations), None),
    )
