"""Many episodes at once, one message a round."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

from . import calls
from .actions import ActionLike
from .async_episode import AsyncEpisode
from .episode import Episode, EpisodeRecord
from .errors import GymError
from .messages import ResetResult, StepResult, TaskRow
from .wire import Call

if TYPE_CHECKING:
    from .async_client import AsyncClient
    from .client import Client

E = TypeVar("E", bound=EpisodeRecord)

#: What an episode is reset from: a row of `sample`, or a dictionary of `reset`'s arguments.
Row: TypeAlias = TaskRow | Mapping[str, Any]

#: How often a row is reset that the server refuses for now, as when it is full.
MAX_TRIES = 10


class PoolRecord(Generic[E]):
    """What a pool knows, without any I/O.

    Attributes:
        episodes: The running ones; a round's actions are given in this order.
        failed_rows: Rows whose reset the server refused for good, with its reason.
    """

    def __init__(self, kind: type[E], client: Any, rows: Iterable[Row], size: int, common: Mapping[str, Any]) -> None:
        if size < 1:
            raise ValueError("a pool holds at least one episode")
        self.client = client
        self.size = size
        self.episodes: list[E] = []
        self.failed_rows: list[tuple[Row, GymError]] = []
        self._kind = kind
        self._rows: Iterator[Row] = iter(rows)
        self._common = common
        self._leaving: list[E] = []
        #: Rows to try again, with how often each was tried.
        self._postponed: deque[tuple[Row, int]] = deque()
        self._starting: list[tuple[Row, int]] = []
        self._closing = 0
        self._resting = False

    def ready(self, actions: Sequence[ActionLike | None]) -> list[tuple[E, ActionLike]]:
        """The episodes that take an action in this round."""
        if len(actions) != len(self.episodes):
            raise ValueError(f"{len(self.episodes)} episodes but {len(actions)} actions")
        pairs = zip(self.episodes, actions, strict=True)
        return [(episode, action) for episode, action in pairs if action is not None]

    def told(
        self, ready: Sequence[tuple[E, ActionLike]], outcomes: Mapping[int, StepResult | GymError]
    ) -> list[tuple[E, StepResult | GymError]]:
        """What came of a round; an episode that had ended before it is told as it ended."""
        ends = [(episode, outcomes.get(id(episode)) or episode.fault or episode.last) for episode, _ in ready]
        return [(episode, outcome) for episode, outcome in ends if outcome is not None]

    def leave(self, stepped: Sequence[tuple[E, StepResult | GymError]]) -> None:
        """Takes out what has ended or failed for good."""
        over = {id(episode) for episode, outcome in stepped if _is_over(episode, outcome)}
        self._leaving += [episode for episode in self.episodes if id(episode) in over]
        self.episodes = [episode for episode in self.episodes if id(episode) not in over]
        self._resting = False

    def next_calls(self) -> list[Call[Any]]:
        """Closes what left and resets the next rows; empty when the pool is full or nothing is left."""
        self._starting = []
        while not self._resting and len(self._starting) < self.size - len(self.episodes):
            row = self._postponed.popleft() if self._postponed else (next(self._rows, None), 0)
            if row[0] is None:
                break
            self._starting.append((row[0], row[1]))
        closing = [calls.close(episode.id) for episode in self._leaving]
        self._leaving, self._closing = [], len(closing)
        return [*closing, *(reset_call(row, self._common) for row, _ in self._starting)]

    def take(self, answers: Sequence[Any]) -> float:
        """Takes the answers to `next_calls`; how many seconds to wait before more are worth asking for."""
        pause = 0.0
        for (row, tries), answer in zip(self._starting, answers[self._closing :], strict=True):
            if isinstance(answer, ResetResult):
                self.episodes.append(self._kind.begun(self.client, answer))
            elif answer.retryable and tries + 1 < MAX_TRIES:
                self._postponed.append((row, tries + 1))
                pause = max(pause, answer.retry_after or min(0.05 * 2**tries, 2.0))
            else:
                self.failed_rows.append((row, answer))
        # While others play, a full server is asked again when one of them has ended.
        self._resting = pause > 0 and bool(self.episodes)
        return 0.0 if self._resting else pause


class EpisodePool(PoolRecord[Episode]):
    """Plays the episodes of `rows`, `size` at a time, one message a round.

        with client.pool(rows, size=32) as pool:
            while pool.episodes:
                actions = [policy(episode.observation) for episode in pool.episodes]
                for episode, outcome in pool.step(actions):
                    ...  # a StepResult, or the GymError that ended this episode

    An episode that has ended, or failed, leaves the pool: it is closed and the next row begins in its place. A row
    that cannot be reset is kept in `failed_rows` and skipped; while the server is full it is tried again. An episode
    that other players brought to its end at the reset stands in the pool for one round, so that it is not lost: its
    action is not sent, and its outcome says how it ended. To be used by one thread at a time.

    Args:
        client: Where to play.
        rows: `TaskRow`s or dictionaries of `Client.reset`'s arguments; may be endless.
        size: Episodes at a time.
        common: Arguments of `Client.reset` that all rows share, such as `options`.
    """

    client: Client

    def __init__(self, client: Client, rows: Iterable[Row], size: int, **common: Any) -> None:
        super().__init__(Episode, client, rows, size, common)
        self._refill()

    def __enter__(self) -> EpisodePool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def step(self, actions: Sequence[ActionLike | None]) -> list[tuple[Episode, StepResult | GymError]]:
        """One round: an action for each of `episodes`, or None for one that is not ready yet.

        Returns the stepped episodes with their outcomes, in order. A retryable error (a timeout, a lost connection)
        leaves its episode in the pool, where the same step may be tried again.

        Raises:
            ValueError: not one entry an episode.
        """
        ready = self.ready(actions)
        going = [(episode, action) for episode, action in ready if not episode.done]
        outcomes = self.client.step_many([episode for episode, _ in going], [action for _, action in going])
        stepped = self.told(ready, {id(episode): one for (episode, _), one in zip(going, outcomes, strict=True)})
        self.leave(stepped)
        self._refill()
        return stepped

    def _refill(self) -> None:
        while wanted := self.next_calls():
            if pause := self.take(self.client.run_all(wanted)):
                time.sleep(pause)

    def close(self) -> None:
        """Closes the episodes that still run; safe to call twice."""
        running, self.episodes = self.episodes, []
        self.client.close_many(running)


class AsyncEpisodePool(PoolRecord[AsyncEpisode]):
    """`EpisodePool` for asyncio: `async with client.pool(rows, size=32) as pool`, and `await pool.step(actions)`."""

    client: AsyncClient

    def __init__(self, client: AsyncClient, rows: Iterable[Row], size: int, **common: Any) -> None:
        super().__init__(AsyncEpisode, client, rows, size, common)

    async def __aenter__(self) -> AsyncEpisodePool:
        await self._refill()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def step(self, actions: Sequence[ActionLike | None]) -> list[tuple[AsyncEpisode, StepResult | GymError]]:
        """One round; see `EpisodePool.step`."""
        ready = self.ready(actions)
        going = [(episode, action) for episode, action in ready if not episode.done]
        outcomes = await self.client.step_many([episode for episode, _ in going], [action for _, action in going])
        stepped = self.told(ready, {id(episode): one for (episode, _), one in zip(going, outcomes, strict=True)})
        self.leave(stepped)
        await self._refill()
        return stepped

    async def _refill(self) -> None:
        while wanted := self.next_calls():
            if pause := self.take(await self.client.run_all(wanted)):
                await asyncio.sleep(pause)

    async def close(self) -> None:
        """Closes the episodes that still run; safe to call twice."""
        running, self.episodes = self.episodes, []
        await self.client.close_many(running)


def paired(episodes: Sequence[E], actions: Sequence[ActionLike]) -> list[tuple[E, ActionLike]]:
    """Episodes with their actions.

    Raises:
        ValueError: not one action an episode, or one episode twice.
    """
    if len(episodes) != len(actions):
        raise ValueError(f"{len(episodes)} episodes but {len(actions)} actions")
    if len({episode.id for episode in episodes}) != len(episodes):
        raise ValueError("an episode takes one action at a time")
    return list(zip(episodes, actions, strict=True))


def reset_call(row: Row, common: Mapping[str, Any]) -> Call[ResetResult]:
    """The call that starts the episode of a row."""
    return calls.reset(row, **common) if isinstance(row, TaskRow) else calls.reset(**{**common, **row})


def _is_over(episode: EpisodeRecord, outcome: StepResult | GymError) -> bool:
    return episode.done or (isinstance(outcome, GymError) and not outcome.retryable)
