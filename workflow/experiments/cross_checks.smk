CHECKS = f"{RUN}/{{game}}/cross_checks"


rule cross_checks:
    """Check inference by other estimators and by exact posteriors."""
    input:
        expand(
            f"{CHECKS}/{{file}}",
            game=GAMES,
            file=["estimators.json", "learnt_summaries/summary.json", "sensitivity/summary.json"],
        ),
        [
            folder(game, "cross_checks", "reference", belief, "summary.json")
            for game in GAMES
            for belief in exact_beliefs(game)
        ],
        [
            folder(game, "cross_checks", "neural_decisions.json")
            for game in GAMES
            if given_file(game, "decisions.csv")
        ],
        f"{RUN}/pooled/summary.json",


rule cross_check:
    """Estimate the default belief's posterior by another method."""
    input:
        dataset_files,
        lambda wildcards: policy_files(wildcards.game, default_belief(wildcards.game)),
        simulations=simulations_file,
        observed=observed_file,
    output:
        draws=f"{CHECKS}/{{estimator}}.npz",
        record=f"{CHECKS}/{{estimator}}.json",
    log:
        f"{RUN}/{{game}}/logs/cross_check_{{estimator}}.log",
    benchmark:
        f"{RUN}/{{game}}/benchmarks/cross_check_{{estimator}}.tsv"
    wildcard_constraints:
        estimator="nle|smc_abc|truncated",
    conda:
        "../envs/satisfice.yaml"
    resources:
        mem_mb=2500,
        runtime=15,
    params:
        **calls("experiments.cross_checks.estimators.cross_check"),
        policy=default_policy,
        dataset=lambda wildcards: dataset_folder(wildcards.game),
        inference=section("inference"),
        seed=CONFIG["seed"],
    script:
        "../scripts/run.py"


rule compare_estimators:
    """Compare all estimators' posteriors given the human statistics, with time and memory."""
    input:
        inference_file("ensemble.json"),
        posterior=inference_file("posterior.npz"),
        misspecification=inference_file("misspecification.json"),
        others=lambda wildcards: [
            folder(wildcards.game, "cross_checks", f"{name}.npz")
            for name in checks_of(wildcards.game).estimators
        ],
        records=lambda wildcards: [
            folder(wildcards.game, "cross_checks", f"{name}.json")
            for name in checks_of(wildcards.game).estimators
        ],
    output:
        table=f"{CHECKS}/estimators.csv",
        summary=f"{CHECKS}/estimators.json",
        figure=f"{CHECKS}/estimators.png",
    log:
        f"{RUN}/{{game}}/logs/compare_estimators.log",
    conda:
        "../envs/satisfice.yaml"
    resources:
        mem_mb=1500,
        runtime=15,
    params:
        **calls("experiments.cross_checks.estimators.compare_estimators"),
        # Snakemake's benchmark files of the jobs that made these inputs.
        costs=lambda wildcards: {
            name: folder(wildcards.game, "benchmarks", f"{job}.tsv")
            for name, job in {
                "npe": f"infer_{default_belief(wildcards.game)}",
                **{name: f"cross_check_{name}" for name in checks_of(wildcards.game).estimators},
            }.items()
        },
        simulations=training_simulations,
    script:
        "../scripts/run.py"


rule reference_posteriors:
    """Compare the estimator with exact posteriors of simulated data sets."""
    input:
        dataset_files,
        inference_file("ensemble.json"),
        lambda wildcards: policy_files(wildcards.game, wildcards.belief),
        ensemble=inference_file("ensemble.safetensors"),
        observed=observed_file,
    output:
        table=f"{CHECKS}/reference/{{belief}}/table.csv",
        summary=f"{CHECKS}/reference/{{belief}}/summary.json",
    log:
        f"{RUN}/{{game}}/logs/reference_posteriors_{{belief}}.log",
    benchmark:
        f"{RUN}/{{game}}/benchmarks/reference_posteriors_{{belief}}.tsv"
    conda:
        "../envs/satisfice.yaml"
    resources:
        mem_mb=4500,
        runtime=150,
    params:
        **calls("experiments.cross_checks.reference_comparison.reference_posteriors"),
        policy=lambda wildcards: folder(wildcards.game, "policy", wildcards.belief),
        dataset=lambda wildcards: dataset_folder(wildcards.game),
        budget=training_simulations,
        settings=lambda wildcards: checks_of(wildcards.game).reference.model_dump(mode="json"),
        seed=CONFIG["seed"],
    script:
        "../scripts/run.py"


