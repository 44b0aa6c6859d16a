"""A curriculum over one axis of generated environments: harder while it goes well, easier while it does not.

    from fractal_gym import Client
    from fractal_gym.curriculum import Curriculum

    curriculum = Curriculum("gen:1/any?delegation=0", axis="depth", levels=[1, 2, 3, 4, 5], seed=7)
    with Client() as client:
        for _ in range(1000):
            (row,) = client.sample(**curriculum.request())
            with client.reset(row) as episode:
                ...
                curriculum.report(row, episode.reward)

`AsyncClient.sample` takes the same arguments. `fractal_gym.gym.FractalGymEnv` takes a curriculum where it takes a
scenario, and reports to it by itself. What is drawn depends on the curriculum's seed and on what was reported, in
order; nothing else.
"""

from __future__ import annotations

import hashlib
import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypedDict

from .messages import Split, TaskRow


class SampleArguments(TypedDict):
    """Arguments of `Client.sample`, and of `AsyncClient.sample`."""

    scenario: str
    seed: int
    count: int
    split: Split


@dataclass
class Curriculum:
    """Moves one axis by the mean reward of the last episodes at the present level.

    Args:
        reference: A `gen:` reference without the axis.
        axis: The axis that is moved, such as `depth` or `faults`.
        levels: Its values from easy to hard, at least two; they may fall where less is harder.
        seed: Names all draws: 0 to 2**53 - 1.
        window: How many rewards of a level are looked at; a level is kept for at least that long.
        raise_above: A mean reward from which on the next level is taken.
        lower_below: A mean reward under which the level before is taken.
        split: Where tasks are drawn from; by default never from what evaluation uses.
        position: The place of the present level among `levels`.
        drawn: How many requests were made. With `position` it continues a curriculum that was saved.

    Raises:
        ValueError: The reference has the axis already, a level comes twice, or the thresholds cross.
    """

    reference: str
    axis: str
    levels: Sequence[float]
    seed: int = 0
    window: int = 32
    raise_above: float = 0.7
    lower_below: float = 0.3
    split: Split = "train"
    position: int = 0
    drawn: int = 0
    _rewards: deque[float] = field(default_factory=deque, repr=False)

    def __post_init__(self) -> None:
        if not self.reference.startswith("gen:"):
            raise ValueError(f"reference: expected a gen: reference, such as gen:1/any, got {self.reference!r}")
        if self._stated(self.reference) is not None:
            raise ValueError(f"reference: it states {self.axis} itself; leave that out")
        names = [_spelt(level) for level in self.levels]
        if len(names) < 2 or len(set(names)) < len(names):
            raise ValueError(f"levels: expected at least two different values, got {list(self.levels)}")
        if not 0 <= self.lower_below < self.raise_above <= 1:
            raise ValueError("thresholds: expected 0 <= lower_below < raise_above <= 1")
        if self.window < 1:
            raise ValueError("window: expected at least 1")
        if not 0 <= self.position < len(self.levels):
            raise ValueError(f"position: expected 0 to {len(self.levels) - 1}")

    @property
    def level(self) -> float:
        """The present value of the axis."""
        return self.levels[self.position]

    @property
    def scenario(self) -> str:
        """The reference with the present level in it."""
        joint = "&" if "?" in self.reference else "?"
        return f"{self.reference}{joint}{self.axis}={_spelt(self.level)}"

    @property
    def mean(self) -> float | None:
        """The mean of the rewards that are looked at now; None before the first."""
        return sum(self._rewards) / len(self._rewards) if self._rewards else None

    def request(self, count: int = 1) -> SampleArguments:
        """What `sample` takes to draw the next tasks, at the present level; no two requests draw the same."""
        digest = hashlib.sha256(f"curriculum {self.seed} {self.drawn}".encode()).digest()
        self.drawn += 1
        seed = int.from_bytes(digest[:8], "big") >> 11
        return {"scenario": self.scenario, "seed": seed, "count": count, "split": self.split}

    def report(self, played: TaskRow | str, reward: float | None) -> None:
        """Takes the reward of an episode into account.

        `played` is the row, or the scenario that `episode.info` names. Passed over are rewards of another level, which
        come late when many episodes are played at once, and None: the environment failed.
        """
        scenario = played if isinstance(played, str) else played.scenario
        if reward is None or self._stated(scenario) != _spelt(self.level):
            return
        self._rewards.append(reward)
        if len(self._rewards) < self.window:
            return
        mean = sum(self._rewards) / len(self._rewards)
        if mean >= self.raise_above and self.position + 1 < len(self.levels):
            self._move(1)
        elif mean < self.lower_below and self.position > 0:
            self._move(-1)
        else:
            self._rewards.popleft()

    def _stated(self, scenario: str) -> str | None:
        """The value that a reference states for the axis."""
        found = re.search(rf"[?&]{re.escape(self.axis)}=([^&@]*)", scenario)
        return found[1] if found else None

    def _move(self, by: int) -> None:
        self.position += by
        self._rewards.clear()


def _spelt(level: float) -> str:
    """A value as references spell it: at most six decimals, and none that are 0."""
    return f"{level:.6f}".rstrip("0").rstrip(".")
