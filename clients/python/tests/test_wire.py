"""The protocol core without a socket."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fractal_gym import ToolCall
from fractal_gym.actions import action_of_text, as_action
from fractal_gym.address import endpoint
from fractal_gym.errors import BY_CODE, ConnectionLostError, GymError, LimitError, ProtocolViolationError, error_of
from fractal_gym.wire import MAX_SENDS, Call, Encoding, Exchange

ENCODINGS = ("json", "msgpack")

ENDLESS: list[object] = []
ENDLESS.append(ENDLESS)

whole = st.integers(min_value=-(2**53) + 1, max_value=2**53 - 1)
leaves = st.none() | st.booleans() | whole | st.floats(allow_nan=False, allow_infinity=False) | st.text()
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=20
)


def raw_call(method: str = "echo", *, repeatable: bool = True, **params: object) -> Call:
    return Call(method, params, dict, repeatable=repeatable)


def codec(name: str):
    return msgspec.json if name == "json" else msgspec.msgpack


def same(left: object, right: object) -> bool:
    """Equal, where a whole number may have become a float or back."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    return left == right and isinstance(left, bool) == isinstance(right, bool)


@pytest.mark.parametrize("name", ENCODINGS)
@given(params=st.dictionaries(st.text(), values, max_size=4))
def test_a_request_arrives_as_it_was_given(name, params):
    exchange = Exchange(Encoding(name))
    tickets = exchange.open([Call("echo", params, dict, repeatable=True)])
    ((frame, carried),) = exchange.frames(tickets, batched=False)
    assert carried == tickets
    message = codec(name).decode(frame)
    assert same(message.pop("params"), params)
    assert message == {"jsonrpc": "2.0", "id": 1, "method": "echo"}
    exchange.receive(codec(name).encode({"jsonrpc": "2.0", "id": 1, "result": params}))
    assert same(tickets[0].outcome(exchange.encoding), params)


@pytest.mark.parametrize("name", ENCODINGS)
@given(count=st.integers(1, 60), data=st.data())
def test_replies_in_any_order_and_grouping_find_their_requests(name, count, data):
    exchange = Exchange(Encoding(name))
    exchange.limits["batch"] = data.draw(st.integers(1, 20))
    tickets = exchange.open([raw_call(n=n) for n in range(count)])
    frames = exchange.frames(tickets, batched=True)
    assert [ticket for _, carried in frames for ticket in carried] == tickets
    assert all(len(carried) <= exchange.limits["batch"] for _, carried in frames)
    asked = [message for frame, _ in frames for message in codec(name).decode(frame)]
    replies = [{"jsonrpc": "2.0", "id": message["id"], "result": message["params"]} for message in asked]
    strangers = [{"jsonrpc": "2.0", "id": -number, "result": {}} for number in range(1, data.draw(st.integers(1, 5)))]
    repeated = data.draw(st.lists(st.sampled_from(replies), max_size=5))
    for reply in data.draw(st.permutations([*replies, *strangers, *repeated])):
        message = [reply] if data.draw(st.booleans()) else reply
        exchange.receive(codec(name).encode(message))
    assert [ticket.outcome(exchange.encoding) for ticket in tickets] == [{"n": n} for n in range(count)]
    assert exchange.dropped == len(strangers) + len(repeated)
    assert exchange.pending == {}


@pytest.mark.parametrize("name", ENCODINGS)
@given(frame=st.binary(max_size=60) | values.map(msgspec.json.encode) | values.map(msgspec.msgpack.encode))
def test_no_frame_does_more_than_be_refused(name, frame):
    exchange = Exchange(Encoding(name))
    tickets = exchange.open([raw_call()])
    tickets[0].sends = 1
    try:
        exchange.receive(frame)
    except ProtocolViolationError:
        assert not tickets[0].settled
    if tickets[0].settled:
        outcome = tickets[0].outcome(exchange.encoding)
        assert isinstance(outcome, (dict, GymError))


@pytest.mark.parametrize("name", ENCODINGS)
def test_a_forgotten_ticket_takes_no_reply(name):
    exchange = Exchange(Encoding(name))
    old, new = exchange.open([raw_call(), raw_call()])
    exchange.forget([old])
    exchange.receive(codec(name).encode({"jsonrpc": "2.0", "id": old.id, "result": {"late": True}}))
    assert not new.settled
    assert exchange.dropped == 1


def test_only_what_may_be_repeated_is_sent_again():
    exchange = Exchange(Encoding("json"))
    safe, unsafe, unsent, worn, newer = exchange.open([raw_call(repeatable=n not in (1, 4)) for n in range(5)])
    safe.sends = unsafe.sends = newer.sends = 1
    newer.connection = 2
    worn.sends = MAX_SENDS
    assert exchange.survivors("gone", alive=2) == [safe]
    assert isinstance(unsafe.error, ConnectionLostError)
    assert isinstance(worn.error, ConnectionLostError)
    assert not unsent.settled
    assert not newer.settled


