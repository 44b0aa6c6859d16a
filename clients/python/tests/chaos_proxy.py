"""A WebSocket proxy that breaks connections, and loses, delays or repeats messages, at chosen moments.

It stands before the real server, so that what a client survives is proved against the real thing.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any, Literal

from loop_thread import LoopThread
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

Direction = Literal["request", "reply"]
#: What to do with a message: "pass", "kill" (break the client's connection instead of delivering), "pass_kill"
#: (deliver, then break), "swallow", "twice", "garbage" (deliver nonsense instead), or a delay in seconds.
Fate = str | float
Plan = Callable[[Direction, int, bytes], Fate]


class ChaosProxy(LoopThread):
    """Messages of each direction are counted from 1 over all connections; `plan` decides the fate of each."""

    def __init__(self, upstream: str, plan: Plan | None = None) -> None:
        self.upstream = upstream if upstream.endswith("/v1/ws") else f"{upstream}/v1/ws"
        self.plan: Plan = plan or (lambda direction, number, data: "pass")
        self.counts = {"request": 0, "reply": 0}
        self.kills = 0
        self.accepted = 0
        self.refuse = False
        self._open: set[ServerConnection] = set()
        self._delayed: set[asyncio.Task[None]] = set()

    async def start(self) -> int:
        protocols: Any = ["fractal-gym.v1.msgpack", "fractal-gym.v1.json"]
        self._server = await serve(
            self._serve,
            "127.0.0.1",
            0,
            subprotocols=protocols,
            compression=None,
            max_size=None,
            ping_interval=None,
            max_queue=None,
            close_timeout=1,
        )
        return int(next(iter(self._server.sockets)).getsockname()[1])

    async def stop(self) -> None:
        for task in self._delayed:
            task.cancel()
        for socket in list(self._open):
            socket.transport.abort()
        self._server.close()
        await self._server.wait_closed()

    def kill_all(self) -> None:
        """Breaks every open connection now."""

        async def kill() -> None:
            for socket in list(self._open):
                self._kill(socket)

        self.run(kill())

    def _kill(self, socket: ServerConnection) -> None:
        self.kills += 1
        socket.transport.abort()

    async def _serve(self, client: ServerConnection) -> None:
        self.accepted += 1
        if self.refuse:
            client.transport.abort()
            return
        self._open.add(client)
        headers = {k: v for k, v in client.request.headers.raw_items() if k.lower() == "authorization"}
        try:
            async with connect(
                self.upstream, subprotocols=[client.subprotocol], additional_headers=headers,
                compression=None, max_size=None, ping_interval=None, max_queue=None, close_timeout=1, proxy=None,
            ) as server:  # fmt: skip
                ways = [
                    asyncio.create_task(self._carry("request", client, server, client)),
                    asyncio.create_task(self._carry("reply", server, client, client)),
                ]
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
                for way in ways:
                    way.cancel()
        finally:
            self._open.discard(client)
            client.transport.abort()

    async def _carry(self, direction: Direction, source: Any, target: Any, client: ServerConnection) -> None:
        try:
            async for message in source:
                self.counts[direction] += 1
                raw = message.encode() if isinstance(message, str) else message
                fate = self.plan(direction, self.counts[direction], raw)
                if isinstance(fate, (int, float)):
                    task = asyncio.create_task(self._later(float(fate), target, message))
                    self._delayed.add(task)
                    task.add_done_callback(self._delayed.discard)
                    continue
                if fate == "kill":
                    self._kill(client)
                    return
                if fate == "garbage":
                    await target.send("}{" if isinstance(message, str) else b"\xc1\xc1")
                elif fate != "swallow":
                    await target.send(message)
                if fate == "twice":
                    await target.send(message)
                if fate == "pass_kill":
                    await asyncio.sleep(0.02)  # let the message out first
                    self._kill(client)
                    return
        except ConnectionClosed:
            pass

    async def _later(self, delay: float, target: Any, message: Any) -> None:
        await asyncio.sleep(delay)
        with contextlib.suppress(ConnectionClosed):
            await target.send(message)
