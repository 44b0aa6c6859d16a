"""Sweeps against a real server: pulled by one client and by many, waited for, exported, compared."""

from __future__ import annotations

import asyncio

import pytest

from fractal_gym import AsyncClient, Client
from fractal_gym.errors import InvalidParamsError, UnknownSweepError
from fractal_gym.sweeps import AsyncSweep, Sweep, sweeps

SPEC = {
    "name": "python",
    "policies": [{"name": "mine", "policy": "external"}, {"policy": "noop"}, {"policy": "oracle"}],
    "scenarios": ["retail"],
    "seeds": 4,
    "dynamics": [{"profile": "clean"}],
}


def test_a_client_pulls_and_plays(real_server):
    with Client(real_server.url) as client:
        sweep = Sweep.create(client, SPEC)
        seen = []
        for pulled in sweep.episodes():
            seen.append((pulled.unit, pulled.policy, pulled.dynamics, pulled.repeat))
            with pulled.episode as episode:
                episode.call("report_unable", reason="I cannot")
                assert episode.done
        assert len(seen) == 4
        assert {policy for _, policy, _, _ in seen} == {"mine"}
        report = sweep.wait(60)
        assert report["counts"]["scored"] == 12
        by_name = {policy["policy"]: policy for policy in report["policies"]}
        assert by_name["oracle"]["success"]["mean"] == 1
        assert by_name["mine"]["episodes"] == 4
        assert sweep.status.state == "done"
        assert sweep.export("csv").count("\n") == 13
        assert sweep.export("html").lower().startswith("<!doctype html>")
        assert sweep.id in {status.sweep for status in sweeps(client)}
        assert sweep.compare(sweep)["common"] == 4


def test_many_tasks_pull_from_one_sweep_and_an_episode_that_is_closed_comes_back(real_server):
    async def play() -> None:
        async with AsyncClient(real_server.url) as client:
            sweep = await AsyncSweep.create(client, SPEC | {"name": "many", "seeds": 12})
            units: list[int] = []
            closed: list[int] = []

            async def pull() -> None:
                async for pulled in sweep.episodes("mine"):
                    if not closed:
                        closed.append(pulled.unit)
                        await pulled.episode.close()
                        continue
                    units.append(pulled.unit)
                    await pulled.episode.call("report_unable", reason="no")

            await asyncio.gather(*(pull() for _ in range(4)))
            assert len(units) == len(set(units)) == 12
            assert closed[0] in units
            report = await sweep.wait(60)
            assert report["counts"]["failed"] == 0

    asyncio.run(play())


def test_what_is_wrong_is_said(real_server):
    with Client(real_server.url) as client:
        with pytest.raises(InvalidParamsError, match="sedes"):
            Sweep.create(client, SPEC | {"sedes": 3})
        with pytest.raises(UnknownSweepError):
            Sweep(client, "0" * 32).report()
        sweep = Sweep.create(client, SPEC | {"name": "waits", "policies": [{"policy": "external"}]})
        with pytest.raises(TimeoutError, match="waits is"):
            sweep.wait(0.2, interval=0.1)
        assert sweep.cancel().state == "cancelled"
        assert list(sweep.episodes()) == []
        with pytest.raises(RuntimeError, match="cancelled"):
            sweep.wait(1)
