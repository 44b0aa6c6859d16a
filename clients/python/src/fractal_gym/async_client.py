"""The asyncio client."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any, Literal, TypeVar

from . import calls
from .actions import ActionLike
from .address import DEFAULT_URL, endpoint
from .async_connection import AsyncConnection
from .async_courier import AsyncCourier
from .async_episode import AsyncEpisode
from .calls import Resumed
from .errors import ConnectionLostError, GymError, InvalidParamsError, SeqGapError
from .mending import MAX_TRIES, Mending
from .messages import AdmissionReport, Admitted, Scenario, ScenarioSummary, ServerInfo, Split, StepResult, TaskRow
from .options import Learner, OptionsLike, Others
from .pool import AsyncEpisodePool, paired, reset_call
from .wire import Call, Encoding, EncodingName, Exchange

R = TypeVar("R")


class AsyncClient:
    """`Client` for asyncio: the same methods and promises, to be awaited.

    Any number of tasks of one event loop may use it at once, each with episodes of its own; none waits for
    another's. Arguments as of `Client`.
    """

    def __init__(
        self,
        url: str = DEFAULT_URL,
        token: str | None = None,
        *,
        encoding: EncodingName = "msgpack",
        timeout: float | None = 120.0,
        connect_timeout: float = 5.0,
        reconnect_timeout: float = 60.0,
        ping_interval: float = 20.0,
        ping_timeout: float = 60.0,
        proxy: str | Literal[True] | None = None,
    ) -> None:
        self.url = endpoint(url)
        self.timeout = timeout
        self.encoding = Encoding(encoding)
        connection = AsyncConnection(
            self.url, token, self.encoding, ping_interval=ping_interval, ping_timeout=ping_timeout, proxy=proxy
        )
        self._courier = AsyncCourier(
            Exchange(self.encoding), connection, connect_timeout=connect_timeout, reconnect_timeout=reconnect_timeout
        )

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Closes the connection; safe to call twice. Episodes stay on the server until closed or reaped."""
        await self._courier.close()

    @property
    def connections(self) -> int:
        """How many connections were opened so far; more than one means that some were lost."""
        return self._courier.connection.number

    @property
    def dropped_replies(self) -> int:
        """Replies that came too late, twice or for nobody, and were dropped."""
        return self._courier.exchange.dropped

    # What a server offers

    async def server_info(self) -> ServerInfo:
        """Name, version, limits and counts of the server."""
        info = await self.run(calls.server_info())
        self._courier.exchange.learn(info.limits)
        return info

    async def scenarios(
        self,
        *,
        tags: Sequence[str] | None = None,
        query: str | None = None,
        prefix: str | None = None,
        origin: Literal["catalogue", "registered", "generated"] | None = None,
        min_tasks: int | None = None,
        max_tasks: int | None = None,
    ) -> list[ScenarioSummary]:
        """All scenarios by name, or what matches; with a query the best match first."""
        found: list[ScenarioSummary] = []
        cursor: str | None = None
        while True:
            call = calls.scenario_list(
                tags=tags, query=query, cursor=cursor,
                prefix=prefix, origin=origin, min_tasks=min_tasks, max_tasks=max_tasks,
            )  # fmt: skip
            page = await self.run(call)
            found += page.scenarios
            if page.next is None:
                return found
            cursor = page.next

    async def scenario(self, name: str, seed: int | None = None) -> Scenario:
        """The public part of one scenario, by `name`, `name@digest`, or a `gen:` reference and a seed."""
        return await self.run(calls.scenario_get(name, seed))

    async def validate(self, source: str, files: Mapping[str, str] | None = None) -> AdmissionReport:
        """Tries a specification (YAML or JSON text, and data files beside it) as `register` does; nothing is kept.

        Raises:
            SpecError: it has complaints; `error.complaints` lists each with line and column.
            NotAdmittedError: it compiles but does not pass; `error.report` says why, with counter-examples.
            BusyError: too many specifications wait already; try again after `error.retry_after` seconds.
        """
        return (await self.run(calls.scenario_validate(source, files))).report

    async def register(self, source: str, files: Mapping[str, str] | None = None) -> Admitted:
        """Admits a specification and keeps it as the newest version of its name; see `validate`.

        `name@digest` of the answer is that version for ever.

        Raises:
            NameTakenError: the name belongs to the catalogue or to somebody else.
        """
        return await self.run(calls.scenario_register(source, files))

    async def sample(
        self,
        scenario: str | Mapping[str, Any],
        *,
        seed: int,
        count: int,
        split: Split | None = None,
        task: str | None = None,
        tags: Sequence[str] | None = None,
        difficulty: Mapping[str, tuple[float, float]] | None = None,
        include: Sequence[Literal["prompt", "tools"]] | None = None,
    ) -> list[TaskRow]:
        """Task rows, a trainer's dataset: the same arguments give the same rows for ever.

        `scenario` is a name, a reference such as `gen:1/any?depth=3`, or a distribution over both:
        `{"of": [{"scenario": "gen:1/any", "weight": 2, "axes": {"depth": (2, 5)}}, {"scenario": "retail"}]}`.
        """
        call = calls.sample(
            scenario, seed, count, split=split, task=task, tags=tags, difficulty=difficulty, include=include
        )
        return (await self.run(call)).tasks

    # Episodes

    async def reset(
        self,
        scenario: str | TaskRow,
        seed: int | None = None,
        *,
        task: str | None = None,
        options: OptionsLike | None = None,
        learner: Learner | None = None,
        others: Others | None = None,
        parallel_frames: bool | None = None,
        request_key: str | None = None,
    ) -> AsyncEpisode:
        """Starts an episode; see `Client.reset`."""
        call = calls.reset(
            scenario, seed, task=task, options=options,
            learner=learner, others=others, parallel_frames=parallel_frames, request_key=request_key,
        )  # fmt: skip
        episode = AsyncEpisode.begun(self, await self.run(call))
        if fault := episode.fault:
            raise fault
        return episode

    async def reset_many(
        self, rows: Iterable[TaskRow | Mapping[str, Any]], **common: Any
    ) -> list[AsyncEpisode | GymError]:
        """Starts many episodes in one message; errors stand in their places."""
        answers = await self.run_all([reset_call(row, common) for row in rows])
        begun = [answer if isinstance(answer, GymError) else AsyncEpisode.begun(self, answer) for answer in answers]
        return [one if isinstance(one, GymError) else one.fault or one for one in begun]

    async def step_many(
        self, episodes: Sequence[AsyncEpisode], actions: Sequence[ActionLike]
    ) -> list[StepResult | GymError]:
        """Steps many episodes in one message; see `Client.step_many`."""
        steps = [episode.step_call(action) for episode, action in paired(episodes, actions)]
        mending = Mending(episodes, steps, await self.run_all(steps))
        while wanted := mending.next_calls():
            mending.take(await self.run_all(wanted))
        return [episode.settle(answer) for episode, answer in zip(episodes, mending.answers, strict=True)]

    async def close_many(self, episodes: Iterable[AsyncEpisode]) -> None:
        """Closes many episodes in one message; those that are gone already do not matter."""
        await self.run_all([calls.close(episode.id) for episode in episodes])

    async def restore(self, snapshot: Mapping[str, Any]) -> AsyncEpisode:
        """A new episode that continues a snapshot."""
        answer = await self.run(calls.restore(snapshot))
        episode = AsyncEpisode.begun(self, answer)
        if answer.ended:
            await episode.resume()
        return episode

    async def resume(self, episode: str) -> AsyncEpisode:
        """A handle on a running episode by its id, for example one of another process."""
        return AsyncEpisode.resumed(self, episode, await self.run(calls.resume(episode)))

    async def fork(
        self, episode: AsyncEpisode, count: int = 1, *, at: int | None = None, luck: Literal["same", "fresh"] = "same"
    ) -> list[AsyncEpisode]:
        """Copies of an episode, at the present or after its step `at`; see `Episode.fork`."""
        # Said outright, so that a server that was set back does not fork an earlier state.
        seq = episode.seq if at is None else at
        call = calls.fork(episode.id, at=seq, count=count, luck=luck)
        try:
            forked = await self.run(call)
        except InvalidParamsError:
            if seq > episode.seq or episode.is_level:
                raise
            await self.level(episode)
            forked = await self.run(call)
        ids = forked.episodes
        if at is None or at == episode.seq:
            return [episode.copy(child) for child in ids]
        answers = await asyncio.gather(*(self.run(calls.resume(child)) for child in ids))
        copies = [
            AsyncEpisode.resumed(self, child, answer, episode.info) for child, answer in zip(ids, answers, strict=True)
        ]
        for copy in copies:
            copy.inherit(episode)
        return copies

    def pool(self, rows: Iterable[TaskRow | Mapping[str, Any]], size: int, **common: Any) -> AsyncEpisodePool:
        """Plays the episodes of `rows`, `size` at a time; see `AsyncEpisodePool`."""
        return AsyncEpisodePool(self, rows, size, **common)

    # After a crash of the server

    async def run_step(
        self, episode: AsyncEpisode, step: Call[StepResult], *, timeout: float | None = None
    ) -> StepResult:
        """Sends one step, and before it again what a server that crashed has lost."""
        try:
            return await self.run(step, timeout=timeout)
        except SeqGapError as gap:
            mending = Mending([episode], [step], [gap])
            while wanted := mending.next_calls():
                mending.take(await self.run_all(wanted, timeout=timeout))
            answer: StepResult | GymError = mending.answers[0]
            if isinstance(answer, GymError):
                raise answer from None
            return answer

    async def level(self, episode: AsyncEpisode) -> Resumed:
        """Brings the server as far as the handle is, and gives the answer of env/resume."""
        for _ in range(MAX_TRIES):
            connections = self.connections
            answer = await self.run(calls.resume(episode.id))
            missing = episode.missing_from(answer.seq + 1)
            if missing:
                await self.run_all(missing)
            elif self.connections == connections:
                episode.note_level(self.connections)
                return answer
        raise ConnectionLostError(
            f"the server was lost {MAX_TRIES} times while it was brought up to step {episode.seq}"
        )

    async def read(self, episode: AsyncEpisode, call: Call[R]) -> R:
        """Runs a call that looks at an episode, on a server that is as far as the handle is."""
        for _ in range(MAX_TRIES):
            if not episode.is_level:
                await self.level(episode)
            answer = await self.run(call)
            if episode.is_level:
                return answer
        raise ConnectionLostError(f"the server was lost {MAX_TRIES} times during {call.method}")

    # Requests

    async def request(
        self, method: str, params: Mapping[str, Any] | None = None, *, timeout: float | None = None
    ) -> Any:
        """Any method of the protocol, with a result of plain values; see `calls.raw` about lost connections."""
        return await self.run(calls.raw(method, params), timeout=timeout)

    async def batch(
        self, requests: Iterable[Call[Any] | tuple[str, Mapping[str, Any]]], *, timeout: float | None = None
    ) -> list[Any]:
        """Many requests in one message, see `Client.batch`."""
        many = [request if isinstance(request, Call) else calls.raw(*request) for request in requests]
        return await self.run_all(many, timeout=timeout)

    async def run(self, call: Call[R], *, timeout: float | None = None) -> R:
        """Sends one call and waits for its result.

        Raises:
            GymError: what the server answered, or what became of the connection.
        """
        seconds = self.timeout if timeout is None else timeout
        tickets = await self._courier.play([call], batched=False, timeout=seconds)
        outcome: R | GymError = tickets[0].outcome(self.encoding)
        if isinstance(outcome, GymError):
            raise outcome
        return outcome

    async def run_all(self, many: Sequence[Call[R]], *, timeout: float | None = None) -> list[R | GymError]:
        """Sends calls in as few messages as the server's bounds allow and waits for all of them."""
        if not many:
            return []
        seconds = self.timeout if timeout is None else timeout
        tickets = await self._courier.play(many, batched=True, timeout=seconds)
        return [ticket.outcome(self.encoding) for ticket in tickets]
