"""A blocking WebSocket that can be won back."""

from __future__ import annotations

import os
import time
from contextlib import ExitStack
from typing import Literal

from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from .address import MAX_REPLY_BYTES, delays, fatal, headers, not_found
from .errors import ProtocolViolationError
from .wire import Encoding


class Connection:
    """At most one open WebSocket to one server. Not thread-safe; `number` grows with each one opened."""

    def __init__(
        self, url: str, token: str | None, encoding: Encoding, *, ping_interval: float, ping_timeout: float,
        proxy: str | Literal[True] | None,
    ) -> None:  # fmt: skip
        self.url = url
        self.number = 0
        self.socket: ClientConnection | None = None
        self._token = token
        self._encoding = encoding
        self._ping_interval = ping_interval
        self._ping_timeout = ping_timeout
        self._proxy = proxy
        self._stack = ExitStack()
        self._owner = 0
        #: Connections in a row that broke before anything was received.
        self._fruitless = 0

    def open(self, patience: float) -> ClientConnection:
        """The open socket; connects, again and again for `patience` seconds, if there is none.

        Raises:
            ConnectionLostError: nobody answered in time.
            GymError: the server refuses.
        """
        if self.socket is not None and self._owner != os.getpid():
            # After os.fork() the socket belongs to the parent.
            self._stack.pop_all()
            self.socket = None
        if self.socket is not None:
            return self.socket
        give_up = time.monotonic() + patience
        waits = delays()
        for _ in range(self._fruitless):
            delay = next(waits)
        if self._fruitless > 0:
            time.sleep(delay)
        for delay in waits:
            try:
                return self._open_once(max(0.05, min(10.0, give_up - time.monotonic())))
            except Exception as error:
                if (fault := fatal(error)) is not None:
                    raise fault from error
                if time.monotonic() + delay >= give_up:
                    raise not_found(self.url, error, first=self.number == 0) from error
            time.sleep(delay)
        raise AssertionError("delays never end")

    def _open_once(self, timeout: float) -> ClientConnection:
        wanted = self._encoding.subprotocol
        socket = self._stack.enter_context(
            connect(
                self.url,
                subprotocols=[Subprotocol(wanted)],
                additional_headers=headers(self._token),
                compression=None,
                proxy=self._proxy,
                open_timeout=timeout,
                close_timeout=2,
                ping_interval=self._ping_interval,
                ping_timeout=self._ping_timeout,
                max_size=MAX_REPLY_BYTES,
            )
        )
        if socket.subprotocol != wanted:
            self.drop()
            raise ProtocolViolationError(f"the server chose subprotocol {socket.subprotocol!r}, not {wanted!r}")
        self.socket, self._owner = socket, os.getpid()
        self.number += 1
        self._fruitless += 1
        return socket

    @property
    def alive(self) -> int:
        """Number of the open connection; 0 if there is none."""
        return self.number if self.socket is not None else 0

    def proved(self) -> None:
        """Says that the open socket brought something: losing it is no reason to wait before the next one."""
        self._fruitless = 0

    def drop(self) -> None:
        """Closes and forgets the socket; safe to call at any time."""
        stack, self._stack, self.socket = self._stack, ExitStack(), None
        stack.close()
