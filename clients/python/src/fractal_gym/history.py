"""What each frame of an episode has seen and said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .messages import Message, Observation, ToolSchema


class Frame:
    """One running agent, as its trainer knows it.

    Attributes:
        path: Where it stands: `lead/orders.1` is the first that `lead` opened of `orders`.
        agent: The agent's name.
        depth: Levels below the root.
        complete: Whether `messages` lack nothing. What happened before a handle was made (`Client.resume`,
            `Client.restore`) is not known to it.
    """

    def __init__(self, path: str, agent: str, depth: int) -> None:
        self.path = path
        self.agent = agent
        self.depth = depth
        self.complete = True
        #: Announcements of tools, each with the step whose answer brought it.
        self._tools: list[tuple[int, list[ToolSchema]]] = []
        #: Segments of messages, each message with the step whose answer brought it.
        self._segments: list[list[tuple[int, Message]]] = [[]]

    @property
    def tools(self) -> list[ToolSchema]:
        """The tools as last announced to it."""
        return self._tools[-1][1] if self._tools else []

    @property
    def messages(self) -> list[Message]:
        """The messages that its policy goes by, its own turns among them: those since the last compaction."""
        return [message for _, message in self._segments[-1]]

    @property
    def segments(self) -> list[list[Message]]:
        """All messages: a new segment begins where they were compacted, so token sequences can be split there."""
        return [[message for _, message in segment] for segment in self._segments]

    def see(self, seen: Observation, seq: int) -> None:
        """Takes what an observation brings."""
        if seen.tools is not None:
            self._tools.append((seq, seen.tools))
        if seen.segment is not None:
            self._segments.append([])
            self.complete = True
        else:
            self._name_calls(seen.messages)
        self._segments[-1] += [(seq, message) for message in seen.messages]

    def say(self, action: Mapping[str, Any], seq: int) -> None:
        """Takes the frame's own turn, in its wire form."""
        said = action.get("content", action.get("text"))
        calls = action.get("tool_calls")
        message = Message(
            role="assistant",
            content=said if isinstance(said, str) else "",
            tool_calls=[dict(call) if isinstance(call, Mapping) else call for call in calls] if calls else None,
        )
        self._segments[-1].append((seq, message))

    def _name_calls(self, messages: Iterable[Message]) -> None:
        """Gives the calls of the last turn that had no id the one that the server gave them; answers keep the order."""
        last = self._segments[-1][-1][1] if self._segments[-1] else None
        if last is None or last.role != "assistant":
            return
        answers = (message for message in messages if message.role == "tool")
        for call, answer in zip(last.tool_calls or [], answers, strict=False):
            if isinstance(call, dict) and answer.tool_call_id is not None:
                call.setdefault("id", answer.tool_call_id)

    def copy(self, until: int) -> Frame | None:
        """What was known after step `until`; None where there was no such frame yet."""
        kept = [[entry for entry in segment if entry[0] <= until] for segment in self._segments]
        while kept and not kept[-1]:
            kept.pop()
        if not kept:
            return None
        twin = Frame(self.path, self.agent, self.depth)
        twin.complete, twin._segments = self.complete, kept
        twin._tools = [entry for entry in self._tools if entry[0] <= until]
        return twin

    def __repr__(self) -> str:
        return f"<Frame {self.path}, {sum(map(len, self._segments))} messages>"


class Frames(Mapping[str, Frame]):
    """The frames of an episode that its trainer plays, by path, in the order in which they were first seen."""

    def __init__(self) -> None:
        self._frames: dict[str, Frame] = {}
        #: The step whose answer was taken last; -1 before the reset.
        self._seq = -1

    def __getitem__(self, path: str) -> Frame:
        return self._frames[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._frames)

    def __len__(self) -> int:
        return len(self._frames)

    def take(self, seen: Iterable[Observation], seq: int, said: Mapping[str, Any] | None = None) -> None:
        """Takes the answer to a step; `said` are its actions by frame, None where somebody else took it."""
        if seq == self._seq:
            return
        if seq < self._seq:
            self._frames = self.until(seq - 1)
        for path, action in (said or {}).items():
            if path in self._frames:
                self._frames[path].say(action, seq)
        if said is None:
            for frame in self._frames.values():
                frame.complete = False
        self._seq = seq
        for one in seen:
            if one.frame not in self._frames:
                frame = self._frames[one.frame] = Frame(one.frame, one.agent, one.depth)
                # The first thing that a frame is told is its prompt.
                frame.complete = bool(one.messages) and one.messages[0].role == "system"
            self._frames[one.frame].see(one, seq)

    def until(self, seq: int) -> dict[str, Frame]:
        """The frames as they were after a step."""
        twins = ((path, frame.copy(seq)) for path, frame in self._frames.items())
        return {path: twin for path, twin in twins if twin is not None}

    def copy(self, until: int) -> Frames:
        """The frames of a fork after step `until`."""
        twin = Frames()
        twin._frames, twin._seq = self.until(until), min(until, self._seq)
        return twin

    def __repr__(self) -> str:
        return f"<Frames {', '.join(self._frames)}>"
