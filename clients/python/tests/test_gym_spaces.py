"""Spaces and texts of the Gymnasium environment, without a server."""

from __future__ import annotations

import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fractal_gym.actions import action_of_text
from fractal_gym.gym import CHARSET, TurnText, render_messages
from fractal_gym.gym.registration import env_id
from fractal_gym.gym.spaces import observation_space
from fractal_gym.gym.transcript import fit
from fractal_gym.messages import Message, ToolSchema

TOOL = ToolSchema(
    name="order",
    description="Orders.",
    input_schema={
        "type": "object",
        "properties": {
            "sku": {"type": "string", "minLength": 3, "maxLength": 4},
            "qty": {"type": "integer", "minimum": 1, "maximum": 9},
            "price": {"type": "number", "multipleOf": 0.01},
            "gift": {"type": "boolean"},
            "how": {"enum": ["air", "sea"]},
            "lines": {"type": "array", "items": {"type": "object", "properties": {"n": {"type": "integer"}}}},
            "note": {"anyOf": [{"type": "null"}, {"const": "x"}]},
        },
        "required": ["sku", "qty", "how", "price", "lines"],
    },
)


@given(text=st.text(), length=st.integers(100, 300))
def test_fitted_text_is_in_its_space(text, length):
    fitted, clipped = fit(text, length, CHARSET)
    assert len(fitted) <= length
    assert CHARSET.issuperset(fitted)
    if CHARSET.issuperset(text) and len(text) <= length:
        assert (fitted, clipped) == (text, False)


def test_long_text_keeps_its_ends():
    fitted, clipped = fit("a" * 500 + "z" * 500, 300, CHARSET)
    assert clipped
    assert len(fitted) == 300
    assert fitted.startswith("aaa")
    assert fitted.endswith("zzz")
    assert "[700 or more characters left out]" in fitted
    assert fit("é → ok", 99, CHARSET) == ("é \\u{2192} ok", False)


def test_messages_are_rendered():
    messages = [
        Message(role="user", content="Hello"),
        Message(role="assistant", content="", tool_calls=[{"name": "get"}]),
        Message(role="tool", content="no", name="get", tool_call_id="1", is_error=True),
    ]
    assert render_messages(messages) == '[user]\nHello\n\n[assistant]\n{"name": "get"}\n\n[tool get, error]\nno'


@given(seed=st.integers(0, 2**32))
def test_samples_are_members_and_calls_that_fit_the_schema(seed):
    space = TurnText([TOOL], seed=seed)
    text = space.sample()
    assert text in space
    (call,) = action_of_text(text)["tool_calls"]
    arguments = json.loads(call["arguments"])
    assert 3 <= len(arguments["sku"]) <= 4
    assert arguments["qty"] in range(1, 10)
    assert arguments["how"] in ("air", "sea")
    assert round(arguments["price"], 2) == pytest.approx(arguments["price"])
    assert isinstance(arguments["lines"], list)
    assert set(arguments) <= set(TOOL.input_schema["properties"])


def test_sampling_follows_the_seed():
    one, two = TurnText([TOOL], seed=5), TurnText([TOOL], seed=5)
    assert [one.sample() for _ in range(20)] == [two.sample() for _ in range(20)]
    assert len({one.sample() for _ in range(20)}) > 15
    assert one == two
    assert pickle.loads(pickle.dumps(one)) == one
    assert TurnText([]).sample()


def test_the_observation_space_can_be_sampled():
    space = observation_space()
    space.seed(1)
    assert space.sample() in space


def test_ids():
    assert env_id("retail") == "fractal_gym/Retail-v0"
    assert env_id("air.lost_luggage-2") == "fractal_gym/AirLostLuggage2-v0"
