"""The asyncio client against broken connections, lost, late and repeated replies."""

from __future__ import annotations

import asyncio

import pytest
from chaos_proxy import ChaosProxy
from stand_in import StandIn

from fractal_gym import AsyncClient, ConnectionLostError, EnvError, GymError, RequestTimeoutError, wire
from fractal_gym.errors import NoTaskError, UnknownMethodError


@pytest.fixture
def server():
    with StandIn() as server:
        yield server


@pytest.fixture
def proxy(server):
    with ChaosProxy(server.url) as proxy:
        yield proxy


@pytest.mark.parametrize("encoding", ["msgpack", "json"])
def test_plays(server, encoding):
    async def play():
        async with AsyncClient(server.url, encoding=encoding) as client:
            async with await client.reset("shop", 2**53 - 1) as episode:
                assert episode.info.seed == 2**53 - 1
                assert (await episode.call("get", key="é")).seq == 1
                with pytest.raises(EnvError):
                    await episode.step("break")
            assert server.episodes == {}
            with pytest.raises(UnknownMethodError):
                await client.request("env/stepp")
            with pytest.raises(NoTaskError):
                await client.reset("shop", 404)

    asyncio.run(play())


@pytest.mark.parametrize("fate", ["kill", "pass_kill"])
@pytest.mark.parametrize("direction", ["request", "reply"])
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_broken_connection_neither_loses_nor_doubles_a_step(server, proxy, direction, nth, fate):
    proxy.plan = lambda way, number, data: fate if (way, number) == (direction, nth) else "pass"

    async def play():
        async with AsyncClient(proxy.url) as client:
            episode = await client.reset("shop", 7)
            results = [await episode.call("n", i=i) for i in range(4)]
            assert [result.seq for result in results] == [1, 2, 3, 4]
            assert server.executed == [(episode.id, seq) for seq in (1, 2, 3, 4)]
            assert client.connections == 2

    asyncio.run(play())
    assert len(server.keys) == 1


def test_many_tasks_share_a_client_over_broken_connections(server, proxy):
    proxy.plan = lambda way, number, data: "kill" if number % 97 == 0 else "pass"

    async def play_one(client, seed):
        episode = await client.reset("shop", seed)
        for n in range(10):
            assert (await episode.step(f"{seed}-{n}")).seq == n + 1
        return episode.id

    async def play():
        async with AsyncClient(proxy.url) as client:
            return await asyncio.gather(*(play_one(client, seed) for seed in range(50)))

    assert len(set(asyncio.run(play()))) == 50
    assert len(server.executed) == len(set(server.executed)) == 500
    assert proxy.kills > 3


def test_late_and_repeated_replies_are_dropped(server, proxy):
    proxy.plan = lambda way, number, data: "twice" if way == "reply" else "pass"

    async def play():
        async with AsyncClient(proxy.url) as client:
            with pytest.raises(RequestTimeoutError):
                await client.request("echo", {"sleep": 0.3}, timeout=0.1)
            assert [(await client.request("echo", {"n": n}))["n"] for n in range(20)] == list(range(20))
            assert client.dropped_replies > 19

    asyncio.run(play())


def test_a_cancelled_step_leaves_the_client_sound(server):
    async def play():
        async with AsyncClient(server.url) as client:
            task = asyncio.create_task(client.request("echo", {"sleep": 1}))
            await asyncio.sleep(0.05)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(play())


def test_step_many_and_batches(server):
    async def play():
        async with AsyncClient(server.url) as client:
            episodes = await client.reset_many([{"scenario": "shop", "seed": seed} for seed in (1, 404, 2)])
            assert isinstance(episodes[1], NoTaskError)
            running = [episode for episode in episodes if not isinstance(episode, GymError)]
            outcomes = await client.step_many(running, ["end", "break"])
            assert outcomes[0].terminated
            assert isinstance(outcomes[1], EnvError)
            many = await client.batch([("echo", {"n": n}) for n in range(5000)])
            assert [answer["n"] for answer in many] == list(range(5000))
            await client.close_many(running)

    asyncio.run(play())
    assert server.episodes == {}


def test_the_pool(server):
    async def play():
        rows = [{"scenario": "shop", "seed": seed} for seed in [*range(10), 404]]
        ended = []
        async with AsyncClient(server.url) as client, client.pool(rows, size=4) as pool:
            assert len(pool.episodes) == 4
            while pool.episodes:
                for episode, outcome in await pool.step(["end", *[None] * (len(pool.episodes) - 1)]):
                    assert outcome.done
                    ended.append(episode.info.seed)
            assert [row["seed"] for row, _ in pool.failed_rows] == [404]
        assert sorted(ended) == list(range(10))

    asyncio.run(play())
    assert server.episodes == {}


def test_failures_are_said(server, proxy, monkeypatch):
    monkeypatch.setattr(wire, "MAX_SENDS", 3)

    async def play():
        client = AsyncClient("ws://127.0.0.1:9", connect_timeout=0.3)
        with pytest.raises(ConnectionLostError, match="no server answers"):
            await client.server_info()
        proxy.plan = lambda way, number, data: "kill" if way == "reply" else "pass"
        async with AsyncClient(proxy.url) as client:
            with pytest.raises(ConnectionLostError, match="was sent 3 times"):
                await client.server_info()
            with pytest.raises(ConnectionLostError, match="must not be sent twice"):
                await client.request("echo", {})
        with pytest.raises(ConnectionLostError, match="closed"):
            await client.server_info()

    asyncio.run(play())
