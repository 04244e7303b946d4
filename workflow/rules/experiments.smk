EXPERIMENTS = ["single_agent", "sharing", "skill_shapes"]


rule experiments:
    """The learning method's own experiments, which need no human data."""
    input:
        expand(f"{RUN}/experiments/{{name}}/figure.png", name=EXPERIMENTS),


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
        settings=CONFIG["experiments"]["single_agent"],
        seed=CONFIG["seed"],
        code=code("stages.single_agent"),
    script:
        "../scripts/single_agent.py"


rule measure_sharing:
    """Train one shared policy, and one for each of n agents, against the exact equilibrium."""
    output:
        table=experiment("sharing", "table.csv"),
        summary=experiment("sharing", "summary.json"),
    log:
        f"{RUN}/logs/measure_sharing.log",
    benchmark:
        f"{RUN}/benchmarks/measure_sharing.tsv"
    conda:
        "../envs/satisfice.yaml"
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        settings=CONFIG["experiments"]["sharing"],
        seed=CONFIG["seed"],
        code=code("learning.sharing", "stages.sharing"),
    script:
        "../scripts/measure_sharing.py"


rule sharing:
    """What sharing one policy costs and reaches as the number of agents grows."""
    input:
        table=experiment("sharing", "table.csv"),
        summary=experiment("sharing", "summary.json"),
    output:
        experiment("sharing", "figure.png"),
    log:
        f"{RUN}/logs/sharing.log",
    conda:
        "../envs/satisfice.yaml"
    resources:
        mem_mb=1000,
    params:
        code=code("stages.sharing"),
    script:
        "../scripts/sharing.py"


rule measure_skill_shapes:
    """Gaussian and uniform skills of equal mean and variance: exact equilibria and learning."""
    output:
        table=experiment("skill_shapes", "table.csv"),
        curves=experiment("skill_shapes", "curves.csv"),
        summary=experiment("skill_shapes", "summary.json"),
    log:
        f"{RUN}/logs/measure_skill_shapes.log",
    benchmark:
        f"{RUN}/benchmarks/measure_skill_shapes.tsv"
    conda:
        "../envs/satisfice.yaml"
    resources:
        mem_mb=2000,
        runtime=15,
    params:
        settings=CONFIG["experiments"]["skill_shapes"],
        seed=CONFIG["seed"],
        code=code("stages.skill_shapes"),
    script:
        "../scripts/measure_skill_shapes.py"


rule skill_shapes:
    """Whether the shape of the skill distribution matters beyond its mean and variance."""
    input:
        table=experiment("skill_shapes", "table.csv"),
        curves=experiment("skill_shapes", "curves.csv"),
        summary=experiment("skill_shapes", "summary.json"),
    output:
        experiment("skill_shapes", "figure.png"),
    log:
        f"{RUN}/logs/skill_shapes.log",
    conda:
        "../envs/satisfice.yaml"
    resources:
        mem_mb=1000,
    params:
        code=code("stages.skill_shapes"),
    script:
        "../scripts/skill_shapes.py"
