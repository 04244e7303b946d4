rule contest_simulate:
    """Simulate the human experiment for draws from a contender's prior."""
    input:
        dataset_files,
        contender_policy_files,
    output:
        f"{RUN}/{{game}}/contest/{{contender}}/simulations.npz",
    log:
        f"{RUN}/{{game}}/logs/contest_simulate_{{contender}}.log",
    benchmark:
        f"{RUN}/{{game}}/benchmarks/contest_simulate_{{contender}}.tsv"
    conda:
        "../envs/satisfice.yaml"
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        block=lambda wildcards: contender_block(wildcards.game, wildcards.contender),
        policy=lambda wildcards: policy_of(wildcards.game, wildcards.contender),
        dataset=lambda wildcards: dataset_folder(wildcards.game),
        # As many as the bounded models have: all are fitted alike.
        simulations=lambda wildcards: game_config(wildcards.game)["simulation"]["simulations"],
        seed=CONFIG["seed"],
        code=code("stages.simulate"),
    script:
        "../scripts/contest_simulate.py"


rule contest_predict:
    """Fit a contender to each split's statistics, and predict the whole experiment."""
    input:
        dataset_files,
        contender_policy_files,
        simulations=contest_simulations,
        observed=rules.observe.output[0],
    output:
        f"{RUN}/{{game}}/contest/{{contender}}/predictions.npz",
    log:
        f"{RUN}/{{game}}/logs/contest_predict_{{contender}}.log",
    benchmark:
        f"{RUN}/{{game}}/benchmarks/contest_predict_{{contender}}.tsv"
    conda:
        "../envs/satisfice.yaml"
    resources:
        mem_mb=2000,
        runtime=15,
    params:
        block=lambda wildcards: contender_block(wildcards.game, wildcards.contender),
        policy=lambda wildcards: policy_of(wildcards.game, wildcards.contender),
        dataset=lambda wildcards: dataset_folder(wildcards.game),
        # No more than is read: another contender must not fit all of them again.
        contest=of_contest("splits", "accepted"),
        draws=lambda wildcards: game_config(wildcards.game)["contest"]["draws"],
        seed=CONFIG["seed"],
        code=code("stages.predict"),
    script:
        "../scripts/predict.py"


rule contest_judge:
    """Score all contenders of a game on all splits, with intervals and stacking weights."""
    input:
        observed=rules.observe.output[0],
        predictions=contest_predictions,
        ppo=lambda wildcards: expand(
            rules.predict.output[0],
            contender=ppo_contenders(wildcards.game),
            allow_missing=True,
        ),
        training=lambda wildcards: expand(
            rules.learn.output.curves, variant=ppo_contenders(wildcards.game), allow_missing=True
        ),
        retrained=lambda wildcards: expand(
            rules.contest_predict.output[0],
            contender=retrained(wildcards.game),
            allow_missing=True,
        ),
        correlations=lambda wildcards: given_file(wildcards.game, "correlations.csv"),
    output:
        scores=f"{RUN}/{{game}}/contest/scores.csv",
        differences=f"{RUN}/{{game}}/contest/differences.csv",
        weights=f"{RUN}/{{game}}/contest/weights.csv",
        summary=f"{RUN}/{{game}}/contest/summary.json",
        figure=report(
            f"{RUN}/{{game}}/contest/figure.png",
            caption="../report/contest.rst",
            category="{game}: evaluation",
            labels={"figure": "Who predicts people best?"},
        ),
    log:
        f"{RUN}/{{game}}/logs/contest_judge.log",
    benchmark:
        f"{RUN}/{{game}}/benchmarks/contest_judge.tsv"
    conda:
        "../envs/satisfice.yaml"
    resources:
        mem_mb=2000,
        runtime=15,
    params:
        groups=lambda wildcards: groups_of(wildcards.game, contenders(wildcards.game)),
        contest=of_contest("splits", "replicates"),
        seed=CONFIG["seed"],
        code=code("stages.contest_judge"),
    script:
        "../scripts/contest_judge.py"


rule contest_decisions:
    """Compare single decisions with people's, where the data set has decisions.csv."""
    input:
        observed=rules.observe.output[0],
        decisions=lambda wildcards: given_file(wildcards.game, "decisions.csv"),
        predictions=rules.contest_judge.input.predictions,
        policies=lambda wildcards: [
            f"{policy}/policy.{kind}"
            for policy in policies_of(wildcards.game, contenders(wildcards.game)).values()
            for kind in ("safetensors", "json")
            if policy
        ],
        ppo=rules.contest_judge.input.ppo,
        training=rules.contest_judge.input.training,
    output:
        table=f"{RUN}/{{game}}/contest/decision_scores.csv",
        figure=report(
            f"{RUN}/{{game}}/contest/decision_scores.png",
            caption="../report/contest_decisions.rst",
            category="{game}: evaluation",
            labels={"figure": "Decisions predicted"},
        ),
    log:
        f"{RUN}/{{game}}/logs/contest_decisions.log",
    benchmark:
        f"{RUN}/{{game}}/benchmarks/contest_decisions.tsv"
    conda:
        "../envs/satisfice.yaml"
    resources:
        mem_mb=2000,
        runtime=15,
    params:
        dataset=lambda wildcards: dataset_folder(wildcards.game),
        blocks=lambda wildcards: blocks_of(wildcards.game, contenders(wildcards.game)),
        policies=lambda wildcards: policies_of(wildcards.game, contenders(wildcards.game)),
        contest=of_contest("splits", "replicates"),
        seed=CONFIG["seed"],
        code=code("stages.contest_decisions"),
    script:
        "../scripts/contest_decisions.py"


rule contest:
    """Who predicts people best, in all games: rivals, ablations, splits and stacking."""
    input:
        summaries=[folder(game, "contest", "summary.json") for game in GAMES],
        scores=[folder(game, "contest", "scores.csv") for game in GAMES],
        differences=[folder(game, "contest", "differences.csv") for game in GAMES],
        weights=[folder(game, "contest", "weights.csv") for game in GAMES],
        decisions=[
            folder(game, "contest", "decision_scores.csv")
            for game in GAMES
            if given_file(game, "decisions.csv")
        ],
    output:
        table=f"{RUN}/contest/table.csv",
        markdown=f"{RUN}/contest/table.md",
    log:
        f"{RUN}/logs/contest.log",
    conda:
        "../envs/satisfice.yaml"
    params:
        games=GAMES,
        code=code("stages.contest_table"),
    script:
        "../scripts/contest.py"
