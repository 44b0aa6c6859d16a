"""What a client may choose of latency and faults, and what it learns of them; against the real server."""

from __future__ import annotations

import asyncio
import json
import time

import gymnasium
import pytest

import fractal_gym.gym  # noqa: F401
from fractal_gym import AsyncClient, DynamicsChoice, FaultMark, GymError, ResetOptions, at_intensities
from fractal_gym.errors import InvalidParamsError, SnapshotInvalidError, UnknownDynamicsError

LOOK = {"name": "get_order", "arguments": {"order_id": "#W0000001"}}
DOWN = {"id": "down", "kind": "error.abort", "match": {"effect": "read"}, "messages": ["Down for now"]}
CHANGED: ResetOptions = {
    "dynamics": {"profile": "flaky", "intensity": 0.5, "add": [DOWN], "without": ["limit"]},
    "think_ms_per_token": 12.5,
    "luck": 41,
}


def test_changes_of_a_profile_are_played_and_echoed(client):
    with client.reset("retail", seed=7, options=CHANGED) as episode:
        assert episode.info.luck == 41
        options = episode.info.options
        assert (options.dynamics, options.intensity, options.think_ms_per_token) == ("flaky", 0.5, 12.5)
        assert options.dynamics_changes == {"add": [DOWN], "without": ["limit"]}
        plain = client.reset("retail", seed=7, options={"dynamics": "flaky"})
        assert plain.info.options.dynamics_changes is None
        assert plain.info.options.dynamics_digest != options.dynamics_digest
        always = client.reset("retail", seed=7, options={"dynamics": {"profile": "none", "add": [DOWN]}})
        assert json.loads(always.step(LOOK).observation.messages[0].content) == {"error": "Down for now", "status": 503}


def test_an_episode_with_changes_is_restored_and_forked(client, admin):
    with client.reset("retail", seed=7, options=CHANGED) as episode:
        for _ in range(3):
            episode.step(LOOK)
        copies = [client.restore(episode.snapshot()), *episode.fork(), *episode.fork(at=3)]
        ends = [[each.step(LOOK).observation for _ in range(4)] for each in (episode, *copies)]
        assert all(end == ends[0] for end in ends)
        assert len({admin.resume(each.id).state().hash for each in (episode, *copies)}) == 1
        forged = episode.snapshot()
        forged["identity"]["options"]["dynamics_changes"]["add"][0]["kind"] = "error.abrt"
        with pytest.raises(SnapshotInvalidError) as caught:
            client.restore(forged)
        assert caught.value.data["path"] == "params.snapshot.identity.options.dynamics_changes.add.0.kind"


@pytest.mark.parametrize(
    ("choice", "path", "nearest"),
    [
        ({"add": [{"id": "x", "kind": "error.abrt"}]}, "add.0.kind", "error.abort"),
        ({"add": [DOWN, {"id": "x", "kind": "error.abort", "mesages": ["x"]}]}, "add.1.mesages", "messages"),
        ({"add": [{"id": "x", "kind": "latency.constant"}]}, "add.0.ms", None),
        ({"add": [{**DOWN, "match": {"where": "args.x =="}}]}, "add.0.match.where", None),
        ({"profile": "flaky", "without": ["limitt"]}, "without.0", "limit"),
        ({"profil": "flaky"}, "profil", "profile"),
        ({"intensity": 2}, "intensity", None),
    ],
)
def test_wrong_changes_raise_with_their_place(client, choice, path, nearest):
    with pytest.raises(InvalidParamsError) as caught:
        client.reset("retail", seed=7, options={"dynamics": choice})
    assert caught.value.data["path"] == f"params.options.dynamics.{path}"
    assert caught.value.data.get("nearest") == nearest
    assert not caught.value.retryable


def test_an_unknown_profile_raises_with_the_nearest(client):
    for choice in ("flakey", {"profile": "flakey", "intensity": 0.5}):
        with pytest.raises(UnknownDynamicsError) as caught:
            client.reset("retail", seed=7, options={"dynamics": choice})
        assert caught.value.data["nearest"] == "flaky"
        assert "hostile" in caught.value.data["expected"]


def test_faults_are_told_to_the_admin_alone(client, admin):
    choice: DynamicsChoice = {"profile": "none", "add": [DOWN]}
    with client.reset("retail", seed=7, options={"dynamics": choice}) as episode:
        assert episode.step(LOOK).info.faults is None
        assert episode.wait(5).info.faults is None
        told = admin.resume(episode.id)
        assert told.step(LOOK).info.faults == [FaultMark(entry="down", kind="error.abort", phase="pre_commit")]
        assert client.resume(episode.id).last.info.faults is None
        seen, whole = (
            [event for event in who.resume(episode.id).trajectory()["events"] if event["type"] == "call"]
            for who in (client, admin)
        )
        assert [[fault["entry"] for fault in call["faults"]] for call in whole] == [["down"], [], ["down"]]
        assert all("faults" not in call and "committed" not in call for call in seen)


