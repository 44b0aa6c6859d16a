"""The Gymnasium environment against the real server, and its failures against a stand-in."""

from __future__ import annotations

import json
import re
import warnings
from pathlib import Path

import gymnasium
import pytest
from gymnasium.utils.env_checker import check_env
from stand_in import StandIn

import fractal_gym.gym
from fractal_gym import Client, EnvError
from fractal_gym.errors import InvalidParamsError, SplitMismatchError, UnknownScenarioError
from fractal_gym.gym import FractalGymEnv, register_server

RETAIL = "fractal_gym/Retail-v0"
REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.fixture
def env(real_server):
    env = gymnasium.make(RETAIL, url=real_server.url, render_mode="ansi")
    yield env
    env.close()


def test_check_env(real_server):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for options in (None, {"dynamics": "flaky"}):
            env = gymnasium.make(RETAIL, url=real_server.url, options=options)
            check_env(env.unwrapped)
            env.close()


def test_a_seed_is_played_exactly_and_echoed(env):
    first, info = env.reset(seed=7)
    assert info["seed"] == 7
    again, info = env.reset(seed=7)
    assert (again["text"], info["seed"]) == (first["text"], 7)
    other, info = env.reset(seed=2**53 - 1)
    assert other["text"] != first["text"]
    assert info["seed"] == 2**53 - 1


def test_resets_without_a_seed_follow_the_last_seed_and_stay_in_their_split(env, real_server):
    def seeds(*, first: int) -> list[int]:
        env.reset(seed=first)
        infos = [env.reset()[1] for _ in range(12)]
        assert {info["split"] for info in infos} == {"train"}
        return [info["seed"] for info in infos]

    assert seeds(first=1) == seeds(first=1) != seeds(first=2)
    assert len(set(seeds(first=1))) == 12
    held_out = gymnasium.make(RETAIL, url=real_server.url, split="test")
    infos = [held_out.reset()[1] for _ in range(5)]
    assert {info["split"] for info in infos} == {"test"}
    with pytest.raises(SplitMismatchError):
        held_out.reset(seed=seeds(first=1)[0])
    held_out.close()


def test_options_are_echoed_or_refused_with_the_nearest_name(env):
    _, info = env.reset(seed=3, options={"luck": 11, "dynamics": {"profile": "flaky", "intensity": 0.5}})
    assert info["luck"] == 11
    assert info["options"]["intensity"] == 0.5
    with pytest.raises(InvalidParamsError) as caught:
        env.reset(options={"dynamic": "flaky"})
    assert caught.value.data["nearest"] == "dynamics"
    with pytest.raises(InvalidParamsError) as caught:
        env.reset(options={"budgets": {"turn": 3}})
    assert caught.value.data["nearest"] == "turns"
    _, info = env.reset(seed=3, options={"budgets": {"turns": 2}})
    assert info["options"]["budgets"]["turns"] == 2


def test_a_turn_in_every_form(env):
    tool = env.unwrapped.action_space.tools[0].name
    for action in (
        json.dumps({"name": tool, "arguments": {}}),
        {"name": tool, "arguments": {}},
        {"tool_calls": [{"name": tool}]},
        [{"name": tool}, {"name": "no_such_tool"}],
        '{"content": "one moment", "tool_calls": [{"name": "no_such_tool"}]}',
    ):
        env.reset(seed=3)
        observation, reward, terminated, truncated, info = env.step(action)
        assert observation in env.observation_space
        assert (reward, terminated, truncated) == (0.0, False, False)
        assert info["observation"]["messages"][-1]["role"] == "tool"
        assert observation["text"].startswith("[")
    env.reset(seed=3)
    env.step("what a model writes")


def test_tools_and_messages_are_in_info_for_a_trainer(env):
    observation, info = env.reset(seed=3)
    messages = info["observation"]["messages"]
    assert messages[0]["role"] == "system"
    assert messages[-1]["role"] == "user"
    assert messages[-1]["content"] in observation["text"]
    assert {"finish", "report_unable", "wait"} <= {tool["name"] for tool in info["observation"]["tools"]}
    assert not info["text_clipped"]
    json.dumps(info)


