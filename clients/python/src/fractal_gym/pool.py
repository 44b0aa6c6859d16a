"""Many episodes at once from one thread."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

from . import calls
from .actions import ActionLike
from .episode import Episode, EpisodeRecord
from .errors import GymError
from .messages import StepResult, TaskRow
from .wire import Call

if TYPE_CHECKING:
    from .client import Client

E = TypeVar("E", bound=EpisodeRecord)


class EpisodePool:
    """Plays the episodes of `rows`, `size` at a time, one message a round.

        with client.pool(rows, size=32) as pool:
            while pool.episodes:
                actions = [policy(episode.observation) for episode in pool.episodes]
                for episode, outcome in pool.step(actions):
                    ...  # a StepResult, or the GymError that ended this episode

    An episode that has ended, or failed, leaves the pool: it is closed and the next row begins in its place.
    A row that cannot be reset is reported by `failed_rows` and skipped. To be used by one thread at a time.

    Args:
        client: Where to play.
        rows: `TaskRow`s or dictionaries of `Client.reset`'s arguments; may be endless.
        size: Episodes at a time.
        common: Arguments of `Client.reset` that all rows share, such as `options`.
    """

    def __init__(self, client: Client, rows: Iterable[TaskRow | Mapping[str, Any]], size: int, **common: Any) -> None:
        if size < 1:
            raise ValueError("a pool holds at least one episode")
        self.client = client
        self.size = size
        #: The running episodes; a round's actions are given in this order.
        self.episodes: list[Episode] = []
        #: Rows whose reset the server refused, with its reason.
        self.failed_rows: list[tuple[TaskRow | Mapping[str, Any], GymError]] = []
        self._rows: Iterator[TaskRow | Mapping[str, Any]] = iter(rows)
        self._common = common
        self._refill([])

    def __enter__(self) -> EpisodePool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def step(self, actions: Sequence[ActionLike | None]) -> list[tuple[Episode, StepResult | GymError]]:
        """One round: an action for each of `episodes`, or None for one that is not ready yet.

        Returns the stepped episodes with their outcomes, in order. A retryable error (a timeout, a lost
        connection) leaves its episode in the pool, where the same step may be tried again.

        Raises:
            ValueError: not one entry an episode.
        """
        if len(actions) != len(self.episodes):
            raise ValueError(f"{len(self.episodes)} episodes but {len(actions)} actions")
        pairs = zip(self.episodes, actions, strict=True)
        ready = [(episode, action) for episode, action in pairs if action is not None]
        outcomes = self.client.step_many([episode for episode, _ in ready], [action for _, action in ready])
        stepped = [(episode, outcome) for (episode, _), outcome in zip(ready, outcomes, strict=True)]
        over = [episode for episode, outcome in stepped if _is_over(episode, outcome)]
        if over:
            self._refill(over)
        return stepped

    def _refill(self, over: list[Episode]) -> None:
        """Closes what is over and begins the next rows, in one message a try."""
        gone = set(map(id, over))
        self.episodes = [episode for episode in self.episodes if id(episode) not in gone]
        closing = [calls.close(episode.id) for episode in over]
        while True:
            rows = _take(self._rows, self.size - len(self.episodes))
            if not rows and not closing:
                return
            starts = [reset_call(row, self._common) for row in rows]
            answers = self.client.run_all([*closing, *starts])[len(closing) :]
            closing = []
            for row, answer in zip(rows, answers, strict=True):
                if isinstance(answer, GymError):
                    self.failed_rows.append((row, answer))
                else:
                    self.episodes.append(Episode.begun(self.client, answer))

    def close(self) -> None:
        """Closes the episodes that still run; safe to call twice."""
        running, self.episodes = self.episodes, []
        if running:
            self.client.close_many(running)


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


def reset_call(row: TaskRow | Mapping[str, Any], common: Mapping[str, Any]) -> Call[Any]:
    """The call that starts the episode of a row."""
    return calls.reset(row, **common) if isinstance(row, TaskRow) else calls.reset(**{**common, **row})


def _take(rows: Iterator[TaskRow | Mapping[str, Any]], count: int) -> list[TaskRow | Mapping[str, Any]]:
    taken: list[TaskRow | Mapping[str, Any]] = []
    while len(taken) < count:
        row = next(rows, None)
        if row is None:
            break
        taken.append(row)
    return taken


def _is_over(episode: Episode, outcome: StepResult | GymError) -> bool:
    return episode.done or (isinstance(outcome, GymError) and not outcome.retryable)
