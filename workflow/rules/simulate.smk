rule simulate:
    """Simulate the human experiment for one chunk of draws from the prior."""
    input:
        lambda wildcards: policy_files(wildcards.game, wildcards.belief),
        dataset_files,
    output:
        temp(f"{RUN}/{{game}}/simulations/{{belief}}/chunk_{{chunk}}.npz"),
    log:
        f"{RUN}/{{game}}/logs/simulate_{{belief}}_{{chunk}}.log",
    benchmark:
        f"{RUN}/{{game}}/benchmarks/simulate_{{belief}}_{{chunk}}.tsv"
    # What others wait for goes first.
    priority: 20
    conda:
        "../envs/satisfice.yaml"
    resources:
        mem_mb=2000,
        runtime=15,
    params:
        dataset=lambda wildcards: dataset_folder(wildcards.game),
        simulation=section("simulation"),
        seed=CONFIG["seed"],
        code=code("stages.simulate"),
    script:
        "../scripts/simulate.py"


rule gather:
    """Join the chunks of simulations into one table."""
    input:
        lambda wildcards: expand(
            rules.simulate.output[0],
            chunk=range(game_config(wildcards.game)["simulation"]["chunks"]),
            allow_missing=True,
        ),
    output:
        f"{RUN}/{{game}}/simulations/{{belief}}.npz",
    log:
        f"{RUN}/{{game}}/logs/gather_{{belief}}.log",
    conda:
        "../envs/satisfice.yaml"
    resources:
        mem_mb=1500,
        runtime=15,
    params:
        code=code("stages.simulate"),
    script:
        "../scripts/gather.py"


rule predict:
    """Simulate the human experiment as a contender predicts it, with posterior draws if fitted."""
    input:
        dataset_files,
        contender_policy_files,
        posterior=posterior_of,
    output:
        f"{RUN}/{{game}}/predictive/{{contender}}.npz",
    log:
        f"{RUN}/{{game}}/logs/predict_{{contender}}.log",
    benchmark:
        f"{RUN}/{{game}}/benchmarks/predict_{{contender}}.tsv"
    conda:
        "../envs/satisfice.yaml"
    resources:
        mem_mb=2000,
        runtime=15,
    params:
        block=lambda wildcards: contender_block(wildcards.game, wildcards.contender),
        policy=lambda wildcards: policy_of(wildcards.game, wildcards.contender),
        dataset=lambda wildcards: dataset_folder(wildcards.game),
        draws=lambda wildcards: game_config(wildcards.game)["evaluation"]["draws"],
        seed=CONFIG["seed"],
        code=code("stages.predict"),
    script:
        "../scripts/predict.py"
