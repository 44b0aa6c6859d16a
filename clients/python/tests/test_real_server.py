"""Both clients against the real server, also through a proxy that breaks their connections."""

from __future__ import annotations

import asyncio
import random
import threading
from pathlib import Path

import pytest
from chaos_proxy import ChaosProxy

from fractal_gym import AsyncClient, Client, Episode, GymError, StepResult
from fractal_gym.actions import action_of_text
from fractal_gym.errors import (
    EpisodeEndedError,
    ForbiddenError,
    InvalidParamsError,
    NameTakenError,
    NotAdmittedError,
    RequestKeyConflictError,
    SeqConflictError,
    SeqGapError,
    SnapshotInvalidError,
    SpecError,
    SplitMismatchError,
    UnknownEpisodeError,
    UnknownMethodError,
    UnknownScenarioError,
)
from fractal_gym.gym import TurnText

SHOP = Path(__file__).resolve().parents[3] / "test" / "fixtures" / "shop.yaml"
CALM = ("finish", "report_unable")


def plan_of(tools, seed: int, count: int) -> list[dict]:
    """Random calls that do not end an episode."""
    space = TurnText([tool for tool in tools if tool.name not in CALM], seed=seed)
    return [action_of_text(space.sample()) for _ in range(count)]


def test_the_catalogue(client):
    info = client.server_info()
    assert "env/step" in info.methods
    assert not info.privileged
    assert "retail" in [summary.name for summary in client.scenarios()]
    assert client.scenarios(query="no such words anywhere") == []
    scenario = client.scenario("retail")
    assert len(scenario.tools) >= 14
    assert len(scenario.tasks) >= 8
    assert "flaky" in scenario.dynamics


def shop(name: str) -> str:
    return SHOP.read_text().replace("kind: Scenario\nname: shop", f"kind: Scenario\nname: {name}")


def test_a_scenario_is_registered_and_played(client):
    name = f"kiosk-{client.encoding.name}"
    report = client.validate(shop(name))
    assert report.ok
    assert report.failed == []
    assert report.tasks == ["note_on_order", "order_total"]
    assert name not in [summary.name for summary in client.scenarios(origin="registered")]
    made = client.register(shop(name), files={"unused.csv": "a,b"})
    assert made.report == report
    assert [summary.name for summary in client.scenarios(query=name)] == [name]
    assert client.scenario(name).versions[0].digest == made.digest
    with client.reset(f"{name}@{made.digest}", seed=5) as episode:
        assert episode.info.digest == made.digest
    assert client.register(shop(name)).digest == made.digest


def test_what_is_wrong_with_a_specification_is_typed(client):
    with pytest.raises(SpecError) as wrong:
        client.register(shop("kiosk").replace("count: 40", "cont: 40"))
    complaint = wrong.value.complaints[0]
    assert (complaint.line, complaint.column, complaint.nearest) == (8, 5, "count")
    assert "source:8:5" in str(wrong.value)
    assert "did you mean count?" in str(wrong.value)
    with pytest.raises(NotAdmittedError) as refused:
        client.validate(shop("kiosk").replace("expect: order.total", "expect: order.total + 1.0"))
    assert "solvable" in [check.id for check in refused.value.report.failed]
    assert "finish" in (refused.value.report.failed[0].examples[0].transcript or "")
    with pytest.raises(NameTakenError) as taken:
        client.register(shop("retail"))
    assert taken.value.data["nearest"] == "retail-2"


def test_a_scenario_is_registered_with_await(real_server):
    async def register() -> str:
        async with AsyncClient(real_server.url) as client:
            made, _ = await asyncio.gather(client.register(shop("kiosk-async")), client.reset("retail", seed=1))
            assert (await client.validate(shop("kiosk-async"))).ok
            assert [each.name for each in await client.scenarios(prefix="kiosk-a")] == ["kiosk-async"]
            return made.name

    assert asyncio.run(register()) == "kiosk-async"


