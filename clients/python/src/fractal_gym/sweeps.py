"""Evaluation sweeps: which policy is better, on what, and how sure that is.

    from fractal_gym import Client
    from fractal_gym.sweeps import Sweep

    with Client() as client:
        sweep = Sweep.create(client, {
            "name": "mine-against-robust",
            "policies": [{"name": "mine", "policy": "external"}, {"policy": "robust"}],
            "scenarios": ["retail"], "seeds": 200, "dynamics": [{"profile": "clean"}, {"profile": "flaky"}],
        })
        for pulled in sweep.episodes():
            with pulled.episode as episode:
                while not episode.done:
                    episode.step(choose(episode))
        report = sweep.wait()
        for policy in report["policies"]:
            print(policy["policy"], policy["success"])

The server plays its built-in policies and its endpoints by itself; the episodes of an `external` policy are pulled,
played over this connection, and noted by the server when they end. Any number of clients may pull from one sweep.
`AsyncSweep` is the same for asyncio.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from . import calls
from .async_client import AsyncClient
from .async_episode import AsyncEpisode
from .client import Client
from .episode import Episode
from .messages import SweepNext, SweepStatus

E = TypeVar("E")

#: States in which nothing more happens.
OVER = frozenset({"done", "cancelled", "failed"})


@dataclass
class Pulled(Generic[E]):
    """An episode that was pulled from a sweep: to be played to its end, or closed to give it back.

    Attributes:
        episode: As `Client.reset` gives it.
        policy: The policy that it is played as.
        dynamics: Label of its dynamics, such as `flaky@0.5`.
        repeat: Which repeat of the task it is, from 0.
        unit: Its number in the sweep.
        left: Episodes for clients that are not done, this one included.
        lease_seconds: Who does not step it for so long loses it to another.
    """

    episode: E
    policy: str
    dynamics: str
    repeat: int
    unit: int
    left: int
    lease_seconds: int


class Sweep:
    """A sweep of a server, by its id."""

    def __init__(self, client: Client, identifier: str) -> None:
        self.client = client
        self.id = identifier

    @classmethod
    def create(cls, client: Client, spec: Mapping[str, Any], *, request_key: str | None = None) -> Sweep:
        """Begins a sweep. `spec` is what `protocol/schemas/SweepSpec.json` describes.

        Raises:
            GymError: The specification is wrong; the message names the place.
        """
        return cls(client, client.run(calls.sweep_create(spec, request_key)).sweep.sweep)

    @property
    def status(self) -> SweepStatus:
        """How it stands."""
        return self.client.run(calls.sweep_get(self.id)).sweep

    def episodes(self, policy: str | None = None) -> Iterator[Pulled[Episode]]:
        """Pulls one episode after another until none is left, or the sweep is over.

        Where all that is left is with other clients, it waits: theirs may come back. An episode that is neither ended
        nor closed when the next is asked for stays with this client until its lease has run out.
        """
        while True:
            answer = self.client.run(calls.sweep_next(self.id, policy))
            if answer.episode is not None:
                yield _pulled(answer, Episode.begun(self.client, answer.episode))
            elif answer.state in OVER or answer.retry_after_ms is None:
                return
            else:
                time.sleep(answer.retry_after_ms / 1000)

    def wait(self, timeout: float | None = None, *, interval: float = 0.5) -> dict[str, Any]:
        """Waits until the sweep is over, and gives its report.

        Raises:
            TimeoutError: It is not over in so many seconds.
            RuntimeError: It failed, or was cancelled.
        """
        began = time.monotonic()
        while (status := self.status).state not in OVER:
            _require_time(began, timeout, status)
            time.sleep(interval)
        _require_done(status)
        return self.report()

    def report(self) -> dict[str, Any]:
        """What it found out so far; see `protocol/schemas/SweepReport.json`. Faults need the admin token."""
        report: dict[str, Any] = self.client.run(calls.sweep_report(self.id))["report"]
        return report

    def export(self, format: Literal["html", "csv"]) -> str:
        """The report as a page, or every episode as a line of CSV."""
        return str(self.client.run(calls.sweep_report(self.id, format))["text"])

    def compare(self, other: Sweep) -> dict[str, Any]:
        """This sweep over another, paired where both have played the same."""
        comparison: dict[str, Any] = self.client.run(calls.sweep_compare(other.id, self.id))["comparison"]
        return comparison

    def cancel(self, *, remove: bool = False) -> SweepStatus:
        """Ends it; what was played stays, unless it is to be removed."""
        return self.client.run(calls.sweep_cancel(self.id, remove=remove or None)).sweep


class AsyncSweep:
    """`Sweep` for asyncio."""

    def __init__(self, client: AsyncClient, identifier: str) -> None:
        self.client = client
        self.id = identifier

    @classmethod
    async def create(
        cls, client: AsyncClient, spec: Mapping[str, Any], *, request_key: str | None = None
    ) -> AsyncSweep:
        """See `Sweep.create`."""
        return cls(client, (await client.run(calls.sweep_create(spec, request_key))).sweep.sweep)

    async def status(self) -> SweepStatus:
        """How it stands."""
        return (await self.client.run(calls.sweep_get(self.id))).sweep

    async def episodes(self, policy: str | None = None) -> AsyncIterator[Pulled[AsyncEpisode]]:
        """See `Sweep.episodes`; several tasks may pull at once."""
        while True:
            answer = await self.client.run(calls.sweep_next(self.id, policy))
            if answer.episode is not None:
                yield _pulled(answer, AsyncEpisode.begun(self.client, answer.episode))
            elif answer.state in OVER or answer.retry_after_ms is None:
                return
            else:
                await asyncio.sleep(answer.retry_after_ms / 1000)

    async def wait(self, timeout: float | None = None, *, interval: float = 0.5) -> dict[str, Any]:
        """See `Sweep.wait`."""
        began = time.monotonic()
        while (status := await self.status()).state not in OVER:
            _require_time(began, timeout, status)
            await asyncio.sleep(interval)
        _require_done(status)
        return await self.report()

    async def report(self) -> dict[str, Any]:
        """See `Sweep.report`."""
        report: dict[str, Any] = (await self.client.run(calls.sweep_report(self.id)))["report"]
        return report

    async def export(self, format: Literal["html", "csv"]) -> str:
        """See `Sweep.export`."""
        return str((await self.client.run(calls.sweep_report(self.id, format)))["text"])

    async def compare(self, other: AsyncSweep) -> dict[str, Any]:
        """See `Sweep.compare`."""
        comparison: dict[str, Any] = (await self.client.run(calls.sweep_compare(other.id, self.id)))["comparison"]
        return comparison

    async def cancel(self, *, remove: bool = False) -> SweepStatus:
        """See `Sweep.cancel`."""
        return (await self.client.run(calls.sweep_cancel(self.id, remove=remove or None))).sweep


def sweeps(client: Client, state: str | None = None) -> list[SweepStatus]:
    """All sweeps of a server, the newest first."""
    found: list[SweepStatus] = []
    cursor: str | None = None
    while True:
        page = client.run(calls.sweep_list(state, cursor))
        found += page.sweeps
        if page.next is None:
            return found
        cursor = page.next


def _pulled(answer: SweepNext, episode: E) -> Pulled[E]:
    assert answer.policy is not None
    assert answer.dynamics is not None
    assert answer.repeat is not None
    assert answer.unit is not None
    return Pulled(
        episode, answer.policy, answer.dynamics, answer.repeat, answer.unit, answer.left, answer.lease_seconds
    )


def _require_time(began: float, timeout: float | None, status: SweepStatus) -> None:
    if timeout is not None and time.monotonic() - began > timeout:
        progress = f"{status.done} of {status.episodes} episodes"
        raise TimeoutError(f"{status.name} is {status.state} after {timeout} s: {progress}")


def _require_done(status: SweepStatus) -> None:
    if status.state != "done":
        raise RuntimeError(f"{status.name} {status.state}" + (f": {status.why}" if status.why else ""))
