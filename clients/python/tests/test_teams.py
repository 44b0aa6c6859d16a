"""Several agents over the stand-in server: both clients, histories by frame, steps of several frames, lost answers."""

from __future__ import annotations

import asyncio
import inspect

import pytest
from chaos_proxy import ChaosProxy
from stand_in import StandIn

from fractal_gym import Action, AsyncClient, AsyncEpisode, Client, EnvError, Episode, GymError, as_action
from fractal_gym.errors import SeqConflictError, UnknownFrameError


def calling(*agents: str) -> list[dict]:
    return [{"name": f"sub-agent-{agent}", "arguments": {"message": f"for {agent}"}} for agent in agents]


def said(frame: str, content: str = "done") -> dict:
    return {"content": content, "frame": frame}


@pytest.fixture
def server():
    with StandIn() as server:
        yield server


@pytest.fixture
def proxy(server):
    with ChaosProxy(server.url) as proxy:
        yield proxy


async def now(answer):
    return await answer if inspect.isawaitable(answer) else answer


@pytest.fixture(params=[Client, AsyncClient], ids=["blocking", "asyncio"])
def play(request):
    """Runs a coroutine with either client."""

    def run(url, script):
        async def whole():
            client = request.param(url)
            try:
                return await script(client)
            finally:
                await now(client.close())

        return asyncio.run(whole())

    return run


def test_both_clients_take_the_same(server):
    for blocking, other in ((Client, AsyncClient), (Episode, AsyncEpisode)):
        names = {name for name, _ in inspect.getmembers(blocking, callable) if not name.startswith("_")}
        assert names == {name for name, _ in inspect.getmembers(other, callable) if not name.startswith("_")}
        for name in names:
            of = [list(inspect.signature(getattr(kind, name)).parameters) for kind in (blocking, other)]
            assert of[0] == of[1], name


def test_one_frame_at_a_time(server, play):
    async def script(client):
        episode = await now(client.reset("team", 7, learner="all"))
        assert (episode.observation.frame, episode.waiting) == ("lead", ["lead"])
        assert [tool.name for tool in episode.tools] == ["sub-agent-orders", "sub-agent-billing"]
        await now(episode.step(calling("orders", "billing")))
        assert (episode.observation.agent, episode.observation.depth) == ("billing", 1)
        assert [tool.name for tool in episode.tools] == ["earn", "slow"]
        result = await now(episode.call("slow"))
        assert (result.observation.frame, episode.waiting) == ("lead/orders.1", ["lead/orders.1"])
        await now(episode.call("earn"))
        await now(episode.step(content="orders are fine"))
        await now(episode.step("billed"))
        result = await now(episode.finish())
        assert (result.terminated, episode.reward, episode.waiting) == (True, 0.25, [])
        assert result.info.credit == {"lead/orders.1": ["check.0.25"]}
        return episode

    episode = play(server.url, script)
    assert list(episode.frames) == ["lead", "lead/billing.1", "lead/orders.1"]
    lead, orders = episode.frames["lead"], episode.frames["lead/orders.1"]
    assert [message.role for message in lead.messages] == ["system", "user", "assistant", "tool", "tool", "assistant"]
    assert [call["id"] for call in lead.messages[2].tool_calls] == ["call_0_0", "call_0_1"]
    assert [message.tool_call_id for message in lead.messages[3:5]] == ["call_0_0", "call_0_1"]
    assert [message.content for message in orders.messages] == [
        "You are orders.", "for orders", "", "ok", "orders are fine",
    ]  # fmt: skip
    assert all(frame.complete for frame in episode.frames.values())
    # What was sent is kept as it was sent: it may have to be sent again.
    assert "id" not in server.episodes[episode.id][0][0]["tool_calls"][0]


def test_others_play_in_between_and_may_end_it_at_once(server, play):
    async def script(client):
        episode = await now(client.reset("team", 7, learner=["orders"], others={"*": "robust"}))
        assert server.requests[-1]["params"]["options"] == {"learner": ["orders"], "others": {"*": "robust"}}
        assert episode.observation.frame == "lead/orders.1"
        result = await now(episode.call("earn"))
        assert (result.reward, result.info.played) == (0.25 + 0.25, 1)
        result = await now(episode.step(content="done"))
        assert (result.terminated, result.observation.frame, result.info.played) == (True, "lead", 1)
        # The last word was that of a frame that others play.
        assert list(episode.frames) == ["lead/orders.1"]

        over = await now(client.reset("team", 7, options={"learner": []}))
        assert (over.done, over.terminated, over.reward, over.stop_reason) == (True, True, 0.5, "answered")
        assert over.verdict.reward == 0.5
        assert (over.seq, over.frames, over.waiting) == (0, {}, [])
        again = await now(client.resume(over.id))
        assert (again.done, again.reward) == (True, 0.5)
        with pytest.raises(EnvError) as broken:
            await now(client.reset("team", 13, learner=[]))
        assert broken.value.result.reward is None
        both = await now(client.reset_many([{"scenario": "team", "seed": seed} for seed in (13, 7)], learner=[]))
        assert [type(one) is EnvError for one in both] == [True, False]
        with pytest.raises(TypeError, match="given twice"):
            await now(client.reset("team", 7, options={"learner": "all"}, learner="all"))

    play(server.url, script)