def test_sampled_rows_are_a_dataset(client):
    rows = client.sample("retail", seed=5, count=40, split="train", include=["prompt", "tools"])
    assert rows == client.sample("retail", seed=5, count=40, split="train", include=["prompt", "tools"])
    assert rows != client.sample("retail", seed=6, count=40, split="train", include=["prompt", "tools"])
    assert {row.split for row in rows} == {"train"}
    with client.reset(rows[3]) as episode:
        assert episode.observation.messages == rows[3].prompt
        assert episode.observation.tools == rows[3].tools
        assert (episode.info.seed, episode.info.task) == (rows[3].seed, rows[3].task)
    largest = client.sample("retail", seed=2**53 - 1, count=3)
    assert [client.reset(row).info.seed for row in largest] == [row.seed for row in largest]


def test_an_episode_from_reset_to_verdict(client):
    with client.reset("retail", seed=2**53 - 1, options={"luck": 2**53 - 2, "dynamics": "clean"}) as episode:
        assert (episode.info.seed, episode.info.luck) == (2**53 - 1, 2**53 - 2)
        for number, action in enumerate(plan_of(episode.tools, 1, 5), 1):
            result = episode.step(action)
            assert isinstance(result, StepResult)
            assert (result.seq, episode.seq) == (number, number)
        assert episode.wait(5000).observation.clock_ms >= 5000
        assert episode.resume() == episode.last
        assert client.resume(episode.id).seq == 6
        end = episode.report_unable("enough")
        assert end.terminated
        assert end.info.stop_reason == "reported_unable"
        assert episode.verdict.reward == episode.reward
        with pytest.raises(EpisodeEndedError):
            episode.wait(1)
        assert len(episode.render()) > 100
        events = episode.trajectory()["events"]
        assert events[0]["type"] == "reset"
        assert events[-1]["type"] == "end"
        assert events[0]["identity"]["seed"] == 2**53 - 1
    episode.close()
    with pytest.raises(UnknownEpisodeError):
        episode.wait(1)


def test_a_bad_action_is_an_observation(client):
    with client.reset("retail", seed=1) as episode:
        for call in ({"name": "no_such"}, {"nam": "x"}, "not a call", {"name": "wait", "arguments": "{"}):
            result = episode.step({"tool_calls": [call]})
            assert result.observation.messages[-1].role == "tool"
            assert not result.done
        with pytest.raises(InvalidParamsError) as caught:
            episode.step({"tool_cals": []})
        assert caught.value.data["nearest"] == "tool_calls"
        assert episode.seq == 4
        assert episode.wait(1).seq == 5


def test_not_a_number_is_an_observation_too(real_server):
    with Client(real_server.url) as client, client.reset("retail", seed=1) as episode:
        for value in (float("nan"), float("inf"), 2**64 - 1):
            assert episode.call("wait", ms=value).observation.messages[-1].is_error


def test_what_is_refused_says_why(client, real_server):
    for method, params, kind, nearest in (
        ("env/stepp", {}, UnknownMethodError, "env/step"),
        ("env/reset", {"scenario": "retial", "seed": 1}, UnknownScenarioError, "retail"),
        ("env/reset", {"scenario": "retail", "sed": 1}, InvalidParamsError, "seed"),
        ("env/reset", {"scenario": "retail", "seed": 1, "options": {"lukc": 1}}, InvalidParamsError, "luck"),
    ):
        with pytest.raises(kind) as caught:
            client.request(method, params)
        assert caught.value.data["nearest"] == nearest
    for seed in (-1, 1.5, 2**53, "1", None):
        with pytest.raises(InvalidParamsError):
            client.request("env/reset", {"scenario": "retail", "seed": seed})
    row = client.sample("retail", seed=1, count=1, split="test")[0]
    with pytest.raises(SplitMismatchError):
        client.reset(row, options={"split": "train"})
    episode = client.reset("retail", seed=1)
    with pytest.raises(ForbiddenError):
        episode.state()
    with pytest.raises(SeqGapError) as caught:
        client.request("env/step", {"episode": episode.id, "action": {"text": "x"}, "seq": 3})
    assert caught.value.data["expected"] == 1
    episode.wait(1)
    with pytest.raises(SeqConflictError):
        client.request("env/step", {"episode": episode.id, "action": {"text": "x"}, "seq": 1})
    with pytest.raises(SnapshotInvalidError):
        client.restore({**episode.snapshot(), "state_hash": "0" * 64})
    with pytest.raises(RequestKeyConflictError):
        [client.reset("retail", seed=seed, request_key=f"twice {client.encoding.name}") for seed in (1, 2)]
    with pytest.raises(ForbiddenError), Client(real_server.url, "wrong") as stranger:
        stranger.reset("retail", seed=1).state()


