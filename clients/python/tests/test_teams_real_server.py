"""Several agents against the real server, in both clients and in the environments."""

from __future__ import annotations

import asyncio
import inspect
import random
import warnings

import gymnasium
import pytest
from chaos_proxy import ChaosProxy
from gymnasium.utils.env_checker import check_env
from pettingzoo.test import api_test, parallel_api_test, parallel_seed_test, seed_test

import fractal_gym.gym  # noqa: F401
from fractal_gym import AsyncClient, Client
from fractal_gym.errors import InvalidParamsError, UnknownFrameError
from fractal_gym.pettingzoo import aec_env, parallel_env

#: A root that calls two workers, each with tools of the world, in one turn or one after the other.
SCENARIO = "support-team"
LEAD, ORDERS, BILLING = "lead", "orders", "billing"
#: A task that the second worker has nothing to do with.
TASK = "cancel_by_item"
SEED = 7
#: A tool of the first worker that needs nothing to be known.
LOOK = {"name": "list_products", "arguments": {}}


@pytest.fixture(autouse=True)
def scenario(real_server):
    """The scenario that these tests are about, which has to be there."""
    with Client(real_server.url) as client:
        names = [summary.name for summary in client.scenarios()]
        assert SCENARIO in names, f"the server has no scenario {SCENARIO!r}; it has {', '.join(names)}"
        agents = [agent.name for agent in client.scenario(SCENARIO).agents]
        assert agents == [LEAD, ORDERS, BILLING]


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


def calling(*agents: str) -> list[dict]:
    return [{"name": f"sub-agent-{agent}", "arguments": {"message": f"Part of {agent}."}} for agent in agents]


def turns_of(trajectory: dict) -> list[dict]:
    """The actions of an episode in their order, each with its frame."""
    turns = [event for event in trajectory["events"] if event["type"] == "turn"]
    return [{**turn["action"], "frame": turn["frame"]} for turn in turns]


def test_others_solve_it_at_once_and_the_trainer_can_do_what_they_did(real_server, play):
    async def script(client):
        solved = await now(client.reset(SCENARIO, SEED, task=TASK, learner=[BILLING]))
        assert (solved.done, solved.terminated, solved.reward, solved.stop_reason) == (True, True, 1.0, "finished")
        assert (solved.seq, solved.last.info.credit is not None, solved.last.info.played > 2) == (0, True, True)
        plan = turns_of(await now(solved.trajectory()))
        assert {action["frame"] for action in plan} == {LEAD, f"{LEAD}/{ORDERS}.1"}
        episode = await now(client.reset(SCENARIO, SEED, task=TASK, learner="all"))
        for action in plan:
            assert episode.waiting == [episode.observation.frame] == [action["frame"]]
            await now(episode.step(action))
        assert (episode.done, episode.reward) == (True, 1.0)
        assert episode.last.info.credit == solved.last.info.credit
        assert list(episode.frames) == [LEAD, f"{LEAD}/{ORDERS}.1"]
        for frame in episode.frames.values():
            assert frame.complete
            assert [message.role for message in frame.messages[:3]] == ["system", "user", "assistant"]
            calls = [call["id"] for message in frame.messages for call in message.tool_calls or []]
            assert calls == [message.tool_call_id for message in frame.messages if message.role == "tool"]
        # With the other worker as the learner nothing is left for the rest to guess.
        for learner in (LEAD, ORDERS):
            one = await now(client.reset(SCENARIO, SEED, task=TASK, learner=learner, others="oracle"))
            for action in plan:
                if action["frame"].endswith((LEAD, f"{ORDERS}.1")[learner == ORDERS]):
                    await now(one.step(action))
            assert (one.done, one.reward) == (True, 1.0)

    play(real_server.url, script)


def test_nobody_helps_a_lead_that_does_nothing(real_server, play):
    async def script(client):
        episode = await now(client.reset(SCENARIO, SEED, task=TASK))
        assert episode.info.options.learner is None
        assert {tool.name for tool in episode.tools} >= {f"sub-agent-{ORDERS}", f"sub-agent-{BILLING}", "finish"}
        result = await now(episode.step(calling(ORDERS)))
        assert result.info.played >= 1
        assert (episode.observation.frame, result.observation.messages[-1].role) == (LEAD, "tool")
        idle = await now(client.reset(SCENARIO, SEED, task=TASK, others={"*": "noop"}))
        await now(idle.step(calling(ORDERS, BILLING)))
        await now(idle.finish())
        assert (idle.done, idle.reward) == (True, 0.0)
        with pytest.raises(InvalidParamsError) as caught:
            await now(client.reset(SCENARIO, SEED, learner=["order"]))
        assert caught.value.data["nearest"] == ORDERS
        with pytest.raises(InvalidParamsError):
            await now(client.reset(SCENARIO, SEED, others="orakle"))

    play(real_server.url, script)