def test_the_same_with_await(real_server):
    async def play() -> None:
        async with AsyncClient(real_server.url, real_server.token) as client:
            episode = await client.reset("retail", seed=7, options=CHANGED)
            faults = (await episode.step(LOOK)).info.faults or []
            assert [fault.kind for fault in faults if fault.entry == "down"] in ([], ["error.abort"])
            with pytest.raises(UnknownDynamicsError):
                await client.reset("retail", seed=7, options={"dynamics": "flakey"})

    asyncio.run(play())


def test_a_deadline_terminates(client):
    deadline = {"id": "end", "kind": "deadline", "at_ms": 1000}
    with client.reset("retail", seed=7, options={"dynamics": {"profile": "none", "add": [deadline]}}) as episode:
        assert "has to be done by" in episode.observation.messages[-1].content
        result = episode.wait(1000)
        assert (result.terminated, result.truncated, result.info.stop_reason) == (True, False, "deadline")
        assert episode.verdict.reward == episode.reward == 0


def test_thinking_moves_the_clock(client):
    with client.reset("retail", seed=7, options={"dynamics": "none", "think_ms_per_token": 12.5}) as episode:
        usage = {"completion_tokens": 101}
        assert episode.step({"tool_calls": [LOOK], "usage": usage}).observation.clock_ms == 1263
        assert episode.step({"tool_calls": [LOOK], "usage": usage, "think_ms": 7}).observation.clock_ms == 1270


def test_real_time_is_waited_for(client):
    options: ResetOptions = {"dynamics": "none", "time": {"scale": 0.05}}
    with client.reset("retail", seed=7, options=options) as episode:
        began = time.monotonic()
        assert episode.wait(6000).observation.clock_ms == 6000
        assert 0.29 < time.monotonic() - began < 30


def test_the_same_rows_at_several_intensities_are_pairs(client, admin):
    rows = client.sample("retail", seed=3, count=4)
    hiccups = {"id": "hiccup", "kind": "error.abort", "when": {"probability": 0.5}}
    wanted = at_intensities(rows, {"profile": "none", "add": [hiccups]}, (0, 0.4, 1), options={"shaping": "progress"})
    assert [row["options"]["dynamics"]["intensity"] for row in wanted] == [0, 0.4, 1] * 4
    episodes = [episode for episode in admin.reset_many(wanted) if not isinstance(episode, GymError)]
    failed = {}
    for episode in episodes:
        faults = [bool(episode.step(LOOK).info.faults) for _ in range(20)]
        failed[episode.info.seed, episode.info.options.intensity] = {i for i, fault in enumerate(faults) if fault}
    for row in rows:
        assert len({episode.info.luck for episode in episodes if episode.info.seed == row.seed}) == 1
        none, some, all_ = (failed[row.seed, intensity] for intensity in (0, 0.4, 1))
        assert none == set()
        assert some < all_
    assert {episode.info.options.shaping for episode in episodes} == {"progress"}
    admin.close_many(episodes)
    row = {"scenario": "retail", "seed": 5, "options": {"luck": 9}}
    (own,) = at_intensities([row], "flaky", [1], options={"luck": 8})
    assert own == {**row, "options": {"luck": 9, "dynamics": {"profile": "flaky", "intensity": 1}}}


def test_gymnasium_takes_the_same_options(real_server):
    env = gymnasium.make(
        "fractal_gym/Retail-v0", url=real_server.url, token=real_server.token,
        options={"think_ms_per_token": 10, "dynamics": {"profile": "none", "add": [DOWN]}},
    )  # fmt: skip
    _, info = env.reset(seed=7)
    assert info["options"]["think_ms_per_token"] == 10
    assert info["options"]["dynamics_changes"] == {"add": [DOWN]}
    observation, *_, info = env.step({"tool_calls": [LOOK], "usage": {"completion_tokens": 25}})
    assert observation["clock_ms"] == 250
    assert info["faults"] == [{"entry": "down", "kind": "error.abort", "phase": "pre_commit"}]
    with pytest.raises(InvalidParamsError) as caught:
        env.reset(options={"think_ms_per_tokn": 1})
    assert caught.value.data["nearest"] == "think_ms_per_token"
    deadline = {"id": "end", "kind": "deadline", "at_ms": 1000}
    env.reset(seed=7, options={"dynamics": {"profile": "none", "add": [deadline]}})
    *_, terminated, truncated, info = env.step({"name": "wait", "arguments": {"ms": 1000}})
    assert (terminated, truncated, info["stop_reason"]) == (True, False, "deadline")
    env.close()
