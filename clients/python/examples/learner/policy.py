"""A linear softmax policy over hashed features: first the tool, then its arguments one after another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .candidates import HINTS, MOVING, TOOLS, Player, Tool
from .memory import CROSSED, WIDTH, Value
from .text import code

STATE_ROWS = 1 << 15
ARGUMENT_ROWS = 1 << 18
WORDS, PAIRS, EXTRAS = 32, 40, 24
#: Features of one candidate value: those of its own argument, those shared by name, those crossed with words.
CANDIDATE = 2 * (WIDTH + MOVING) + CROSSED * WORDS
_MIX, _SALT = np.int64(0x9E3779B1), np.int64(0x85EBCA77)


def _fold(features: np.ndarray, size: int) -> np.ndarray:
    """Rows of a table; 0 stays 0, the row of padding."""
    rows = ((features * _MIX) >> np.int64(9)) & np.int64(size - 1)
    return np.where(features == 0, 0, np.maximum(rows, 1)).astype(np.int32)


def _cross(features: np.ndarray, salt: np.ndarray | np.int64) -> np.ndarray:
    """Features combined with another; absent where either is."""
    mixed = (features * _SALT) ^ (salt * _MIX + (salt >> np.int64(7)))
    return np.where((features == 0) | (salt == 0), np.int64(0), mixed | np.int64(1))


@dataclass(slots=True)
class Choice:
    """One argument that was chosen: the rows of all its candidates, and which it was."""

    rows: np.ndarray
    index: int


@dataclass(slots=True)
class Decision:
    """One action with all that is needed to learn from it later."""

    rows: np.ndarray
    open: np.ndarray
    number: int
    tool: Tool
    arguments: list[Value]
    choices: list[Choice]
    hints: np.ndarray
    value: float
    breadth: int
    reward: float = 0.0
    advantage: float = 0.0
    target: float = 0.0

    def call(self) -> dict[str, object]:
        """The tool call, as the client sends it."""
        named = zip(self.tool.arguments, self.arguments, strict=True)
        return {"name": self.tool.name, "arguments": {argument.name: value.content for argument, value in named}}


class Policy:
    """Weights and how to act by them.

    Args:
        masked: Blind to all messages: only the candidates, its own calls and the number of steps remain.
        flat: Starts from equal chances of all calls, not of all tools.
        tools: At most so many tools.
    """

    def __init__(self, *, masked: bool = False, flat: bool = False, tools: int = TOOLS) -> None:
        self.masked, self.flat = masked, flat
        self.tools = np.zeros((STATE_ROWS, tools), np.float32)
        self.value = np.zeros(STATE_ROWS, np.float32)
        self.arguments = np.zeros(ARGUMENT_ROWS, np.float32)
        #: How a tool's fitting the instruction counts, while it has not been called and afterwards.
        self.hints = np.zeros(2 * HINTS + 1, np.float32)
        self._acted = 0

    def act(self, players: list[Player], draw: np.random.Generator, *, heat: float = 1.0) -> list[Decision]:
        """One action for each player, drawn from the softmax at temperature `heat`."""
        rows = self._states(players)
        hints = self._hints(players)
        logits = (self.tools[rows].sum(1) + hints @ self.hints) / heat
        values = self.value[rows].sum(1).tolist()
        options = [player.options() for player in players]
        self._acted += 1
        counted = self._acted % 8 == 0
        shut = np.ones(logits.shape, bool)
        for number, option in enumerate(options):
            shut[number, option] = False
        logits[shut] = -1e9
        if self.flat:
            for at, player in enumerate(players):
                for number, tool in player.tools:
                    logits[at, number] += np.log(max(player.ways(tool), 1))
        numbers = (logits + draw.gumbel(size=logits.shape)).argmax(1)
        decisions = []
        for at, (player, number) in enumerate(zip(players, numbers.tolist(), strict=True)):
            breadth = player.breadth() if counted else 0
            tool = player.by_number[number]
            decisions.append(Decision(rows[at], ~shut[at], number, tool, [], [], hints[at], values[at], breadth))
        for place in range(max(len(decision.tool.arguments) for decision in decisions)):
            self._choose(place, players, decisions, draw, heat)
        return decisions

    def _choose(self, place, players, decisions, draw, heat) -> None:
        chosen, tables, salts, shared, texts, counts = [], [], [], [], [], []
        for player, decision in zip(players, decisions, strict=True):
            if place >= len(decision.tool.arguments):
                continue
            argument = decision.tool.arguments[place]
            values = player.candidates(argument)
            chosen.append((decision, values))
            tables.append(player.describe(argument, values, decision.arguments))
            salts.append(argument.own_salt)
            shared.append(argument.shared_salt)
            texts.append(player.words)
            counts.append(len(values))
        features = np.concatenate(tables)
        if self.masked:
            features[:, 1:WIDTH] = 0
            features[:, 0] = np.where(_is_listed(chosen), features[:, 0], 0)
            # That a value was used is its own doing; whether it was refused is not for it to know.
            features[:, WIDTH] = np.where(features[:, WIDTH] == 0, 0, code("used"))
            features[:, WIDTH + 1 :] = 0
        own, common = np.repeat(np.array(salts), counts)[:, None], np.repeat(np.array(shared), counts)[:, None]
        plain = _cross(features, own)
        told = np.repeat(np.array(texts), counts, 0)
        crossed = _cross(plain[:, :CROSSED, None], told[:, None, :]).reshape(len(features), -1)
        rows = _fold(np.concatenate([plain, _cross(features, common), crossed], 1), ARGUMENT_ROWS)
        logits = self.arguments[rows].sum(1) / heat + draw.gumbel(size=len(rows))
        at = 0
        for (decision, values), count in zip(chosen, counts, strict=True):
            index = int(logits[at : at + count].argmax())
            # A copy: a view would keep the whole batch in memory.
            decision.choices.append(Choice(rows[at : at + count].copy(), index))
            decision.arguments.append(values[index])
            at += count

    def _hints(self, players: list[Player]) -> np.ndarray:
        hints = np.stack([player.hints for player in players])
        called = np.zeros((*hints.shape[:2], 1), np.float32)
        for at, player in enumerate(players):
            called[at, [player.number[name] for name in (player.calls if self.masked else player.done)]] = 1
        if self.masked:
            hints *= 0
        return np.concatenate([hints * (1 - called), hints * called, called], 2)

    def _states(self, players: list[Player]) -> np.ndarray:
        for player in players:
            if player.words is None:
                blank = self.masked
                player.words = _pad([] if blank else player.memory.words, WORDS)
                player.pairs = _pad([] if blank else player.memory.pairs, PAIRS)
        texts = np.stack([player.words for player in players])
        pairs = np.stack([player.pairs for player in players])
        extras, lasts, recents = [], [], []
        for player in players:
            last = player.last if self.masked else f"{player.last} {player.outcome}"
            lasts.append(code(f"last {last}"))
            recents.append(code(f"recent {player.before} {last}"))
            counts = player.calls if self.masked else player.done
            extra = [code("bias"), code(f"step {min(sum(player.calls.values()), 8)}")]
            extra += [code(f"done {name} {min(count, 3)}") for name, count in counts.items()]
            extras.append(_pad(extra, EXTRAS))
        last, recent = np.array(lasts)[:, None], np.array(recents)[:, None]
        return _fold(
            np.concatenate(
                [np.array(extras), last, recent, texts, pairs, _cross(texts, last), _cross(texts, recent)], 1
            ),
            STATE_ROWS,
        )


def _is_listed(chosen) -> np.ndarray:
    return np.array(["value" in value.crossed for _, values in chosen for value in values])


def _pad(codes: list[int], width: int) -> np.ndarray:
    padded = np.zeros(width, np.int64)
    padded[: len(codes)] = codes[:width]
    return padded
