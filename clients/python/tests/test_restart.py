"""Both clients across crashes and restarts of the real server: nothing lost, nothing twice, the same end."""

from __future__ import annotations

import asyncio
import random
import re
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

import pytest

from fractal_gym import AsyncClient, Client, GymError
from fractal_gym.actions import action_of_text
from fractal_gym.errors import UnknownEpisodeError
from fractal_gym.gym import TurnText

REPOSITORY = Path(__file__).resolve().parents[3]
READY = re.compile(r"ws://127\.0\.0\.1:(\d+)")
CALM = ("finish", "report_unable")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Restartable:
    """`fractal-gym serve` on one port and one data folder, ended and started as often as a test wants."""

    def __init__(self, data: Path, *options: str) -> None:
        self.port = free_port()
        self.url = f"ws://127.0.0.1:{self.port}"
        self.data = data
        self.options = options
        self.process: subprocess.Popen[str] | None = None
        self.starts = 0

    def __enter__(self) -> Restartable:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.end(signal.SIGKILL)

    @property
    def token(self) -> str:
        return (self.data / "admin.token").read_text().strip()

    def start(self) -> None:
        self.starts += 1
        self.process = subprocess.Popen(
            [
                str(REPOSITORY / "node_modules" / ".bin" / "node"), "src/cli/launch.js", "serve",
                "--port", str(self.port), "--data", str(self.data), *self.options,
            ],
            cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        assert self.process.stdout is not None
        output = []
        for line in self.process.stdout:
            output.append(line)
            if READY.search(line):
                threading.Thread(target=self.process.stdout.read, daemon=True).start()
                return
        raise AssertionError("the server did not start:\n" + "".join(output))

    def end(self, how: signal.Signals) -> None:
        process, self.process = self.process, None
        if process is None:
            return
        process.send_signal(how)
        process.wait(30)

    def restart(self, how: signal.Signals) -> None:
        self.end(how)
        self.start()


def plan_of(tools, seed: int, count: int) -> list[dict]:
    space = TurnText([tool for tool in tools if tool.name not in CALM], seed=seed)
    return [action_of_text(space.sample()) for _ in range(count)]


@pytest.fixture
def server(tmp_path):
    with Restartable(tmp_path / "data") as server:
        yield server


@pytest.mark.parametrize("durability", ["async", "ack"])
def test_episodes_forks_and_batches_go_on_through_crashes(tmp_path, durability, real_server):
    """The server is killed between and during steps; the end is that of a server that nobody disturbed."""
    server = Restartable(tmp_path / "data", "--durability", durability)
    moments = random.Random(7)
    stop = threading.Event()

    def kill_now_and_then() -> None:
        for how in (signal.SIGKILL, signal.SIGKILL, signal.SIGTERM):
            if stop.wait(moments.uniform(0.05, 0.4)):
                return
            server.restart(how)

    def play(client, pause: float):
        row = {"scenario": "retail", "seed": 11, "options": {"dynamics": "flaky", "shaping": "progress"}}
        root = client.reset(**row)
        plan = plan_of(root.tools, 3, 40)
        first = [root.step(action) for action in plan[:8]]
        episodes = [root, *root.fork(luck="fresh"), *root.fork(at=3)]
        results = []
        for action in plan[8:16]:
            live = [episode for episode in episodes if not episode.done]
            results += client.step_many(live, [action] * len(live))
            time.sleep(pause)
        states = [client.resume(episode.id).state().hash for episode in episodes]
        told = [episode.state().hash for episode in episodes]
        assert told == states
        seen = [(r.seq, r.reward, r.done, r.observation.clock_ms) for r in first + results]
        rewards = [episode.reward for episode in episodes]
        return seen, states, rewards, [episode.trajectory()["state_hash"] for episode in episodes]

    with Client(real_server.url, real_server.token) as calm:
        expected = play(calm, 0)
    killer = threading.Thread(target=kill_now_and_then)
    with server, Client(server.url, server.token, reconnect_timeout=60) as client:
        killer.start()
        try:
            assert play(client, 0.25) == expected
        finally:
            stop.set()
            killer.join()
        assert server.starts > 1
        assert client.connections > 1


def test_the_asyncio_client_and_an_episode_of_another_process(server):
    async def play() -> None:
        async with AsyncClient(server.url, server.token, reconnect_timeout=60) as client:
            episodes = [
                episode for episode in await client.reset_many([{"scenario": "retail", "seed": s} for s in (1, 2)])
            ]
            plan = plan_of(episodes[0].tools, 5, 6)
            for action in plan[:3]:
                await client.step_many(episodes, [action] * 2)
            await asyncio.to_thread(server.restart, signal.SIGKILL)
            fork = (await episodes[0].fork())[0]
            assert fork.seq == 3
            assert (await fork.state()).hash == (await episodes[0].state()).hash
            for action in plan[3:]:
                answers = await client.step_many([*episodes, fork], [action] * 3)
                assert not [answer for answer in answers if isinstance(answer, GymError)]
            assert (await fork.state()).hash == (await episodes[0].state()).hash
            await asyncio.to_thread(server.restart, signal.SIGTERM)
            other = await client.resume(episodes[1].id)
            assert other.seq == 6
            await other.close()
            with pytest.raises(UnknownEpisodeError):
                await episodes[1].step(plan[0])

    asyncio.run(play())


def test_a_request_key_survives_a_restart(server):
    with Client(server.url, reconnect_timeout=60) as client:
        episode = client.reset("retail", 5, request_key="mine")
        server.restart(signal.SIGKILL)
        again = client.reset("retail", 5, request_key="mine")
        assert again.id == episode.id
        assert again.observation == episode.observation
