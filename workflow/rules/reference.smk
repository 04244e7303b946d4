rule reference_benchmark:
    """Keep the small tables and figures of the benchmark."""
    input:
        rules.benchmark.input,
    output:
        "results/reference/benchmark/manifest.json",
    log:
        f"{BENCHMARK}/logs/reference_benchmark.log",
    conda:
        "../envs/satisfice.yaml"
    params:
        run=CONFIG["run"],
        settings=CONFIG["benchmark"],
        seed=CONFIG["seed"],
        code=code("stages.reference"),
    script:
        "../scripts/reference_benchmark.py"
