"""Script of the rule join_scores."""

from satisfice.progress import job

with job("join_scores", snakemake.log[0]):
    from satisfice.stages.evaluate import join_scores

    join_scores(
        dict(zip(snakemake.params.games, snakemake.input, strict=True)), snakemake.output[0]
    )
