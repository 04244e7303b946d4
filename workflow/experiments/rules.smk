# What the default run does not need: experiments on learning, cross-checks, and the contest.
configfile: "workflow/experiments/config.yaml"


# On a cluster, what joins or copies small things runs where snakemake was called.
localrules:
    contest,


include: "common.smk"
include: "learning.smk"
include: "cross_checks.smk"
include: "contest.smk"
