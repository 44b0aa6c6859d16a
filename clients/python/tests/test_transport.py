"""The blocking client against broken connections, lost, late and repeated replies."""

from __future__ import annotations

import multiprocessing
import threading
import time

import pytest
from chaos_proxy import ChaosProxy
from stand_in import StandIn

from fractal_gym import Client, ConnectionLostError, EnvError, GymError, RequestTimeoutError, wire
from fractal_gym.errors import LimitError, NoTaskError, SeqConflictError, SeqGapError, UnknownMethodError


@pytest.fixture
def server():
    with StandIn() as server:
        yield server


@pytest.fixture
def proxy(server):
    with ChaosProxy(server.url) as proxy:
        yield proxy


@pytest.mark.parametrize("encoding", ["msgpack", "json"])
def test_plays_and_types_what_it_reads(server, encoding):
    with Client(server.url, encoding=encoding) as client:
        episode = client.reset("shop", 2**53 - 1)
        assert episode.info.seed == 2**53 - 1
        assert isinstance(episode.info.seed, int)
        result = episode.call("get", key="é", n=2**53)
        assert (result.seq, result.reward, result.done) == (1, 0.0, False)
        assert result.observation.clock_ms == 2**40
        assert client.request("echo", {"x": 2**40, "y": 1.5}) == {"x": 2**40, "y": 1.5}
        assert server.requests[1]["params"]["action"] == {
            "tool_calls": [{"name": "get", "arguments": {"key": "é", "n": 2**53}}]
        }


def test_errors_are_typed_and_an_environment_failure_is_never_a_number(server):
    with Client(server.url) as client:
        with pytest.raises(UnknownMethodError) as caught:
            client.request("env/stepp")
        assert caught.value.data["nearest"] == "env/step"
        assert "env/step" in str(caught.value)
        with pytest.raises(NoTaskError):
            client.reset("shop", 404)
        episode = client.reset("shop", 1)
        with pytest.raises(EnvError) as broken:
            episode.step("break")
        assert broken.value.result.reward is None
        assert episode.truncated
        assert episode.reward == 0.0


@pytest.mark.parametrize("fate", ["kill", "pass_kill"])
@pytest.mark.parametrize("direction", ["request", "reply"])
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_broken_connection_neither_loses_nor_doubles_a_step(server, proxy, direction, nth, fate):
    proxy.plan = lambda way, number, data: fate if (way, number) == (direction, nth) else "pass"
    with Client(proxy.url) as client:
        episode = client.reset("shop", 7)
        results = [episode.call("n", i=i) for i in range(4)]
        assert [result.seq for result in results] == [1, 2, 3, 4]
        assert server.executed == [(episode.id, seq) for seq in (1, 2, 3, 4)]
        assert len(server.episodes) == 1
        assert proxy.kills == 1
        assert client.connections == 2


def test_a_server_that_was_set_back_is_told_again_what_it_lost(server, proxy):
    with Client(proxy.url) as client:
        episode, other = client.reset("shop", 7), client.reset("shop", 8)
        for i in range(5):
            client.step_many([episode, other], [{"text": f"{i}"}] * 2)
        server.executed.clear()
        server.set_back(episode.id, 2)
        assert episode.call("go").seq == 6
        assert server.executed == [(episode.id, seq) for seq in (3, 4, 5, 6)]
        assert [action["text"] for action, _ in server.episodes[episode.id][:5]] == ["0", "1", "2", "3", "4"]
        server.executed.clear()
        server.set_back(episode.id, 0)
        server.set_back(other.id, 4)
        answers = client.step_many([episode, other], ["a", "b"])
        assert [answer.seq for answer in answers] == [7, 6]
        assert len(server.executed) == 7 + 2
        # Nothing is sent to find out: only a new connection may lead to a server that was set back.
        proxy.kill_all()
        server.set_back(episode.id, 1)
        assert episode.state().hash == "7"
        proxy.kill_all()
        server.set_back(other.id, 1)
        child = other.fork()[0]
        assert (child.seq, len(server.episodes[child.id])) == (6, 6)
        server.set_back(child.id, 3)
        assert child.call("on").seq == 7
        early = other.fork(at=2)[0]
        server.set_back(early.id, 0)
        assert early.call("on").seq == 3
        server.set_back(episode.id, 3)
        assert episode.resume().seq == 7
        assert (episode.seq, episode.reward, len(server.episodes[episode.id])) == (7, 0.0, 7)


def test_what_a_handle_never_had_it_cannot_send_again(server):
    with Client(server.url) as client:
        episode = client.reset("shop", 7)
        for i in range(3):
            episode.call("n", i=i)
        handle = client.resume(episode.id)
        handle.call("n", i=3)
        server.set_back(episode.id, 3)
        assert handle.call("n", i=4).seq == 5
        server.set_back(episode.id, 1)
        with pytest.raises(SeqGapError) as gap:
            handle.call("n", i=5)
        assert gap.value.data["expected"] == 2


