# Shared by the benchmarks' rules: settings, and functions of wildcards.
from benchmarks.extras import require_extra
from benchmarks.settings import BenchmarkSettings

BENCHMARK = "results/benchmark"
MEASURED = checked_part(BenchmarkSettings, "benchmark")
EXACT_GAME = "cobweb"
"""The game in which estimators are compared with exact posteriors, if the config has it."""


def exact_belief(game):
    """The first prior belief whose equilibrium is known exactly, or None."""
    return next(iter(exact_beliefs(game)), None)


def first_belief(wildcards):
    return default_belief(wildcards.game)


def default_variant(wildcards):
    return game_config(wildcards.game)["beliefs"][first_belief(wildcards)]


def trained(wildcards):
    """Policies that exist already: no measurement waits for a training."""
    game = wildcards.game
    files = [folder(game, "policy", belief, "policy.json") for belief in beliefs(game)]
    return [file for file in files if exists(file)]


def environment_library(_):
    """No file; reports a missing library before the first job."""
    try:
        require_extra("pettingzoo", "target benchmark")
    except SatisficeError as error:
        sys.exit(f"ERROR {error}")
    return []
