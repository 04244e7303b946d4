EXPERIMENTS = ["single_agent"]


rule experiments:
    """The learning method's own experiments, which need no human data."""
    input:
        expand(f"{RUN}/experiments/{{name}}/figure.png", name=EXPERIMENTS),


rule single_agent:
    """Learn in a game with one agent, and compare with the closed form of bounded play."""
    output:
        table=f"{RUN}/experiments/single_agent/table.csv",
        summary=f"{RUN}/experiments/single_agent/summary.json",
        figure=f"{RUN}/experiments/single_agent/figure.png",
    log:
        f"{RUN}/experiments/logs/single_agent.log",
    benchmark:
        f"{RUN}/experiments/benchmarks/single_agent.tsv"
    conda:
        "../envs/satisfice.yaml"
    resources:
        mem_mb=2000,
    params:
        settings=CONFIG["experiments"]["single_agent"],
        seed=CONFIG["seed"],
        code=code("stages.single_agent"),
    script:
        "../scripts/single_agent.py"
