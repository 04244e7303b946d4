rule reference:
    """Keep the small tables and figures of this run that documentation may quote."""
    input:
        scores=f"{RUN}/scores.csv",
        everything=rules.all.input,
        experiments=rules.experiments.input,
        cross_checks=rules.cross_checks.input,
    output:
        "results/reference/manifest.json",
    log:
        f"{RUN}/logs/reference.log",
    conda:
        "../envs/satisfice.yaml"
    params:
        games=CONFIG["games"],
        seed=CONFIG["seed"],
        code=code("stages.reference"),
    script:
        "../scripts/reference.py"


rule reference_contest:
    """Keep the small tables and figures of this run's contest."""
    input:
        rules.contest.output,
    output:
        "results/reference/contest/manifest.json",
    log:
        f"{RUN}/logs/reference_contest.log",
    conda:
        "../envs/satisfice.yaml"
    params:
        games=CONFIG["games"],
        seed=CONFIG["seed"],
        code=code("stages.reference"),
    script:
        "../scripts/reference_contest.py"
