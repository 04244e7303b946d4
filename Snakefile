# The whole pipeline: data -> learn -> simulate -> infer -> evaluate -> report.
#   snakemake --cores all                                               full reproduction
#   snakemake --cores all --configfile workflow/config/smoke.yaml       every rule, in minutes
#   snakemake --list                                                    all rules, one line each
import sys
from os.path import exists

from snakemake.utils import min_version

min_version("9.10")

if not exists("workflow/config/default.yaml"):
    sys.exit(
        f"ERROR this is not the project's folder. Remedy: cd {workflow.basedir}, then run again."
    )


configfile: "workflow/config/default.yaml"


report: "workflow/report/workflow.rst"


# On a cluster, what copies or joins small things runs where snakemake was called.
localrules:
    observe,
    posterior,
    overview,


include: "workflow/rules/common.smk"
include: "workflow/rules/code.smk"
include: "workflow/rules/learn.smk"
include: "workflow/rules/simulate.smk"
include: "workflow/rules/infer.smk"
include: "workflow/rules/decide.smk"
include: "workflow/rules/report.smk"
include: "workflow/experiments/rules.smk"


rule all:
    default_target: True
    input:
        f"{RUN}/scores.csv",
        f"{RUN}/report.html",
        expand(f"{RUN}/{{game}}/posterior.nc", game=GAMES),
        expand(f"{RUN}/{{game}}/diagnostics.json", game=GAMES),
        expand(f"{RUN}/{{game}}/report.html", game=GAMES),
        [about_decisions(game) for game in GAMES],


rule cournot:
    """Everything about the Cournot oligopoly alone."""
    input:
        about_game("cournot"),


rule cobweb:
    """Everything about the cobweb market alone."""
    input:
        about_game("cobweb"),


rule newsvendor:
    """Everything about the newsvendor alone."""
    input:
        about_game("newsvendor"),


rule beer_game:
    """Everything about the beer game alone."""
    input:
        about_game("beer_game"),


include: "workflow/experiments/reference.smk"
include: "workflow/benchmarks/rules.smk"