rule learnt_summaries:
    """Compare the game's own statistics with summaries learnt from whole paths."""
    input:
        dataset_files,
        lambda wildcards: policy_files(wildcards.game, default_belief(wildcards.game)),
        observed=observed_file,
    output:
        table=f"{CHECKS}/learnt_summaries/table.csv",
        summary=f"{CHECKS}/learnt_summaries/summary.json",
        figure=f"{CHECKS}/learnt_summaries/figure.png",
    log:
        f"{RUN}/{{game}}/logs/learnt_summaries.log",
    benchmark:
        f"{RUN}/{{game}}/benchmarks/learnt_summaries.tsv"
    conda:
        "../envs/satisfice.yaml"
    resources:
        mem_mb=3500,
        runtime=60,
    params:
        **calls("experiments.cross_checks.learnt_summaries.compare_summaries"),
        policy=default_policy,
        dataset=lambda wildcards: dataset_folder(wildcards.game),
        simulations=lambda wildcards: game_config(wildcards.game)["simulation"]["simulations"],
        reserved=lambda wildcards: game_config(wildcards.game)["inference"]["sbc"],
        settings=lambda wildcards: checks_of(wildcards.game).learnt_summaries.model_dump(
            mode="json"
        ),
        seed=CONFIG["seed"],
    script:
        "../scripts/run.py"


rule neural_decisions:
    """Compare the neural posterior from decisions with the one from their likelihood."""
    input:
        dataset_files,
        lambda wildcards: policy_files(wildcards.game, default_belief(wildcards.game)),
    output:
        table=f"{CHECKS}/neural_decisions.csv",
        summary=f"{CHECKS}/neural_decisions.json",
        figure=f"{CHECKS}/neural_decisions.png",
    log:
        f"{RUN}/{{game}}/logs/neural_decisions.log",
    benchmark:
        f"{RUN}/{{game}}/benchmarks/neural_decisions.tsv"
    conda:
        "../envs/satisfice.yaml"
    resources:
        mem_mb=7000,
        runtime=130,
    params:
        **calls("experiments.decision_posteriors.neural_decisions.compare_posteriors"),
        policy=default_policy,
        dataset=lambda wildcards: dataset_folder(wildcards.game),
        settings=lambda wildcards: checks_of(wildcards.game).neural_decisions.model_dump(
            mode="json"
        ),
        sampler=section("decisions"),
        seed=CONFIG["seed"],
    script:
        "../scripts/run.py"


rule sensitivity:
    """Leave out each statistic, all treatments but one, and half of the simulations."""
    input:
        inference_file("ensemble.json"),
        ensemble=inference_file("ensemble.safetensors"),
        simulations=simulations_file,
        misspecification=inference_file("misspecification.json"),
        observed=observed_file,
    output:
        table=f"{CHECKS}/sensitivity/table.csv",
        summary=f"{CHECKS}/sensitivity/summary.json",
        figure=f"{CHECKS}/sensitivity/figure.png",
    log:
        f"{RUN}/{{game}}/logs/sensitivity.log",
    benchmark:
        f"{RUN}/{{game}}/benchmarks/sensitivity.tsv"
    conda:
        "../envs/satisfice.yaml"
    resources:
        mem_mb=2500,
        runtime=30,
    params:
        **calls("experiments.cross_checks.sensitivity.posterior_sensitivity"),
        inference=section("inference"),
        settings=lambda wildcards: checks_of(wildcards.game).sensitivity.model_dump(mode="json"),
        seed=CONFIG["seed"],
    script:
        "../scripts/run.py"


rule pool:
    """Pool the games' posteriors: one skill Gaussian for all, a KL weight for each game."""
    input:
        inference_files("ensemble.json"),
        ensembles=inference_files("ensemble.safetensors"),
        posteriors=inference_files("posterior.npz"),
        observed=[folder(game, "observed.csv") for game in GAMES],
        misspecification=inference_files("misspecification.json"),
    output:
        draws=f"{RUN}/pooled/posterior.npz",
        table=f"{RUN}/pooled/table.csv",
        summary=f"{RUN}/pooled/summary.json",
        figure=f"{RUN}/pooled/figure.png",
    log:
        f"{RUN}/logs/pool.log",
    benchmark:
        f"{RUN}/benchmarks/pool.tsv"
    conda:
        "../envs/satisfice.yaml"
    resources:
        mem_mb=2000,
        runtime=15,
    params:
        **calls("experiments.cross_checks.pooling.pool_games"),
        games=GAMES,
        seed=CONFIG["seed"],
    script:
        "../scripts/run.py"