def test_forks_and_snapshots_have_the_same_future(admin):
    episode = admin.reset("retail", seed=9, options={"dynamics": "flaky"})
    plan = plan_of(episode.tools, 2, 8)
    for action in plan[:4]:
        episode.step(action)
    snapshot = episode.snapshot()
    twin, early = *episode.fork(), *episode.fork(at=2)
    other = episode.fork(2, luck="fresh")
    restored = admin.restore(snapshot)
    assert (twin.seq, early.seq, restored.seq, len(other)) == (4, 2, 4, 2)
    assert early.last.seq == 2
    for action in plan[2:4]:
        early.step(action)
    assert len({each.state().hash for each in (episode, twin, early, restored)}) == 1
    results = [[each.step(action) for action in plan[4:]] for each in (episode, twin, early, restored)]
    assert results[0] == results[1] == results[2] == results[3]
    assert len({each.state().hash for each in (episode, twin, early, restored)}) == 1
    assert len({each.state().hash for each in other}) == 2
    ended = admin.restore(finished(episode))
    assert ended.done
    assert ended.stop_reason == "reported_unable"
    begun = admin.restore(admin.reset("retail", seed=9).snapshot())
    assert (begun.seq, begun.done) == (0, False)
    admin.close_many([episode, twin, early, restored, *other, ended, begun])


def finished(episode: Episode) -> dict:
    episode.report_unable("enough")
    return episode.snapshot()


def play_all(client: Client, seeds: range, *, size: int) -> dict[int, tuple]:
    """Plays retail by seed with random calls; what each episode came to."""
    rows = ({"scenario": "retail", "seed": seed} for seed in seeds)
    plans: dict[int, list[dict]] = {}
    ends: dict[int, tuple] = {}
    with client.pool(rows, size=size, options={"dynamics": "flaky"}) as pool:
        while pool.episodes:
            actions = []
            for episode in pool.episodes:
                seed = episode.info.seed
                plan = plans.setdefault(seed, plan_of(episode.tools, seed, 5))
                actions.append(plan[episode.seq] if episode.seq < 5 else {"name": "report_unable", "arguments": {}})
            for episode, outcome in pool.step(actions):
                assert isinstance(outcome, StepResult), outcome
                if outcome.done:
                    seen = outcome.observation.clock_ms, outcome.info.stop_reason, outcome.reward, outcome.seq
                    assert episode.info.seed not in ends
                    ends[episode.info.seed] = seen
        assert pool.failed_rows == []
    return ends


