"""Script of the rule paths."""

from pathlib import Path

from satisfice.progress import job

with job(f"paths {snakemake.wildcards.game}", snakemake.log[0]):
    from satisfice.stages.paths import keep_paths

    params = snakemake.params
    files = {"bounded": snakemake.input.bounded[0], "ppo": snakemake.input.ppo[0]}
    keep_paths(
        snakemake.wildcards.game,
        params.dataset,
        dict(zip(params.models, snakemake.input.predictive, strict=True)),
        {model: Path(file).parent for model, file in files.items()},
        params.seed,
        snakemake.output[0],
    )
