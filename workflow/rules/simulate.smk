rule simulate_chunk:
    """Simulate a chunk of the draws from the prior, as one of many jobs on a cluster."""
    input:
        lambda wildcards: policy_files(wildcards.game, wildcards.belief),
        dataset_files,
    output:
        table=temp(f"{RUN}/{{game}}/simulations/{{belief}}/chunk_{{chunk}}.npz"),
    log:
        f"{RUN}/{{game}}/logs/simulate_{{belief}}_{{chunk}}.log",
    benchmark:
        f"{RUN}/{{game}}/benchmarks/simulate_{{belief}}_{{chunk}}.tsv"
    priority: 20
    conda:
        "../envs/satisfice.yaml"
    resources:
        mem_mb=2000,
        runtime=15,
    params:
        **calls("satisfice.stages.simulate.simulate"),
        policy=policy_folder,
        dataset=lambda wildcards: dataset_folder(wildcards.game),
        simulations=lambda wildcards: game_config(wildcards.game)["simulation"]["simulations"],
        chunks=lambda wildcards: game_config(wildcards.game)["simulation"]["chunks"],
        seed=CONFIG["seed"],
    script:
        "../scripts/run.py"


rule simulate:
    """Simulate the human experiment for draws from the prior, or join the chunks."""
    input:
        lambda wildcards: policy_files(wildcards.game, wildcards.belief),
        dataset_files,
        parts=lambda wildcards: expand(
            rules.simulate_chunk.output[0], chunk=chunks(wildcards.game), allow_missing=True
        ),
    output:
        table=f"{RUN}/{{game}}/simulations/{{belief}}.npz",
    log:
        f"{RUN}/{{game}}/logs/simulate_{{belief}}.log",
    benchmark:
        f"{RUN}/{{game}}/benchmarks/simulate_{{belief}}.tsv"
    # Jobs on which others depend go first.
    priority: 20
    conda:
        "../envs/satisfice.yaml"
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        **calls("satisfice.stages.simulate.simulate"),
        policy=policy_folder,
        dataset=lambda wildcards: dataset_folder(wildcards.game),
        simulations=lambda wildcards: game_config(wildcards.game)["simulation"]["simulations"],
        seed=CONFIG["seed"],
    script:
        "../scripts/run.py"
