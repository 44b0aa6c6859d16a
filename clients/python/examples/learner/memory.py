"""What one episode has shown so far: the values that were seen, and where."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .text import code, flat, neighbours, shape, spans, words

#: Static features of a value; see `Value.row`.
WIDTH = 26
#: Of these, how many (the first ones) are also crossed with the words of the instruction.
CROSSED = 5


class Lexicon:
    """What values look like under each JSON key: learned from the results of all episodes so far."""

    def __init__(self) -> None:
        self.shapes: dict[str, set[str]] = {}
        #: Counts up when something was learned.
        self.version = 0

    def learn(self, key: str, value: str) -> None:
        """A value was seen under a key."""
        known = self.shapes.setdefault(key, set())
        outline = shape(value)
        if outline not in known:
            known.add(outline)
            self.version += 1


@dataclass(slots=True)
class Value:
    """Something that may become an argument, with its features by slot: a newer one replaces an older."""

    content: Any
    crossed: dict[str, int] = field(default_factory=dict)
    plain: dict[str, int] = field(default_factory=dict)
    #: Values of the objects in which it was seen, by key: what it may share with another value.
    near: dict[str, Any] = field(default_factory=dict)
    keys: set[str] = field(default_factory=set)
    seen: int = -1
    #: Whether the instruction mentions it, or something of the object that it was seen in.
    told: bool = False
    cached: np.ndarray | None = None

    def row(self) -> np.ndarray:
        """Its static features, padded with 0."""
        if self.cached is None:
            first, rest = list(self.crossed.values())[:CROSSED], list(self.plain.values())[-(WIDTH - CROSSED) :]
            self.cached = np.zeros(WIDTH, np.int64)
            self.cached[: len(first)] = first
            self.cached[CROSSED : CROSSED + len(rest)] = rest
        return self.cached


class Memory:
    """Reads the messages of one episode."""

    def __init__(self, instruction: str, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self.text = flat(instruction)
        self.padded = f" {self.text} "
        mentioned = spans(instruction)
        self.words, self.pairs = words(instruction, mentioned)
        self.values: dict[str, Value] = {}
        self.by_key: dict[str, list[Value]] = {}
        self.by_shape: dict[str, list[Value]] = {}
        #: Values that a schema lists, made when first needed.
        self.chosen: dict[Any, Value] = {}
        self.lists: dict[str, tuple[list[Value], list[Value]]] = {}
        self.step = 0
        #: Whether lists are to be summed up, because an argument asks for a number or a list.
        self.summarise = False
        #: Counts up when there may be new candidates.
        self.version = 0
        nth: dict[str, int] = {}
        for content in mentioned:
            value = self._add(content)
            outline = shape(content)
            value.crossed["shape"] = code(f"shape {outline}")
            nth[outline] = nth.get(outline, 0) + 1
            value.plain["nth"] = code(f"nth {nth[outline]}")
            self.mention(value, flat(content))

    def _add(self, content: str) -> Value:
        value = self.values[content] = Value(content)
        self.by_shape.setdefault(shape(content), []).append(value)
        return value

    def mentions(self, text: str) -> bool:
        """Whether the instruction has this text, in whole words, also with spaces for underscores."""
        return f" {text} " in self.padded or ("_" in text and f" {text.replace('_', ' ')} " in self.padded)

    def mention(self, value: Value, text: str) -> None:
        """Notes where the instruction has the value."""
        around = neighbours(self.text, text)
        if around is None and "_" in text:
            around = neighbours(self.text, text.replace("_", " "))
        if around is None:
            value.plain["in"] = code("absent")
            return
        value.told = True
        value.crossed["in"] = code("mentioned")
        value.plain["before"] = code(f"before {around[0]}")
        value.plain["after"] = code(f"after {around[1]}")

    def read(self, tool: str, content: str) -> int:
        """Reads a successful result; returns how many values were new."""
        known = len(self.values)
        self.step += 1
        try:
            result = json.loads(content)
        except ValueError:
            return 0
        if isinstance(result, (dict, list)):
            self._walk(result, tool, tool, {})
        self.version += 1
        return len(self.values) - known

    def _walk(
        self, node: Any, tool: str, path: str, outer: dict[str, Any], marks: dict[str, int] | None = None
    ) -> None:
        if isinstance(node, list):
            rows = [item for item in node if isinstance(item, dict)]
            ranks = _ranks(rows)
            if rows and self.summarise:
                self.lists[path] = _summaries(self, rows)
            for item, rank in zip(rows, ranks, strict=True):
                self._walk(item, tool, path, outer, rank)
            return
        own = {key: item for key, item in node.items() if not isinstance(item, (dict, list))}
        about = self._describe(own, "")
        if outer:
            about |= self._describe(outer, "^")
        about |= marks or {}
        near = {**outer, **own}
        for key, item in own.items():
            if isinstance(item, str) and 0 < len(item) <= 80:
                self._note(key, item, tool, about, near)
        for key, item in node.items():
            if isinstance(item, (dict, list)):
                self._walk(item, tool, f"{path}.{key}", near)

    def _describe(self, scalars: dict[str, Any], prefix: str) -> dict[str, int]:
        about: dict[str, int] = {}
        for key, item in scalars.items():
            slot = prefix + key
            if isinstance(item, str):
                told = self.mentions(flat(item))
                about[f"m {slot}"] = code(f"{slot} {'told' if told else 'untold'}")
                if told and not prefix:
                    about["told"] = code("told")
                if len(item) <= 20 and item.islower() and not any(char.isdigit() for char in item):
                    about[f"= {slot}"] = code(f"{slot}={item}")
            elif isinstance(item, bool) or not isinstance(item, (int, float)):
                about[f"= {slot}"] = code(f"{slot}={item}")
            elif item == 0:
                about[f"= {slot}"] = code(f"{slot}=0")
        return about

    def _note(self, key: str, content: str, tool: str, about: dict[str, int], near: dict[str, Any]) -> None:
        self.lexicon.learn(key, content)
        value = self.values.get(content)
        if value is None:
            value = self._add(content)
            self.mention(value, flat(content))
            value.crossed["by"] = code(f"by {tool} {key}")
            value.crossed["key"] = code(f"key {key}")
        if key not in value.keys:
            value.keys.add(key)
            self.by_key.setdefault(key, []).append(value)
        value.seen = self.step
        value.told = value.told or "told" in about
        for slot, feature in about.items():
            if slot[2:] != key and slot != "told":
                (value.crossed if slot[0] == "x" else value.plain)[slot] = feature
        value.near.update((k, v) for k, v in near.items() if k != key)
        value.cached = None


def _numeric(rows: list[dict[str, Any]]) -> list[str]:
    return [k for k, v in rows[0].items() if isinstance(v, (int, float)) and not isinstance(v, bool)] if rows else []


def _ranks(rows: list[dict[str, Any]]) -> list[dict[str, int]]:
    """Which rows of a list are its least and its greatest in some number; alone, a row is the only one."""
    if len(rows) == 1:
        return [{"# only": code("only one")}]
    marks: list[dict[str, int]] = [{} for _ in rows]
    numeric = _numeric(rows)
    for key in numeric:
        column = [row.get(key) or 0 for row in rows]
        # Rows without another number at 0: what is out of stock, or empty, hardly counts as the least.
        sound = [all(row.get(other) for other in numeric) for row in rows]
        least, most = min(column), max(column)
        usable = min((value for value, fine in zip(column, sound, strict=True) if fine), default=None)
        for mark, value, fine in zip(marks, column, sound, strict=True):
            if value == most:
                mark[f"x {key}"] = code(f"most {key}")
            elif fine and value == usable:
                mark[f"x {key}"] = code(f"least usable {key}")
            elif value == least:
                mark[f"# {key}"] = code(f"least {key}")
    return marks


def _summaries(memory: Memory, rows: list[dict[str, Any]]) -> tuple[list[Value], list[Value]]:
    """Answers that a list offers: numbers (sums, extremes, counts) and lists of ids, over all rows or some."""
    numeric = _numeric(rows)
    ids = next((k for k, v in rows[0].items() if isinstance(v, str) and any(char.isdigit() for char in v)), None)
    filters: list[tuple[str, str, list[dict[str, Any]]]] = [("all", "", rows)]
    for key, item in rows[0].items():
        if isinstance(item, str):
            kinds = {row.get(key) for row in rows}
            filters += [
                (f"{key}={kind}", kind, [row for row in rows if row.get(key) == kind])
                for kind in sorted(kind for kind in kinds if isinstance(kind, str))
                if kind.islower() and len(kind) <= 20
            ]
        elif key in numeric:
            filters.append((f"{key}>0", "", [row for row in rows if row.get(key)]))
    numbers, arrays = [], []
    for name, kind, chosen in filters:
        base = {"filter": code(f"filter {name}")}
        if kind:
            base["told"] = code("filter told" if memory.mentions(kind) else "filter untold")
        if ids:
            arrays.append(Value([row[ids] for row in chosen if ids in row], {**base, "ids": code(f"ids {ids}")}))
        for key in numeric:
            column = [row.get(key) or 0 for row in chosen]
            if column:
                for how, number in (("sum", round(sum(column), 2)), ("most", max(column)), ("least", min(column))):
                    numbers.append(Value(number, {**base, "how": code(f"{how} {key}")}))
    return numbers[:48], arrays[:24]
