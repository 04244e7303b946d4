# Only for data sets with decisions.


rule ceiling:
    """Predict single decisions by machine learning, in markets that are left out."""
    input:
        dataset_files,
        observed=rules.observe.output.observed,
    output:
        output=f"{RUN}/{{game}}/decisions/ceiling.npz",
    log:
        f"{RUN}/{{game}}/logs/ceiling.log",
    benchmark:
        f"{RUN}/{{game}}/benchmarks/ceiling.tsv"
    conda:
        "../envs/satisfice.yaml"
    threads: 2
    resources:
        mem_mb=2500,
        runtime=30,
    params:
        **calls("satisfice.stages.ceiling.ceiling"),
        dataset=lambda wildcards: dataset_folder(wildcards.game),
        settings=section("decisions"),
        seed=CONFIG["seed"],
    script:
        "../scripts/run.py"


rule decide:
    """Fit every model that has a likelihood to single decisions, and compare them."""
    input:
        dataset_files,
        rules.observe.output,
        lambda wildcards: expand(
            rules.learn.output, variant=run_of(wildcards.game).variants, allow_missing=True
        ),
        ceiling=rules.ceiling.output.output,
    output:
        directory(f"{RUN}/{{game}}/decisions/posteriors"),
        posterior=f"{RUN}/{{game}}/decisions/posterior.nc",
        comparison=f"{RUN}/{{game}}/decisions/comparison.csv",
        individuals=f"{RUN}/{{game}}/decisions/individuals.csv",
    log:
        f"{RUN}/{{game}}/logs/decide.log",
    benchmark:
        f"{RUN}/{{game}}/benchmarks/decide.tsv"
    priority: 10
    conda:
        "../envs/satisfice.yaml"
    threads: 2
    resources:
        mem_mb=4000,
        runtime=60,
    params:
        **calls("satisfice.stages.decide.decide", own=decided_code),
        run=who_takes_part,
        dataset=lambda wildcards: dataset_folder(wildcards.game),
        settings=section("decisions"),
        replicates=lambda wildcards: game_config(wildcards.game)["evaluation"]["replicates"],
        seed=CONFIG["seed"],
    script:
        "../scripts/run.py"
