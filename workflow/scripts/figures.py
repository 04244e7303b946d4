"""Script of the rule figures."""

from pathlib import Path

from satisfice.progress import job

with job(f"figures {snakemake.wildcards.game}", snakemake.log[0]):
    from satisfice.stages.report import draw_figures

    given, params = snakemake.input, snakemake.params
    draw_figures(
        snakemake.wildcards.game,
        given.observed,
        given.scores,
        given.diagnostics,
        dict(zip(params.beliefs, given.posteriors, strict=True)),
        dict(zip(params.contenders, given.predictive, strict=True)),
        {
            variant: Path(curves).parent
            for variant, curves in zip(params.variants, given.training, strict=True)
        },
        given.paths,
        {name: snakemake.output[name] for name in params.figures},
        snakemake.output.descriptions,
    )
