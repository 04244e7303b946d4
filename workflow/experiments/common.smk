# Shared by the experiments' rules: their checked settings, and functions of wildcards.
from experiments.preflight import check_experiments
from experiments.settings import (
    Contest,
    CrossChecks,
    DecisionChecks,
    Experiments,
    MisspecificationChecks,
)
from satisfice.io.game_run import BOUNDED

EXPERIMENTS = checked_part(Experiments, "experiments", check_experiments)

ERRORS = EXPERIMENTS.error_coverage
# Games of the run in which the coverage of standard errors is measured.
COVERED = [game for game in GAMES if game in ERRORS.contenders]
# Treatments that are wholly held out, of each game in which policies are trained without them.
UNSEEN = {
    game: held_out
    for game in GAMES
    if game in EXPERIMENTS.unseen_treatments.games
    and (held_out := list(game_config(game)["held_out"]["treatments"]))
}


def experiment(name, file):
    """A file of a numerical experiment."""
    return f"{RUN}/experiments/{name}/{file}"


def checks_of(game):
    """Settings of a game's cross-checks."""
    return EXPERIMENTS.cross_checks.get(game, CrossChecks())


def decision_checks_of(game):
    """Settings of a game's checks of the posterior from decisions."""
    return EXPERIMENTS.decision_checks.get(game, DecisionChecks())


def decision_check_settings(wildcards):
    """A params function: the same, with the settings of the posterior that is checked."""
    own = game_config(wildcards.game)["decisions"]
    sampler = {name: own[name] for name in ("live", "effective", "nodes")}
    return decision_checks_of(wildcards.game).model_dump(mode="json") | sampler


def misspecification_checks_of(game):
    """Settings of a game's checks of the test of misspecification."""
    return EXPERIMENTS.misspecification_checks.get(game, MisspecificationChecks())


def misspecification_check_settings(wildcards):
    """A params function: the same as plain values."""
    return misspecification_checks_of(wildcards.game).model_dump(mode="json")


def contest_of(game):
    """Settings of a game's contest."""
    return EXPERIMENTS.contest.get(game, Contest())


def gates_of_runs():
    """diagnostics.json by run and game: of this run, and of those with other seeds."""
    runs = (CONFIG["run"], *EXPERIMENTS.gates_by_seed.runs)
    return {
        run: {game: str(Path("results", run, game, "diagnostics.json")) for game in GAMES}
        for run in runs
    }


def compared_gates(wildcards):
    """The same as a list. Another run is made by a command of its own, as its seed differs."""
    by_run = gates_of_runs()
    for run, games in by_run.items():
        missing = [path for path in games.values() if run != CONFIG["run"] and not exists(path)]
        if missing:
            sys.exit(
                f"ERROR {missing[0]} does not exist. Remedy: Make this run first: "
                f"snakemake --cores all --config run={run} seed=2025, with a seed of its own."
            )
    return [path for games in by_run.values() for path in games.values()]


def default_belief(game):
    return beliefs(game)[0]


def exact_beliefs(game):
    """Prior beliefs with memoryless play, whose equilibrium is known exactly."""
    return [
        name
        for name, belief in game_config(game)["beliefs"].items()
        if belief["prior_belief"] == "uniform" and belief["information"] == "none"
    ]


def observed_file(wildcards):
    return folder(wildcards.game, "observed.csv")


def simulations_file(wildcards):
    """Simulations with the default prior belief."""
    return folder(wildcards.game, "simulations", f"{default_belief(wildcards.game)}.npz")


def inference_file(name):
    """An input function: a file of inference with the rule's prior belief, or the default one."""

    def path(wildcards):
        belief = wildcards.get("belief", default_belief(wildcards.game))
        return folder(wildcards.game, "inference", belief, name)

    return path


def inference_files(name):
    """The same file of all games."""
    return [folder(game, "inference", default_belief(game), name) for game in GAMES]


def default_policy(wildcards):
    """Folder of the default prior belief's policy."""
    return folder(wildcards.game, "policy", default_belief(wildcards.game))


def training_simulations(wildcards):
    """Number of simulations on which an ensemble is trained."""
    game = game_config(wildcards.game)
    return game["simulation"]["simulations"] - game["inference"]["sbc"]


def unseen_policies(game):
    """Policies of the default prior belief that are told treatments in numbers.

    For each the treatments in which it is not trained.
    """
    if game not in UNSEEN:
        return {}
    again = range(2, EXPERIMENTS.unseen_treatments.seeds + 1)
    names = ["on_fitted", *(f"on_fitted_{seed}" for seed in again)]
    default = default_belief(game)
    return {f"{default}_on_all": []} | {f"{default}_{name}": UNSEEN[game] for name in names}


def unseen_contenders(wildcards):
    """The same as contenders: the folder of each one's policy."""
    game = wildcards.game
    named = (name.removeprefix(default_belief(game)) for name in unseen_policies(game))
    return {
        f"{BOUNDED}{suffix}": folder(game, "policy", f"{default_belief(game)}{suffix}")
        for suffix in named
    }


def default_code(wildcards):
    """A game and its default prior belief, which other packages may offer."""
    return default_play([wildcards.game])


def contest_seeds(game):
    """Seeds of further trainings of the bounded model and of rational play."""
    return range(2, contest_of(game).seeds + 1)


