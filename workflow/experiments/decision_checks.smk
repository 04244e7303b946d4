DECISION_CHECKS = f"{RUN}/{{game}}/decision_checks"


rule decision_checks:
    """Check the likelihood of decisions, and the posterior that it gives, in all games."""
    input:
        calibrations=expand(f"{DECISION_CHECKS}/sbc.json", game=GAMES),
        likelihoods=[
            folder(game, "decision_checks", f"qre_{belief}.json")
            for game in GAMES
            for belief in exact_beliefs(game)
        ],
    output:
        table=f"{RUN}/decision_checks.csv",
    log:
        f"{RUN}/logs/decision_checks.log",
    conda:
        "../envs/satisfice.yaml"
    params:
        **calls("experiments.decision_checks.table.collect_checks"),
    script:
        "../scripts/run.py"


rule decision_sbc_part:
    """Compute the posteriors from decisions of some simulated experiments."""
    input:
        lambda wildcards: policy_files(wildcards.game, default_belief(wildcards.game)),
    output:
        output=f"{DECISION_CHECKS}/sbc/{{part}}.npz",
    log:
        f"{RUN}/{{game}}/logs/decision_sbc_part_{{part}}.log",
    benchmark:
        f"{DECISION_CHECKS}/benchmarks/part_{{part}}.tsv"
    wildcard_constraints:
        part=r"\d+",
    conda:
        "../envs/satisfice.yaml"
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        **calls("experiments.decision_checks.posteriors.check_part"),
        policy=default_policy,
        settings=decision_check_settings,
        seed=CONFIG["seed"],
    script:
        "../scripts/run.py"


rule decision_sbc:
    """Check the posteriors from decisions by SBC, TARP, and the coverage of people's traits."""
    input:
        lambda wildcards: policy_files(wildcards.game, default_belief(wildcards.game)),
        parts=decision_parts,
    output:
        arrays=f"{DECISION_CHECKS}/sbc.npz",
        summary=f"{DECISION_CHECKS}/sbc.json",
    log:
        f"{RUN}/{{game}}/logs/decision_sbc.log",
    benchmark:
        f"{DECISION_CHECKS}/benchmarks/sbc.tsv"
    conda:
        "../envs/satisfice.yaml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        **calls("experiments.decision_checks.calibration.join_parts"),
        policy=default_policy,
        settings=decision_check_settings,
        seed=CONFIG["seed"],
    script:
        "../scripts/run.py"


rule decision_qre:
    """Compare the likelihood under a memoryless policy with that under the exact QRE."""
    input:
        lambda wildcards: policy_files(wildcards.game, wildcards.belief),
    output:
        table=f"{DECISION_CHECKS}/qre_{{belief}}.csv",
        summary=f"{DECISION_CHECKS}/qre_{{belief}}.json",
    log:
        f"{RUN}/{{game}}/logs/decision_qre_{{belief}}.log",
    benchmark:
        f"{DECISION_CHECKS}/benchmarks/qre_{{belief}}.tsv"
    conda:
        "../envs/satisfice.yaml"
    resources:
        mem_mb=3000,
        runtime=15,
    params:
        **calls("experiments.decision_checks.exact_play.compare_with_qre"),
        policy=lambda wildcards: folder(wildcards.game, "policy", wildcards.belief),
        settings=decision_check_settings,
        seed=CONFIG["seed"],
    script:
        "../scripts/run.py"