SCRIPT = {
    LEAD: [{"tool_calls": calling(ORDERS, BILLING)}, {"content": "That is all."}],
    f"{LEAD}/{ORDERS}.1": [{"tool_calls": [LOOK]}, {"tool_calls": [LOOK, LOOK]}, {"content": "Nothing found."}],
    f"{LEAD}/{BILLING}.1": [{"tool_calls": [{"name": "wait", "arguments": {"ms": 700}}]}, {"content": "Nothing due."}],
}


async def run_script(client, choose) -> tuple:
    """Plays the script; `choose` says which of the waiting frames are answered, and in which order."""
    episode = await now(client.reset(SCENARIO, SEED, learner="all", parallel_frames=True))
    left = {path: list(actions) for path, actions in SCRIPT.items()}
    while not episode.done:
        chosen = choose(episode.waiting)
        await now(episode.step([{**left[path].pop(0), "frame": path} for path in chosen]))
    told = {path: frame.messages for path, frame in episode.frames.items()}
    trajectory = await now(episode.trajectory())
    return told, trajectory["state_hash"], episode.reward, episode


def test_the_order_of_answers_changes_nothing(real_server, play):
    async def script(client):
        told, state, reward, episode = await run_script(client, list)
        assert set(told) == set(SCRIPT)
        assert all(frame.complete for frame in episode.frames.values())
        draw = random.Random(5)
        ways = [lambda waiting: waiting[:1], lambda waiting: waiting[-1:], lambda waiting: waiting[::-1]]
        ways += [lambda waiting: draw.sample(waiting, draw.randint(1, len(waiting)))] * 4
        for choose in ways:
            again = await run_script(client, choose)
            assert again[:3] == (told, state, reward)

    play(real_server.url, script)


def test_several_frames_wait_and_only_those_are_answered(real_server, play):
    async def script(client):
        episode = await now(client.reset(SCENARIO, SEED, learner="all", parallel_frames=True))
        assert episode.waiting == [LEAD]
        result = await now(episode.step([{"tool_calls": calling(ORDERS, BILLING), "frame": LEAD}]))
        assert {seen.agent for seen in result.observations} == {ORDERS, BILLING}
        assert all(seen.messages[0].role == "system" and seen.tools for seen in result.observations)
        orders = next(seen.frame for seen in result.observations if seen.agent == ORDERS)
        result = await now(episode.step([{"content": "Nothing.", "frame": orders}]))
        assert [(seen.agent, seen.messages) for seen in result.observations] == [(BILLING, [])]
        for wrong in (orders, LEAD, "nobody"):
            with pytest.raises(UnknownFrameError):
                await now(episode.step([{"content": "x", "frame": wrong}]))
        twin = await now(client.restore(await now(episode.snapshot())))
        assert (twin.waiting, twin.seq) == (episode.waiting, 2)
        early = (await now(episode.fork(at=1)))[0]
        assert set(early.waiting) == {orders, f"{LEAD}/{BILLING}.1"}
        assert early.frames[orders].messages == episode.frames[orders].messages[:2]
        handle = await now(client.resume(episode.id))
        assert (handle.waiting, handle.seq) == (episode.waiting, 2)

    play(real_server.url, script)


def test_turns_of_others_swallow_nothing_that_waits(real_server, play):
    """The learner's frame waits while that of another, which comes first, is played."""

    async def script(client):
        options = {"learner": [LEAD, ORDERS], "others": "noop", "parallel_frames": True}
        episode = await now(client.reset(SCENARIO, SEED, options=options))
        result = await now(episode.step([{"tool_calls": calling(ORDERS, BILLING), "frame": LEAD}]))
        assert result.info.played >= 1
        (seen,) = [seen for seen in result.observations if seen.agent == ORDERS]
        assert seen.messages[0].role == "system"
        assert seen.tools

    play(real_server.url, script)