def contest_policies(game):
    """Policies that only the contest trains: the config and the parameter prior of each."""
    block, prior = game_config(game), game_config(game)["parameter_prior"]
    default = default_belief(game)
    found = {
        f"{default}_{seed}": (block["beliefs"][default], prior) for seed in contest_seeds(game)
    }
    found |= {f"{RATIONAL}_{seed}": (block["rational"], prior) for seed in contest_seeds(game)}
    for name, policy in contest_of(game).policies.items():
        variant = block["beliefs"][policy.like]
        if policy.bands > 1:
            variant = variant | {"learning": variant["learning"] | {"bands": policy.bands}}
        found[name] = variant, prior | ({"roles": policy.roles} if policy.roles else {})
    return found


def contest_training(part):
    """A params function: the config (0) or the prior (1) of a policy that the contest trains."""

    def found(wildcards):
        policies = contest_policies(wildcards.game)
        if wildcards.variant not in policies:
            sys.exit(
                f"ERROR the contest of {wildcards.game} trains no policy '{wildcards.variant}'. "
                f"Remedy: Use one of: {', '.join(policies)}."
            )
        return policies[wildcards.variant][part]

    return found


def fitted_contenders(game):
    """Contenders that are fitted to each split: bounded models, the default first; others."""
    return [*run_of(game).bounded, *contest_of(game).contenders]


def contenders(game):
    """All contenders: first the fitted ones, beginning with ``bounded``; then the others."""
    bounded = run_of(game).bounded
    return [
        *fitted_contenders(game),
        *(name for name in run_of(game).contenders if name not in bounded),
    ]


def contest_block(game, name):
    """Config of a contender: its group, and its rule or policy."""
    default = default_belief(game)
    again = {
        f"bounded_seed_{seed}": {"group": "belief", "belief": f"{default}_{seed}"}
        for seed in contest_seeds(game)
    }
    again |= {
        f"{RATIONAL}_{seed}": {"group": "rival", "belief": f"{RATIONAL}_{seed}"}
        for seed in contest_seeds(game)
    }
    own = {
        key: block.model_dump(mode="json") for key, block in contest_of(game).contenders.items()
    } | again
    own |= run_of(game).contenders
    if name in own:
        return own[name]
    known = ", ".join([*contenders(game), *again])
    sys.exit(f"ERROR {game} has no contender '{name}'. Remedy: Use one of: {known}.")


def contest_blocks(wildcards):
    """Config of all contenders, by name."""
    return {name: contest_block(wildcards.game, name) for name in contenders(wildcards.game)}


def contest_policy(game, contender):
    """Folder of a contender's policy; None for a rule of play."""
    policy = trained_policy(contest_block(game, contender))
    return folder(game, "policy", policy) if policy else None


def trained_policy(block):
    """Name of the policy of a contender's config; None for a rule of play."""
    return block.get("belief") or block.get("policy")


def contest_policy_files(wildcards):
    """Files of that policy; empty for a rule of play."""
    policy = trained_policy(contest_block(wildcards.game, wildcards.contender))
    return policy_files(wildcards.game, policy) if policy else []


def contest_predictions(wildcards):
    """Predictions of each contender, one for each split if it is fitted."""
    game = wildcards.game
    fitted = fitted_contenders(game)
    return [
        (
            folder(game, "contest", name, "predictions.npz")
            if name in fitted
            else folder(game, "predictive", f"{name}.npz")
        )
        for name in contenders(game)
    ]


def predicted_files(wildcards):
    """Files and folders that hold all predictions of a game."""
    return [
        folder(wildcards.game, "predictive"),
        *(path for path in contest_predictions(wildcards) if "/contest/" in path),
        *rational_predictions(wildcards)[1:],
    ]


def rational_predictions(wildcards):
    """Predictions of rational play, one for each seed."""
    game = wildcards.game
    again = [
        folder(game, "contest", f"{RATIONAL}_{seed}", "predictions.npz")
        for seed in contest_seeds(game)
    ]
    return [folder(game, "predictive", f"{RATIONAL}.npz"), *again]


def rational_curves(wildcards):
    """The learning curves of these trainings."""
    names = [RATIONAL, *(f"{RATIONAL}_{seed}" for seed in contest_seeds(wildcards.game))]
    return [folder(wildcards.game, "policy", name, "training.csv") for name in names]


def of_contest(name):
    """A params function that gives one setting of the game's contest."""
    return lambda wildcards: contest_of(wildcards.game).model_dump(mode="json")[name]


def contest_code(wildcards):
    """Groups and names of what a rule's wildcards name, which other packages may offer."""
    game, contender = wildcards.game, wildcards.get("contender")
    block = contest_block(game, contender) if contender else {}
    named = [(GAME_GROUP, game)]
    if variant := wildcards.get("variant") or block.get("belief"):
        again = contest_policies(game)
        policy = again[variant][0] if variant in again else variant_block(game, variant)
        named.append((BELIEF_GROUP, policy["prior_belief"]))
    return named + ([(CONTENDER_GROUP, block["rule"])] if block.get("rule") else [])


def decision_parts(wildcards):
    """Posteriors of all simulated experiments, in parts."""
    settings = decision_checks_of(wildcards.game)
    return [
        folder(wildcards.game, "decision_checks", "sbc", f"{part}.npz")
        for part in range(-(-settings.data_sets // settings.part))
    ]
