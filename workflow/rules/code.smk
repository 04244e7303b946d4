# The code of each rule. An edit of it, in this package or in the user's code, reruns the rule.
from functools import cache

from satisfice.plugins import BELIEF_GROUP, CONTENDER_GROUP, GAME_GROUP, class_path
from satisfice.provenance import fingerprint

fingerprint_once = cache(fingerprint)
class_path_once = cache(class_path)


def played_belief(game, variant):
    """The prior belief of a policy, which another package may offer."""
    return BELIEF_GROUP, variant_block(game, variant)["prior_belief"]


def default_play(games):
    """Games and their default prior beliefs, which other packages may offer."""
    named = [(GAME_GROUP, game) for game in games]
    return named + [played_belief(game, beliefs(game)[0]) for game in games]


def named_code(wildcards):
    """Groups and names of what the wildcards name, which other packages may offer."""
    game, variant = (wildcards.get(name) for name in ("game", "variant"))
    variant = variant or wildcards.get("belief")
    named = [(GAME_GROUP, game)] if game else []
    return named + ([played_belief(game, variant)] if variant else [])


def predicted_code(wildcards):
    """A game and all contenders of its default run, which other packages may offer."""
    run = run_of(wildcards.game)
    return [
        (GAME_GROUP, wildcards.game),
        *(played_belief(wildcards.game, variant) for variant in run.variants),
        *((CONTENDER_GROUP, rule) for rule in run.rules),
    ]


def decided_code(wildcards):
    """A game and all models that are fitted to its decisions."""
    rivals = game_config(wildcards.game)["decisions"]["rivals"]
    return [*predicted_code(wildcards), *((CONTENDER_GROUP, rule) for rule in rivals)]


def calls(stage, own=named_code):
    """Params of a rule that calls a function, with a fingerprint of its code.

    The code is that of the function's file and of what this imports, and what is the user's own, a
    game, prior belief or contender of another package. A rule that joins several of them
    depends on them through its inputs.
    """

    source = stage.rpartition(".")[0]

    def code(wildcards):
        found = filter(None, (class_path_once(group, name) for group, name in own(wildcards)))
        classes = sorted(set(found))
        files = fingerprint_once(source, *(each.partition(":")[0] for each in classes))
        return " ".join([files, *classes])

    return {"stage": stage, "code": code}
