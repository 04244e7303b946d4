# Benchmarks of speed and memory, see docs/benchmarks.md. The target benchmark makes all of them.
include: "common.smk"


localrules:
    benchmark,
    reference_benchmark,


rule throughput:
    """Time a game's simulator beside the bare network's forward passes and an environment."""
    input:
        environment_library,
        policies=trained,
    output:
        table=f"{BENCHMARK}/throughput/{{game}}.csv",
    log:
        f"{BENCHMARK}/logs/throughput_{{game}}.log",
    benchmark:
        f"{BENCHMARK}/benchmarks/throughput_{{game}}.tsv"
    conda:
        "../envs/satisfice.yaml"
    # No other job may run at the same time; Snakemake reduces the threads to what there are.
    threads: 1000
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        **calls("benchmarks.throughput.measure_throughput"),
        dataset=lambda wildcards: dataset_folder(wildcards.game),
        beliefs=section("beliefs"),
        default_belief=first_belief,
        parameter_prior=section("parameter_prior"),
        seed=CONFIG["seed"],
    script:
        "../scripts/run.py"


rule scaling:
    """Time a game's simulations against numbers of agents, markets and simulations."""
    input:
        dataset_files,
    output:
        table=f"{BENCHMARK}/scaling/{{game}}.csv",
    log:
        f"{BENCHMARK}/logs/scaling_{{game}}.log",
    benchmark:
        f"{BENCHMARK}/benchmarks/scaling_{{game}}.tsv"
    conda:
        "../envs/satisfice.yaml"
    # Alone, because memory traffic of other jobs slows large markets more than small ones.
    threads: 1000
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        **calls("benchmarks.scaling.measure_scaling"),
        dataset=lambda wildcards: dataset_folder(wildcards.game),
        variant=default_variant,
        parameter_prior=section("parameter_prior"),
        settings=MEASURED.scaling.model_dump(),
    script:
        "../scripts/run.py"


rule retraining:
    """Compare a game's calibration in the run with training a policy for every theta."""
    input:
        lambda wildcards: folder(
            wildcards.game, "inference", first_belief(wildcards), "posterior.npz"
        ),
    output:
        table=f"{BENCHMARK}/retraining/{{game}}.csv",
    log:
        f"{BENCHMARK}/logs/retraining_{{game}}.log",
    benchmark:
        f"{BENCHMARK}/benchmarks/retraining_{{game}}.tsv"
    conda:
        "../envs/satisfice.yaml"
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        **MEASURED.retraining.model_dump(),
        **calls("benchmarks.retraining.measure_retraining"),
        belief=first_belief,
        variant=default_variant,
        parameter_prior=section("parameter_prior"),
        simulations=lambda wildcards: game_config(wildcards.game)["simulation"]["simulations"],
        benchmarks=lambda wildcards: folder(wildcards.game, "benchmarks"),
        seed=CONFIG["seed"],
    script:
        "../scripts/run.py"


rule simulations_for_c2st:
    """Compare NPE and sequential ABC with exact posteriors at several budgets."""
    input:
        dataset_files,
        lambda wildcards: policy_files(wildcards.game, exact_belief(wildcards.game)),
        observed=f"{RUN}/{{game}}/observed.csv",
    output:
        table=f"{BENCHMARK}/simulations_for_c2st/{{game}}.csv",
        summary=f"{BENCHMARK}/simulations_for_c2st/{{game}}_needed.csv",
        figure=f"{BENCHMARK}/simulations_for_c2st/{{game}}.png",
    log:
        f"{BENCHMARK}/logs/simulations_for_c2st_{{game}}.log",
    benchmark:
        f"{BENCHMARK}/benchmarks/simulations_for_c2st_{{game}}.tsv"
    conda:
        "../envs/satisfice.yaml"
    resources:
        mem_mb=3000,
        runtime=120,
    params:
        **MEASURED.simulations_for_c2st.model_dump(),
        **calls("benchmarks.simulations_for_c2st.measure_budgets"),
        policy=lambda wildcards: folder(wildcards.game, "policy", exact_belief(wildcards.game)),
        dataset=lambda wildcards: dataset_folder(wildcards.game),
        estimator=lambda wildcards: game_config(wildcards.game)["inference"]["estimator"],
        reference=lambda wildcards: checks_of(wildcards.game).reference.model_dump(),
        seed=CONFIG["seed"],
    script:
        "../scripts/run.py"


rule benchmark:
    """Measure all costs, and make tables and figures of them and of targets."""
    input:
        f"{RUN}/scores.csv",
        f"{RUN}/report.html",
        expand(f"{RUN}/{{game}}/{{file}}", game=GAMES, file=["posterior.nc", "diagnostics.json"]),
        throughput=expand(f"{BENCHMARK}/throughput/{{game}}.csv", game=GAMES),
        scaling=expand(f"{BENCHMARK}/scaling/{{game}}.csv", game=GAMES),
        retraining=expand(f"{BENCHMARK}/retraining/{{game}}.csv", game=GAMES),
        needed=[
            f"{BENCHMARK}/simulations_for_c2st/{game}_needed.csv"
            for game in GAMES
            if game == EXACT_GAME and exact_belief(game)
        ],
    output:
        multiext(
            f"{BENCHMARK}/",
            *(f"{name}.csv" for name in ("throughput", "scaling", "exponents", "retraining")),
            *(f"{name}.csv" for name in ("costs", "plan")),
            *(f"{name}.png" for name in ("throughput", "scaling", "costs")),
        ),
        summary=f"{BENCHMARK}/summary.csv",
    log:
        f"{BENCHMARK}/logs/benchmark.log",
    conda:
        "../envs/satisfice.yaml"
    params:
        **calls("benchmarks.summary.summarise"),
        folders=[RUN, BENCHMARK],
        rules=lambda _: [rule.name for rule in workflow.rules],
        budgets={
            game: game_config(game)["simulation"]["simulations"]
            - game_config(game)["inference"]["sbc"]
            for game in GAMES
        },
    script:
        "../scripts/run.py"


rule reference_benchmark:
    """Keep the small tables and figures of the benchmark."""
    input:
        summary=f"{BENCHMARK}/summary.csv",
    output:
        manifest="results/reference/benchmark/manifest.json",
    log:
        f"{BENCHMARK}/logs/reference_benchmark.log",
    conda:
        "../envs/satisfice.yaml"
    params:
        **calls("benchmarks.summary.keep_reference"),
        run=CONFIG["run"],
        settings=MEASURED.model_dump(),
        seed=CONFIG["seed"],
    script:
        "../scripts/run.py"
