rule observe:
    """Check the human statistics and mark what is fitted and what is held out."""
    input:
        dataset_files,
    output:
        f"{RUN}/{{game}}/observed.csv",
    log:
        f"{RUN}/{{game}}/logs/observe.log",
    conda:
        "../envs/satisfice.yaml"
    params:
        dataset=lambda wildcards: dataset_folder(wildcards.game),
        held_out=section("held_out"),
        code=code("stages.data"),
    script:
        "../scripts/observe.py"
