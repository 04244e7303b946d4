MISSPECIFICATION_CHECKS = f"{RUN}/{{game}}/misspecification_checks"


rule misspecification_checks:
    """Does the test of misspecification reject as often as it says, and detect other play?"""
    input:
        [folder(game, "misspecification_checks", "all_statistics.csv") for game in GAMES],
        alarms=[
            folder(game, "misspecification_checks", f"false_alarms_{contender}.json")
            for game in GAMES
            for contender in misspecification_checks_of(game).contenders
        ],
        detections=[folder(game, "misspecification_checks", "detection.json") for game in GAMES],
    output:
        table=f"{RUN}/misspecification_checks.csv",
    log:
        f"{RUN}/logs/misspecification_checks.log",
    conda:
        "../envs/satisfice.yaml"
    params:
        **calls("experiments.misspecification_checks.checks.join_checks"),
    script:
        "../scripts/run.py"


rule misspecification_false_alarms:
    """Count how often the test rejects a contender's own data, with a null for each data set."""
    input:
        dataset_files,
        rules.observe.output,
        lambda wildcards: expand(
            rules.learn.output, variant=run_of(wildcards.game).beliefs, allow_missing=True
        ),
    output:
        output=f"{MISSPECIFICATION_CHECKS}/false_alarms_{{contender}}.json",
    log:
        f"{RUN}/{{game}}/logs/misspecification_false_alarms_{{contender}}.log",
    benchmark:
        f"{MISSPECIFICATION_CHECKS}/benchmarks/false_alarms_{{contender}}.tsv"
    conda:
        "../envs/satisfice.yaml"
    resources:
        mem_mb=2500,
        runtime=60,
    params:
        **calls("experiments.misspecification_checks.checks.check_false_alarms", own=decided_code),
        run=who_takes_part,
        dataset=lambda wildcards: dataset_folder(wildcards.game),
        misspecification=section("misspecification"),
        settings=misspecification_check_settings,
        seed=CONFIG["seed"],
    script:
        "../scripts/run.py"


rule misspecification_detection:
    """Count how often data of a rival are detected as not made by the bounded model."""
    input:
        dataset_files,
        rules.observe.output,
        lambda wildcards: expand(
            rules.learn.output, variant=run_of(wildcards.game).beliefs, allow_missing=True
        ),
    output:
        output=f"{MISSPECIFICATION_CHECKS}/detection.json",
    log:
        f"{RUN}/{{game}}/logs/misspecification_detection.log",
    benchmark:
        f"{MISSPECIFICATION_CHECKS}/benchmarks/detection.tsv"
    conda:
        "../envs/satisfice.yaml"
    resources:
        mem_mb=2500,
        runtime=60,
    params:
        **calls("experiments.misspecification_checks.checks.check_detection", own=decided_code),
        run=who_takes_part,
        dataset=lambda wildcards: dataset_folder(wildcards.game),
        misspecification=section("misspecification"),
        settings=misspecification_check_settings,
        seed=CONFIG["seed"],
    script:
        "../scripts/run.py"


rule misspecification_all_statistics:
    """Test contenders on all statistics, those held out too."""
    input:
        dataset_files,
        rules.observe.output,
        lambda wildcards: expand(
            rules.learn.output, variant=run_of(wildcards.game).beliefs, allow_missing=True
        ),
    output:
        output=f"{MISSPECIFICATION_CHECKS}/all_statistics.csv",
    log:
        f"{RUN}/{{game}}/logs/misspecification_all_statistics.log",
    benchmark:
        f"{MISSPECIFICATION_CHECKS}/benchmarks/all_statistics.tsv"
    conda:
        "../envs/satisfice.yaml"
    resources:
        mem_mb=2500,
        runtime=60,
    params:
        **calls("experiments.misspecification_checks.checks.check_all_statistics", own=decided_code),
        run=who_takes_part,
        dataset=lambda wildcards: dataset_folder(wildcards.game),
        misspecification=section("misspecification"),
        settings=misspecification_check_settings,
        seed=CONFIG["seed"],
    script:
        "../scripts/run.py"
