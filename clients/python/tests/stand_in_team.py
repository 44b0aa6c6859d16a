"""A team of three for the stand-in server: frames, turns by virtual time, and nothing of a world.

`lead` calls `orders` and `billing` (tools `sub-agent-NAME {message, sub_agent_id?}`); a message without tool calls is
a frame's result, and of the root it ends the episode. Any other tool takes 100 ms, `slow` takes 1000, `earn` earns a
quarter, `compact` begins a new segment, `crash` breaks the environment. Turns of others: the lead calls both at once,
then finishes; a worker earns, then reports.
"""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import Any

AGENTS = ("lead", "orders", "billing")
MOST_TURNS = 40


class Frame:
    def __init__(self, path: str, depth: int, clock: int, message: str) -> None:
        self.path, self.depth, self.clock = path, depth, clock
        self.agent = path.rpartition("/")[2].partition(".")[0]
        self.inbox = [{"role": "system", "content": f"You are {self.agent}."}, {"role": "user", "content": message}]
        self.shown = False
        self.segment: int | None = None
        self.segments = 1
        self.turns = 0
        self.opened: dict[str, int] = {}
        #: waiting, held, joining or done
        self.state = "waiting"
        self.action: dict[str, Any] = {}
        self.calls: list[dict[str, Any]] = []
        self.results: list[dict[str, Any] | None] = []
        self.children: dict[str, int] = {}


