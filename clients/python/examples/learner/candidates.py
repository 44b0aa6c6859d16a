"""The action space: every tool with every argument that the episode has shown, or that a schema lists."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from fractal_gym import ToolSchema

from .memory import WIDTH, Lexicon, Memory, Value
from .text import code, flat, stems

#: An argument has at most so many candidates; what was mentioned and what came last is kept.
MOST = 48
#: Features that depend on the moment: used before, fresh, and what the value shares with earlier arguments.
MOVING = 6
#: Numbers that say how well a tool fits the instruction.
HINTS = 5
#: A world has at most so many tools.
TOOLS = 40


class Argument:
    """One argument of one tool, and where its candidates come from."""

    def __init__(self, tool: str, name: str, schema: dict[str, Any]) -> None:
        self.tool, self.name = tool, name
        self.own_salt = code(f"{tool}.{name}")
        self.about = stems(f"{name} {schema.get('description', '')}")
        self.kind = schema.get("type", "string")
        self.low, self.high = schema.get("minimum", 0), schema.get("maximum", 1 << 53)
        self.whole = self.kind == "integer"
        self.choices: list[Any] | None = schema.get("enum")
        if self.kind == "boolean":
            self.choices = [False, True]
        elif self.whole and self.choices is None and self.high - self.low <= 16:
            self.choices = list(range(self.low, self.high + 1))
        told = "any choice" if self.choices is not None else f"any {name} {schema.get('description', '')}"
        self.shared_salt = code(told)
        #: Arguments of one name share their candidates, unless the schema has a say in them.
        self.place = name if self.kind == "string" and self.choices is None else f"{tool}.{name}"

        self._names: dict[str, bool] = {}

    def is_about(self, key: str) -> bool:
        """Whether the argument's name and description have every word of a key."""
        known = self._names.get(key)
        if known is None:
            known = self._names[key] = stems(key) <= self.about
        return known

    def candidates(self, memory: Memory) -> list[Value]:
        """Its candidates now; the same for every policy."""
        if self.choices is not None:
            return [_chosen(memory, choice) for choice in self.choices]
        if self.kind == "array":
            return [value for _, arrays in memory.lists.values() for value in arrays][-MOST:]
        if self.kind in ("integer", "number"):
            return self._numbers(memory)
        shapes = memory.lexicon.shapes.get(self.name)
        if shapes is None:
            # Nothing is known about this argument: whatever was mentioned, or looks like an id.
            found = [v for v in memory.values.values() if not v.keys or any(map(str.isdigit, v.content))]
        else:
            alike = [memory.by_shape.get(outline, ()) for outline in sorted(shapes)]
            pool = [*memory.by_key.get(self.name, ()), *(value for values in alike for value in values)]
            found = list({id(value): value for value in pool}.values())
        return found if len(found) <= MOST else found[: MOST // 2] + found[-MOST // 2 :]

    def _numbers(self, memory: Memory) -> list[Value]:
        told = [_chosen(memory, int(text)) for text in memory.values if text.isdecimal() and len(text) < 10]
        sums = [] if self.whole else [value for numbers, _ in memory.lists.values() for value in numbers]
        fitting = [
            v for v in told + sums if self.low <= v.content <= self.high and (v.content % 1 == 0 or not self.whole)
        ]
        return (fitting or [_chosen(memory, max(self.low, 1))])[-MOST:]


def _chosen(memory: Memory, choice: Any) -> Value:
    """A value that a schema lists; made once an episode."""
    value = memory.chosen.get(choice)
    if value is None:
        value = memory.chosen[choice] = Value(choice)
        value.crossed["value"] = code(f"value {choice}")
        memory.mention(value, flat(str(choice)))
    return value


class Tool:
    """A tool and its required arguments."""

    def __init__(self, schema: ToolSchema) -> None:
        self.name = schema.name
        self.schema = schema.input_schema
        self.stems = stems(schema.name)
        properties = schema.input_schema.get("properties", {})
        self.arguments = [
            Argument(schema.name, name, properties[name]) for name in schema.input_schema.get("required", [])
        ]
        self.places = {argument.place for argument in self.arguments}


class Toolbox:
    """The tools of a run, numbered by first appearance; one tool may have another schema in another episode."""

    def __init__(self, size: int = TOOLS) -> None:
        self.size = size
        self.numbers: dict[str, int] = {}
        self._known: dict[str, list[Tool]] = {}

    def read(self, schemas: Sequence[ToolSchema]) -> list[tuple[int, Tool]]:
        """The tools of an episode with their numbers."""
        return [(self.numbers.setdefault(schema.name, len(self.numbers)), self._tool(schema)) for schema in schemas]

    def _tool(self, schema: ToolSchema) -> Tool:
        versions = self._known.setdefault(schema.name, [])
        for tool in versions:
            if tool.schema == schema.input_schema:
                return tool
        versions.append(Tool(schema))
        return versions[-1]

    def likeness(self, told: set[str], stem: str) -> float:
        """How much a stem tells about the tool that has it in its name: less, the more tools do."""
        return 1 / sum(stem in versions[0].stems for versions in self._known.values()) if stem in told else 0.0


class Player:
    """One episode as its policy sees it: memory, tools, and what it has done."""

    def __init__(self, instruction: str, schemas: Sequence[ToolSchema], toolbox: Toolbox, lexicon: Lexicon) -> None:
        self.memory = Memory(instruction, lexicon)
        self.tools = toolbox.read(schemas)
        self.by_number = dict(self.tools)
        self.number = {tool.name: number for number, tool in self.tools}
        self.done: dict[str, int] = {}
        self.last, self.before = "start", "start"
        #: What the last call led to: an error, something new, or nothing new.
        self.outcome = "nothing"
        self.calls: dict[str, int] = {}
        #: Codes of the instruction's words and pairs of words, padded; the policy fills them in.
        self.words: np.ndarray | None = None
        self.pairs: np.ndarray | None = None
        self.used: dict[tuple[str, str, str], bool] = {}
        self._version: tuple[int, int] = (-1, -1)
        self._options: list[int] = []
        self._candidates: dict[str, list[Value]] = {}
        self.hints = self._hint(instruction, toolbox)
        every = {argument.place: argument for _, tool in self.tools for argument in tool.arguments}
        self._free = {place: argument for place, argument in every.items() if argument.choices is None}
        self._listed = {place for place in every if place not in self._free}
        self._told = {p for p in self._listed if any(value.told for value in every[p].candidates(self.memory))}
        self.memory.summarise = any(argument.kind in ("array", "number") for argument in self._free.values())
        self._filled: set[str] = set()
        self._ready: set[str] | None = None

    def _hint(self, instruction: str, toolbox: Toolbox) -> np.ndarray:
        """For each tool, how much of its name and of its listed values the instruction mentions."""
        told = stems(instruction)
        hints = np.zeros((toolbox.size, HINTS), np.float32)
        for number, tool in self.tools:
            listed = [argument for argument in tool.arguments if argument.choices and not argument.whole]
            hit = bool(listed) and all(any("before" in v.plain for v in a.candidates(self.memory)) for a in listed)
            named = sum(toolbox.likeness(told, stem) for stem in tool.stems)
            hints[number, :3] = (named, hit, bool(listed) and not hit)
        return hints

    def options(self) -> list[int]:
        """Numbers of the tools that can be called now: each of their arguments has a candidate."""
        version = (self.memory.version, self.memory.lexicon.version)
        if version != self._version:
            self._version, self._candidates = version, {}
            filled, told = set(self._listed), set(self._told)
            for place, argument in self._free.items():
                values = self.candidates(argument)
                if values:
                    filled.add(place)
                    if any(value.told for value in values):
                        told.add(place)
            if filled != self._filled:
                self._filled = filled
                self._options = [number for number, tool in self.tools if tool.places <= filled]
            if told != self._ready:
                self._ready = told
                # Tools that have for each argument a candidate that the instruction mentions, or tells of.
                for number, tool in self.tools:
                    ready = bool(tool.places) and tool.places <= told
                    self.hints[number, 3:] = (ready and len(tool.places) == 1, ready and len(tool.places) > 1)
        return self._options

    def ways(self, tool: Tool) -> int:
        """How many different calls of a tool there are to choose from."""
        return prod(len(argument.choices or self.candidates(argument)) for argument in tool.arguments)

    def breadth(self) -> int:
        """How many different calls there are to choose from, of all tools."""
        return sum(self.ways(tool) for _, tool in self.tools)

    def candidates(self, argument: Argument) -> list[Value]:
        """What an argument can be now."""
        found = self._candidates.get(argument.place)
        if found is None:
            found = self._candidates[argument.place] = argument.candidates(self.memory)
        return found

    def describe(self, argument: Argument, values: list[Value], earlier: list[Value]) -> np.ndarray:
        """Features of the candidates of an argument, a row each."""
        table = np.zeros((len(values), WIDTH + MOVING), np.int64)
        now = self.memory.step
        for row, value in zip(table, values, strict=True):
            row[:WIDTH] = value.row()
            key = value.content if isinstance(value.content, str) else repr(value.content)
            used = self.used.get((argument.tool, argument.name, key))
            if used is not None:
                row[WIDTH] = _USED if used else _REFUSED
            if value.seen == now:
                row[WIDTH + 1] = _FRESH
            if any(map(argument.is_about, value.keys)):
                row[WIDTH + 2] = _NAMED
            if earlier and value.near:
                shared = _shared(earlier[0], value)
                row[WIDTH + 3 : WIDTH + 3 + len(shared)] = shared
        return table

    def remember(self, tool: Tool, arguments: list[Value], content: str, failed: bool) -> int:
        """Takes in what a call led to; returns how many values it showed for the first time."""
        self.before, self.last = self.last, tool.name
        self.calls[tool.name] = self.calls.get(tool.name, 0) + 1
        for argument, value in zip(tool.arguments, arguments, strict=True):
            key = value.content if isinstance(value.content, str) else repr(value.content)
            self.used[argument.tool, argument.name, key] = not failed
        if failed:
            self.outcome = "error"
            return 0
        self.done[tool.name] = self.done.get(tool.name, 0) + 1
        fresh = self.memory.read(tool.name, content)
        self.outcome = "new" if fresh else "known"
        return fresh


_USED, _REFUSED, _FRESH, _NAMED = code("used"), code("refused"), code("fresh"), code("named")


def _shared(one: Value, other: Value) -> list[int]:
    """In which ids two values agree or differ, the first of them being an earlier argument."""
    found = []
    for key, item in other.near.items():
        if isinstance(item, str) and key in one.near and any(char.isdigit() for char in item):
            found.append(code(f"{'same' if one.near[key] == item else 'other'} {key}"))
        elif item == one.content:
            found.append(code(f"of {key}"))
    return found[-(MOVING - 3) :]