def test_a_server_on_its_way_down_is_asked_again_when_it_is_back(server, proxy):
    with Client(proxy.url, timeout=20) as client:
        episode = client.reset("shop", 7)
        server.closing = True

        def come_back() -> None:
            server.closing = False
            proxy.kill_all()

        threading.Timer(0.2, come_back).start()
        assert episode.call("n").seq == 1
        assert client.connections == 2


def test_an_idle_connection_that_was_cut_is_won_back(server, proxy):
    with Client(proxy.url) as client:
        episode = client.reset("shop", 7)
        for _ in range(3):
            proxy.kill_all()
            time.sleep(0.05)
            episode.call("n")
        assert episode.seq == 3
        assert client.connections == 4


def test_a_late_reply_never_shifts_later_ones(server):
    with Client(server.url) as client:
        with pytest.raises(RequestTimeoutError):
            client.request("echo", {"sleep": 0.3, "n": 0}, timeout=0.1)
        assert [client.request("echo", {"n": n})["n"] for n in range(1, 20)] == list(range(1, 20))
        assert client.dropped_replies == 1
        assert isinstance(RequestTimeoutError("x"), TimeoutError)


def test_a_repeated_reply_is_dropped(server, proxy):
    proxy.plan = lambda way, number, data: "twice" if way == "reply" else "pass"
    with Client(proxy.url) as client:
        assert [client.request("echo", {"n": n})["n"] for n in range(20)] == list(range(20))
        assert client.dropped_replies >= 19


def test_a_step_that_timed_out_can_be_repeated(server, proxy):
    proxy.plan = lambda way, number, data: "swallow" if (way, number) == ("reply", 2) else "pass"
    with Client(proxy.url) as client:
        episode = client.reset("shop", 7)
        with pytest.raises(RequestTimeoutError):
            episode.step(tool="n", timeout=0.2)
        assert episode.seq == 0
        with pytest.raises(SeqConflictError):
            episode.step(tool="other")
        assert episode.step(tool="n").seq == 1
        assert server.executed == [(episode.id, 1)]


def test_resume_catches_up_with_a_step_made_elsewhere(server):
    with Client(server.url) as client:
        episode = client.reset("shop", 7)
        assert episode.resume().episode == episode.id
        client.batch([("env/step", {"episode": episode.id, "action": {"text": "end"}, "seq": 1})])
        assert episode.resume().seq == 1
        assert episode.done
        assert episode.reward == 1.0
        assert client.resume(episode.id).done


def test_a_request_that_must_not_be_repeated_is_not(server, proxy):
    proxy.plan = lambda way, number, data: "kill" if way == "reply" else "pass"
    with Client(proxy.url) as client:
        with pytest.raises(ConnectionLostError, match="must not be sent twice"):
            client.request("echo", {})
        assert len(server.requests) == 1


def test_a_request_that_kills_every_connection_is_given_up(server, proxy, monkeypatch):
    monkeypatch.setattr(wire, "MAX_SENDS", 3)
    proxy.plan = lambda way, number, data: "kill" if way == "reply" else "pass"
    with Client(proxy.url) as client, pytest.raises(ConnectionLostError, match="was sent 3 times"):
        client.server_info()


def test_an_unreadable_reply_counts_as_a_broken_connection(server, proxy):
    proxy.plan = lambda way, number, data: "garbage" if (way, number) == ("reply", 2) else "pass"
    for encoding in ("msgpack", "json"):
        proxy.counts["reply"] = 0
        with Client(proxy.url, encoding=encoding) as client:
            episode = client.reset("shop", 7)
            assert episode.call("n").seq == 1
            assert client.connections == 2


def test_nobody_there_is_said_in_time():
    client = Client("ws://127.0.0.1:9", connect_timeout=0.3)
    began = time.monotonic()
    with pytest.raises(ConnectionLostError, match="no server answers"):
        client.server_info()
    assert time.monotonic() - began < 3


def test_a_server_that_never_comes_back_is_given_up_and_may_return_later(server, proxy):
    with Client(proxy.url, reconnect_timeout=0.4) as client:
        episode = client.reset("shop", 7)
        proxy.refuse = True
        proxy.kill_all()
        with pytest.raises(ConnectionLostError):
            episode.call("n")
        proxy.refuse = False
        assert episode.call("n").seq == 1
        assert server.executed == [(episode.id, 1)]


def in_another_process(client: Client, answers) -> None:
    answers.put(client.request("echo", {"from": "child"}))


@pytest.mark.parametrize("method", ["fork", "spawn"])
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_client_in_another_process_has_its_own_connection(server, method):
    context = multiprocessing.get_context(method)
    answers = context.Queue()
    with Client(server.url) as client:
        client.server_info()
        process = context.Process(target=in_another_process, args=(client, answers))
        process.start()
        assert answers.get(timeout=30) == {"from": "child"}
        process.join(10)
        assert client.request("echo", {"n": 1}) == {"n": 1}
        assert client.connections == 1


