# What all rules share: the checked config, paths, and functions of wildcards.
import sys
from os.path import exists
from pathlib import Path

from satisfice.calm_scheduler import look_once_at_a_time
from satisfice.config import resolve, with_file
from satisfice.errors import SatisficeError
from satisfice.extras import require_extra
from satisfice.io.places import check_place
from satisfice.run_lock import lock_results
from satisfice.warm_python import start_for_snakemake

sys.path.insert(0, str(Path(workflow.basedir) / "workflow"))  # experiments and benchmarks


def config_files():
    """The config files in the order of their force: those of the command line are listed first."""
    first = [str(path) for path in workflow.config_settings.configfiles]
    return [path for path in map(str, workflow.configfiles) if path not in first] + first


def checked_config():
    """Check config, data and earlier checkpoints before any job touches a file."""
    try:
        resolved = resolve(config, "workflow/schemas/config.schema.yaml", config_files())
        if workflow.is_main_process:
            from satisfice.stages.preflight import check_inputs

            check_inputs(resolved)
            check_place(".snakemake", below=False)  # Snakemake's own records
    except SatisficeError as error:
        sys.exit(f"ERROR {with_file(error, config_files())}")
    return resolved


CONFIG = checked_config()
RUN = f"results/{CONFIG['run']}"
BENCHMARK = "results/benchmark"
GAMES = list(CONFIG["games"])


# Asked only when there are jobs to do: what is finished may be read-only.
onstart:
    try:
        check_place(RUN)
        if workflow.is_main_process:
            lock_results([RUN, *written_files()])
    except SatisficeError as error:
        sys.exit(f"ERROR {error}")
    if workflow.is_main_process:
        look_once_at_a_time()
    if workflow.is_main_process and workflow.local_exec:
        start_for_snakemake()


wildcard_constraints:
    game="|".join(GAMES),
    variant="[a-z][a-z0-9_]*",
    belief="[a-z][a-z0-9_]*",
    estimator="nle|smc_abc|truncated",
    contender="[a-z][a-z0-9_]*",
    chunk=r"\d+",


def written_files():
    """Files that jobs are going to write; not all of them are the run's own."""
    return [file for job in workflow.dag.needrun_jobs() for file in (*job.output, *job.log)]


def game_config(game):
    return CONFIG["games"][game]


def variant_config(game, variant):
    """A prior belief of the bounded model, or the rational baseline under the name ppo."""
    block = game_config(game)
    if is_ppo(variant):
        return block["rational"]
    policy = contest_policies(game).get(variant, {"like": variant, "bands": 1})
    belief = block["beliefs"][policy["like"]]
    if policy["bands"] == 1:
        return belief  # with the bands that its own learning has
    return belief | {"learning": belief["learning"] | {"bands": policy["bands"]}}


def variant_prior(game, variant):
    """Prior of the supertypes that a variant is trained for."""
    prior = game_config(game)["parameter_prior"]
    roles = contest_policies(game).get(variant, {}).get("roles")
    return prior | {"roles": roles} if roles else prior


def contest_policies(game):
    """Policies trained for the contest only: the config's, and the default's with other seeds."""
    default, contest = game_config(game)["default_belief"], game_config(game)["contest"]
    again = {"like": default, "bands": 1, "roles": []}
    others = {f"{default}_{seed}": again for seed in range(2, contest["seeds"] + 1)}
    return contest["policies"] | others


def is_ppo(variant):
    """Whether a variant is the rational baseline: ppo, or ppo_2 and on with other seeds."""
    return variant == "ppo" or variant.startswith("ppo_")


def dataset_folder(game):
    return f"data/{game}/{game_config(game)['dataset']}"


def dataset_files(wildcards):
    return multiext(f"{dataset_folder(wildcards.game)}/", "dataset.yaml", "statistics.csv")


def given_file(game, name):
    """A file that a data set may have, as a list: empty where it has none."""
    path = f"{dataset_folder(game)}/{name}"
    return [path] if exists(path) else []


def beliefs(game):
    """Prior beliefs, the default first."""
    default = game_config(game)["default_belief"]
    return [default, *(name for name in game_config(game)["beliefs"] if name != default)]


def variants(game):
    return [*beliefs(game), "ppo"]


def contender_of(game, belief):
    """Name under which a bounded model takes part."""
    return "bounded" if belief == game_config(game)["default_belief"] else f"bounded_{belief}"


def bounded_contenders(game):
    """The prior belief of each bounded model, the champion first."""
    return {contender_of(game, belief): belief for belief in beliefs(game)}


def retrained(game):
    """The champion with policies of other seeds: the policy of each name."""
    default, seeds = game_config(game)["default_belief"], game_config(game)["contest"]["seeds"]
    return {f"bounded_seed_{seed}": f"{default}_{seed}" for seed in range(2, seeds + 1)}


def ppo_contenders(game):
    """The rational baseline once for every seed."""
    seeds = game_config(game)["contest"]["seeds"]
    return ["ppo", *(f"ppo_{seed}" for seed in range(2, seeds + 1))]


def contenders(game):
    """All contenders: those fitted in the contest, the champion first; then those without a fit."""
    return [*fitted_contenders(game), "ppo", *game_config(game)["rivals"]]


