"""Script of the rule pool."""

from satisfice.progress import job

with job("pool", snakemake.log[0]):
    from satisfice.stages.pool import pool_games

    given, games = snakemake.params, snakemake.params.games
    pool_games(
        dict(zip(games, snakemake.input.ensembles, strict=True)),
        dict(zip(games, snakemake.input.posteriors, strict=True)),
        dict(zip(games, snakemake.input.observed, strict=True)),
        dict(zip(games, snakemake.input.misspecification, strict=True)),
        given.seed,
        snakemake.output.draws,
        snakemake.output.table,
        snakemake.output.summary,
        snakemake.output.figure,
    )
