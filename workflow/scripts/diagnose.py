"""Script of the rule diagnose."""

from satisfice.progress import job

with job(f"diagnose {snakemake.wildcards.game}", snakemake.log[0]):
    from satisfice.stages.diagnose import diagnose

    beliefs, given = snakemake.params.beliefs, snakemake.input
    columns = zip(
        given.training[:-1],
        given.verification[:-1],
        given.simulations,
        given.posteriors,
        given.calibrations,
        given.misspecifications,
        given.predictive,
        strict=True,
    )
    names = (
        "training",
        "verification",
        "simulations",
        "posterior",
        "calibration",
        "misspecification",
        "predictive",
    )
    diagnose(
        snakemake.wildcards.game,
        given.observed,
        {
            belief: dict(zip(names, paths, strict=True))
            for belief, paths in zip(beliefs, columns, strict=True)
        },
        {"training": given.training[-1], "verification": given.verification[-1]},
        given.scores,
        snakemake.params.detects,
        snakemake.output[0],
    )
