"""The asyncio client."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, Literal, TypeVar

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from . import calls
from .actions import ActionLike
from .address import DEFAULT_URL, endpoint, must_stop, reason_of
from .async_connection import AsyncConnection
from .async_episode import AsyncEpisode
from .client import WINDOW
from .errors import ConnectionLostError, GymError, ProtocolViolationError, RequestTimeoutError
from .messages import Scenario, ScenarioSummary, ServerInfo, Split, StepResult, TaskRow
from .pool import paired, reset_call
from .wire import Call, Encoding, EncodingName, Exchange, Ticket

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
        self._connect_timeout = connect_timeout
        self._reconnect_timeout = reconnect_timeout
        self._exchange = Exchange(self.encoding)
        self._connection = AsyncConnection(
            self.url, token, self.encoding, ping_interval=ping_interval, ping_timeout=ping_timeout, proxy=proxy
        )
        self._sending = asyncio.Lock()
        self._readers: set[asyncio.Task[None]] = set()
        self._closed = False

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Closes the connection; safe to call twice. Episodes stay on the server until closed or reaped."""
        self._closed = True
        for reader in list(self._readers):
            reader.cancel()
        await asyncio.gather(*self._readers, return_exceptions=True)
        await self._connection.drop()
        self._exchange.fail_all(ConnectionLostError("the client was closed"))

    @property
    def connections(self) -> int:
        """How many connections were opened so far; more than one means that some were lost."""
        return self._connection.number

    @property
    def dropped_replies(self) -> int:
        """Replies that came too late, twice or for nobody, and were dropped."""
        return self._exchange.dropped

    # What a server offers

    async def server_info(self) -> ServerInfo:
        """Name, version, limits and counts of the server."""
        info = await self.run(calls.server_info())
        self._exchange.learn(info.limits)
        return info

    async def scenarios(self, *, tags: Sequence[str] | None = None, query: str | None = None) -> list[ScenarioSummary]:
        """The whole catalogue, or what matches."""
        found: list[ScenarioSummary] = []
        cursor: str | None = None
        while True:
            page = await self.run(calls.scenario_list(tags=tags, query=query, cursor=cursor))
            found += page.scenarios
            if page.next is None:
                return found
            cursor = page.next

    async def scenario(self, name: str) -> Scenario:
        """The public part of one scenario, by `name` or `name@digest`."""
        return await self.run(calls.scenario_get(name))

    async def sample(
        self,
        scenario: str,
        *,
        seed: int,
        count: int,
        split: Split | None = None,
        task: str | None = None,
        tags: Sequence[str] | None = None,
        difficulty: Mapping[str, tuple[float, float]] | None = None,
        include: Sequence[Literal["prompt", "tools"]] | None = None,
    ) -> list[TaskRow]:
        """Task rows, a trainer's dataset: the same arguments give the same rows for ever."""
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
        options: Mapping[str, Any] | None = None,
        request_key: str | None = None,
    ) -> AsyncEpisode:
        """Starts an episode; see `Client.reset`."""
        call = calls.reset(scenario, seed, task=task, options=options, request_key=request_key)
        return AsyncEpisode.begun(self, await self.run(call))

    async def reset_many(
        self, rows: Iterable[TaskRow | Mapping[str, Any]], **common: Any
    ) -> list[AsyncEpisode | GymError]:
        """Starts many episodes in one message; errors stand in their places."""
        answers = await self.run_all([reset_call(row, common) for row in rows])
        return [answer if isinstance(answer, GymError) else AsyncEpisode.begun(self, answer) for answer in answers]

    async def step_many(
        self, episodes: Sequence[AsyncEpisode], actions: Sequence[ActionLike]
    ) -> list[StepResult | GymError]:
        """Steps many episodes in one message; see `Client.step_many`."""
        pairs = paired(episodes, actions)
        answers = await self.run_all([episode.step_call(action) for episode, action in pairs])
        return [episode.settle(answer) for episode, answer in zip(episodes, answers, strict=True)]

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
        ids = (await self.run(calls.fork(episode.id, at=at, count=count, luck=luck))).episodes
        if at is None or at == episode.seq:
            return [episode.copy(child) for child in ids]
        answers = await asyncio.gather(*(self.run(calls.resume(child)) for child in ids))
        return [
            AsyncEpisode.resumed(self, child, answer, episode.info) for child, answer in zip(ids, answers, strict=True)
        ]

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
        tickets = await self._play([call], batched=False, timeout=timeout)
        outcome: R | GymError = tickets[0].outcome(self.encoding)
        if isinstance(outcome, GymError):
            raise outcome
        return outcome

    async def run_all(self, many: Sequence[Call[R]], *, timeout: float | None = None) -> list[R | GymError]:
        """Sends calls in as few messages as the server's bounds allow and waits for all of them."""
        if not many:
            return []
        tickets = await self._play(many, batched=True, timeout=timeout)
        return [ticket.outcome(self.encoding) for ticket in tickets]

    async def _play(self, many: Sequence[Call[Any]], *, batched: bool, timeout: float | None) -> list[Ticket[Any]]:
        if self._closed:
            raise ConnectionLostError("the client was closed", retryable=False)
        tickets = self._exchange.open(many)
        try:
            await asyncio.wait_for(self._deliver(tickets, batched), self.timeout if timeout is None else timeout)
        except (TimeoutError, asyncio.TimeoutError):  # two classes before Python 3.11
            for ticket in tickets:
                self._exchange.settle(ticket, RequestTimeoutError(f"no reply to {ticket.call.method} in time"))
        finally:
            self._exchange.forget(tickets)
        return tickets

    async def _deliver(self, tickets: list[Ticket[Any]], batched: bool) -> None:
        frames = self._exchange.frames(tickets, batched=batched)
        for sent, (data, carried) in enumerate(frames):
            await self._send(data, carried)
            if sent >= WINDOW:
                await _all_settled(frames[sent - WINDOW][1])
        await _all_settled(tickets)

    async def _send(self, data: bytes, carried: list[Ticket[Any]]) -> None:
        async with self._sending:
            first = self._connection.number == 0
            try:
                socket = await self._open(self._connect_timeout if first else self._reconnect_timeout)
            except GymError as error:
                for ticket in carried:
                    self._exchange.settle(ticket, error)
                return
            number = self._connection.number
            # A recovery may have sent them on this connection already.
            if all(ticket.settled or ticket.connection == number for ticket in carried):
                return
            for ticket in carried:
                ticket.connection = number
                ticket.sends += 1
            # A closed connection is found out by its reader, which sends everything again.
            with suppress(ConnectionClosed):
                await socket.send(data, text=self.encoding.text)

    async def _open(self, patience: float) -> ClientConnection:
        before = self._connection.number
        socket = await self._connection.open(patience)
        if self._connection.number != before:
            reader = asyncio.create_task(self._read(socket))
            self._readers.add(reader)
            reader.add_done_callback(self._readers.discard)
        return socket

    async def _read(self, socket: ClientConnection) -> None:
        try:
            while True:
                frame = await socket.recv(decode=False)
                self._connection.proved()
                self._exchange.receive(frame)
        except ConnectionClosed as closed:
            why, stop = reason_of(closed), must_stop(closed)
        except ProtocolViolationError as error:
            why, stop = error.message, False
        async with self._sending:
            if self._connection.socket is socket:
                await self._connection.drop()
            if stop:
                self._exchange.fail_all(ConnectionLostError(why, retryable=False))
            else:
                await self._recover(why)

    async def _recover(self, why: str) -> None:
        """Connects again and sends again whatever may be sent again."""
        again = self._exchange.survivors(why)
        if not again or self._closed:
            return
        try:
            socket = await self._open(self._reconnect_timeout)
        except GymError as error:
            self._exchange.fail_all(error)
            return
        number = self._connection.number
        again = [ticket for ticket in again if ticket.connection != number and not ticket.settled]
        for ticket in again:
            ticket.connection = number
            ticket.sends += 1
        # A connection that is closed again is found out by its own reader.
        with suppress(ConnectionClosed):
            for data, _ in self._exchange.frames(again, batched=len(again) > 1):
                await socket.send(data, text=self.encoding.text)


async def _all_settled(tickets: Sequence[Ticket[Any]]) -> None:
    waiting = [ticket for ticket in tickets if not ticket.settled]
    if not waiting:
        return
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    left = len(waiting)

    def one_less() -> None:
        nonlocal left
        left -= 1
        if left == 0 and not done.done():
            done.set_result(None)

    for ticket in waiting:
        ticket.on_settled = one_less
    await done
