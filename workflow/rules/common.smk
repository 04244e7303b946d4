# Shared by all rules: the checked config, paths, and functions of wildcards.
import sys
from os.path import exists
from pathlib import Path

from satisfice.config import checked, resolve, with_file
from satisfice.errors import SatisficeError
from satisfice.io.game_run import PPO, RATIONAL, GameRun
from satisfice.io.places import check_place, check_user
from satisfice.run_lock import lock_results

sys.path.insert(0, str(Path(workflow.basedir) / "workflow"))  # experiments and benchmarks


def config_files():
    """The config files in increasing priority; Snakemake lists those of the command line first."""
    first = [str(path) for path in workflow.config_settings.configfiles]
    return [path for path in map(str, workflow.configfiles) if path not in first] + first


def checked_config():
    """Check config, data and earlier checkpoints before any job touches a file."""
    try:
        resolved = resolve(config, config_files())
        if workflow.is_main_process:
            from satisfice.stages.preflight import check_inputs

            check_inputs(resolved)
            check_user()
            check_place(".snakemake", below=False)  # Snakemake's own records
    except SatisficeError as error:
        sys.exit(f"ERROR {with_file(error, config_files())}")
    return resolved


def checked_part(model, key, check=None):
    """Check a section of the config that only some targets use."""
    try:
        settings = checked(model, config.get(key, {}), config_files(), (key,))
        if check and workflow.is_main_process:
            check(settings, CONFIG)
    except SatisficeError as error:
        sys.exit(f"ERROR {with_file(error, config_files())}")
    return settings


CONFIG = checked_config()
RUN = f"results/{CONFIG['run']}"
GAMES = list(CONFIG["games"])


# Only if there are jobs to do: finished results may be read-only.
onstart:
    try:
        check_place(RUN)
        if workflow.is_main_process:
            lock_results([RUN, *written_files()])
    except SatisficeError as error:
        sys.exit(f"ERROR {error}")


def written_files():
    """Files that jobs will write; some are shared by several runs."""
    return [file for job in workflow.dag.needrun_jobs() for file in (*job.output, *job.log)]


def game_config(game):
    return CONFIG["games"][game]


def section(name):
    """A params function that gives one section of the game's config."""
    return lambda wildcards: game_config(wildcards.game)[name]


def folder(game, *parts):
    return "/".join([RUN, game, *parts])


def run_of(game):
    """The contenders of a game, and the paths of its files."""
    return GameRun.of(folder(game), game_config(game))


def who_takes_part(wildcards):
    """A params function: the arguments of GameRun."""
    return vars(run_of(wildcards.game))


def beliefs(game):
    """Prior beliefs, the default first."""
    return run_of(game).beliefs


def variant_block(game, variant):
    """Config of a prior belief of the bounded model, or of rational play."""
    block = game_config(game)
    return block["rational"] if variant == RATIONAL else block["beliefs"][variant]


def policy_folder(wildcards):
    """Folder of the policy that a rule's wildcards name."""
    return folder(wildcards.game, "policy", wildcards.get("variant") or wildcards.belief)


def learnt_by_ppo(wildcards):
    """Files of the baseline trained by PPO, if it takes part."""
    run = run_of(wildcards.game)
    names = ("policy.safetensors", "policy.json", "training.csv", "verification.json")
    return [run.policy(PPO, name) for name in names if run.ppo]


def policy_files(game, variant):
    return run_of(game).policy_files(variant)


def chunks(game):
    """Numbers of the chunks into which simulations are divided; empty if there is only one."""
    number = game_config(game)["simulation"]["chunks"]
    return range(number) if number > 1 else []


def dataset_folder(game):
    return f"data/{game}/{game_config(game)['dataset']}"


def dataset_files(wildcards):
    """Files of a data set, which has decisions, statistics or both."""
    names = ("statistics.csv", "correlations.csv", "decisions.csv")
    given = [file for name in names for file in given_file(wildcards.game, name)]
    return [f"{dataset_folder(wildcards.game)}/dataset.yaml", *given]


def given_file(game, name):
    """An optional file of a data set as a list, which is empty if there is no such file."""
    path = f"{dataset_folder(game)}/{name}"
    return [path] if exists(path) else []


def about_game(game):
    """Files of the target that has a game's name."""
    return [
        folder(game, name)
        for name in ("scores.csv", "posterior.nc", "diagnostics.json", "report.html")
    ] + about_decisions(game)


def about_decisions(game):
    """Files about single decisions, if the data set has them."""
    names = ("posterior.nc", "comparison.csv", "individuals.csv")
    return [folder(game, "decisions", name) for name in names if game in DECIDED]


DECIDED = [game for game in GAMES if given_file(game, "decisions.csv")]
"""Games whose data sets have decisions."""


wildcard_constraints:
    game="|".join(GAMES),
    variant="|".join(sorted({name for game in GAMES for name in run_of(game).variants})),
    belief="|".join(sorted({name for game in GAMES for name in beliefs(game)})),
    chunk=r"\d+",
