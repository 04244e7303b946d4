"""Script of the rule contest."""

from satisfice.progress import job

with job("contest", snakemake.log[0]):
    from satisfice.stages.contest_table import join_contests

    given, names = snakemake.input, ("scores", "differences", "weights", "summary")
    files = zip(given.scores, given.differences, given.weights, given.summaries, strict=True)
    join_contests(
        {
            game: dict(zip(names, of_game, strict=True))
            for game, of_game in zip(snakemake.params.games, files, strict=True)
        },
        snakemake.output.table,
        snakemake.output.markdown,
    )