def test_the_pool_loses_no_episode_that_others_ended(server):
    rows = [{"scenario": "team", "seed": seed, "learner": [] if seed % 3 else "all"} for seed in range(1, 15)]
    rewards, broken = {}, []
    with Client(server.url) as client, client.pool(rows, size=4) as pool:
        while pool.episodes:
            for episode, outcome in pool.step([[{"name": "earn"}] if e.seq == 0 else "bye" for e in pool.episodes]):
                if isinstance(outcome, EnvError):
                    broken.append(episode.info.seed)
                elif outcome.done:
                    rewards[episode.info.seed] = episode.reward
    assert rewards == {seed: 0.5 if seed % 3 else 0.25 for seed in range(1, 15) if seed != 13}
    assert broken == [13]
    assert server.episodes == {}


async def rounds_of(episode, order=None) -> list:
    """Plays a parallel episode to its end: answers of both workers at once, or one after the other."""
    await now(episode.step([{"tool_calls": calling("orders", "billing"), "frame": "lead"}]))
    turns = {
        "lead/orders.1": [{"tool_calls": [{"name": "slow"}]}, {"content": "found"}],
        "lead/billing.1": [{"tool_calls": [{"name": "earn"}]}, {"content": "paid"}],
    }
    while not episode.done and "lead" not in episode.waiting:
        waiting = [path for path in order or episode.waiting if path in episode.waiting]
        waiting = waiting[:1] if order else waiting
        await now(episode.step([{**turns[path].pop(0), "frame": path} for path in waiting]))
    await now(episode.step(content="all done"))
    return [(frame.path, frame.messages) for frame in sorted(episode.frames.values(), key=lambda one: one.path)]


def test_several_frames_in_one_step(server, play):
    async def script(client):
        episode = await now(client.reset("team", 7, learner="all", parallel_frames=True))
        assert [seen.frame for seen in episode.observations] == ["lead"]
        result = await now(episode.step(tool="sub-agent-orders", arguments={"message": "a"}))
        assert [seen.frame for seen in result.observations] == ["lead/orders.1"]
        await now(episode.step(content="a done"))
        await now(episode.step([{"tool_calls": calling("orders", "billing"), "frame": "lead"}]))
        assert episode.waiting == ["lead/billing.1", "lead/orders.2"]
        result = await now(episode.step([said("lead/orders.2", "nothing")]))
        # It had been shown already, and has no news.
        assert (episode.waiting, result.observation.messages) == (["lead/billing.1"], [])
        assert [m.content for m in episode.frames["lead/billing.1"].messages] == ["You are billing.", "for billing"]
        for wrong in ([said("lead/orders.2")], [said("lead/billing.1"), said("lead/billing.1")], [said("nobody")]):
            with pytest.raises(UnknownFrameError):
                await now(episode.step(wrong))
        await now(episode.step([Action(content="paid", frame="lead/billing.1")], policy_version="p1"))
        assert server.requests[-1]["params"]["actions"] == [
            {"content": "paid", "frame": "lead/billing.1", "policy_version": "p1"}
        ]
        assert episode.waiting == ["lead"]
        await now(episode.step([said("lead")]))
        assert (episode.done, episode.waiting, len(episode.observations)) == (True, [], 1)

    play(server.url, script)


def test_the_order_of_answers_changes_nothing(server, play):
    async def script(client):
        played = []
        for order in (None, ["lead/orders.1", "lead/billing.1"], ["lead/billing.1", "lead/orders.1"]):
            episode = await now(client.reset("team", 7, learner="all", parallel_frames=True))
            played.append(await rounds_of(episode, order))
            assert episode.reward == 0.25
        assert played[0] == played[1] == played[2]

    play(server.url, script)


@pytest.mark.parametrize("fate", ["kill", "pass_kill"])
@pytest.mark.parametrize("direction", ["request", "reply"])
@pytest.mark.parametrize("nth", [2, 3])
def test_a_broken_connection_neither_loses_nor_doubles_a_step_of_several(server, proxy, play, direction, nth, fate):
    proxy.plan = lambda way, number, data: fate if (way, number) == (direction, nth) else "pass"

    async def script(client):
        episode = await now(client.reset("team", 7, learner="all", parallel_frames=True))
        await rounds_of(episode)
        assert server.executed == [(episode.id, seq) for seq in range(1, episode.seq + 1)]
        assert client.connections == 2

    play(proxy.url, script)


