rule observe:
    """Compute or read the human statistics, and mark which are fitted and which are held out."""
    input:
        dataset_files,
    output:
        observed=f"{RUN}/{{game}}/observed.csv",
        correlations=f"{RUN}/{{game}}/correlations.csv",
    log:
        f"{RUN}/{{game}}/logs/observe.log",
    conda:
        "../envs/satisfice.yaml"
    params:
        **calls("satisfice.stages.observe.observe"),
        dataset=lambda wildcards: dataset_folder(wildcards.game),
        held_out=section("held_out"),
    script:
        "../scripts/run.py"


rule learn:
    """Train one shared policy: for a prior belief of the bounded model, or for rational play."""
    output:
        multiext(
            f"{RUN}/{{game}}/policy/{{variant}}/",
            "policy.safetensors",
            "policy.json",
            "training.csv",
        ),
    log:
        f"{RUN}/{{game}}/logs/learn_{{variant}}.log",
    benchmark:
        f"{RUN}/{{game}}/benchmarks/learn_{{variant}}.tsv"
    # Jobs on which others depend go first.
    priority: 30
    conda:
        "../envs/satisfice.yaml"
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        **calls("satisfice.stages.learn.learn"),
        policy=policy_folder,
        block=lambda wildcards: variant_block(wildcards.game, wildcards.variant),
        parameter_prior=section("parameter_prior"),
        seed=CONFIG["seed"],
        device=CONFIG["device"],
    script:
        "../scripts/run.py"


rule learn_ppo:
    """Train the baseline by PPO, with several seeds, and keep the one that earns most."""
    output:
        multiext(
            f"{RUN}/{{game}}/policy/ppo/",
            "policy.safetensors",
            "policy.json",
            "training.csv",
            "verification.json",
        ),
    log:
        f"{RUN}/{{game}}/logs/learn_ppo.log",
    benchmark:
        f"{RUN}/{{game}}/benchmarks/learn_ppo.tsv"
    # Jobs on which others depend go first.
    priority: 30
    conda:
        "../envs/satisfice.yaml"
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        **calls("satisfice.stages.learn_ppo.learn_ppo"),
        policy=lambda wildcards: run_of(wildcards.game).policy(PPO),
        block=section("ppo"),
        seed=CONFIG["seed"],
    script:
        "../scripts/run.py"


rule verify:
    """Measure the distance of a trained policy from equilibrium."""
    input:
        rules.learn.output,
    output:
        f"{RUN}/{{game}}/policy/{{variant}}/verification.json",
    log:
        f"{RUN}/{{game}}/logs/verify_{{variant}}.log",
    benchmark:
        f"{RUN}/{{game}}/benchmarks/verify_{{variant}}.tsv"
    conda:
        "../envs/satisfice.yaml"
    resources:
        mem_mb=3000,
        runtime=15,
    params:
        **calls("satisfice.stages.verify.verify"),
        policy=policy_folder,
        settings=section("verification"),
        seed=CONFIG["seed"],
    script:
        "../scripts/run.py"