class Team:
    def __init__(self, learner: Any, parallel: bool, seed: int) -> None:
        self.asked, self.seed = learner, seed
        globs = (
            learner if isinstance(learner, list) else [{None: "lead", "root": "lead", "all": "*"}.get(learner, learner)]
        )
        self.learner = {name for name in AGENTS if any(fnmatchcase(name, glob) for glob in globs)}
        self.parallel = parallel
        self.frames = {"lead": Frame("lead", 0, 0, f"Task {seed}.")}
        #: What is earned before the trainer's first step comes with its answer.
        self.started = False
        self.credit: dict[str, list[str]] = {}
        self.paid = self.earned = self.turns = self.played = 0.0
        self.end: str | None = "env_error" if seed == 13 else None
        self.last = self.frames["lead"]
        self.proceed()

    def waiting(self) -> list[Frame]:
        open_frames = [frame for frame in self.frames.values() if frame.state == "waiting"]
        return sorted(open_frames, key=lambda frame: (frame.clock, frame.path))

    def answer(self, actions: list[dict[str, Any]]) -> str | None:
        """Holds the actions and goes on; the frame that does not wait, if there is one."""
        due = [frame for frame in self.waiting() if frame.agent in self.learner]
        chosen = []
        for action in actions:
            path = action.get("frame", due[0].path if len(actions) == 1 else None)
            frame = next((one for one in (due if self.parallel else due[:1]) if one.path == path), None)
            if frame is None or frame in chosen:
                return str(path)
            chosen.append(frame)
        for frame, action in zip(chosen, actions, strict=True):
            frame.state, frame.action = "held", action
        self.played, self.started = 0, True
        self.proceed()
        return None

    def proceed(self) -> None:
        while self.end is None:
            live = [frame for frame in self.frames.values() if frame.state in ("waiting", "held")]
            frame = min(live, key=lambda one: (one.clock, one.path))
            self.last = frame
            if frame.state == "held":
                self.turn(frame, frame.action)
            elif frame.agent in self.learner:
                return
            else:
                self.played += 1
                self.turn(frame, self.plan(frame))

    def plan(self, frame: Frame) -> dict[str, Any]:
        frame.inbox = []
        if frame.turns > 0:
            return {"content": "done"}
        if frame.agent != "lead":
            return {"tool_calls": [{"name": "earn"}]}
        return {"tool_calls": [{"name": f"sub-agent-{name}", "arguments": {"message": "go"}} for name in AGENTS[1:]]}

    def turn(self, frame: Frame, action: dict[str, Any]) -> None:
        frame.state = "joining"
        self.turns += 1
        frame.calls = [call for call in action.get("tool_calls") or [] if call.get("name") != "finish"]
        frame.results = [None] * len(frame.calls)
        number, frame.turns = frame.turns, frame.turns + 1
        if not frame.calls:
            self.close(frame, str(action.get("content", action.get("text", ""))))
            return
        for index, call in enumerate(frame.calls):
            call = {**call, "id": call.get("id", f"call_{number}_{index}")}
            frame.calls[index] = call
            if call["name"].startswith("sub-agent-") and frame.agent == "lead":
                self.delegate(frame, index, call)
            else:
                self.use(frame, index, call)
        self.join(frame)
        if self.turns >= MOST_TURNS and self.end is None:
            self.end = "turns_budget"

    def use(self, frame: Frame, index: int, call: dict[str, Any]) -> None:
        name = call["name"]
        frame.clock += 1000 if name == "slow" else 100
        if name == "earn" and self.earned < 1:
            self.earned += 0.25
            self.credit.setdefault(frame.path, []).append(f"check.{self.earned}")
        if name == "crash":
            self.end = "env_error"
        if name == "compact":
            frame.segments += 1
            frame.segment = frame.segments
        frame.results[index] = {"role": "tool", "content": "ok", "name": name, "tool_call_id": call["id"]}

    def delegate(self, frame: Frame, index: int, call: dict[str, Any]) -> None:
        arguments = call.get("arguments") or {}
        if isinstance(arguments, str):
            arguments = json.loads(arguments)
        agent, path = call["name"].removeprefix("sub-agent-"), arguments.get("sub_agent_id")
        if path in self.frames:
            child = self.frames[path]
            child.state, child.clock = "waiting", max(child.clock, frame.clock)
            child.inbox = [*child.inbox, {"role": "user", "content": arguments.get("message", "")}]
        else:
            frame.opened[agent] = frame.opened.get(agent, 0) + 1
            path = f"{frame.path}/{agent}.{frame.opened[agent]}"
            self.frames[path] = Frame(path, frame.depth + 1, frame.clock, arguments.get("message", ""))
        frame.children[path] = index

    def close(self, frame: Frame, said: str) -> None:
        if frame.agent == "lead":
            self.end = "answered"
            return
        frame.state = "done"
        parent = self.frames[frame.path.rpartition("/")[0]]
        call = parent.calls[parent.children[frame.path]]
        parent.results[parent.children.pop(frame.path)] = {
            "role": "tool", "content": f"{frame.path} says {said}", "name": call["name"], "tool_call_id": call["id"],
        }  # fmt: skip
        parent.clock = max(parent.clock, frame.clock)
        self.join(parent)

    def join(self, frame: Frame) -> None:
        if frame.children:
            return
        frame.state = "waiting"
        results = [result for result in frame.results if result is not None]
        frame.inbox = [*frame.inbox, *results]
        if frame.segment is not None:
            summary = {"role": "user", "name": "summary", "content": f"Segment {frame.segment}."}
            frame.inbox = [{"role": "system", "content": f"You are {frame.agent}."}, summary, *results]

    def look(self, frame: Frame) -> dict[str, Any]:
        waits = [one.path for one in self.waiting()]
        seen: dict[str, Any] = {
            "frame": frame.path, "agent": frame.agent, "depth": frame.depth, "messages": frame.inbox,
            "clock_ms": frame.clock, "budgets": {"turns": int(MOST_TURNS - self.turns), "depth": 3 - frame.depth},
            "waiting": [] if self.end else waits if self.parallel else [frame.path],
        }  # fmt: skip
        if not frame.shown:
            names = ["sub-agent-orders", "sub-agent-billing"] if frame.agent == "lead" else ["earn", "slow"]
            seen["tools"] = [tool(name) for name in names]
        if frame.segment is not None:
            seen["segment"] = frame.segment
        frame.inbox, frame.shown, frame.segment = [], True, None
        return seen

    def outcome(self) -> dict[str, Any]:
        """What a step answers, but for its seq."""
        due = [frame for frame in self.waiting() if frame.agent in self.learner]
        all_seen = [self.look(frame) for frame in (due if self.parallel and not self.end else [self.last])]
        reward = self.earned - self.paid
        if self.started or self.end:
            self.paid = self.earned
        broken = self.end == "env_error"
        info: dict[str, Any] = {"played": int(self.played)} if self.played else {}
        if self.end:
            info |= {"stop_reason": self.end, "verdict": {"reward": self.earned}, "credit": self.credit}
        return {
            "observation": all_seen[0], "reward": None if broken else reward,
            "terminated": self.end == "answered", "truncated": self.end in ("turns_budget", "env_error"), "info": info,
        } | ({"observations": all_seen} if self.parallel and not self.end else {})  # fmt: skip


def tool(name: str) -> dict[str, Any]:
    told = {"message": {"type": "string"}} if name.startswith("sub-agent-") else {}
    return {
        "name": name,
        "description": "",
        "input_schema": {"type": "object", "properties": told, "required": [*told]},
    }


def summaries() -> list[dict[str, Any]]:
    """The agents, as scenario/get tells them."""
    return [
        {
            "name": name, "description": "", "workflow": False, "learner": name == "lead",
            "tools": [] if name == "lead" else ["earn", "slow"], "calls": list(AGENTS[1:]) if name == "lead" else [],
        }
        for name in AGENTS
    ]  # fmt: skip
