# Not part of the default run: numerical experiments, cross-checks, and the contest.
configfile: "workflow/experiments/config.yaml"


# On a cluster, rules that join or copy small files run where snakemake was called.
localrules:
    contest,
    decision_checks,
    error_coverage,
    gates_by_seed,
    misspecification_checks,
    unseen_treatments,


include: "common.smk"
include: "learning.smk"
include: "error_coverage.smk"
include: "gates_by_seed.smk"
include: "cross_checks.smk"
include: "decision_checks.smk"
include: "misspecification_checks.smk"
include: "contest.smk"
include: "unseen_treatments.smk"
