"""The models that are compared by single decisions, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from satisfice.contenders import load_rule
from satisfice.contenders.base import HasLikelihood
from satisfice.contenders.belief_alone import BeliefAlone
from satisfice.contenders.bounded import TrainedPopulation
from satisfice.contenders.tremble import Trembling
from satisfice.decisions.settings import DecisionSettings
from satisfice.errors import SatisficeError
from satisfice.games.base import Game
from satisfice.io.game_run import RATIONAL, GameRun
from satisfice.learning.populations import load_population
from satisfice.learning.rollout import Population

ALIKE = "bounded_alike"
"""The bounded model whose agents all have the same skill."""

NEARLY_ALIKE = {"mu": 0.5, "sigma": 0.02}
"""The population of which the network is told; its usual prior has no smaller sigma. All agents
have the mean skill, and their processing cost is fitted through beta."""


@dataclass(frozen=True)
class Compared:
    """A model that is compared.

    Attributes:
        group: ``bounded``, ``ablation``, ``belief`` (the prior belief alone) or ``rival``.
        build: Loads it.
    """

    group: str
    build: Callable[[], HasLikelihood]


def compared_models(game: Game, who: GameRun, settings: DecisionSettings) -> Mapping[str, Compared]:
    """All models of a game: the bounded ones as they are, the others with a fitted tremble.

    Rivals without noise of their own also get normal noise of a fitted size, so that they are at
    their best.

    Args:
        game: The game.
        who: Its prior beliefs, and its rules without parameters.
        settings: Names of the rules with parameters, and quadrature points of skill.

    Raises:
        SatisficeError: A rule of the settings is unknown, or has no likelihood of decisions.
    """

    def bounded(belief: str) -> HasLikelihood:
        return TrainedPopulation(_population(who, belief), nodes=settings.nodes)

    def alike() -> HasLikelihood:
        population = _population(who, who.beliefs[0])
        fitted = {parameter.name for parameter in population.space.columns}
        fixed = {name: value for name, value in NEARLY_ALIKE.items() if name in fitted}
        return TrainedPopulation(population, fixed, nodes=1)

    def alone(belief: str) -> HasLikelihood:
        return Trembling(BeliefAlone(_population(who, belief)))

    def rational() -> HasLikelihood:
        return Trembling(TrainedPopulation(_population(who, RATIONAL), nodes=1), noise=True)

    found = {
        name: Compared("bounded", partial(bounded, belief)) for name, belief in who.bounded.items()
    }
    found[ALIKE] = Compared("ablation", alike)
    for belief in who.beliefs:
        found[f"belief_{belief}"] = Compared("belief", partial(alone, belief))
    found[RATIONAL] = Compared("rival", rational)
    for name, rule in load_rules(game, who.rules, settings.rivals).items():
        found[name] = Compared("rival", partial(Trembling, rule, noise=not rule.free))
    return found


def load_rules(game: Game, rules: Iterable[str], rivals: Iterable[str]) -> dict[str, HasLikelihood]:
    """The rules of play that have a likelihood of decisions.

    A rule of the user's own that only plays is left out, unless it is one of the ``rivals``.

    Raises:
        SatisficeError: One of the rivals is unknown, or has no likelihood.
    """
    place = f"config, key games.{game.name}.decisions.rivals"
    found: dict[str, HasLikelihood] = {}
    asked = set(rivals)
    for name in (*rules, *rivals):
        rule = load_rule(name, game, place)
        if isinstance(rule, HasLikelihood):
            found[name] = rule
        elif name in asked:
            problem = f"the rule '{name}' has no likelihood of decisions."
            raise SatisficeError(
                place, problem, "Derive it from RuleWithLikelihood, or leave it out."
            )
    return found


def _population(who: GameRun, variant: str) -> Population:
    population, _ = load_population(who.policy(variant))
    return population
