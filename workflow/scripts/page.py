"""Script of the rule page."""

from satisfice.progress import job

with job(f"page {snakemake.wildcards.game}", snakemake.log[0]):
    from satisfice.stages.report import write_page

    given, params = snakemake.input, snakemake.params
    write_page(
        params.run,
        params.seed,
        snakemake.wildcards.game,
        params.settings,
        params.dataset,
        given.observed,
        given.scores,
        given.diagnostics,
        dict(zip(params.beliefs, given.posteriors, strict=True)),
        given.predictive,
        dict(zip(params.figures, given.figures, strict=True)),
        given.descriptions,
        dict(zip(params.figures, given.captions, strict=True)),
        snakemake.output[0],
    )
