"""The handle on an episode of the asyncio client."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal

from . import calls
from .actions import ActionLike, as_action
from .episode import EpisodeRecord
from .messages import EpisodeState, ResetResult, StepResult

if TYPE_CHECKING:
    from .async_client import AsyncClient


class AsyncEpisode(EpisodeRecord):
    """One episode of the asyncio client; an async context manager that closes it. See `Episode` for the methods."""

    client: AsyncClient

    async def __aenter__(self) -> AsyncEpisode:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def step(
        self,
        action: ActionLike | None = None,
        *,
        tool: str | None = None,
        arguments: Mapping[str, Any] | str | None = None,
        timeout: float | None = None,
        **fields: Any,
    ) -> StepResult:
        """Answers one turn; see `Episode.step`."""
        wire = as_action(action, tool=tool, arguments=arguments, **fields)
        return self.accept(await self.client.run_step(self, self.step_call(wire), timeout=timeout))

    async def call(self, tool: str, /, **arguments: Any) -> StepResult:
        """One tool call: `await call("get_order", order_id="W000001")`."""
        return await self.step(tool=tool, arguments=arguments)

    async def finish(self, answer: Any = None) -> StepResult:
        """Ends the episode with an answer."""
        return await self.step(tool="finish", arguments={} if answer is None else {"answer": answer})

    async def report_unable(self, reason: str) -> StepResult:
        """Ends the episode by reporting that the task cannot be done."""
        return await self.step(tool="report_unable", arguments={"reason": reason})

    async def wait(self, ms: int) -> StepResult:
        """Lets virtual time pass."""
        return await self.step(tool="wait", arguments={"ms": ms})

    async def resume(self) -> ResetResult | StepResult:
        """Asks for the last seq and its answer, and goes on from there; see `Episode.resume`."""
        return self.catch_up(await self.client.level(self))

    async def fork(
        self, count: int = 1, *, at: int | None = None, luck: Literal["same", "fresh"] = "same"
    ) -> list[AsyncEpisode]:
        """Copies with the same past, at the present or after step `at`; see `Episode.fork`."""
        return await self.client.fork(self, count, at=at, luck=luck)

    async def snapshot(self) -> dict[str, Any]:
        """What is needed to rebuild the episode anywhere; `AsyncClient.restore` takes it."""
        answer: dict[str, Any] = (await self.client.read(self, calls.snapshot(self.id)))["snapshot"]
        return answer

    async def trajectory(self) -> dict[str, Any]:
        """The event log so far; private fields only with the admin token."""
        answer: dict[str, Any] = (await self.client.read(self, calls.trajectory(self.id)))["trajectory"]
        return answer

    async def report(self) -> dict[str, Any]:
        """The quality report: verdict and issues; of an episode that goes on only with the admin token."""
        answer: dict[str, Any] = (await self.client.read(self, calls.report(self.id)))["report"]
        return answer

    async def render(self, mode: Literal["ansi", "json"] = "ansi") -> str:
        """A readable transcript."""
        return (await self.client.read(self, calls.render(self.id, mode))).text

    async def state(self) -> EpisodeState:
        """State, diff, hash, clock and gold; needs the admin token."""
        return await self.client.read(self, calls.state(self.id))

    async def close(self) -> None:
        """Frees the episode on the server; closing twice is safe."""
        await self.client.run(calls.close(self.id))
