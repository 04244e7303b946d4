localrules:
    reference,
    reference_experiments,
    reference_contest,
    reference_decisions,
    reference_unseen,


rule reference:
    """Keep small tables and figures of this run for the documentation."""
    input:
        rules.all.input,
        scores=f"{RUN}/scores.csv",
    output:
        manifest="results/reference/manifest.json",
    log:
        f"{RUN}/logs/reference.log",
    conda:
        "../envs/satisfice.yaml"
    params:
        **calls("experiments.reference.collect.collect_reference"),
        games=CONFIG["games"],
        decided=DECIDED,
        seed=CONFIG["seed"],
    script:
        "../scripts/run.py"


rule reference_experiments:
    """Keep the small tables and figures of the experiments and the cross-checks."""
    input:
        rules.experiments.input,
        rules.cross_checks.input,
        pooled=f"{RUN}/pooled/summary.json",
    output:
        manifest="results/reference/experiments/manifest.json",
    log:
        f"{RUN}/logs/reference_experiments.log",
    conda:
        "../envs/satisfice.yaml"
    params:
        **calls("experiments.reference.collect.collect_experiments"),
        games=GAMES,
        seed=CONFIG["seed"],
    script:
        "../scripts/run.py"


rule reference_contest:
    """Keep the small tables and figures of this run's contest."""
    input:
        table=f"{RUN}/contest/table.csv",
    output:
        manifest="results/reference/contest/manifest.json",
    log:
        f"{RUN}/logs/reference_contest.log",
    conda:
        "../envs/satisfice.yaml"
    params:
        **calls("experiments.reference.collect.collect_contest"),
        contests={game: contest_of(game).model_dump(mode="json") for game in GAMES},
        seed=CONFIG["seed"],
    script:
        "../scripts/run.py"


rule reference_decisions:
    """Keep the checks of the posterior from decisions."""
    input:
        [folder(game, "cross_checks", "neural_decisions.json") for game in DECIDED],
        checks=rules.decision_checks.output.table,
    output:
        manifest="results/reference/decision_checks/manifest.json",
    log:
        f"{RUN}/logs/reference_decisions.log",
    conda:
        "../envs/satisfice.yaml"
    params:
        **calls("experiments.reference.collect.collect_decision_checks"),
        decided=DECIDED,
        seed=CONFIG["seed"],
    script:
        "../scripts/run.py"


rule reference_unseen:
    """Keep what policies do that have not met the held-out treatments."""
    input:
        table=f"{RUN}/unseen_treatments.csv",
    output:
        manifest="results/reference/unseen_treatments/manifest.json",
    log:
        f"{RUN}/logs/reference_unseen.log",
    conda:
        "../envs/satisfice.yaml"
    params:
        **calls("experiments.reference.collect.collect_unseen_treatments"),
        games=list(UNSEEN),
        seed=CONFIG["seed"],
    script:
        "../scripts/run.py"