def test_steps_of_several_are_told_again_to_a_server_that_was_set_back(server, play):
    async def script(client):
        episode = await now(client.reset("team", 7, learner="all", parallel_frames=True))
        await now(episode.step([{"tool_calls": calling("orders", "billing"), "frame": "lead"}]))
        both = [said("lead/billing.1"), {"tool_calls": [{"name": "slow"}], "frame": "lead/orders.1"}]
        await now(episode.step(both))
        frames = {path: frame.messages for path, frame in episode.frames.items()}
        server.set_back(episode.id, 0)
        server.executed.clear()
        await now(episode.resume())
        assert server.executed == [(episode.id, 1), (episode.id, 2)]
        assert [action for action, _ in server.episodes[episode.id]][1] == both
        assert {path: frame.messages for path, frame in episode.frames.items()} == frames
        server.set_back(episode.id, 1)
        assert (await now(episode.step([said("lead/orders.1")]))).seq == 3
        conflict = {"episode": episode.id, "actions": [said("lead/orders.1", "other")], "seq": 3}
        with pytest.raises(SeqConflictError):
            await now(client.request("env/step", conflict))
        same = {"episode": episode.id, "actions": [said("lead/orders.1")], "seq": 3}
        assert (await now(client.request("env/step", same)))["seq"] == 3

    play(server.url, script)


def test_forks_and_resumed_handles_know_what_they_can(server, play):
    async def script(client):
        episode = await now(client.reset("team", 7, learner="all", parallel_frames=True))
        await now(episode.step([{"tool_calls": calling("orders", "billing"), "frame": "lead"}]))
        await now(episode.step([{"tool_calls": [{"name": "slow"}], "frame": "lead/orders.1"}]))
        twin = (await now(episode.fork()))[0]
        assert twin.waiting == episode.waiting == ["lead/billing.1"]
        await now(twin.step([said("lead/billing.1")]))
        assert len(twin.frames["lead/billing.1"].messages) == len(episode.frames["lead/billing.1"].messages) + 1
        early = (await now(episode.fork(at=1)))[0]
        assert early.waiting == ["lead/billing.1", "lead/orders.1"]
        assert [len(frame.messages) for frame in early.frames.values()] == [3, 2, 2]
        assert all(frame.complete for frame in early.frames.values())
        handle = await now(client.resume(episode.id))
        assert handle.waiting == episode.waiting
        assert not handle.frames["lead/billing.1"].complete
        await now(handle.step([said("lead/billing.1")]))
        # The step was taken elsewhere: what was said in it is not known here.
        await now(episode.resume())
        assert episode.seq == handle.seq
        assert not episode.frames["lead/billing.1"].complete

    play(server.url, script)


def test_a_new_segment_takes_the_place_of_earlier_messages(server):
    with Client(server.url) as client:
        episode = client.reset("team", 7)
        episode.call("slow")
        result = episode.call("compact")
        assert result.observation.segment == 2
        lead = episode.frames["lead"]
        assert [message.content for message in lead.messages] == ["You are lead.", "Segment 2.", "ok"]
        assert [len(segment) for segment in lead.segments] == [5, 3]
        twin = episode.fork(at=1)[0]
        assert [len(segment) for segment in twin.frames["lead"].segments] == [4]
        episode.call("slow")
        assert [len(segment) for segment in lead.segments] == [5, 5]


def test_a_child_that_goes_on_keeps_its_history(server):
    with Client(server.url) as client:
        episode = client.reset("team", 7, learner="all")
        episode.step(calling("orders"))
        episode.step(content="which one?")
        episode.call("sub-agent-orders", message="the first", sub_agent_id="lead/orders.1")
        assert episode.observation.tools is None
        assert [tool.name for tool in episode.tools] == ["earn", "slow"]
        assert [message.content for message in episode.frames["lead/orders.1"].messages] == [
            "You are orders.", "for orders", "which one?", "the first",
        ]  # fmt: skip


def test_many_episodes_of_several_frames_in_one_message(server):
    with Client(server.url) as client:
        rows = [{"scenario": "team", "seed": seed} for seed in range(6)]
        episodes = client.reset_many(rows, learner="all", parallel_frames=True)
        client.step_many(episodes, [[{"tool_calls": calling("orders", "billing"), "frame": "lead"}]] * 6)
        outcomes = client.step_many(episodes, [[said(path) for path in one.waiting] for one in episodes])
        assert not any(isinstance(outcome, GymError) for outcome in outcomes)
        assert {tuple(one.waiting) for one in episodes} == {("lead",)}


def test_what_is_a_list_of_actions():
    action = {"content": "x", "frame": "lead"}
    assert as_action([action]) == [action]
    assert as_action([action, action], think_ms=5) == [{**action, "think_ms": 5}] * 2
    assert as_action([Action(content="x")]) == [Action(content="x")]
    # A tool call has a name; one without is for the server to judge.
    assert as_action([{"name": "n", "frame": "x"}]) == {"tool_calls": [{"name": "n", "frame": "x"}]}
    assert as_action([{"arguments": {}}]) == {"tool_calls": [{"arguments": {}}]}
    assert as_action([]) == {"tool_calls": []}