def test_a_closed_client_says_so(server):
    client = Client(server.url)
    client.server_info()
    client.close()
    client.close()
    with pytest.raises(ConnectionLostError, match="closed"):
        client.server_info()


def test_batches_keep_their_order_and_their_errors_in_place(server):
    with Client(server.url) as client:
        answers = client.batch([("echo", {"n": 0}), ("nothing", {}), ("echo", {"n": float("inf")}), ("echo", {"n": 3})])
        assert answers[0] == {"n": 0}
        assert isinstance(answers[1], UnknownMethodError)
        assert answers[3] == {"n": 3}
        assert client.batch([]) == []
        many = client.batch([("echo", {"n": n}) for n in range(5000)])
        assert [answer["n"] for answer in many] == list(range(5000))


def test_what_cannot_be_sent_fails_alone(server):
    with Client(server.url, encoding="json") as client:
        answers = client.batch([("echo", {"n": 1}), ("echo", {"n": float("nan")}), ("echo", {"n": object()})])
        assert answers[0] == {"n": 1}
        assert [error.code for error in answers[1:]] == ["NOT_ENCODABLE", "NOT_ENCODABLE"]
    with Client(server.url) as client:
        answers = client.batch([("echo", {"n": 1}), ("echo", {"n": "x" * 5_000_000}), ("echo", {"n": 2**70})])
        assert answers[0] == {"n": 1}
        assert isinstance(answers[1], LimitError)
        assert isinstance(answers[2], GymError)


def test_step_many_has_an_answer_or_an_error_a_slot(server):
    with Client(server.url) as client:
        episodes = client.reset_many([{"scenario": "shop", "seed": seed} for seed in (1, 404, 2, 3)])
        assert isinstance(episodes[1], NoTaskError)
        running = [episode for episode in episodes if not isinstance(episode, GymError)]
        outcomes = client.step_many(running, ["end", "break", {"name": "n"}])
        assert outcomes[0].terminated
        assert isinstance(outcomes[1], EnvError)
        assert outcomes[2].seq == 1
        with pytest.raises(ValueError, match="one action at a time"):
            client.step_many([running[0], running[0]], ["x", "y"])
        with pytest.raises(ValueError, match="3 episodes but 1 actions"):
            client.step_many(running, ["x"])


def test_the_pool_plays_every_row_once(server, proxy):
    proxy.plan = lambda way, number, data: "kill" if number % 5 == 3 else "pass"
    rows = [{"scenario": "shop", "seed": seed} for seed in [*range(20), 404, *range(20, 30)]]
    ended = []
    with Client(proxy.url) as client, client.pool(iter(rows), size=8) as pool:
        while pool.episodes:
            assert len(pool.episodes) <= 8
            actions = [
                None if (episode.info.seed + round_) % 3 == 0 else "end" if episode.seq == 2 else {"name": "n"}
                for episode, round_ in zip(pool.episodes, range(99), strict=False)
            ]
            if all(action is None for action in actions):
                actions[0] = {"name": "n"}
            ended += [episode.info.seed for episode, outcome in pool.step(actions) if outcome.done]
            if len(ended) >= 28:
                break
        assert [row["seed"] for row, _ in pool.failed_rows] == [404]
    assert proxy.kills > 2
    assert len(ended) == len(set(ended)) >= 28
    assert len(server.executed) == len(set(server.executed))
    assert server.episodes == {}


def test_the_pool_makes_do_with_a_full_server(server):
    server.capacity = 3
    with Client(server.url) as client:
        rows = [{"scenario": "shop", "seed": seed} for seed in range(10)]
        ended = []
        with client.pool(rows, size=8) as pool:
            while pool.episodes:
                assert len(pool.episodes) <= 3
                ended += [episode.info.seed for episode, _ in pool.step(["end"] * len(pool.episodes))]
            assert pool.failed_rows == []
        assert sorted(ended) == list(range(10))
        server.capacity = 0
        with client.pool(rows[:2], size=2) as pool:
            assert pool.episodes == []
            assert [error.code for _, error in pool.failed_rows] == ["GYM_CAPACITY"] * 2


def test_threads_share_a_client_over_broken_connections(server, proxy):
    proxy.plan = lambda way, number, data: "kill" if number % 37 == 0 else "pass"
    failures = []

    def play(client: Client, seed: int) -> None:
        try:
            episode = client.reset("shop", seed)
            for n in range(25):
                answer = client.request(
                    "env/step", {"episode": episode.id, "action": {"text": f"{seed}-{n}"}, "seq": n + 1}
                )
                assert answer["seq"] == n + 1
        except BaseException as error:
            failures.append(error)

    with Client(proxy.url) as client:
        threads = [threading.Thread(target=play, args=(client, seed)) for seed in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert failures == []
    assert len(server.executed) == len(set(server.executed)) == 200
    assert len(server.keys) == 8
    assert proxy.kills > 3
