"""How many decisions a second the simulator makes, beside its limits from above and below.

From above: the policy network's bare forward passes on the very inputs that the simulator gave it.
From below: the same agents in a PettingZoo environment, one market and one agent at a time. All
are timed in turn, again and again, so that whatever else the machine does slows them alike.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from benchmarks.clock import Clock
from benchmarks.scaling import decisions_of, untrained
from satisfice.adapters.pettingzoo import MarketEnvironment
from satisfice.games import load_game
from satisfice.io.datasets import load_dataset
from satisfice.io.files import write_table
from satisfice.learning.populations import load_population
from satisfice.learning.rollout import Chance, Population, sample_actions
from satisfice.population.policy import Traits, tilted
from satisfice.population.registry import space_of
from satisfice.progress import logger
from satisfice.randomness import seed_sequence, uniform_rows
from satisfice.simulation.simulator import BLOCK, Experiment, population_player, simulate

RATE = "decisions per second"

REPETITIONS = 9
"""How often each of the three is timed."""


@dataclass(frozen=True)
class Workload:
    """What the simulator is timed on.

    Attributes:
        experiment: The design that is simulated.
        population: Who plays.
        theta: Shape (simulations, parameters); a multiple of the simulator's block wastes nothing.
        sequence: Seed of the play.
    """

    experiment: Experiment
    population: Population
    theta: np.ndarray
    sequence: np.random.SeedSequence

    @property
    def decisions(self) -> int:
        """Decisions of all agents in all simulations."""
        return len(self.theta) * decisions_of(self.experiment)

    def play(self, population: Population | None = None) -> int:
        """Simulate as inference does, statistics included, and return the number of decisions."""
        player = population_player(population or self.population)
        simulate(self.experiment, player, self.theta, self.sequence)
        return self.decisions


def time_side_by_side(
    workload: Workload, repetitions: int, seed: int, clock: Clock = time.perf_counter
) -> dict[str, np.ndarray]:
    """Time the simulator, the network's forward passes and the environment in turn.

    Args:
        workload: What to simulate.
        repetitions: How often to time each.
        seed: Seed of the environment's play.
        clock: Seconds since some moment.

    Returns:
        Decisions a second, shape (repetitions,), under ``simulator``, ``forward_passes`` and
        ``environment``.
    """
    inputs = network_calls(workload)
    timed: dict[str, Callable[[], int]] = {
        "simulator": workload.play,
        "forward_passes": lambda: forward_passes(workload.population, inputs),
        "environment": lambda: play_environments(workload, seed),
    }
    rates: dict[str, list[float]] = {name: [] for name in timed}
    for run in timed.values():
        run()  # The first time is slower than any later one.
    for _ in range(repetitions):
        for name, run in timed.items():
            started = clock()
            decisions = run()
            rates[name].append(decisions / (clock() - started))
    return {name: np.array(values) for name, values in rates.items()}


def network_calls(workload: Workload) -> list[tuple[Tensor, Tensor]]:
    """What the simulator gives the policy network, batch by batch.

    Where agents are memoryless the simulator asks it once for all rounds. A simulator that asks
    in every round would give it the same batch again, and so does this list.
    """
    calls: list[tuple[Tensor, Tensor]] = []
    policy, game = workload.population.policy, workload.experiment.game

    def listen(inputs: Tensor, processing_cost: Tensor) -> Tensor:
        calls.append((inputs, processing_cost))
        return policy(inputs, processing_cost)

    workload.play(replace(workload.population, policy=listen))
    asked_once = workload.population.memoryless
    return [call for call in calls for _ in range(game.rounds if asked_once else 1)]


@torch.inference_mode()
def forward_passes(population: Population, calls: list[tuple[Tensor, Tensor]]) -> int:
    """Run the bare network on batches of inputs, and return the number of decisions in them."""
    for inputs, processing_cost in calls:
        population.policy(inputs, processing_cost)
    return sum(processing_cost.numel() for _, processing_cost in calls)


def play_environments(workload: Workload, seed: int) -> int:
    """Play one market of each treatment, and return the number of decisions in them."""
    game = workload.experiment.game
    generator = torch.Generator().manual_seed(seed)
    decisions = 0
    for treatment in workload.experiment.markets:
        agents = game.treatments[treatment]
        environment = MarketEnvironment(
            game, treatment, information=workload.population.information
        )
        chance = Chance.draw(game, agents, 1, game.rounds, generator)
        traits = Traits.draw(workload.population.supertypes(workload.theta[:1]), chance.skills)
        decisions += sum(
            len(actions)
            for actions in play_environment(
                environment, workload.population, traits, chance.actions, seed
            )
        )
    return decisions


@torch.inference_mode()
def play_environment(
    environment: MarketEnvironment,
    population: Population,
    traits: Traits,
    uniforms: Tensor,
    seed: int,
) -> Iterator[dict[str, int]]:
    """Play a market agent by agent: each decision is a forward pass on a batch of one.

    Args:
        environment: The market.
        population: Who plays.
        traits: One market's.
        uniforms: Shape (rounds, 1, agents), numbers in [0, 1) to draw actions by.
        seed: Seed of the environment.

    Yields:
        Each round's actions by agent.
    """
    who = traits.features[0]
    places = [(slice(None), slice(place, place + 1)) for place in range(len(who))]
    named = [{name: each[own] for name, each in traits.named.items()} for own in places]
    seen, _ = environment.reset(seed=seed)
    for numbers in uniforms:
        shown = environment.observed
        actions = {}
        for place, agent in enumerate(environment.agents):
            own = places[place]
            inputs = torch.cat([who[place], torch.from_numpy(seen[agent])])[None, None]
            tilt = population.policy(inputs, traits.processing_cost[own])
            log_policy = tilted(population.belief.log_probabilities(shown[own], named[place]), tilt)
            actions[agent] = int(sample_actions(log_policy, numbers[own]))
        seen, *_ = environment.step(actions)
        yield actions


def measure_throughput(
    game: str,
    *,
    policies: Sequence[str | Path],
    dataset: str | Path,
    beliefs: Mapping[str, Mapping[str, Any]],
    default_belief: str,
    parameter_prior: Mapping[str, Any],
    seed: int,
    table: str | Path,
) -> None:
    """Time the simulator of a game under every prior belief.

    Args:
        game: Name of the game.
        policies: Files ``policy/<belief>/policy.json`` of trained policies. Of other beliefs an
            untrained one is timed: its network is as large.
        dataset: Folder of the human data, for the experiment's design.
        beliefs: The game's ``beliefs`` in the config.
        default_belief: Which of them is the default.
        parameter_prior: The game's ``parameter_prior``.
        seed: The run's seed.
        table: Output: CSV file; :func:`rows_of` says what is in it.
    """
    trained = {Path(file).parent.name: Path(file).parent for file in policies}
    rows = []
    for belief, variant in beliefs.items():
        if belief in trained:
            population, _ = load_population(trained[belief])
        else:
            population = untrained(load_game(game), variant, space_of(variant, parameter_prior))
        workload = block_of_simulations(population, dataset, seed, belief)
        rates = time_side_by_side(workload, REPETITIONS, seed)
        told = ", ".join(f"{name} {np.median(values):,.0f} / s" for name, values in rates.items())
        logger.info("%s %s: %s", game, belief, told)
        about = {
            "game": game,
            "belief": belief,
            "default": belief == default_belief,
            "memoryless": population.memoryless,
            "policy": "learnt" if belief in trained else "untrained",
            "repetitions": REPETITIONS,
        }
        rows += [about | row for row in rows_of(rates)]
    write_table(table, pd.DataFrame(rows))


def block_of_simulations(
    population: Population, dataset: str | Path, seed: int, belief: str
) -> Workload:
    """One block of simulations of the human experiment, for draws from the prior.

    Args:
        population: Who plays.
        dataset: Folder of the human data.
        seed: The run's seed.
        belief: Name of the prior belief.
    """
    game, space = population.game, population.space
    key = ("throughput", game.name, belief)
    cube = uniform_rows(seed_sequence(seed, "theta", *key), 0, BLOCK, len(space.names))
    return Workload(
        Experiment(game, load_dataset(dataset, game).markets),
        population,
        space.from_unit(cube),
        seed_sequence(seed, "simulate", *key),
    )


def rows_of(rates: Mapping[str, np.ndarray]) -> list[dict[str, Any]]:
    """Medians and ranges of the rates, and of the ratios of the simulator's to the others.

    A ratio is taken within each repetition, between rates measured one after the other.
    """
    measures = {name: (RATE, values) for name, values in rates.items()}
    for name in ("forward_passes", "environment"):
        measures[f"simulator_over_{name}"] = ("ratio", rates["simulator"] / rates[name])
    return [
        {
            "measure": name,
            "unit": unit,
            "median": float(np.median(values)),
            "smallest": float(values.min()),
            "largest": float(values.max()),
        }
        for name, (unit, values) in measures.items()
    ]
