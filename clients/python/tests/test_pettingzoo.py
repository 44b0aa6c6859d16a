"""The PettingZoo environments, and the Gymnasium one with several agents, over the stand-in server."""

from __future__ import annotations

import json
import warnings

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from pettingzoo.test import api_test, parallel_api_test, parallel_seed_test, seed_test
from stand_in import StandIn

from fractal_gym import EnvError
from fractal_gym.errors import InvalidParamsError
from fractal_gym.gym import FractalGymEnv
from fractal_gym.gym.spaces import BUDGETS, observation_space
from fractal_gym.messages import Observation
from fractal_gym.pettingzoo import FractalAECEnv, FractalParallelEnv, Slots, aec_env, parallel_env

#: Of PettingZoo's tests: text is no array, and no option is called "options".
EXPECTED = (
    "probably should be gymnasium.spaces.box", "not a NumPy array", "recommend agents to be named", "unknown option",
)  # fmt: skip

BOTH = [
    {"name": "sub-agent-orders", "arguments": {"message": "a"}},
    {"name": "sub-agent-billing", "arguments": {"message": "b"}},
]
SLOTS = ["lead", "orders", "orders_2", "billing", "billing_2"]


@pytest.fixture
def url():
    with StandIn() as server:
        yield server.url


@pytest.fixture
def strict():
    """Every warning that PettingZoo's tests have about an environment is an error, but for those that are expected."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for text in EXPECTED:
            warnings.filterwarnings("ignore", message=f".*{text}.*")
        yield


@pytest.mark.parametrize("learner", ["all", "root", ["orders", "billing"], "b*"])
def test_the_tests_of_pettingzoo(url, strict, learner):
    settings = {"learner": learner, "slots": 2}
    env = aec_env("team", url, **settings)
    api_test(env, num_cycles=100)
    env.close()
    seed_test(lambda: aec_env("team", url, **settings), num_cycles=40)
    env = parallel_env("team", url, **settings)
    parallel_api_test(env, num_cycles=100)
    env.close()
    parallel_seed_test(lambda: parallel_env("team", url, **settings), num_cycles=40)


def test_agents_take_turns(url):
    env = aec_env("team", url, slots=2)
    assert env.possible_agents == SLOTS
    env.reset(seed=7)
    turns, plan = [], {"lead": [BOTH, "bye"], "orders": ["slow", "found"], "billing": ["earn", "paid"]}
    returns = dict.fromkeys(env.possible_agents, 0.0)
    for agent in env.agent_iter():
        observation, reward, terminated, truncated, info = env.last()
        returns[agent] += reward
        assert observation in env.observation_space(agent)
        if terminated or truncated:
            assert (terminated, truncated, observation["turn"]) == (True, False, 0)
            assert info["verdict"] == {"reward": 0.25}
            assert info["credit"] == {"lead/billing.1": ["check.0.25"]}
            env.step(None)
            continue
        turns.append((agent, info["frame"], observation["text"].partition("]")[2].strip().partition("\n")[0]))
        assert (observation["turn"], observation["frame"]) == (1, info["frame"])
        assert observation["agent"] == info["observation"]["agent"]
        assert env.observe("orders_2")["turn"] == 0
        action = plan[agent].pop(0)
        env.step({"name": action} if action in ("slow", "earn") else action)
    assert turns == [
        ("lead", "lead", "You are lead."),
        ("billing", "lead/billing.1", "You are billing."),
        ("orders", "lead/orders.1", "You are orders."),
        ("billing", "lead/billing.1", "ok"),
        ("orders", "lead/orders.1", "ok"),
        ("lead", "lead", "lead/orders.1 says found"),
    ]
    # The team's reward is that of every agent.
    assert returns == dict.fromkeys(SLOTS, 0.25)
    assert env.agents == []
    assert [message["role"] for message in env.unwrapped.history("billing")] == [
        "system", "user", "assistant", "tool", "assistant",
    ]  # fmt: skip
    env.close()


def test_agents_act_at_once_and_idle_ones_are_ignored(url):
    env = parallel_env("team", url, slots=2)
    observations, infos = env.reset(seed=7)
    assert set(observations) == set(infos) == set(SLOTS)
    assert [agent for agent, seen in observations.items() if seen["turn"]] == ["lead"]
    assert (observations["orders"]["text"], infos["orders"]["frame"]) == ("", None)
    observations, *_ = env.step(dict.fromkeys(SLOTS, BOTH))
    assert [agent for agent, seen in observations.items() if seen["turn"]] == ["orders", "billing"]
    assert (observations["lead"]["text"], observations["lead"]["frame"]) == ("", "lead")
    with pytest.raises(ValueError, match="has an action: billing, orders"):
        env.step({"lead": "too early", "orders": None})
    with pytest.raises(ValueError, match="nearest is 'orders'"):
        env.step({"order": "x"})
    observations, rewards, *_ = env.step({"orders": {"name": "slow"}})
    # It is held back: nobody knows yet what billing does at the same time.
    assert [agent for agent, seen in observations.items() if seen["turn"]] == ["billing"]
    assert (observations["billing"]["text"], observations["orders"]["text"]) == ("", "")
    assert env.history("billing")[-1]["content"] == "b"
    observations, rewards, *_ = env.step({"billing": {"name": "earn"}, "billing_2": "idle"})
    assert rewards == dict.fromkeys(SLOTS, 0.25)
    assert [agent for agent, seen in observations.items() if seen["turn"]] == ["orders", "billing"]
    env.step({"billing": "paid"})
    observations, *_ = env.step({"orders": "found"})
    assert observations["lead"]["text"].count("says") == 2
    observations, rewards, terminations, truncations, infos = env.step({"lead": "bye"})
    assert terminations == dict.fromkeys(SLOTS, True)
    assert truncations == dict.fromkeys(SLOTS, False)
    assert infos["billing_2"]["stop_reason"] == "answered"
    assert env.agents == []
    assert env.step({}) == ({}, {}, {}, {}, {})
    env.close()


def test_more_frames_than_slots_take_turns(url):
    env = parallel_env("team", url, slots={"orders": 2, "billing": 1})
    env.reset(seed=7)
    observations, _, _, _, infos = env.step({"lead": [BOTH[0]] * 5})
    seen, told = set(), 0
    while not observations["lead"]["turn"]:
        turn = [agent for agent, shown in observations.items() if shown["turn"]]
        assert turn
        assert all("You are orders." in observations[agent]["text"] for agent in turn)
        seen |= {infos[agent]["frame"] for agent in turn}
        told += len(turn)
        observations, _, _, _, infos = env.step(dict.fromkeys(turn, "done"))
    assert (seen, told) == ({f"lead/orders.{n}" for n in range(1, 6)}, 5)
    env.close()


def test_a_budget_truncates_everybody(url):
    env = aec_env("team", url, learner="root")
    env.reset(seed=7)
    steps = 0
    for agent in env.agent_iter():
        *_, terminated, truncated, info = env.last()
        assert not terminated
        assert truncated == ("stop_reason" in info)
        steps += not truncated
        env.step(None if truncated else {"name": "slow"})
        assert agent == "lead"
    assert (steps, info["stop_reason"]) == (40, "turns_budget")
    env.close()


@pytest.mark.parametrize("make", [FractalAECEnv, FractalParallelEnv])
def test_an_episode_that_others_ended_is_told_with_the_first_step(url, make):
    env = make("team", url, learner="*")
    env.team.source.options["learner"] = []
    env.reset(seed=7)
    assert env.agents == env.possible_agents
    first = env.agents[0]
    assert not any(seen["turn"] for seen in env.team.seen.values())
    if make is FractalAECEnv:
        assert env.infos[first]["ended"]["stop_reason"] == "answered"
        env.step("whatever")
        assert env.last()[1:4] == (0.5, True, False)
    else:
        _, rewards, terminations, *_ = env.step({})
        assert (rewards[first], terminations[first]) == (0.5, True)
    with pytest.raises(EnvError):
        env.reset(seed=13)
    env.close()


def test_what_is_wrong_is_said_with_the_nearest_name(url):
    with pytest.raises(InvalidParamsError) as caught:
        aec_env("team", url, learner=["order"])
    assert caught.value.data["nearest"] == "orders"
    with pytest.raises(InvalidParamsError) as caught:
        aec_env("team", url, learner=["orders"], slots={"order": 2})
    assert caught.value.data["nearest"] == "orders"
    with pytest.raises(ValueError, match="needs a slot"):
        aec_env("team", url, slots=0)
    for options in ({"learner": "all"}, {"parallel_frames": True}):
        with pytest.raises(InvalidParamsError):
            aec_env("team", url, options=options)
        env = parallel_env("team", url)
        with pytest.raises(InvalidParamsError):
            env.reset(options=options)
        env.close()
    with pytest.raises(InvalidParamsError):
        aec_env("team", url, options={"dynamic": "flaky"})
    with pytest.raises(ValueError, match="render_mode"):
        aec_env("team", url, render_mode="human")
    env = aec_env("team", url)
    with pytest.warns(UserWarning, match="nearest is 'dynamics'"):
        env.reset(seed=1, options={"dynamic": "flaky"})
    with pytest.raises(ValueError, match="the turn of lead"):
        env.step(None)
    env.close()


def waits(*frames: str) -> list[Observation]:
    return [
        Observation(frame=frame, agent=frame.rpartition("/")[2].partition(".")[0], depth=0, messages=[], clock_ms=0,
                    budgets={}, waiting=[])
        for frame in frames
    ]  # fmt: skip


def test_slots_are_used_again_when_a_frame_is_done():
    slots = Slots({"lead": 1, "orders": 2})
    slots.place(waits("lead"))
    slots.place(waits("lead/orders.1"))
    assert slots.waiting == ["orders"]
    slots.note_turn("orders", {"tool_calls": [{"name": "x"}]}, is_root=False)
    slots.place(waits("lead/orders.2"))
    assert slots.waiting == ["orders_2"]  # the first goes on
    slots.note_turn("orders_2", {"content": "done"}, is_root=False)
    slots.place(waits("lead/orders.3"))
    assert slots.waiting == ["orders_2"]
    slots.place(waits("lead/orders.4"))
    assert slots.waiting == ["orders"]  # all go on: the one that has not waited for the longest time
    slots.place(waits("lead"))
    slots.place(waits("lead/orders.5", "lead/orders.3"))
    assert slots.waiting == ["orders", "orders_2"]  # what is below a frame that waits is done, unless it is resumed
    slots.place(waits("lead/orders.6", "lead/orders.5", "lead/orders.3"))
    assert slots.waiting == ["orders", "orders_2"]
    slots.place(waits("lead/orders.6"))
    assert slots.waiting == ["orders"]
    slots.clear()
    assert (slots.waiting, slots.frame_of) == ([], {})


def test_slots_are_never_called_as_an_agent():
    assert Slots({"a": 3, "a_2": 2}).names == ["a", "a_3", "a_4", "a_2", "a_2_2"]
    assert Slots({"a": 3, "a_2": 2}).agent_of["a_4"] == "a"


def test_the_spaces_are_those_of_the_gymnasium_environment(url):
    env = aec_env("team", url)
    space = env.observation_space("orders")
    assert space is env.observation_space("orders")
    assert {name: part for name, part in space.spaces.items() if name != "turn"} == observation_space().spaces
    with FractalGymEnv("team", url) as single:
        assert single.action_space == env.action_space("lead")
    env.reset(seed=1)
    names = {json.loads(env.action_space("lead").sample())["name"] for _ in range(30)}
    assert names == {"sub-agent-orders", "sub-agent-billing"}
    env.close()


@pytest.mark.parametrize("learner", ["root", "orders", ["orders", "billing"], "all"])
def test_gymnasium_with_several_agents(url, learner):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        env = gymnasium.make("fractal_gym/Scenario-v0", scenario="team", url=url, learner=learner)
        check_env(env.unwrapped)
        env.close()
    env = FractalGymEnv("team", url, learner=learner, others="robust")
    observation, info = env.reset(seed=7)
    frames = []
    while True:
        assert observation in env.observation_space
        assert observation["frame"] == info["observation"]["frame"]
        frames.append((observation["frame"], observation["agent"], int(observation["depth"][0])))
        plan = BOTH if len(frames) == 1 and observation["agent"] == "lead" else "done"
        observation, _, terminated, _, info = env.step(plan)
        if terminated:
            break
    below = [(f"lead/{agent}.1", agent, 1) for agent in ("billing", "orders") if learner == "all" or agent in learner]
    lead = [("lead", "lead", 0)]
    assert frames == (lead + below + lead if learner in ("root", "all") else below)
    names = [message["content"] for message in env.history(frames[0][0]) if message["role"] == "system"]
    assert names == [f"You are {frames[0][1]}."]
    assert env.history("nobody") == []
    left = dict(zip(BUDGETS, observation["budgets"].tolist(), strict=True))
    assert (left["turns"] > 0, left["depth"] >= 2, left["agent_turns"]) == (True, True, -1)
    env.close()


def test_gymnasium_refuses_several_frames_at_once(url):
    with pytest.raises(InvalidParamsError, match=r"fractal_gym\.pettingzoo\.parallel_env"):
        FractalGymEnv("team", url, options={"parallel_frames": True})
    env = FractalGymEnv("team", url, options={"parallel_frames": False})
    with pytest.raises(InvalidParamsError, match=r"fractal_gym\.pettingzoo\.parallel_env"):
        env.reset(options={"parallel_frames": True})
    env.close()


def test_gymnasium_tells_an_end_that_others_made_with_the_first_step(url):
    env = FractalGymEnv("team", url, learner=[])
    observation, info = env.reset(seed=7)
    assert info["ended"]["stop_reason"] == "answered"
    assert np.array_equal(observation["depth"], [0])
    _, reward, terminated, truncated, info = env.step("whatever")
    assert (reward, terminated, truncated, info["verdict"]) == (0.5, True, False, {"reward": 0.5})
    env.close()
