rule fit:
    """Train the ensemble of neural posterior estimators."""
    input:
        simulations=rules.gather.output[0],
        observed=rules.observe.output[0],
    output:
        ensemble=f"{RUN}/{{game}}/inference/{{belief}}/ensemble.safetensors",
        record=f"{RUN}/{{game}}/inference/{{belief}}/ensemble.json",
    log:
        f"{RUN}/{{game}}/logs/fit_{{belief}}.log",
    benchmark:
        f"{RUN}/{{game}}/benchmarks/fit_{{belief}}.tsv"
    # What others wait for goes first.
    priority: 10
    conda:
        "../envs/satisfice.yaml"
    resources:
        mem_mb=2500,
        runtime=15,
    params:
        inference=lambda wildcards: {
            name: game_config(wildcards.game)["inference"][name]
            for name in ("members", "estimator", "recombination", "sbc")
        },
        seed=CONFIG["seed"],
        code=code("stages.infer"),
    script:
        "../scripts/fit.py"


rule posterior:
    """Draw from the ensemble's posterior given the human statistics."""
    input:
        ensemble=rules.fit.output.ensemble,
        record=rules.fit.output.record,
        simulations=rules.gather.output[0],
        observed=rules.observe.output[0],
    output:
        f"{RUN}/{{game}}/inference/{{belief}}/posterior.npz",
    log:
        f"{RUN}/{{game}}/logs/posterior_{{belief}}.log",
    benchmark:
        f"{RUN}/{{game}}/benchmarks/posterior_{{belief}}.tsv"
    conda:
        "../envs/satisfice.yaml"
    resources:
        mem_mb=2500,
        runtime=15,
    params:
        reserved=lambda wildcards: game_config(wildcards.game)["inference"]["sbc"],
        draws=lambda wildcards: game_config(wildcards.game)["inference"]["draws"],
        seed=CONFIG["seed"],
        code=code("stages.infer"),
    script:
        "../scripts/posterior.py"


rule calibrate:
    """Compare known truths with their posteriors: SBC, coverage, TARP, local C2ST."""
    input:
        ensemble=rules.fit.output.ensemble,
        record=rules.fit.output.record,
        simulations=rules.gather.output[0],
        observed=rules.observe.output[0],
    output:
        f"{RUN}/{{game}}/inference/{{belief}}/calibration.npz",
    log:
        f"{RUN}/{{game}}/logs/calibrate_{{belief}}.log",
    benchmark:
        f"{RUN}/{{game}}/benchmarks/calibrate_{{belief}}.tsv"
    conda:
        "../envs/satisfice.yaml"
    resources:
        mem_mb=2500,
        runtime=15,
    params:
        reserved=lambda wildcards: game_config(wildcards.game)["inference"]["sbc"],
        trials=lambda wildcards: game_config(wildcards.game)["inference"]["lc2st_trials"],
        seed=CONFIG["seed"],
        code=code("stages.calibrate"),
    script:
        "../scripts/calibrate.py"


rule misspecify:
    """Test whether the model can produce the human statistics at all."""
    input:
        simulations=rules.gather.output[0],
        observed=rules.observe.output[0],
        rivals=lambda wildcards: [
            folder(wildcards.game, "predictive", f"{rival}.npz")
            for rival in game_config(wildcards.game)["rivals"]
        ],
    output:
        f"{RUN}/{{game}}/inference/{{belief}}/misspecification.json",
    log:
        f"{RUN}/{{game}}/logs/misspecify_{{belief}}.log",
    benchmark:
        f"{RUN}/{{game}}/benchmarks/misspecify_{{belief}}.tsv"
    conda:
        "../envs/satisfice.yaml"
    resources:
        mem_mb=1500,
        runtime=15,
    params:
        reserved=lambda wildcards: game_config(wildcards.game)["inference"]["sbc"],
        rivals=section("rivals"),
        code=code("stages.misspecify"),
    script:
        "../scripts/misspecify.py"
