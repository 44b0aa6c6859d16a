"""Carries calls over an asyncio connection, and over the next one when it breaks."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from .address import must_stop, reason_of
from .async_connection import AsyncConnection
from .courier import WINDOW
from .errors import ConnectionLostError, GymError, ProtocolViolationError, RequestTimeoutError
from .wire import Call, Exchange, Ticket


class AsyncCourier:
    """Sends calls and waits for their outcomes, for any number of tasks of one event loop.

    Each connection has a reader task; the reader of a lost one wins it back and sends again whatever may be sent
    again.
    """

    def __init__(
        self, exchange: Exchange, connection: AsyncConnection, *, connect_timeout: float, reconnect_timeout: float
    ) -> None:
        self.exchange = exchange
        self.connection = connection
        self._connect_timeout = connect_timeout
        self._reconnect_timeout = reconnect_timeout
        self._sending = asyncio.Lock()
        self._readers: set[asyncio.Task[None]] = set()
        self._closed = False

    async def close(self) -> None:
        """Closes the connection and fails what waits; safe to call twice."""
        self._closed = True
        for reader in list(self._readers):
            reader.cancel()
        await asyncio.gather(*self._readers, return_exceptions=True)
        await self.connection.drop()
        self.exchange.fail_all(ConnectionLostError("the client was closed", retryable=False))

    async def play(self, many: Sequence[Call[Any]], *, batched: bool, timeout: float | None) -> list[Ticket[Any]]:
        """Sends calls, each in its own frame or in batches, and returns once every one has an outcome."""
        if self._closed:
            raise ConnectionLostError("the client was closed", retryable=False)
        tickets = self.exchange.open(many)
        try:
            await asyncio.wait_for(self._deliver(tickets, batched), timeout)
        except (TimeoutError, asyncio.TimeoutError):  # two classes before Python 3.11
            for ticket in tickets:
                self.exchange.settle(ticket, RequestTimeoutError(f"no reply to {ticket.call.method} in time"))
        finally:
            self.exchange.forget(tickets)
        return tickets

    async def _deliver(self, tickets: list[Ticket[Any]], batched: bool) -> None:
        frames = self.exchange.frames(tickets, batched=batched)
        for sent, (data, carried) in enumerate(frames):
            await self._send(data, carried)
            if sent >= WINDOW:
                await _all_settled(frames[sent - WINDOW][1])
        await _all_settled(tickets)

    async def _send(self, data: bytes, carried: list[Ticket[Any]]) -> None:
        async with self._sending:
            patience = self._connect_timeout if self.connection.number == 0 else self._reconnect_timeout
            try:
                socket = await self._open(patience)
            except GymError as error:
                for ticket in carried:
                    self.exchange.settle(ticket, error)
                return
            # A recovery may have sent them on this connection already.
            if not self._mark(carried):
                return
            # A closed connection is found out by its reader, which sends everything again.
            with suppress(ConnectionClosed):
                await socket.send(data, text=self.exchange.encoding.text)

    def _mark(self, carried: Sequence[Ticket[Any]]) -> bool:
        """Notes that these are sent on the open connection; False if all of them were already."""
        number = self.connection.number
        if all(ticket.settled or ticket.connection == number for ticket in carried):
            return False
        for ticket in carried:
            ticket.connection = number
            ticket.sends += 1
        return True

    async def _open(self, patience: float) -> ClientConnection:
        before = self.connection.number
        socket = await self.connection.open(patience)
        if self.connection.number != before:
            reader = asyncio.create_task(self._read(socket))
            self._readers.add(reader)
            reader.add_done_callback(self._readers.discard)
        return socket

    async def _read(self, socket: ClientConnection) -> None:
        try:
            while True:
                frame = await socket.recv(decode=False)
                self.connection.proved()
                self.exchange.receive(frame)
        except ConnectionClosed as closed:
            why, stop = reason_of(closed), must_stop(closed)
        except ProtocolViolationError as error:
            why, stop = error.message, False
        async with self._sending:
            if self.connection.socket is socket:
                await self.connection.drop()
            if stop:
                self.exchange.fail_all(ConnectionLostError(why, retryable=False))
            else:
                await self._recover(why)

    async def _recover(self, why: str) -> None:
        """Connects again and sends again whatever may be sent again."""
        again = self.exchange.survivors(why, alive=self.connection.alive)
        if not again or self._closed:
            return
        try:
            socket = await self._open(self._reconnect_timeout)
        except GymError as error:
            self.exchange.fail_all(error)
            return
        self._mark(again)
        # A connection that is closed again is found out by its own reader.
        with suppress(ConnectionClosed):
            for data, _ in self.exchange.frames(again, batched=len(again) > 1):
                await socket.send(data, text=self.exchange.encoding.text)


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
