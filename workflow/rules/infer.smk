rule infer:
    """Train the ensemble of neural posterior estimators, and draw from its posterior."""
    input:
        simulations=rules.simulate.output[0],
        observed=rules.observe.output[0],
    output:
        ensemble=f"{RUN}/{{game}}/inference/{{belief}}/ensemble.safetensors",
        record=f"{RUN}/{{game}}/inference/{{belief}}/ensemble.json",
        draws=f"{RUN}/{{game}}/inference/{{belief}}/posterior.npz",
    log:
        f"{RUN}/{{game}}/logs/infer_{{belief}}.log",
    benchmark:
        f"{RUN}/{{game}}/benchmarks/infer_{{belief}}.tsv"
    # Jobs on which others depend go first.
    priority: 10
    conda:
        "../envs/satisfice.yaml"
    resources:
        mem_mb=2500,
        runtime=30,
    params:
        **calls("satisfice.stages.infer.infer"),
        settings=lambda wildcards: {
            name: game_config(wildcards.game)["inference"][name]
            for name in ("members", "estimator", "recombination", "sbc", "draws")
        },
        seed=CONFIG["seed"],
    script:
        "../scripts/run.py"


rule predict:
    """Simulate each contender's predictions of the human experiment."""
    input:
        dataset_files,
        lambda wildcards: expand(
            rules.learn.output, variant=run_of(wildcards.game).variants, allow_missing=True
        ),
        lambda wildcards: expand(
            rules.infer.output.draws, belief=beliefs(wildcards.game), allow_missing=True
        ),
        learnt_by_ppo,
    output:
        directory(f"{RUN}/{{game}}/predictive"),
        f"{RUN}/{{game}}/paths.npz",
        f"{RUN}/{{game}}/earnings.csv",
    log:
        f"{RUN}/{{game}}/logs/predict.log",
    benchmark:
        f"{RUN}/{{game}}/benchmarks/predict.tsv"
    conda:
        "../envs/satisfice.yaml"
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        **calls("satisfice.stages.predict.predict", own=predicted_code),
        run=who_takes_part,
        dataset=lambda wildcards: dataset_folder(wildcards.game),
        draws=lambda wildcards: game_config(wildcards.game)["evaluation"]["draws"],
        seed=CONFIG["seed"],
    script:
        "../scripts/run.py"


rule check:
    """Check a posterior on reserved simulations, and the model on the human data."""
    input:
        rules.infer.output,
        rules.simulate.output,
        rules.observe.output,
        rules.predict.output[0],
        dataset_files,
        lambda wildcards: policy_files(wildcards.game, wildcards.belief),
    output:
        multiext(
            f"{RUN}/{{game}}/inference/{{belief}}/",
            "calibration.npz",
            "misspecification.json",
            "posterior.nc",
        ),
    log:
        f"{RUN}/{{game}}/logs/check_{{belief}}.log",
    benchmark:
        f"{RUN}/{{game}}/benchmarks/check_{{belief}}.tsv"
    conda:
        "../envs/satisfice.yaml"
    resources:
        mem_mb=2500,
        runtime=15,
    params:
        **calls("satisfice.stages.check.check"),
        run=who_takes_part,
        dataset=lambda wildcards: dataset_folder(wildcards.game),
        misspecification=section("misspecification"),
        # The config that determines a posterior, which goes into its file.
        config=lambda wildcards: {
            name: game_config(wildcards.game)[name]
            for name in (
                "dataset",
                "held_out",
                "beliefs",
                "parameter_prior",
                "simulation",
                "inference",
            )
        },
        seed=CONFIG["seed"],
    script:
        "../scripts/run.py"


rule misspecify:
    """Test whether rivals with parameters could have made the human statistics."""
    input:
        dataset_files,
        rules.observe.output,
    output:
        output=f"{RUN}/{{game}}/misspecification_rivals.json",
    log:
        f"{RUN}/{{game}}/logs/misspecify.log",
    benchmark:
        f"{RUN}/{{game}}/benchmarks/misspecify.tsv"
    conda:
        "../envs/satisfice.yaml"
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        **calls("satisfice.stages.misspecify.misspecify", own=decided_code),
        run=who_takes_part,
        rivals=lambda wildcards: game_config(wildcards.game)["decisions"]["rivals"],
        dataset=lambda wildcards: dataset_folder(wildcards.game),
        misspecification=section("misspecification"),
        seed=CONFIG["seed"],
    script:
        "../scripts/run.py"
