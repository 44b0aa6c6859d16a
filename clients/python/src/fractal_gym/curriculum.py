"""A curriculum over one axis of generated environments: harder while it goes well, easier while it does not.

    from fractal_gym import Client
    from fractal_gym.curriculum import Curriculum

    curriculum = Curriculum("gen:1/any?delegation=0", axis="depth", levels=[1, 2, 3, 4, 5], seed=7)
    with Client() as client:
        for task in curriculum.tasks(1000):
            episode = client.reset(task.scenario, task.seed)
            ...
            curriculum.report(task, episode.total_reward)

What it draws depends on its seed and on what was reported, in order; nothing else.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class CurriculumTask:
    """What to reset: a reference with the level of the axis in it, and a seed."""

    scenario: str
    seed: int
    level: float
    index: int


@dataclass
class Curriculum:
    """Moves one axis by the mean reward of the last episodes at the present level.

    Args:
        reference: A `gen:` reference without the axis.
        axis: The axis that is moved, such as `depth` or `faults`.
        levels: Its values from easy to hard, at least two, rising.
        seed: Names all draws: 0 to 2**53 - 1.
        window: How many rewards of a level are looked at; a level is kept for at least that long.
        raise_above: A mean reward from which on the next level is taken.
        lower_below: A mean reward under which the level before is taken.

    Raises:
        ValueError: The reference has the axis already, the levels do not rise, or the thresholds cross.
    """

    reference: str
    axis: str
    levels: Sequence[float]
    seed: int = 0
    window: int = 32
    raise_above: float = 0.7
    lower_below: float = 0.3
    position: int = 0
    _rewards: deque[float] = field(default_factory=deque, repr=False)
    _drawn: int = 0

    def __post_init__(self) -> None:
        if not self.reference.startswith("gen:"):
            raise ValueError(f"reference: expected a gen: reference, such as gen:1/any, got {self.reference!r}")
        if f"?{self.axis}=" in self.reference or f"&{self.axis}=" in self.reference:
            raise ValueError(f"reference: it states {self.axis} itself; leave that out")
        if len(self.levels) < 2 or any(b <= a for a, b in zip(self.levels, self.levels[1:], strict=False)):
            raise ValueError(f"levels: expected at least two rising values, got {list(self.levels)}")
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

    def draw(self) -> CurriculumTask:
        """The next task, at the present level; every draw has a seed of its own."""
        index = self._drawn
        self._drawn += 1
        digest = hashlib.sha256(f"curriculum {self.seed} {index}".encode()).digest()
        seed = int.from_bytes(digest[:8], "big") >> 11
        joint = "&" if "?" in self.reference else "?"
        value = int(self.level) if float(self.level).is_integer() else self.level
        return CurriculumTask(f"{self.reference}{joint}{self.axis}={value}", seed, self.level, index)

    def tasks(self, count: int) -> Iterator[CurriculumTask]:
        """So many tasks, each drawn when it is asked for."""
        for _ in range(count):
            yield self.draw()

    def report(self, task: CurriculumTask, reward: float | None) -> None:
        """Takes an episode's reward into account; None, a void one, is passed over, and so is another level's."""
        if reward is None or task.level != self.level:
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

    def _move(self, by: int) -> None:
        self.position += by
        self._rewards.clear()
