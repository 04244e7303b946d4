"""Script of the rule overview."""

from satisfice.progress import job

with job("overview", snakemake.log[0]):
    from satisfice.stages.report import write_overview

    given, games = snakemake.input, snakemake.params.settings
    write_overview(
        snakemake.params.run,
        snakemake.params.seed,
        games,
        given.scores,
        dict(zip(games, given.diagnostics, strict=True)),
        dict(zip(games, given.posteriors, strict=True)),
        dict(zip(games, given.pages, strict=True)),
        snakemake.output[0],
    )
