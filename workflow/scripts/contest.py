"""Script of the rule contest."""

from satisfice.progress import job

with job("contest", snakemake.log[0]):
    from satisfice.stages.contest_table import join_contests

    given = snakemake.input
    join_contests(
        {
            game: {"scores": scores, "differences": differences, "weights": weights}
            for game, scores, differences, weights in zip(
                snakemake.params.games,
                given.scores,
                given.differences,
                given.weights,
                strict=True,
            )
        },
        snakemake.output.table,
        snakemake.output.markdown,
    )