def test_broken_connections_change_nothing_of_what_is_played(real_server, admin):
    before = admin.server_info().counts
    with Client(real_server.url) as calm:
        expected = play_all(calm, range(40), size=8)
    assert len(expected) == 40
    fates = ("kill", "pass_kill", "garbage", "twice")
    with ChaosProxy(real_server.url) as proxy:

        def plan(way: str, number: int, data: bytes) -> str:
            fate = fates[number // 7 % 4] if number % 7 == 3 else "pass"
            # Nonsense towards the server is no broken connection but a mistake of ours.
            return "kill" if (way, fate) == ("request", "garbage") else fate

        proxy.plan = plan
        for encoding in ("msgpack", "json"):
            with Client(proxy.url, encoding=encoding) as client:
                assert play_all(client, range(40), size=8) == expected
                assert client.connections > 3
        assert proxy.kills > 10
    after = admin.server_info().counts
    assert {name: after[name] for name in before if "live" in name} == {n: before[n] for n in before if "live" in n}


def test_threads_on_one_client_play_the_same_through_any_mishap(real_server):
    with Client(real_server.url) as calm:
        expected = play_all(calm, range(20), size=5)
    chance = random.Random(3)

    def plan(way: str, number: int, data: bytes) -> str | float:
        fates = ["kill", "pass_kill", "twice", "garbage" if way == "reply" else "kill", chance.random() * 0.03]
        return chance.choice(fates) if chance.random() < 0.25 else "pass"

    outcomes: list[object] = []

    def play(client: Client) -> None:
        try:
            outcomes.append(play_all(client, range(20), size=5))
        except BaseException as error:
            outcomes.append(error)

    with ChaosProxy(real_server.url, plan) as proxy, Client(proxy.url) as client:
        threads = [threading.Thread(target=play, args=(client,)) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(100)
        assert outcomes == [expected] * 3
        assert proxy.kills > 20


@pytest.mark.parametrize("fate", ["kill", "pass_kill", "swallow"])
@pytest.mark.parametrize("direction", ["request", "reply"])
def test_a_step_is_made_exactly_once(real_server, direction, fate):
    with ChaosProxy(real_server.url) as proxy, Client(proxy.url) as client:
        episode = client.reset("retail", seed=4)
        for number, action in enumerate(plan_of(episode.tools, 3, 6), 1):
            proxy.counts[direction] = 0
            proxy.plan = lambda way, nth, data: fate if (way, nth) == (direction, 1) else "pass"
            try:
                result = episode.step(action, timeout=0.5)
            except TimeoutError:
                assert fate == "swallow"
                result = episode.step(action)
            assert result.seq == number
            proxy.plan = lambda way, nth, data: "pass"
        turns = [event for event in episode.trajectory()["events"] if event["type"] == "turn"]
        assert [turn["seq"] for turn in turns] == [1, 2, 3, 4, 5, 6]


def test_a_reset_whose_answer_was_lost_makes_one_episode(real_server, admin):
    live = lambda: admin.server_info().counts  # noqa: E731
    before = live()
    with ChaosProxy(real_server.url) as proxy, Client(proxy.url) as client:
        proxy.plan = lambda way, number, data: "kill" if (way, number) == ("reply", 1) else "pass"
        episode = client.reset("retail", seed=4)
        between = live()
        episode.close()
    grown = [name for name in before if between[name] == before[name] + 1 and live()[name] == before[name]]
    assert grown, (before, between, live())
    assert not [name for name in before if between[name] > before[name] + 1 and "episode" in name]


def test_a_long_think_outlives_the_pings(real_server):
    with Client(real_server.url, ping_interval=0.2, ping_timeout=0.5) as client:
        episode = client.reset("retail", seed=4)
        threading.Event().wait(1.5)
        assert episode.wait(1).seq == 1
        assert client.connections == 1


def test_threads_share_a_client(real_server):
    outcomes: list[object] = []

    def play(client: Client, seed: int) -> None:
        try:
            episode = client.reset("retail", seed=seed)
            outcomes.append([episode.step(action) for action in plan_of(episode.tools, seed % 2, 10)])
            episode.close()
        except GymError as error:
            outcomes.append(error)

    with Client(real_server.url) as client:
        threads = [threading.Thread(target=play, args=(client, seed)) for seed in (1, 1, 1, 1)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert len(outcomes) == 4
    assert outcomes[0] == outcomes[1] == outcomes[2] == outcomes[3]


def test_the_asyncio_client(real_server):
    async def play(client: AsyncClient, seed: int) -> list[StepResult]:
        async with await client.reset("retail", seed=seed, options={"dynamics": "realistic"}) as episode:
            return [await episode.step(action) for action in plan_of(episode.tools, seed, 6)]

    async def main() -> list[list[StepResult]]:
        with ChaosProxy(real_server.url) as proxy:
            proxy.plan = lambda way, number, data: "kill" if number % 50 == 49 else "pass"
            async with AsyncClient(proxy.url, real_server.token) as client:
                assert (await client.server_info()).privileged
                rows = await client.sample("retail", seed=1, count=3)
                episode = await client.reset(rows[0])
                (twin,) = await episode.fork()
                restored = await client.restore(await episode.snapshot())
                hashes = {(await each.state()).hash for each in (episode, twin, restored)}
                assert len(hashes) == 1
                await client.close_many([episode, twin, restored])
                played = await asyncio.gather(*(play(client, seed) for seed in range(20)))
                assert client.connections > 1
                return played

    played = asyncio.run(main())
    with Client(real_server.url) as client:
        for seed in (0, 19):
            episode = client.reset("retail", seed=seed, options={"dynamics": "realistic"})
            assert [episode.step(action) for action in plan_of(episode.tools, seed, 6)] == played[seed]
