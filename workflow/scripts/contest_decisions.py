"""Script of the rule contest_decisions."""

from pathlib import Path

from satisfice.progress import job

wildcards = snakemake.wildcards
with job(f"contest decisions {wildcards.game}", snakemake.log[0]):
    from satisfice.stages.contest_decisions import judge_decisions

    given = snakemake.params
    policies = [Path(training).parent for training in snakemake.input.training]
    judge_decisions(
        wildcards.game,
        given.dataset,
        snakemake.input.observed,
        dict(zip(given.blocks, snakemake.input.predictions, strict=True)),
        given.blocks,
        given.policies,
        dict(zip(snakemake.input.ppo, policies, strict=True)),
        given.contest,
        given.seed,
        dict(snakemake.output.items()),
    )
