EXPERIMENTS = []


rule experiments:
    """The learning method's own experiments, which need no human data."""
    input:
        expand(f"{RUN}/experiments/{{name}}/figure.png", name=EXPERIMENTS),
