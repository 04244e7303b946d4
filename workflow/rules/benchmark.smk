rule benchmark_throughput:
    """Time the simulator beside the network's bare forward passes and a PettingZoo environment."""
    input:
        # The measurement waits for no training: it takes the policies that are there.
        trained_policies(),
        environment_library,
    output:
        "results/benchmark/throughput.csv",
    log:
        "results/benchmark/logs/benchmark_throughput.log",
    conda:
        "../envs/satisfice.yaml"
    # No other job may run beside it; Snakemake gives as many as there are.
    threads: 1000
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        games={
            game: {
                key: game_config(game)[key]
                for key in ("default_belief", "beliefs", "parameter_prior")
            }
            for game in GAMES
        },
        datasets={game: dataset_folder(game) for game in GAMES},
        settings=CONFIG["benchmark"]["throughput"],
        seed=CONFIG["seed"],
        code=code("stages.throughput", own=lambda _: default_play(GAMES)),
    script:
        "../scripts/benchmark_throughput.py"
