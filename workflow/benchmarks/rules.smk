rule benchmark:
    """Simulator throughput, scaling, cost against retraining, simulations for a given C2ST."""
    input:
        f"{BENCHMARK}/throughput.png",
        f"{BENCHMARK}/scaling.png",
        f"{BENCHMARK}/costs.png",
        f"{BENCHMARK}/plan.csv",
        f"{BENCHMARK}/summary.csv",


rule throughput:
    """Draw decisions per second."""
    input:
        f"{BENCHMARK}/throughput.csv",
    output:
        f"{BENCHMARK}/throughput.png",
    log:
        f"{BENCHMARK}/logs/throughput.log",
    conda:
        "../envs/satisfice.yaml"
    params:
        code=code("stages.benchmark"),
    script:
        "../scripts/throughput.py"


rule measure_scaling:
    """Time a game's simulations against numbers of agents, markets and simulations."""
    input:
        dataset_files,
    output:
        f"{BENCHMARK}/scaling/{{game}}.csv",
    log:
        f"{BENCHMARK}/logs/measure_scaling_{{game}}.log",
    benchmark:
        f"{BENCHMARK}/benchmarks/measure_scaling_{{game}}.tsv"
    conda:
        "../envs/satisfice.yaml"
    # Alone, as other jobs' memory traffic slows large markets more than small ones.
    threads: 1000
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        variant=lambda wildcards: variant_config(wildcards.game, beliefs(wildcards.game)[0]),
        parameter_prior=section("parameter_prior"),
        dataset=lambda wildcards: dataset_folder(wildcards.game),
        settings=CONFIG["benchmark"]["scaling"],
        code=code("stages.benchmark", own=lambda wildcards: default_play([wildcards.game])),
    script:
        "../scripts/measure_scaling.py"


rule scaling:
    """Fit and draw how simulations' cost grows."""
    input:
        expand(rules.measure_scaling.output[0], game=GAMES),
    output:
        table=f"{BENCHMARK}/scaling.csv",
        exponents=f"{BENCHMARK}/exponents.csv",
        figure=f"{BENCHMARK}/scaling.png",
    log:
        f"{BENCHMARK}/logs/scaling.log",
    conda:
        "../envs/satisfice.yaml"
    params:
        code=code("stages.benchmark"),
    script:
        "../scripts/scaling.py"


rule retraining:
    """Compare the run's calibration with training a policy for every theta."""
    input:
        posteriors=[folder(game, "inference", beliefs(game)[0], "posterior.npz") for game in GAMES],
    output:
        f"{BENCHMARK}/retraining.csv",
    log:
        f"{BENCHMARK}/logs/retraining.log",
    benchmark:
        f"{BENCHMARK}/benchmarks/retraining.tsv"
    conda:
        "../envs/satisfice.yaml"
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        games=CONFIG["games"],
        beliefs={game: beliefs(game)[0] for game in GAMES},
        settings=CONFIG["benchmark"]["retraining"],
        seed=CONFIG["seed"],
        code=code("stages.benchmark"),
    script:
        "../scripts/retraining.py"


rule simulations_for_c2st:
    """Hold NPE and sequential ABC against exact posteriors at several budgets."""
    input:
        dataset_files,
        lambda wildcards: policy_files(wildcards.game, exact_beliefs(wildcards.game)[0]),
        observed=rules.observe.output[0],
    output:
        table=f"{BENCHMARK}/simulations_for_c2st/{{game}}.csv",
        needed=f"{BENCHMARK}/simulations_for_c2st/{{game}}_needed.csv",
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
        policy=lambda wildcards: folder(wildcards.game, "policy", exact_beliefs(wildcards.game)[0]),
        dataset=lambda wildcards: dataset_folder(wildcards.game),
        estimator=lambda wildcards: game_config(wildcards.game)["inference"]["estimator"],
        reference=lambda wildcards: game_config(wildcards.game)["cross_checks"]["reference"],
        settings=CONFIG["benchmark"]["simulations_for_c2st"],
        seed=CONFIG["seed"],
        code=code("stages.simulations_for_c2st"),
    script:
        "../scripts/simulations_for_c2st.py"


rule costs:
    """Sum up time and memory of the run's stages."""
    input:
        rules.all.input,
        rules.scaling.output,
        rules.retraining.output,
        expand(rules.simulations_for_c2st.output.table, game=c2st_games()),
    output:
        table=f"{BENCHMARK}/costs.csv",
        figure=f"{BENCHMARK}/costs.png",
    log:
        f"{BENCHMARK}/logs/costs.log",
    conda:
        "../envs/satisfice.yaml"
    params:
        folders=[RUN, BENCHMARK],
        code=code("stages.benchmark"),
    script:
        "../scripts/costs.py"


rule plan:
    """Plan very many simulations of a very large market."""
    input:
        rules.scaling.output.table,
    output:
        f"{BENCHMARK}/plan.csv",
    log:
        f"{BENCHMARK}/logs/plan.log",
    conda:
        "../envs/satisfice.yaml"
    params:
        settings=CONFIG["benchmark"]["plan"],
        games=GAMES,
        code=code("stages.benchmark"),
    script:
        "../scripts/plan.py"


rule summarise_benchmark:
    """Put every target of the benchmark beside what was measured."""
    input:
        throughput=rules.benchmark_throughput.output[0],
        exponents=rules.scaling.output.exponents,
        retraining=rules.retraining.output[0],
        needed=expand(rules.simulations_for_c2st.output.needed, game=c2st_games()),
        costs=rules.costs.output.table,
    output:
        f"{BENCHMARK}/summary.csv",
    log:
        f"{BENCHMARK}/logs/summarise_benchmark.log",
    conda:
        "../envs/satisfice.yaml"
    params:
        budgets={
            game: game_config(game)["simulation"]["simulations"]
            - game_config(game)["inference"]["sbc"]
            for game in GAMES
        },
        code=code("stages.benchmark"),
    script:
        "../scripts/summarise_benchmark.py"