def test_an_error_without_an_id_reaches_all_that_wait():
    exchange = Exchange(Encoding("json"))
    first, second, unsent = exchange.open([raw_call(), raw_call(), raw_call()])
    first.sends = second.sends = 1
    error = {"code": -32012, "message": "too deep", "data": {"code": "GYM_LIMIT", "retryable": False, "limit": 64}}
    exchange.receive(json.dumps({"jsonrpc": "2.0", "id": None, "error": error}).encode())
    assert isinstance(first.error, LimitError)
    assert second.error.data["limit"] == 64
    assert not unsent.settled


def test_frames_split_before_the_servers_bound():
    exchange = Exchange(Encoding("json"))
    exchange.limits["frame_bytes"] = 1000
    tickets = exchange.open([raw_call(text="x" * size) for size in (300, 300, 300, 2000, 300)])
    frames = exchange.frames(tickets, batched=True)
    assert all(len(frame) <= 1000 for frame, _ in frames)
    assert [ticket.id for _, carried in frames for ticket in carried] == [1, 2, 3, 5]
    assert isinstance(tickets[3].error, LimitError)


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), object(), "\ud800", ENDLESS, {"a": [{"b": float("-inf")}]}]
)
def test_json_refuses_what_it_cannot_say(value):
    with pytest.raises(ValueError, match=r"JSON number|not expressible|surrogates"):
        Encoding("json").encode({"value": value})


def test_every_code_has_its_class_and_new_codes_are_no_surprise():
    for code, kind in BY_CODE.items():
        error = error_of(-32000, "text", {"code": code, "retryable": kind.retryable, "retry_after_ms": 1500})
        assert type(error) is kind
        assert isinstance(error, GymError)
        assert (error.code, error.retry_after, error.message) == (code, 1.5, "text")
    new = error_of(-32099, "text", {"code": "GYM_OF_TOMORROW", "retryable": True})
    assert (type(new), new.code, new.retryable) == (GymError, "GYM_OF_TOMORROW", True)
    assert error_of(-32000, "text", None).code == "-32000"


def test_actions_from_what_is_handy():
    call = {"name": "get", "arguments": {"id": "W1"}}
    assert as_action(tool="get", arguments={"id": "W1"}) == {"tool_calls": [call]}
    assert as_action(call) == {"tool_calls": [call]}
    assert as_action([call, call]) == {"tool_calls": [call, call]}
    assert as_action("hello") == {"text": "hello"}
    assert as_action(content="hello", think_ms=5) == {"content": "hello", "think_ms": 5}
    assert as_action({"content": "hello"}, meta={"x": 1}) == {"content": "hello", "meta": {"x": 1}}
    spoken = as_action(ToolCall(name="get", arguments={"id": "W1"}), reasoning="so")
    assert msgspec.to_builtins(spoken) == {"tool_calls": [call], "reasoning": "so"}
    for wrong in ({}, {"action": "x", "tool": "y"}, {"arguments": {}}, {"action": 5}, {"action": b"x"}):
        with pytest.raises(TypeError):
            as_action(**wrong)


@given(
    text=st.text() | values.map(json.dumps) | values.map(lambda value: json.dumps({"name": value, "content": value}))
)
def test_any_text_is_an_action(text):
    action = action_of_text(text)
    assert action
    assert set(action) <= {"text", "content", "reasoning", "tool_calls"}


def test_text_that_is_an_action_is_taken_as_one():
    assert action_of_text('{"name": "get", "arguments": {"n": 1e400}}') == {
        "tool_calls": [{"name": "get", "arguments": '{"n": 1e400}'}]
    }
    assert action_of_text(' {"content": "hi", "tool_calls": [{"name": "a"}]}') == {
        "content": "hi",
        "tool_calls": [{"name": "a"}],
    }
    deep = '{"name": "a", "arguments": ' + "[" * 100_000
    for text in (deep, "{}", "{", '{"name": 3}', '{"name": "a", "argument": {}}', '{"think_ms": 3}', "finish"):
        assert action_of_text(text) == {"text": text}


def test_addresses():
    assert endpoint("ws://127.0.0.1:8765") == "ws://127.0.0.1:8765/v1/ws"
    assert endpoint("https://gym.example/") == "wss://gym.example/v1/ws"
    assert endpoint("localhost:1") == "ws://localhost:1/v1/ws"
    assert endpoint("wss://gym.example/behind/proxy") == "wss://gym.example/behind/proxy"
    for wrong in ("ftp://x", "ws://", ""):
        with pytest.raises(ValueError, match="address"):
            endpoint(wrong)
