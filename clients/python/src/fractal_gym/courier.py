"""Carries calls over a blocking connection, and over the next one when it breaks."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from websockets.exceptions import ConnectionClosed

from .address import must_stop, reason_of
from .connection import Connection
from .errors import ConnectionLostError, GymError, ProtocolViolationError, RequestTimeoutError
from .wire import Call, Exchange, Ticket

#: Frames that one batch may have unanswered; more are sent as replies come, so neither side's buffers fill up.
WINDOW = 8


class Courier:
    """Sends calls and waits for their outcomes, for any number of threads at once.

    Of the threads that wait, one reads for all; when it has what it came for, another does. The reader also wins
    a lost connection back and sends again whatever may be sent again.
    """

    def __init__(
        self, exchange: Exchange, connection: Connection, *, connect_timeout: float, reconnect_timeout: float
    ) -> None:
        self.exchange = exchange
        self.connection = connection
        self._connect_timeout = connect_timeout
        self._reconnect_timeout = reconnect_timeout
        # `_sending` guards the connection and the order of sending; `_state` the exchange and `_reading`.
        # Whoever holds both took `_sending` first.
        self._sending = threading.Lock()
        self._state = threading.Condition()
        self._reading = False
        self._closed = False

    def close(self) -> None:
        """Closes the connection and fails what waits; safe to call twice."""
        self._closed = True
        with self._sending:
            self.connection.drop()
        self._fail_all(ConnectionLostError("the client was closed", retryable=False))

    def play(self, many: Sequence[Call[Any]], *, batched: bool, timeout: float | None) -> list[Ticket[Any]]:
        """Sends calls, each in its own frame or in batches, and returns once every one has an outcome."""
        if self._closed:
            raise ConnectionLostError("the client was closed", retryable=False)
        deadline = None if timeout is None else time.monotonic() + timeout
        with self._state:
            tickets = self.exchange.open(many)
        try:
            frames = self.exchange.frames(tickets, batched=batched)
            for sent, (data, carried) in enumerate(frames):
                self._send(data, carried, deadline)
                if sent >= WINDOW:
                    self._wait(frames[sent - WINDOW][1], deadline)
            self._wait(tickets, deadline)
        finally:
            with self._state:
                self.exchange.forget(tickets)
        return tickets

    def _send(self, data: bytes, carried: list[Ticket[Any]], deadline: float | None) -> None:
        if not self._sending.acquire(timeout=_left(deadline)):
            return  # out of time: the wait that follows says so
        try:
            patience = self._connect_timeout if self.connection.number == 0 else self._reconnect_timeout
            try:
                if self._closed:
                    raise ConnectionLostError("the client was closed", retryable=False)
                socket = self.connection.open(_at_most(patience, deadline))
            except GymError as error:
                with self._state:
                    for ticket in carried:
                        self.exchange.settle(ticket, error)
                return
            # A recovery in another thread may have sent them on this connection already.
            if not self._mark(carried):
                return
            # A closed connection is found out by whoever reads next, which sends everything again.
            with suppress(ConnectionClosed):
                socket.send(data, text=self.exchange.encoding.text)
        finally:
            self._sending.release()

    def _mark(self, carried: Sequence[Ticket[Any]]) -> bool:
        """Notes that these are sent on the open connection; False if all of them were already."""
        number = self.connection.number
        with self._state:
            if all(ticket.settled or ticket.connection == number for ticket in carried):
                return False
            for ticket in carried:
                ticket.connection = number
                ticket.sends += 1
            return True

    def _wait(self, tickets: Sequence[Ticket[Any]], deadline: float | None) -> None:
        while True:
            with self._state:
                while self._reading and not _settled(tickets) and not _is_past(deadline):
                    self._state.wait(None if deadline is None else _left(deadline))
                if _settled(tickets) or _is_past(deadline):
                    return self._time_out(tickets)
                self._reading = True
            try:
                self._read(tickets, deadline)
            finally:
                with self._state:
                    self._reading = False
                    self._state.notify_all()

    def _read(self, tickets: Sequence[Ticket[Any]], deadline: float | None) -> None:
        while not _settled(tickets) and not _is_past(deadline):
            socket = self.connection.socket
            if socket is None:
                self._recover("the connection was lost", deadline)
                continue
            try:
                frame = socket.recv(timeout=None if deadline is None else _left(deadline), decode=False)
                self.connection.proved()
                with self._state:
                    self.exchange.receive(frame)
                    self._state.notify_all()
            except TimeoutError:
                return
            except ConnectionClosed as closed:
                self._lose(socket)
                if must_stop(closed):
                    self._fail_all(ConnectionLostError(reason_of(closed), retryable=False))
                else:
                    self._recover(reason_of(closed), deadline)
            except ProtocolViolationError as error:
                self._lose(socket)
                self._recover(error.message, deadline)

    def _lose(self, socket: Any) -> None:
        with self._sending:
            if self.connection.socket is socket:
                self.connection.drop()

    def _recover(self, why: str, deadline: float | None) -> None:
        """Connects again and sends again whatever may be sent again.

        A thread that runs out of time leaves the rest to the next reader, which may have more.
        """
        with self._sending:
            with self._state:
                again = self.exchange.survivors(why, alive=self.connection.alive)
                self._state.notify_all()
            if not again or self._closed:
                return
            try:
                socket = self.connection.open(_at_most(self._reconnect_timeout, deadline))
            except GymError as error:
                if not _is_past(deadline):
                    self._fail_all(error)
                return
            with self._state:
                frames = self.exchange.frames(again, batched=len(again) > 1)
            self._mark(again)
            # A connection that is closed again is found out by the reader, which called this.
            with suppress(ConnectionClosed):
                for data, _ in frames:
                    socket.send(data, text=self.exchange.encoding.text)

    def _fail_all(self, error: GymError) -> None:
        with self._state:
            self.exchange.fail_all(error)
            self._state.notify_all()

    def _time_out(self, tickets: Sequence[Ticket[Any]]) -> None:
        for ticket in tickets:
            if not ticket.settled:
                self.exchange.settle(ticket, RequestTimeoutError(f"no reply to {ticket.call.method} in time"))


def _settled(tickets: Sequence[Ticket[Any]]) -> bool:
    return all(ticket.settled for ticket in tickets)


def _is_past(deadline: float | None) -> bool:
    return deadline is not None and time.monotonic() >= deadline


def _left(deadline: float | None) -> float:
    """Seconds left; -1 for ever, as locks mean it."""
    return -1 if deadline is None else max(0.0, deadline - time.monotonic())


def _at_most(patience: float, deadline: float | None) -> float:
    return patience if deadline is None else min(patience, _left(deadline))
