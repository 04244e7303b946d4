rule assemble:
    """Put posterior, predictives, data and SBC ranks of a prior belief into one ArviZ file."""
    input:
        observed=rules.observe.output[0],
        simulations=rules.gather.output[0],
        posterior=rules.posterior.output[0],
        calibration=rules.calibrate.output[0],
        misspecification=rules.misspecify.output[0],
        predictive=lambda wildcards: folder(
            wildcards.game, "predictive", f"{contender_of(wildcards.game, wildcards.belief)}.npz"
        ),
    output:
        f"{RUN}/{{game}}/inference/{{belief}}/posterior.nc",
    log:
        f"{RUN}/{{game}}/logs/assemble_{{belief}}.log",
    benchmark:
        f"{RUN}/{{game}}/benchmarks/assemble_{{belief}}.tsv"
    conda:
        "../envs/satisfice.yaml"
    resources:
        mem_mb=2000,
        runtime=15,
    params:
        settings=lambda wildcards: posterior_settings(wildcards.game),
        seed=CONFIG["seed"],
        code=code("stages.evaluate"),
    script:
        "../scripts/assemble.py"


rule default_posterior:
    """Put the default prior belief's ArviZ file where users look first."""
    input:
        lambda wildcards: folder(
            wildcards.game, "inference", beliefs(wildcards.game)[0], "posterior.nc"
        ),
    output:
        f"{RUN}/{{game}}/posterior.nc",
    log:
        f"{RUN}/{{game}}/logs/default_posterior.log",
    conda:
        "../envs/satisfice.yaml"
    shell:
        "cp {input} {output}.part 2> {log} && mv {output}.part {output} 2>> {log}"


rule score:
    """Score the predictions of all contenders on fitted and on held-out statistics."""
    input:
        observed=rules.observe.output[0],
        predictive=lambda wildcards: expand(
            rules.predict.output[0],
            contender=default_contenders(wildcards.game),
            allow_missing=True,
        ),
        correlations=lambda wildcards: given_file(wildcards.game, "correlations.csv"),
    output:
        f"{RUN}/{{game}}/scores.csv",
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
        groups=lambda wildcards: groups_of(wildcards.game, default_contenders(wildcards.game)),
        replicates=lambda wildcards: game_config(wildcards.game)["evaluation"]["replicates"],
        seed=CONFIG["seed"],
        code=code("stages.evaluate"),
    script:
        "../scripts/score.py"


rule join_scores:
    """Join the scores of all games into one table."""
    input:
        expand(f"{RUN}/{{game}}/scores.csv", game=GAMES),
    output:
        f"{RUN}/scores.csv",
    log:
        f"{RUN}/logs/join_scores.log",
    conda:
        "../envs/satisfice.yaml"
    params:
        games=GAMES,
        code=code("stages.evaluate"),
    script:
        "../scripts/join_scores.py"


rule diagnose:
    """Collect the verdict of every gate about learning, inference and prediction."""
    input:
        observed=rules.observe.output[0],
        scores=rules.score.output[0],
        simulations=lambda wildcards: expand(
            rules.gather.output[0], belief=beliefs(wildcards.game), allow_missing=True
        ),
        posteriors=lambda wildcards: expand(
            rules.posterior.output[0], belief=beliefs(wildcards.game), allow_missing=True
        ),
        calibrations=lambda wildcards: expand(
            rules.calibrate.output[0], belief=beliefs(wildcards.game), allow_missing=True
        ),
        misspecifications=lambda wildcards: expand(
            rules.misspecify.output[0], belief=beliefs(wildcards.game), allow_missing=True
        ),
        predictive=lambda wildcards: expand(
            rules.predict.output[0],
            contender=bounded_contenders(wildcards.game),
            allow_missing=True,
        ),
        training=lambda wildcards: expand(
            rules.learn.output.curves, variant=variants(wildcards.game), allow_missing=True
        ),
        verification=lambda wildcards: expand(
            rules.verify.output[0], variant=variants(wildcards.game), allow_missing=True
        ),
    output:
        f"{RUN}/{{game}}/diagnostics.json",
    log:
        f"{RUN}/{{game}}/logs/diagnose.log",
    benchmark:
        f"{RUN}/{{game}}/benchmarks/diagnose.tsv"
    conda:
        "../envs/satisfice.yaml"
    resources:
        mem_mb=2000,
        runtime=15,
    params:
        beliefs=lambda wildcards: beliefs(wildcards.game),
        detects=lambda wildcards: game_config(wildcards.game)["inference"]["detects"],
        code=code("stages.diagnose"),
    script:
        "../scripts/diagnose.py"
