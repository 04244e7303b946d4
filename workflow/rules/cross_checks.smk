rule cross_checks:
    """Inference checked by other means: other estimators, and exact reference posteriors."""
    input:
        [
            folder(game, "cross_checks", name)
            for game in GAMES
            for name in (
                "estimators.csv",
                "estimators.png",
                "learnt_summaries/summary.json",
                "sensitivity/summary.json",
            )
        ],
        [
            folder(game, "cross_checks", "reference", belief, "summary.json")
            for game in GAMES
            for belief in exact_beliefs(game)
        ],
        f"{RUN}/pooled/summary.json",


rule cross_check:
    """Estimate the default belief's posterior by another method."""
    input:
        dataset_files,
        lambda wildcards: policy_files(wildcards.game, beliefs(wildcards.game)[0]),
        simulations=lambda wildcards: folder(
            wildcards.game, "simulations", f"{beliefs(wildcards.game)[0]}.npz"
        ),
        observed=rules.observe.output[0],
    output:
        draws=f"{RUN}/{{game}}/cross_checks/{{estimator}}.npz",
        record=f"{RUN}/{{game}}/cross_checks/{{estimator}}.json",
    log:
        f"{RUN}/{{game}}/logs/cross_check_{{estimator}}.log",
    benchmark:
        f"{RUN}/{{game}}/benchmarks/cross_check_{{estimator}}.tsv"
    conda:
        "../envs/satisfice.yaml"
    resources:
        mem_mb=2500,
        runtime=15,
    params:
        belief=lambda wildcards: beliefs(wildcards.game)[0],
        dataset=lambda wildcards: dataset_folder(wildcards.game),
        inference=section("inference"),
        seed=CONFIG["seed"],
        code=code("stages.cross_check"),
    script:
        "../scripts/cross_check.py"


rule compare_estimators:
    """Compare all estimators' posteriors given the human statistics, with time and memory."""
    input:
        posterior=lambda wildcards: folder(
            wildcards.game, "inference", beliefs(wildcards.game)[0], "posterior.npz"
        ),
        misspecification=lambda wildcards: folder(
            wildcards.game, "inference", beliefs(wildcards.game)[0], "misspecification.json"
        ),
        record=lambda wildcards: ensemble_files(wildcards.game, beliefs(wildcards.game)[0])[1],
        others=lambda wildcards: expand(
            rules.cross_check.output.draws,
            estimator=game_config(wildcards.game)["cross_checks"]["estimators"],
            allow_missing=True,
        ),
        records=lambda wildcards: expand(
            rules.cross_check.output.record,
            estimator=game_config(wildcards.game)["cross_checks"]["estimators"],
            allow_missing=True,
        ),
    output:
        table=f"{RUN}/{{game}}/cross_checks/estimators.csv",
        summary=f"{RUN}/{{game}}/cross_checks/estimators.json",
        figure=f"{RUN}/{{game}}/cross_checks/estimators.png",
    log:
        f"{RUN}/{{game}}/logs/compare_estimators.log",
    conda:
        "../envs/satisfice.yaml"
    resources:
        mem_mb=1500,
        runtime=15,
    params:
        estimators=lambda wildcards: game_config(wildcards.game)["cross_checks"]["estimators"],
        benchmarks=lambda wildcards: folder(wildcards.game, "benchmarks"),
        belief=lambda wildcards: beliefs(wildcards.game)[0],
        inference=section("inference"),
        simulation=section("simulation"),
        code=code("stages.cross_check"),
    script:
        "../scripts/compare_estimators.py"


rule reference_posteriors:
    """Hold the estimator against exact posteriors of simulated data sets."""
    input:
        dataset_files,
        lambda wildcards: policy_files(wildcards.game, wildcards.belief),
        ensemble=rules.fit.output.ensemble,
        record=rules.fit.output.record,
        observed=rules.observe.output[0],
    output:
        table=f"{RUN}/{{game}}/cross_checks/reference/{{belief}}/table.csv",
        summary=f"{RUN}/{{game}}/cross_checks/reference/{{belief}}/summary.json",
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
        dataset=lambda wildcards: dataset_folder(wildcards.game),
        inference=section("inference"),
        simulation=section("simulation"),
        settings=lambda wildcards: game_config(wildcards.game)["cross_checks"]["reference"],
        seed=CONFIG["seed"],
        code=code("stages.reference_posteriors"),
    script:
        "../scripts/reference_posteriors.py"


rule pool:
    """Pool the games' posteriors: one skill Gaussian for all, a KL weight for each game."""
    input:
        ensembles=[ensemble_files(game, beliefs(game)[0])[0] for game in GAMES],
        records=[ensemble_files(game, beliefs(game)[0])[1] for game in GAMES],
        posteriors=[folder(game, "inference", beliefs(game)[0], "posterior.npz") for game in GAMES],
        observed=[folder(game, "observed.csv") for game in GAMES],
        misspecification=[
            folder(game, "inference", beliefs(game)[0], "misspecification.json") for game in GAMES
        ],
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
        games=GAMES,
        seed=CONFIG["seed"],
        code=code("stages.pool"),
    script:
        "../scripts/pool.py"


rule learnt_summaries:
    """Compare the game's own statistics with summaries learnt from whole paths."""
    input:
        dataset_files,
        lambda wildcards: policy_files(wildcards.game, beliefs(wildcards.game)[0]),
        observed=rules.observe.output[0],
    output:
        table=f"{RUN}/{{game}}/cross_checks/learnt_summaries/table.csv",
        summary=f"{RUN}/{{game}}/cross_checks/learnt_summaries/summary.json",
        figure=f"{RUN}/{{game}}/cross_checks/learnt_summaries/figure.png",
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
        policy=lambda wildcards: folder(wildcards.game, "policy", beliefs(wildcards.game)[0]),
        dataset=lambda wildcards: dataset_folder(wildcards.game),
        simulations=lambda wildcards: game_config(wildcards.game)["simulation"]["simulations"],
        reserved=lambda wildcards: game_config(wildcards.game)["inference"]["sbc"],
        settings=lambda wildcards: game_config(wildcards.game)["cross_checks"]["learnt_summaries"],
        seed=CONFIG["seed"],
        code=code("stages.learnt_summaries"),
    script:
        "../scripts/learnt_summaries.py"


rule sensitivity:
    """Leave out each statistic, all treatments but one, and half of the simulations."""
    input:
        ensemble=lambda wildcards: ensemble_files(wildcards.game, beliefs(wildcards.game)[0])[0],
        record=rules.compare_estimators.input.record,
        simulations=rules.cross_check.input.simulations,
        misspecification=rules.compare_estimators.input.misspecification,
        observed=rules.observe.output[0],
    output:
        table=f"{RUN}/{{game}}/cross_checks/sensitivity/table.csv",
        summary=f"{RUN}/{{game}}/cross_checks/sensitivity/summary.json",
        figure=f"{RUN}/{{game}}/cross_checks/sensitivity/figure.png",
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
        inference=section("inference"),
        settings=lambda wildcards: game_config(wildcards.game)["cross_checks"]["sensitivity"],
        seed=CONFIG["seed"],
        code=code("stages.sensitivity"),
    script:
        "../scripts/sensitivity.py"
