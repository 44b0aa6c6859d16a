"""Plays many episodes at once, one message a round, and hands back those that have ended."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from fractal_gym import Client, Episode, GymError, TaskRow

from .candidates import Player, Toolbox
from .memory import Lexicon
from .policy import Decision, Policy


@dataclass(slots=True)
class Played:
    """An episode that has ended."""

    decisions: list[Decision]
    score: float
    task: str

    @property
    def success(self) -> bool:
        """Whether the verifier gave exactly 1."""
        return self.score == 1


@dataclass(slots=True)
class Tally:
    """Counts of a run."""

    episodes: int = 0
    steps: int = 0
    breadths: list[int] = field(default_factory=list)


class Table:
    """The episodes in flight.

    Args:
        client: Where to play.
        scenario: What to play.
        seed: Which tasks to draw.
        split: Of which split.
        size: Episodes at once.
        lexicon: What was learned about the looks of values; shared with other tables.
        toolbox: The numbering of the tools; shared too.
        options: Of every reset.
        filters: Further arguments of `task/sample`.
    """

    def __init__(
        self, client: Client, scenario: str, *, seed: int, split: str, size: int, lexicon: Lexicon, toolbox: Toolbox,
        options: dict[str, Any] | None = None, filters: dict[str, Any] | None = None, count: int | None = None,
    ) -> None:  # fmt: skip
        self.client, self.lexicon, self.toolbox = client, lexicon, toolbox
        self.tally = Tally()
        self._rows = _rows(client, scenario, seed, split, filters or {}, count)
        self.pool = client.pool(self._rows, size, options=options or {})
        self._answers: Future[Any] | None = None
        self._decisions: list[Decision] = []
        self._line = ThreadPoolExecutor(1)
        self.players: dict[str, tuple[Player, list[Decision], float]] = {}

    def send(self, policy: Policy, draw: np.random.Generator, *, heat: float = 1.0) -> None:
        """Chooses an action for every episode and sends them off; `receive` waits for the answers."""
        seats = [self._seat(episode) for episode in self.pool.episodes]
        self._decisions = policy.act([player for player, _, _ in seats], draw, heat=heat)
        self._answers = self._line.submit(self.pool.step, [decision.call() for decision in self._decisions])

    def receive(self) -> list[Played]:
        """Reads the answers; returns the episodes that have ended."""
        assert self._answers is not None, "send first"
        answers, self._answers = self._answers.result(), None
        ended = []
        for (episode, outcome), decision in zip(answers, self._decisions, strict=True):
            if isinstance(outcome, GymError):
                raise outcome
            player, past, score = self.players[episode.id]
            past.append(decision)
            self.tally.steps += 1
            if decision.breadth:
                self.tally.breadths.append(decision.breadth)
            decision.reward = outcome.reward or 0.0
            score += decision.reward
            if outcome.done:
                del self.players[episode.id]
                self.tally.episodes += 1
                ended.append(Played(past, score, episode.info.task))
                continue
            message = outcome.observation.messages[-1]
            player.remember(decision.tool, decision.arguments, message.content, bool(message.is_error))
            self.players[episode.id] = (player, past, score)
        return ended

    def close(self) -> None:
        """Takes in what is under way and closes the episodes that still run."""
        if self._answers is not None:
            self._answers.exception()
        self._line.shutdown()
        self.pool.close()

    def _seat(self, episode: Episode) -> tuple[Player, list[Decision], float]:
        seat = self.players.get(episode.id)
        if seat is None:
            instruction = next(m.content for m in reversed(episode.observation.messages) if m.role == "user")
            seat = self.players[episode.id] = (Player(instruction, episode.tools, self.toolbox, self.lexicon), [], 0.0)
        return seat


def _rows(
    client: Client, scenario: str, seed: int, split: str, filters: dict[str, Any], count: int | None
) -> Iterator[TaskRow]:
    """Task rows without end, or `count` of them; what they say of the task is not looked at."""
    page = 0
    while count is None or count > 0:
        size = 500 if count is None else min(count, 500)
        yield from client.sample(scenario, seed=seed * 1_000_003 + page, count=size, split=split, **filters)
        page += 1
        count = None if count is None else count - size
