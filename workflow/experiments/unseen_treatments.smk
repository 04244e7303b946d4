# The policies that only this experiment trains; "-" is none.
TOLD_NUMBERS = "|".join(sorted({name for game in GAMES for name in unseen_policies(game)})) or "-"


rule unseen_treatments:
    """Join the scores of models whose policies have not met the held-out treatments."""
    input:
        scores=[folder(game, "unseen_treatments", "scores.csv") for game in UNSEEN],
        distances=[folder(game, "unseen_treatments", "distances.csv") for game in UNSEEN],
    output:
        table=f"{RUN}/unseen_treatments.csv",
    log:
        f"{RUN}/logs/unseen_treatments.log",
    conda:
        "../envs/satisfice.yaml"
    params:
        **calls("experiments.unseen_treatments.comparison.join"),
        games=list(UNSEEN),
    script:
        "../scripts/run.py"


use rule learn as unseen_learn with:
    # The default belief's policy again, told treatments in numbers, in all or some treatments.
    wildcard_constraints:
        variant=TOLD_NUMBERS,
    params:
        **calls("satisfice.stages.learn.learn", own=default_code),
        block=lambda wildcards: variant_block(wildcards.game, default_belief(wildcards.game)),
        trained_without=lambda wildcards: unseen_policies(wildcards.game)[wildcards.variant],


use rule simulate as unseen_simulate with:
    input:
        lambda wildcards: policy_files(wildcards.game, wildcards.belief),
        dataset_files,
    wildcard_constraints:
        belief=TOLD_NUMBERS,
    params:
        **calls("satisfice.stages.simulate.simulate", own=default_code),


use rule infer as unseen_infer with:
    wildcard_constraints:
        belief=TOLD_NUMBERS,
    params:
        **calls("satisfice.stages.infer.infer", own=default_code),


rule unseen_predict:
    """Simulate what a model with such a policy predicts."""
    input:
        dataset_files,
        lambda wildcards: policy_files(wildcards.game, wildcards.belief),
        posterior=f"{RUN}/{{game}}/inference/{{belief}}/posterior.npz",
    output:
        output=f"{RUN}/{{game}}/unseen_treatments/{{belief}}.npz",
    log:
        f"{RUN}/{{game}}/logs/unseen_predict_{{belief}}.log",
    wildcard_constraints:
        belief=TOLD_NUMBERS,
    conda:
        "../envs/satisfice.yaml"
    resources:
        mem_mb=2000,
        runtime=15,
    params:
        **calls("experiments.unseen_treatments.predict.predict", own=default_code),
        policy=policy_folder,
        dataset=lambda wildcards: dataset_folder(wildcards.game),
        draws=lambda wildcards: game_config(wildcards.game)["evaluation"]["draws"],
        seed=CONFIG["seed"],
    script:
        "../scripts/run.py"


rule unseen_treatments_of:
    """Score these models beside the run's contenders, and compare their policies."""
    input:
        rules.observe.output,
        rules.predict.output[0],
        lambda wildcards: [
            file
            for name in (default_belief(wildcards.game), *unseen_policies(wildcards.game))
            for file in policy_files(wildcards.game, name)
        ],
        inference_file("posterior.npz"),
        predictions=lambda wildcards: [
            folder(wildcards.game, "unseen_treatments", f"{name}.npz")
            for name in unseen_policies(wildcards.game)
        ],
    output:
        scores=f"{RUN}/{{game}}/unseen_treatments/scores.csv",
        distances=f"{RUN}/{{game}}/unseen_treatments/distances.csv",
        figure=report(
            f"{RUN}/{{game}}/unseen_treatments/figure.png",
            caption="../report/unseen_treatments.rst",
            category="{game}: evaluation",
            labels={"figure": "Treatments that a policy has not met"},
        ),
    log:
        f"{RUN}/{{game}}/logs/unseen_treatments.log",
    benchmark:
        f"{RUN}/{{game}}/benchmarks/unseen_treatments.tsv"
    conda:
        "../envs/satisfice.yaml"
    resources:
        mem_mb=3000,
        runtime=15,
    params:
        **calls("experiments.unseen_treatments.comparison.compare", own=default_code),
        run=who_takes_part,
        retrained=unseen_contenders,
        replicates=lambda wildcards: game_config(wildcards.game)["evaluation"]["replicates"],
        supertypes=lambda wildcards: game_config(wildcards.game)["verification"]["supertypes"],
        seed=CONFIG["seed"],
    script:
        "../scripts/run.py"
