rule error_coverage:
    """Join the coverage of standard errors in all games of the experiment."""
    input:
        tables=[folder(game, "error_coverage.csv") for game in COVERED],
    output:
        table=experiment("error_coverage", "table.csv"),
    log:
        f"{RUN}/logs/error_coverage.log",
    conda:
        "../envs/satisfice.yaml"
    params:
        **calls("experiments.error_coverage.coverage.join"),
    script:
        "../scripts/run.py"


rule error_coverage_of:
    """Measure how often intervals of human statistics hold the true value."""
    input:
        observed=observed_file,
    output:
        table=f"{RUN}/{{game}}/error_coverage.csv",
    log:
        f"{RUN}/{{game}}/logs/error_coverage.log",
    benchmark:
        f"{RUN}/{{game}}/benchmarks/error_coverage.tsv"
    conda:
        "../envs/satisfice.yaml"
    resources:
        mem_mb=3000,
        runtime=60,
    params:
        **calls("experiments.error_coverage.coverage.measure"),
        contenders=lambda wildcards: list(ERRORS.contenders[wildcards.game]),
        panels=ERRORS.panels,
        replicates=ERRORS.replicates,
        tried=ERRORS.tried,
        seed=CONFIG["seed"],
    script:
        "../scripts/run.py"
