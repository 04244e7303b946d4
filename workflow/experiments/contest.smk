CONTEST = f"{RUN}/{{game}}/contest"


use rule learn as contest_learn with:
    # Further policies: with other settings, and with other seeds.
    wildcard_constraints:
        variant="|".join(sorted({name for game in GAMES for name in contest_policies(game)})) or "-",
    params:
        **calls("satisfice.stages.learn.learn", own=contest_code),
        block=contest_training(0),
        parameter_prior=contest_training(1),


rule contest_predict:
    """Fit a contender to each split's statistics, and predict the whole experiment."""
    input:
        dataset_files,
        contest_policy_files,
        observed=observed_file,
    output:
        output=f"{CONTEST}/{{contender}}/predictions.npz",
    log:
        f"{RUN}/{{game}}/logs/contest_predict_{{contender}}.log",
    benchmark:
        f"{RUN}/{{game}}/benchmarks/contest_predict_{{contender}}.tsv"
    wildcard_constraints:
        contender=f"(?!{RATIONAL}_)[a-z][a-z0-9_]*",
    conda:
        "../envs/satisfice.yaml"
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        **calls("experiments.contest.predict.predict", own=contest_code),
        block=lambda wildcards: contest_block(wildcards.game, wildcards.contender),
        policy=lambda wildcards: contest_policy(wildcards.game, wildcards.contender),
        dataset=lambda wildcards: dataset_folder(wildcards.game),
        # Only the settings that are used: a new contender must not rerun all others.
        splits=of_contest("splits"),
        particles=of_contest("particles"),
        simulations=of_contest("simulations"),
        draws=of_contest("draws"),
        seed=CONFIG["seed"],
    script:
        "../scripts/run.py"


use rule contest_predict as contest_predict_rational with:
    # Rational play with another seed, which has no parameters to fit.
    input:
        dataset_files,
        contest_policy_files,
    wildcard_constraints:
        contender=rf"{RATIONAL}_\d+",
    params:
        draws=lambda wildcards: game_config(wildcards.game)["evaluation"]["draws"],


rule contest_judge:
    """Score all contenders of a game on all splits, with intervals and stacking weights."""
    input:
        predicted_files,
        observed=observed_file,
        training=rational_curves,
        retrained=lambda wildcards: [
            folder(wildcards.game, "contest", f"bounded_seed_{seed}", "predictions.npz")
            for seed in contest_seeds(wildcards.game)
        ],
        correlations=f"{RUN}/{{game}}/correlations.csv",
    output:
        scores=f"{CONTEST}/scores.csv",
        differences=f"{CONTEST}/differences.csv",
        weights=f"{CONTEST}/weights.csv",
        fits=f"{CONTEST}/fits.csv",
        summary=f"{CONTEST}/summary.json",
        figure=report(
            f"{CONTEST}/figure.png",
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
        **calls("experiments.contest.judge.judge"),
        # Snakemake knows the folder predictive/, not its files.
        predictions=contest_predictions,
        rational=rational_predictions,
        groups=lambda wildcards: {
            name: block["group"] for name, block in contest_blocks(wildcards).items()
        },
        splits=of_contest("splits"),
        replicates=of_contest("replicates"),
        seed=CONFIG["seed"],
    script:
        "../scripts/run.py"


rule contest_decisions:
    """Compare single decisions with people's, if the data set has decisions.csv."""
    input:
        lambda wildcards: given_file(wildcards.game, "decisions.csv"),
        lambda wildcards: [
            file
            for block in contest_blocks(wildcards).values()
            if trained_policy(block)
            for file in policy_files(wildcards.game, trained_policy(block))
        ],
        predicted_files,
        observed=observed_file,
        training=rational_curves,
    output:
        table=f"{CONTEST}/decision_scores.csv",
        figure=report(
            f"{CONTEST}/decision_scores.png",
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
        **calls("experiments.contest.decisions.judge_decisions"),
        dataset=lambda wildcards: dataset_folder(wildcards.game),
        predictions=contest_predictions,
        rational=rational_predictions,
        blocks=contest_blocks,
        policies=lambda wildcards: {
            name: contest_policy(wildcards.game, name) for name in contenders(wildcards.game)
        },
        splits=of_contest("splits"),
        replicates=of_contest("replicates"),
        seed=CONFIG["seed"],
    script:
        "../scripts/run.py"


rule contest:
    """Compare the predictions of all contenders in all games, with splits and stacking."""
    input:
        [
            folder(game, "contest", "decision_scores.csv")
            for game in GAMES
            if given_file(game, "decisions.csv")
        ],
        summaries=[folder(game, "contest", "summary.json") for game in GAMES],
        scores=[folder(game, "contest", "scores.csv") for game in GAMES],
        differences=[folder(game, "contest", "differences.csv") for game in GAMES],
        weights=[folder(game, "contest", "weights.csv") for game in GAMES],
        fits=[folder(game, "contest", "fits.csv") for game in GAMES],
    output:
        table=f"{RUN}/contest/table.csv",
        markdown=f"{RUN}/contest/table.md",
    log:
        f"{RUN}/logs/contest.log",
    conda:
        "../envs/satisfice.yaml"
    params:
        **calls("experiments.contest.table.join_contests"),
        games=GAMES,
    script:
        "../scripts/run.py"
