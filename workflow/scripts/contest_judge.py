"""Script of the rule contest_judge."""

from satisfice.progress import job

wildcards = snakemake.wildcards
with job(f"contest judge {wildcards.game}", snakemake.log[0]):
    from satisfice.stages.contest_judge import judge

    given = snakemake.params
    judge(
        wildcards.game,
        snakemake.input.observed,
        dict(zip(given.fitted, snakemake.input.predictions, strict=True)),
        dict(zip(snakemake.input.ppo, snakemake.input.training, strict=True)),
        snakemake.input.retrained,
        dict(zip(given.rivals, snakemake.input.rivals, strict=True)),
        given.groups,
        given.contest,
        given.seed,
        dict(snakemake.output.items()),
        next(iter(snakemake.input.correlations), None),
    )
