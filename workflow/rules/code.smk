# The code behind a rule, of this package and of the user's own: an edit of it reruns the rule.
from functools import cache
from pathlib import Path

from satisfice.plugins import BELIEF_GROUP, CONTENDER_GROUP, GAME_GROUP, fingerprint
from satisfice.provenance import source_fingerprint

BESIDE = [Path(workflow.basedir) / "workflow" / name for name in ("experiments", "benchmarks")]


def played_belief(game, variant):
    """The prior belief of a policy, as something that another package may offer."""
    return BELIEF_GROUP, variant_config(game, variant)["prior_belief"]


def default_play(games):
    """What other packages may offer of games and of their default prior beliefs."""
    named = [(GAME_GROUP, game) for game in games]
    return named + [played_belief(game, beliefs(game)[0]) for game in games]


def named_code(wildcards):
    """What other packages may offer of what a rule's wildcards name: groups and names."""
    game, variant, contender = (wildcards.get(name) for name in ("game", "variant", "contender"))
    block = contender_block(game, contender) if contender else {}
    variant = variant or wildcards.get("belief") or block.get("belief")
    named = [(GAME_GROUP, game)] if game else []
    named += [played_belief(game, variant)] if variant else []
    return named + ([(CONTENDER_GROUP, block["rule"])] if block.get("rule") else [])


own_fingerprint = cache(fingerprint)


def code(*modules, own=named_code):
    """A params function that gives a fingerprint of the code behind a rule: an edit reruns it.

    It is that of the package's modules and of what is the user's own: a game, prior belief or
    contender of another package. A rule that joins several of them depends on them through its
    inputs.
    """
    beside = {path.name for path in BESIDE}
    full = [name if name.split(".")[0] in beside else f"satisfice.{name}" for name in modules]
    package = source_fingerprint(*full, beside=BESIDE)
    return lambda wildcards: "-".join(
        filter(None, [package, *(own_fingerprint(*named) for named in own(wildcards))])
    )
