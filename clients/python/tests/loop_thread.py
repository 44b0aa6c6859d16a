"""An asyncio server run in a thread of its own, for tests of the blocking client."""

from __future__ import annotations

import asyncio
import threading
from typing import Any


class LoopThread:
    """Subclasses implement `start`, which returns the port, and `stop`."""

    def __enter__(self) -> Any:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()
        self.port: int = self.run(self.start())
        self.url = f"ws://127.0.0.1:{self.port}"
        return self

    def __exit__(self, *_: object) -> None:
        self.run(self.stop())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(5)
        self.loop.close()

    def run(self, coroutine: Any, timeout: float = 10) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(timeout)

    async def start(self) -> int:
        raise NotImplementedError

    async def stop(self) -> None:
        raise NotImplementedError