def fitted_contenders(game):
    """Bounded models, and the contest's own contenders."""
    return [*bounded_contenders(game), *game_config(game)["contest"]["contenders"]]


def default_contenders(game):
    """Those of the default run: all but the contest's own."""
    return [*bounded_contenders(game), "ppo", *game_config(game)["rivals"]]


def contender_block(game, contender):
    """Config of a contender: its group; and a rule, or whose policy it plays by."""
    known = dict.fromkeys([*contenders(game), *ppo_contenders(game), *retrained(game)])
    if contender not in known:
        sys.exit(
            f"ERROR {game} has no contender '{contender}'. Remedy: Use one of: {', '.join(known)}."
        )
    named = game_config(game)["contest"]["contenders"]
    if contender in named:
        return named[contender]
    if contender in game_config(game)["rivals"]:
        return {"group": "rival", "rule": contender}
    if contender in ppo_contenders(game):
        return {"group": "rival", "belief": contender}
    policies = bounded_contenders(game) | retrained(game)
    return {"group": "belief", "belief": policies[contender]}


def blocks_of(game, names):
    return {name: contender_block(game, name) for name in names}


def groups_of(game, names):
    """What each contender is."""
    return {name: contender_block(game, name)["group"] for name in names}


def policy_of(game, contender):
    """Folder of the policy that a contender plays by, or None for a rule."""
    policy = contender_block(game, contender).get("belief")
    return folder(game, "policy", policy) if policy else None


def policies_of(game, names):
    return {name: policy_of(game, name) for name in names}


def contender_policy_files(wildcards):
    """Files of that policy; none for a rule."""
    policy = contender_block(wildcards.game, wildcards.contender).get("belief")
    return policy_files(wildcards.game, policy) if policy else []


def posterior_of(wildcards):
    """Posterior draws of a bounded model; none for who has no parameters."""
    game, contender = wildcards.game, wildcards.contender
    if belief := bounded_contenders(game).get(contender):
        return folder(game, "inference", belief, "posterior.npz")
    if contender in [*fitted_contenders(game), *retrained(game)]:
        fitted = folder(game, "contest", contender, "predictions.npz")
        sys.exit(
            f"ERROR {contender} of {game} has no posterior: it is fitted in the contest only. "
            f"Remedy: Ask for {fitted}."
        )
    return []


def contest_simulations(wildcards):
    """A bounded model's own simulations, or those made for the contest."""
    belief = bounded_contenders(wildcards.game).get(wildcards.contender)
    if belief:
        return folder(wildcards.game, "simulations", f"{belief}.npz")
    return folder(wildcards.game, "contest", wildcards.contender, "simulations.npz")


def contest_predictions(wildcards):
    """What each contender predicts: of every split where it is fitted to each."""
    fitted, game = fitted_contenders(wildcards.game), wildcards.game
    return [
        (
            folder(game, "contest", name, "predictions.npz")
            if name in fitted
            else folder(game, "predictive", f"{name}.npz")
        )
        for name in contenders(game)
    ]


CONTENDERS_OVER_TIME = ["bounded", "ppo", "equilibrium"]
"""Contenders whose play is shown over time, the bounded one first."""


def folder(game, *parts):
    return "/".join([RUN, game, *parts])


def experiment(name, file):
    """A file of one of the learning method's own experiments."""
    return f"{RUN}/experiments/{name}/{file}"


def about_game(game):
    """What the target of a game's name makes."""
    return [
        folder(game, name)
        for name in ("scores.csv", "posterior.nc", "diagnostics.json", "report.html")
    ]


def exact_beliefs(game):
    """Prior beliefs under which play is memoryless, so that its equilibrium is known exactly."""
    return [
        name
        for name, belief in game_config(game)["beliefs"].items()
        if belief["prior_belief"] == "uniform" and belief["information"] == "none"
    ]


def c2st_games():
    """The game to hold estimators against exact posteriors in, if the config has it."""
    game = CONFIG["benchmark"]["simulations_for_c2st"]["game"]
    return [game] if game in GAMES and exact_beliefs(game) else []


def policy_files(game, variant):
    return multiext(folder(game, "policy", variant, "policy"), ".safetensors", ".json")


def trained_policies():
    """Files of the bounded model's policies that are there already."""
    files = [
        file for game in GAMES for belief in beliefs(game) for file in policy_files(game, belief)
    ]
    return [file for file in files if exists(file)]


def environment_library(_):
    """No file; tells before the first job, rather than after minutes, that a library is missing."""
    try:
        require_extra("pettingzoo", "target benchmark")
    except SatisficeError as error:
        sys.exit(f"ERROR {error}")
    return []


def ensemble_files(game, belief):
    """Weights and record of an ensemble of estimators."""
    return multiext(folder(game, "inference", belief, "ensemble"), ".safetensors", ".json")


def section(name):
    """A params function that gives one section of the game's config."""
    return lambda wildcards: game_config(wildcards.game)[name]


def of_contest(*names):
    """A params function that gives some settings of the game's contest."""
    return lambda wildcards: {name: game_config(wildcards.game)["contest"][name] for name in names}


def posterior_settings(game):
    """The game's config without the sections of what is made after its posterior."""
    apart = ("contest", "cross_checks")
    return {name: setting for name, setting in game_config(game).items() if name not in apart}
