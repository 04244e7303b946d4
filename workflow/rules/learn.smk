rule learn:
    """Train one shared policy: a prior belief of the bounded model, or the PPO baseline."""
    output:
        weights=f"{RUN}/{{game}}/policy/{{variant}}/policy.safetensors",
        description=f"{RUN}/{{game}}/policy/{{variant}}/policy.json",
        curves=f"{RUN}/{{game}}/policy/{{variant}}/training.csv",
    log:
        f"{RUN}/{{game}}/logs/learn_{{variant}}.log",
    benchmark:
        f"{RUN}/{{game}}/benchmarks/learn_{{variant}}.tsv"
    # What others wait for goes first.
    priority: 30
    conda:
        "../envs/satisfice.yaml"
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        variant=lambda wildcards: variant_config(wildcards.game, wildcards.variant),
        parameter_prior=lambda wildcards: variant_prior(wildcards.game, wildcards.variant),
        seed=CONFIG["seed"],
        device=CONFIG["device"],
        code=code("stages.learn"),
    script:
        "../scripts/learn.py"


rule verify:
    """Measure how far a trained policy is from the equilibrium that it should be."""
    input:
        lambda wildcards: policy_files(wildcards.game, wildcards.variant),
    output:
        f"{RUN}/{{game}}/policy/{{variant}}/verification.json",
    log:
        f"{RUN}/{{game}}/logs/verify_{{variant}}.log",
    benchmark:
        f"{RUN}/{{game}}/benchmarks/verify_{{variant}}.tsv"
    conda:
        "../envs/satisfice.yaml"
    resources:
        mem_mb=2000,
        runtime=15,
    params:
        settings=section("verification"),
        seed=CONFIG["seed"],
        code=code("stages.verify"),
    script:
        "../scripts/verify.py"