def test_a_broken_connection_neither_loses_nor_doubles_a_step_of_several(real_server, play):
    with ChaosProxy(real_server.url) as proxy:

        async def script(client):
            return await run_script(client, list)

        calm = play(proxy.url, script)
        proxy.plan = lambda way, number, data: ("kill", "pass_kill")[number % 2] if number % 3 == 0 else "pass"
        wild = play(proxy.url, script)
        assert proxy.kills > 1
        assert wild[:3] == calm[:3]
        assert wild[3].seq == calm[3].seq


@pytest.mark.parametrize("learner", ["root", [ORDERS], [ORDERS, BILLING], "all"])
def test_the_gymnasium_environment(real_server, learner):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        env = gymnasium.make("fractal_gym/Scenario-v0", scenario=SCENARIO, url=real_server.url, learner=learner)
        check_env(env.unwrapped)
    env.action_space.seed(3)
    observation, info = env.reset(seed=SEED)
    played = {
        LEAD: learner in ("root", "all"),
        ORDERS: learner != "root",
        BILLING: BILLING in learner or learner == "all",
    }
    for _ in range(30):
        assert observation in env.observation_space
        assert played[observation["agent"]]
        assert info["observation"]["frame"] == observation["frame"]
        observation, _, terminated, truncated, info = env.step(env.action_space.sample())
        if terminated or truncated:
            break
    env.close()


@pytest.fixture
def expected():
    """Warnings of PettingZoo's tests about text, which is no array, are expected; others are errors."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for text in (
            "probably should be gymnasium.spaces.box",
            "not a NumPy array",
            "agents to be named",
            "unknown opt",
        ):
            warnings.filterwarnings("ignore", message=f".*{text}.*")
        yield


@pytest.mark.parametrize("learner", ["all", "root", [ORDERS, BILLING]])
def test_the_tests_of_pettingzoo(real_server, expected, learner):
    url = real_server.url
    env = aec_env(SCENARIO, url, learner=learner, slots=2)
    api_test(env, num_cycles=50)
    env.close()
    seed_test(lambda: aec_env(SCENARIO, url, learner=learner, slots=2), num_cycles=20)
    env = parallel_env(SCENARIO, url, learner=learner, slots=2)
    parallel_api_test(env, num_cycles=50)
    env.close()
    parallel_seed_test(lambda: parallel_env(SCENARIO, url, learner=learner, slots=2), num_cycles=20)


def test_both_pettingzoo_environments_end_as_the_client_does(real_server):
    with Client(real_server.url) as client:
        _, _, reward, episode = asyncio.run(run_script(client, list))
    left = {path: list(actions) for path, actions in SCRIPT.items()}
    env = aec_env(SCENARIO, real_server.url, slots=1)
    env.reset(seed=SEED)
    returns = dict.fromkeys(env.possible_agents, 0.0)
    for agent in env.agent_iter():
        observation, earned, terminated, truncated, info = env.last()
        returns[agent] += earned
        env.step(None if terminated or truncated else left[observation["frame"]].pop(0))
        reason = info.get("stop_reason")
    assert returns == dict.fromkeys([LEAD, ORDERS, BILLING], reward)
    assert reason == episode.stop_reason
    env.close()
    left = {path: list(actions) for path, actions in SCRIPT.items()}
    team = parallel_env(SCENARIO, real_server.url, slots=1)
    observations, infos = team.reset(seed=SEED)
    earned = 0.0
    while team.agents:
        turn = {agent: seen["frame"] for agent, seen in observations.items() if seen["turn"]}
        observations, rewards, _, _, infos = team.step({agent: left[frame].pop(0) for agent, frame in turn.items()})
        earned += rewards[LEAD]
    assert (earned, infos[LEAD]["stop_reason"]) == (reward, episode.stop_reason)
    team.close()


def test_budgets_truncate_teams(real_server):
    env = aec_env(SCENARIO, real_server.url, options={"budgets": {"turns": 4}}, slots=1)
    env.reset(seed=SEED)
    live = 0
    for agent in env.agent_iter():
        *_, terminated, truncated, info = env.last()
        assert not terminated
        live += not truncated
        env.step(None if truncated else LOOK if agent != LEAD else calling(ORDERS))
    assert (live, info["stop_reason"]) == (4, "turns_budget")
    env.close()
