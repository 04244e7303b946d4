"""One game of a run: its contenders, and the paths of its files (results/README.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

BOUNDED = "bounded"
"""The bounded model with the default prior belief, which the claim is about. Another belief may
predict better, but only the held-out statistics show which."""

RATIONAL = "rational"
"""Rational play: the contender, and its policy."""

PPO = "ppo"
"""The baseline that is trained by PPO: the contender, and its policy."""


@dataclass(frozen=True)
class GameRun:
    """One game of a run.

    Attributes:
        folder: Folder of the game's results.
        beliefs: Names of the prior beliefs, the default first.
        rules: Names of the rules of play.
        ppo: Whether the baseline trained by PPO takes part.
    """

    folder: str
    beliefs: tuple[str, ...]
    rules: tuple[str, ...] = ()
    ppo: bool = False

    @classmethod
    def of(cls, folder: str, config: Mapping[str, Any]) -> GameRun:
        """Read the contenders from the game's config."""
        default = config["default_belief"]
        others = (name for name in config["beliefs"] if name != default)
        rules, ppo = tuple(config["rivals"]), config.get("ppo") is not None
        return cls(folder, (default, *others), rules, ppo)

    @property
    def variants(self) -> tuple[str, ...]:
        """Trained policies: one for each prior belief, and ``rational``."""
        return (*self.beliefs, RATIONAL)

    @property
    def bounded(self) -> dict[str, str]:
        """The prior belief of each bounded model."""
        default, *others = self.beliefs
        return {BOUNDED: default, **{f"{BOUNDED}_{name}": name for name in others}}

    @property
    def contenders(self) -> dict[str, dict[str, str]]:
        """Each contender with its group and its policy or rule of play."""
        return {
            **{name: {"group": "belief", "belief": of} for name, of in self.bounded.items()},
            RATIONAL: {"group": "rival", "belief": RATIONAL},
            **({PPO: {"group": "rival", "policy": PPO}} if self.ppo else {}),
            **{rule: {"group": "rival", "rule": rule} for rule in self.rules},
        }

    def file(self, *parts: str) -> str:
        """A path below the game's folder."""
        return "/".join([self.folder, *parts])

    def policy(self, variant: str, name: str = "") -> str:
        """Folder of a trained policy, or a file in it."""
        return self.file("policy", variant, *filter(None, [name]))

    def policy_files(self, variant: str) -> list[str]:
        """The files that a trained policy is loaded from."""
        return [self.policy(variant, name) for name in ("policy.safetensors", "policy.json")]

    def simulations(self, belief: str) -> str:
        """Simulations of the human experiment, drawn from the prior."""
        return self.file("simulations", f"{belief}.npz")

    def inferred(self, belief: str, name: str) -> str:
        """A file about the posterior under a prior belief."""
        return self.file("inference", belief, name)

    def predictions(self, contender: str) -> str:
        """A contender's predictions of the human experiment."""
        return self.file("predictive", f"{contender}.npz")

    def decided(self, name: str) -> str:
        """A file about single decisions; only data sets with decisions have it."""
        return self.file("decisions", name)
