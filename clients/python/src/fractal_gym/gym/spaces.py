"""Spaces for text in and text out."""

from __future__ import annotations

import json
import string
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from ..messages import ToolSchema

#: Printable ASCII, tab, newline and the printable characters of Latin-1. Others are escaped in observations.
CHARSET = frozenset(
    "\t\n"
    + "".join(map(chr, range(0x20, 0x7F)))
    + "".join(chr(code) for code in range(0xA1, 0x100) if code != 0xAD)  # all but the soft hyphen
)

#: Most characters of an observation's text.
OBSERVATION_LENGTH = 65_536
#: Most characters of an action. `step` itself takes longer ones too; the server bounds a message at 4 MiB.
ACTION_LENGTH = 32_768

#: Characters of names of agents, and of paths of frames.
NAME_CHARSET = frozenset(string.ascii_letters + string.digits + "_-")
PATH_CHARSET = NAME_CHARSET | frozenset("./")
#: Most characters of them.
NAME_LENGTH = 64
PATH_LENGTH = 8192

#: Budgets of an observation, in the order of its `budgets` vector.
BUDGETS = ("turns", "calls", "tokens", "virtual_ms", "depth", "frames", "concurrent_frames", "agent_turns")

_LARGEST = 2**53 - 1
_LETTERS = string.ascii_letters + string.digits


def observation_space() -> spaces.Dict:
    """Text of the new messages, whose turn it is, virtual clock, and what is left of each budget (-1: not bounded)."""
    return spaces.Dict(
        {
            "text": spaces.Text(OBSERVATION_LENGTH, min_length=0, charset=CHARSET),
            "frame": spaces.Text(PATH_LENGTH, min_length=0, charset=PATH_CHARSET),
            "agent": spaces.Text(NAME_LENGTH, min_length=0, charset=NAME_CHARSET),
            "depth": spaces.Box(0, 64, shape=(1,), dtype=np.int64),
            "clock_ms": spaces.Box(0, _LARGEST, shape=(1,), dtype=np.int64),
            "budgets": spaces.Box(-1, _LARGEST, shape=(len(BUDGETS),), dtype=np.int64),
        }
    )


class TurnText(spaces.Text):
    """Text that a turn can be: a JSON object of one tool call, of a whole turn, or what a model wrote.

    Any text of the charset is a member, as any text is a legal turn. `sample` draws calls of the scenario's tools
    with arguments that fit their schemas; with a mask or probabilities it draws characters, as `Text` does. `tools`
    may be set anew, as when the turn passes to an agent that has others: what is a member stays the same.
    """

    def __init__(self, tools: Sequence[ToolSchema], *, seed: int | np.random.Generator | None = None) -> None:
        super().__init__(ACTION_LENGTH, min_length=1, charset=CHARSET, seed=seed)
        self.tools = tuple(tools)

    def sample(
        self,
        mask: tuple[int | None, NDArray[np.int8] | None] | None = None,
        probability: tuple[int | None, NDArray[np.float64] | None] | None = None,
    ) -> str:
        """A random call of a random tool."""
        if mask is not None or probability is not None or not self.tools:
            return super().sample(mask, probability)
        tool = self.tools[int(self.np_random.integers(len(self.tools)))]
        call = {"name": tool.name, "arguments": self._draw_object(tool.input_schema, 0)}
        return json.dumps(call)[:ACTION_LENGTH]

    def __repr__(self) -> str:
        return f"TurnText({len(self.tools)} tools)"

    def _draw(self, schema: Mapping[str, Any], depth: int) -> Any:
        if "const" in schema:
            return schema["const"]
        for name in ("enum", "anyOf", "oneOf"):
            if schema.get(name):
                choice = schema[name][int(self.np_random.integers(len(schema[name])))]
                return choice if name == "enum" else self._draw(choice, depth)
        kind = schema.get("type", "string")
        if isinstance(kind, list):
            kind = kind[int(self.np_random.integers(len(kind)))]
        if kind == "integer":
            return self._draw_integer(schema)
        if kind == "number":
            return self._draw_number(schema)
        if kind == "boolean":
            return bool(self.np_random.integers(2))
        if kind == "null":
            return None
        if kind == "array":
            least = int(schema.get("minItems", 0))
            most = min(int(schema.get("maxItems", least + 3)), least + 3) if depth < 4 else least
            count = int(self.np_random.integers(least, max(least, most) + 1))
            return [self._draw(schema.get("items") or {}, depth + 1) for _ in range(count)]
        if kind == "object":
            return self._draw_object(schema, depth + 1)
        least = int(schema.get("minLength", 1))
        most = max(least, min(int(schema.get("maxLength", 12)), 12))
        letters = self.np_random.integers(len(_LETTERS), size=int(self.np_random.integers(least, most + 1)))
        return "".join(_LETTERS[letter] for letter in letters)

    def _draw_object(self, schema: Mapping[str, Any], depth: int) -> dict[str, Any]:
        required = set(schema.get("required", ()))
        drawn = {}
        for name, property_schema in (schema.get("properties") or {}).items():
            if name in required or (depth < 4 and self.np_random.integers(2)):
                drawn[name] = self._draw(property_schema, depth)
        return drawn

    def _draw_integer(self, schema: Mapping[str, Any]) -> int:
        # Small numbers: one random wait of a day would spend an episode's whole time.
        least = int(schema.get("minimum", 0))
        most = min(int(schema.get("maximum", least + 100)), least + 100)
        return int(self.np_random.integers(least, max(least, most) + 1))

    def _draw_number(self, schema: Mapping[str, Any]) -> float:
        least = float(schema.get("minimum", 0))
        value = least + float(self.np_random.random()) * (float(schema.get("maximum", least + 100)) - least)
        step = schema.get("multipleOf")
        return round(round(value / step) * step, 10) if step else value
