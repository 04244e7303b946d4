# A list of names and titles only; no figure is drawn while the workflow is read.
from satisfice.report.catalogue import FIGURES


rule paths:
    """Play predictions again and keep what they look like over time: quantiles and a few paths."""
    input:
        dataset_files,
        predictive=expand(
            rules.predict.output[0], contender=CONTENDERS_OVER_TIME, allow_missing=True
        ),
        bounded=lambda wildcards: policy_files(wildcards.game, beliefs(wildcards.game)[0]),
        ppo=lambda wildcards: policy_files(wildcards.game, "ppo"),
    output:
        f"{RUN}/{{game}}/paths.npz",
    log:
        f"{RUN}/{{game}}/logs/paths.log",
    benchmark:
        f"{RUN}/{{game}}/benchmarks/paths.tsv"
    conda:
        "../envs/satisfice.yaml"
    resources:
        mem_mb=2000,
        runtime=15,
    params:
        dataset=lambda wildcards: dataset_folder(wildcards.game),
        blocks=lambda wildcards: blocks_of(wildcards.game, CONTENDERS_OVER_TIME),
        policies=lambda wildcards: policies_of(wildcards.game, CONTENDERS_OVER_TIME),
        seed=CONFIG["seed"],
        code=code("stages.paths"),
    script:
        "../scripts/paths.py"


rule figures:
    """Draw every figure of a game: learning, inference and evaluation."""
    input:
        observed=rules.observe.output[0],
        scores=rules.score.output[0],
        diagnostics=rules.diagnose.output[0],
        posteriors=lambda wildcards: expand(
            rules.assemble.output[0], belief=beliefs(wildcards.game), allow_missing=True
        ),
        predictive=lambda wildcards: expand(
            rules.predict.output[0],
            contender=default_contenders(wildcards.game),
            allow_missing=True,
        ),
        training=lambda wildcards: expand(
            rules.learn.output.curves, variant=variants(wildcards.game), allow_missing=True
        ),
        verification=lambda wildcards: expand(
            rules.verify.output[0], variant=variants(wildcards.game), allow_missing=True
        ),
        policy=lambda wildcards: policy_files(wildcards.game, beliefs(wildcards.game)[0]),
        paths=rules.paths.output[0],
    output:
        **{
            name: report(
                f"{RUN}/{{game}}/figures/{name}.png",
                caption=f"../report/{name}.rst",
                category=f"{{game}}: {figure.section}",
                labels={"figure": figure.title},
            )
            for name, figure in FIGURES.items()
        },
        descriptions=f"{RUN}/{{game}}/figures/descriptions.json",
    log:
        f"{RUN}/{{game}}/logs/figures.log",
    benchmark:
        f"{RUN}/{{game}}/benchmarks/figures.tsv"
    conda:
        "../envs/satisfice.yaml"
    resources:
        mem_mb=2000,
        runtime=15,
    params:
        beliefs=lambda wildcards: beliefs(wildcards.game),
        contenders=lambda wildcards: default_contenders(wildcards.game),
        variants=lambda wildcards: variants(wildcards.game),
        figures=list(FIGURES),
        code=code("stages.report"),
    script:
        "../scripts/figures.py"


rule page:
    """Write one self-contained page about a game: verdict, gates, figures and tables."""
    input:
        dataset_files,
        observed=rules.observe.output[0],
        scores=rules.score.output[0],
        diagnostics=rules.diagnose.output[0],
        posteriors=rules.figures.input.posteriors,
        predictive=lambda wildcards: folder(wildcards.game, "predictive", "bounded.npz"),
        figures=[rules.figures.output[name] for name in FIGURES],
        descriptions=rules.figures.output.descriptions,
        captions=expand("workflow/report/{name}.rst", name=FIGURES),
    output:
        report(
            f"{RUN}/{{game}}/report.html",
            caption="../report/page.rst",
            category="Report",
            labels={"page": "{game}"},
        ),
    log:
        f"{RUN}/{{game}}/logs/page.log",
    benchmark:
        f"{RUN}/{{game}}/benchmarks/page.tsv"
    conda:
        "../envs/satisfice.yaml"
    resources:
        mem_mb=1500,
        runtime=15,
    params:
        run=CONFIG["run"],
        seed=CONFIG["seed"],
        settings=lambda wildcards: posterior_settings(wildcards.game),
        dataset=lambda wildcards: dataset_folder(wildcards.game),
        beliefs=lambda wildcards: beliefs(wildcards.game),
        figures=list(FIGURES),
        code=code("stages.report"),
    script:
        "../scripts/page.py"


rule overview:
    """Write the page that joins the games: verdicts, scores and links."""
    input:
        scores=rules.join_scores.output[0],
        diagnostics=expand(rules.diagnose.output[0], game=GAMES),
        posteriors=expand(rules.default_posterior.output[0], game=GAMES),
        pages=expand(rules.page.output[0], game=GAMES),
    output:
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
        run=CONFIG["run"],
        seed=CONFIG["seed"],
        settings={game: posterior_settings(game) for game in GAMES},
        code=code("stages.report"),
    script:
        "../scripts/overview.py"
