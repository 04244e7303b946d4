rule gates_by_seed:
    """Compare the gates of runs that differ in their seed alone, which were made before."""
    input:
        compared_gates,
    output:
        table=experiment("gates_by_seed", "table.csv"),
        summary=experiment("gates_by_seed", "summary.json"),
    log:
        f"{RUN}/logs/gates_by_seed.log",
    conda:
        "../envs/satisfice.yaml"
    params:
        **calls("experiments.gates_by_seed.comparison.compare_gates"),
        diagnostics=gates_of_runs(),
    script:
        "../scripts/run.py"
