# Only names and titles; no figure is drawn while Snakemake reads the rules.
from pathlib import Path

from satisfice.report.catalogue import DECISION_FIGURES, FIGURES


rule score:
    """Score the predictions of all contenders, and compute all gates."""
    input:
        rules.observe.output,
        rules.predict.output[0],
        lambda wildcards: expand(
            [*rules.simulate.output, *rules.infer.output, *rules.check.output],
            belief=beliefs(wildcards.game),
            allow_missing=True,
        ),
        lambda wildcards: expand(
            [*rules.learn.output, *rules.verify.output],
            variant=run_of(wildcards.game).variants,
            allow_missing=True,
        ),
        learnt_by_ppo,
        rivals=rules.misspecify.output.output,
    output:
        f"{RUN}/{{game}}/scores.csv",
        f"{RUN}/{{game}}/misspecification.csv",
        f"{RUN}/{{game}}/diagnostics.json",
    log:
        f"{RUN}/{{game}}/logs/score.log",
    benchmark:
        f"{RUN}/{{game}}/benchmarks/score.tsv"
    conda:
        "../envs/satisfice.yaml"
    resources:
        mem_mb=1500,
        runtime=15,
    params:
        **calls("satisfice.stages.score.score"),
        run=who_takes_part,
        replicates=lambda wildcards: game_config(wildcards.game)["evaluation"]["replicates"],
        seed=CONFIG["seed"],
    script:
        "../scripts/run.py"


rule posterior:
    """Copy the ArviZ file of the default prior belief to the game's folder."""
    input:
        lambda wildcards: folder(
            wildcards.game, "inference", beliefs(wildcards.game)[0], "posterior.nc"
        ),
    output:
        f"{RUN}/{{game}}/posterior.nc",
    log:
        f"{RUN}/{{game}}/logs/posterior.log",
    conda:
        "../envs/satisfice.yaml"
    shell:
        "cp {input:q} {output:q}.part 2> {log:q} && mv {output:q}.part {output:q} 2>> {log:q}"


rule report_decisions:
    """Draw the figures about single decisions."""
    input:
        rules.decide.output,
        rules.posterior.output,
    output:
        *[
            report(
                f"{RUN}/{{game}}/decisions/figures/{name}.png",
                caption=f"../report/{name}.rst",
                category=f"{{game}}: {figure.section}",
                labels={"figure": figure.title},
            )
            for name, figure in DECISION_FIGURES.items()
        ],
        f"{RUN}/{{game}}/decisions/figures/descriptions.json",
    log:
        f"{RUN}/{{game}}/logs/report_decisions.log",
    benchmark:
        f"{RUN}/{{game}}/benchmarks/report_decisions.tsv"
    conda:
        "../envs/satisfice.yaml"
    resources:
        mem_mb=2000,
        runtime=15,
    params:
        **calls("satisfice.stages.report.report_decisions"),
        run=who_takes_part,
    script:
        "../scripts/run.py"


rule report:
    """Draw all figures of a game, and write one self-contained page about it."""
    input:
        dataset_files,
        rules.score.input,
        rules.score.output,
        rules.predict.output,
        lambda wildcards: expand(
            [*rules.decide.output, *rules.posterior.output, *rules.report_decisions.output],
            game=[wildcards.game] if wildcards.game in DECIDED else [],
        ),
        captions=expand("workflow/report/{name}.rst", name=[*FIGURES, *DECISION_FIGURES]),
    output:
        *[
            report(
                f"{RUN}/{{game}}/figures/{name}.png",
                caption=f"../report/{name}.rst",
                category=f"{{game}}: {figure.section}",
                labels={"figure": figure.title},
            )
            for name, figure in FIGURES.items()
        ],
        f"{RUN}/{{game}}/figures/descriptions.json",
        report(
            f"{RUN}/{{game}}/report.html",
            caption="../report/page.rst",
            category="Report",
            labels={"page": "{game}"},
        ),
    log:
        f"{RUN}/{{game}}/logs/report.log",
    benchmark:
        f"{RUN}/{{game}}/benchmarks/report.tsv"
    conda:
        "../envs/satisfice.yaml"
    resources:
        mem_mb=2000,
        runtime=15,
    params:
        **calls("satisfice.stages.report.report"),
        name=CONFIG["run"],
        run=who_takes_part,
        config=lambda wildcards: game_config(wildcards.game),
        dataset=lambda wildcards: dataset_folder(wildcards.game),
        seed=CONFIG["seed"],
    script:
        "../scripts/run.py"


rule overview:
    """Join the scores of all games, and write the overview page."""
    input:
        expand(
            [rules.observe.output.observed, *rules.score.output, *rules.posterior.output],
            game=GAMES,
        ),
        expand(rules.decide.output, game=DECIDED),
    output:
        f"{RUN}/scores.csv",
        f"{RUN}/misspecification.csv",
        report(
            f"{RUN}/report.html",
            caption="../report/overview.rst",
            category="Report",
            labels={"page": "all games"},
        ),
    log:
        f"{RUN}/logs/overview.log",
    benchmark:
        f"{RUN}/benchmarks/overview.tsv"
    conda:
        "../envs/satisfice.yaml"
    resources:
        mem_mb=1500,
        runtime=15,
    params:
        **calls("satisfice.stages.report.overview"),
        name=CONFIG["run"],
        folder=lambda wildcards, output: str(Path(output[0]).parent),
        configs=CONFIG["games"],
        decided=DECIDED,
        seed=CONFIG["seed"],
    script:
        "../scripts/run.py"
