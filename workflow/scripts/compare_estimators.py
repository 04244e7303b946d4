"""Script of the rule compare_estimators."""

from satisfice.progress import job

with job(f"compare_estimators {snakemake.wildcards.game}", snakemake.log[0]):
    from satisfice.stages.cross_check import compare_estimators

    given = snakemake.params
    names, folder = given.estimators, given.benchmarks
    compare_estimators(
        snakemake.input.posterior,
        dict(zip(names, snakemake.input.others, strict=True)),
        {
            "npe": [f"{folder}/fit_{given.belief}.tsv"],
            **{name: [f"{folder}/cross_check_{name}.tsv"] for name in names},
        },
        given.simulation["simulations"] - given.inference["sbc"],
        snakemake.input.misspecification,
        snakemake.output.table,
        snakemake.output.summary,
        snakemake.output.figure,
    )