def test_an_episode_ends_with_its_verdict(env):
    env.reset(seed=3)
    *_, terminated, truncated, info = env.step({"name": "report_unable", "arguments": {"reason": "no idea"}})
    assert (terminated, truncated) == (True, False)
    assert info["stop_reason"] == "reported_unable"
    assert info["verdict"]["success"] is False
    env.reset(seed=3, options={"budgets": {"turns": 1}})
    *_, terminated, truncated, info = env.step({"name": "wait", "arguments": {"ms": 10}})
    assert (terminated, truncated) == (False, True)
    assert info["stop_reason"] == "turns_budget"


def test_render_and_close(env, real_server):
    env.reset(seed=3)
    assert env.unwrapped.episode.id not in env.render()
    assert len(env.render()) > 50
    env.close()
    env.close()
    with pytest.raises(ValueError, match="render_mode"):
        FractalGymEnv("retail", real_server.url, render_mode="human")
    with FractalGymEnv("retail", real_server.url) as silent:
        with pytest.raises(gymnasium.error.ResetNeeded):
            silent.step("x")
        silent.reset(seed=1)
        assert silent.render() is None


def test_a_conversation_with_a_simulated_user(real_server):
    """A registered scenario with a user: plain text is said to it, its answer is the next observation, it may leave."""
    source = (REPOSITORY / "test/fixtures/carrier.yaml").read_text().split("---\nkind: Dynamics")[0]
    with Client(real_server.url, real_server.token) as client:
        client.register(source)
        with FractalGymEnv("carrier", client=client, render_mode="ansi") as env:
            observation, info = env.reset(seed=3, options={"task": "no_internet"})
            assert "my internet stopped working" in observation["text"]
            observation, reward, terminated, *_ = env.step("What does your phone say?")
            assert observation["text"].startswith("[user]\nIt says: ")
            assert (reward, terminated) == (0.0, False)
            observation, *_ = env.step("And which line is it?")
            number = re.search(r"It is (\d+)\.", observation["text"])[1]
            observation, *_ = env.step({"name": "find_line", "arguments": {"number": number}})
            assert json.loads(observation["text"].split("\n", 1)[1])["number"] == number
            env.step("Turn off airplane mode.")
            env.step("Switch on mobile data!")
            *_, reward, terminated, truncated, info = env.step("Does it work?")
            assert (reward, terminated, truncated) == (1.0, True, False)
            assert info["stop_reason"] == "user_satisfied"
            assert "look_at_phone" in env.render()
            plain, _ = env.reset(seed=3, options={"task": "usage.alone"})
            assert "How much data" in plain["text"]
            *_, info = env.step("I do not know.")
            assert info["stop_reason"] == "stopped_without_answer"


def test_names(real_server):
    assert RETAIL in gymnasium.registry
    with Client(real_server.url) as client:
        assert RETAIL in register_server(client)
    env = gymnasium.make("fractal_gym/Scenario-v0", scenario="retail", url=real_server.url)
    env.close()
    with pytest.raises(UnknownScenarioError) as caught:
        gymnasium.make("fractal_gym/Scenario-v0", scenario="retial", url=real_server.url)
    assert caught.value.data["nearest"] == "retail"
    gymnasium.register_envs(fractal_gym.gym)


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_vector_environments(real_server, mode):
    envs = gymnasium.make_vec(RETAIL, num_envs=2, vectorization_mode=mode, url=real_server.url)
    observations, infos = envs.reset(seed=[3, 4])
    assert list(infos["seed"]) == [3, 4]
    assert observations["clock_ms"].shape == (2, 1)
    envs.action_space.seed(1)
    for _ in range(3):
        observations, rewards, terminations, _, _ = envs.step(envs.action_space.sample())
    assert rewards.shape == terminations.shape == (2,)
    assert observations in envs.observation_space
    envs.close()


def test_an_environment_failure_raises_and_is_no_zero():
    with StandIn() as server, FractalGymEnv("shop", server.url) as env:
        env.reset(seed=1)
        with pytest.raises(EnvError):
            env.step("break")
        env.reset(seed=2)
        assert env.step("fine")[1] == 0.0
