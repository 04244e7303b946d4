rule experiments:
    """Numerical experiments on learning and on standard errors."""
    input:
        expand(experiment("{name}", "figure.png"), name=["single_agent", "sharing", "skill_shapes"]),
        experiment("error_coverage", "table.csv") if COVERED else [],


rule single_agent:
    """Learn in a game with one agent, and compare with the closed form of bounded play."""
    output:
        table=experiment("single_agent", "table.csv"),
        summary=experiment("single_agent", "summary.json"),
        figure=experiment("single_agent", "figure.png"),
    log:
        f"{RUN}/logs/single_agent.log",
    benchmark:
        f"{RUN}/benchmarks/single_agent.tsv"
    conda:
        "../envs/satisfice.yaml"
    resources:
        mem_mb=2000,
        runtime=15,
    params:
        **calls("experiments.single_agent.comparison.compare_single_agent"),
        settings=EXPERIMENTS.single_agent.model_dump(mode="json"),
        seed=CONFIG["seed"],
    script:
        "../scripts/run.py"


rule sharing:
    """Train one shared policy, and one for each of n agents, against the exact equilibrium."""
    output:
        table=experiment("sharing", "table.csv"),
        summary=experiment("sharing", "summary.json"),
        figure=experiment("sharing", "figure.png"),
    log:
        f"{RUN}/logs/sharing.log",
    benchmark:
        f"{RUN}/benchmarks/sharing.tsv"
    conda:
        "../envs/satisfice.yaml"
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        **calls("experiments.sharing.comparison.compare_sharing"),
        settings=EXPERIMENTS.sharing.model_dump(mode="json"),
        seed=CONFIG["seed"],
    script:
        "../scripts/run.py"


rule skill_shapes:
    """Gaussian and uniform skills of equal mean and variance: exact equilibria and learning."""
    output:
        table=experiment("skill_shapes", "table.csv"),
        curves=experiment("skill_shapes", "curves.csv"),
        summary=experiment("skill_shapes", "summary.json"),
        figure=experiment("skill_shapes", "figure.png"),
    log:
        f"{RUN}/logs/skill_shapes.log",
    benchmark:
        f"{RUN}/benchmarks/skill_shapes.tsv"
    conda:
        "../envs/satisfice.yaml"
    resources:
        mem_mb=2000,
        runtime=15,
    params:
        **calls("experiments.skill_shapes.comparison.compare_skill_shapes"),
        settings=EXPERIMENTS.skill_shapes.model_dump(mode="json"),
        seed=CONFIG["seed"],
    script:
        "../scripts/run.py"
