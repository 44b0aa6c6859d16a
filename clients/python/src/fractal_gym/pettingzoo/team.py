"""What both PettingZoo environments have in common: agents, spaces, and what each slot sees."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, TypeAlias

import numpy as np
from gymnasium import spaces
from gymnasium.utils import seeding

from ..actions import ActionLike, action_of_text, as_action
from ..address import DEFAULT_URL
from ..client import Client
from ..episode import Episode
from ..errors import InvalidParamsError
from ..gym.source import OPTIONS, EpisodeSource, known, nearest_of
from ..gym.spaces import BUDGETS, TurnText, observation_space
from ..gym.view import show
from ..messages import AgentSummary, Message, Observation, Split, StepResult, ToolSchema
from ..options import Learner, Others
from ..wire import EncodingName
from .slots import Slots

Shown: TypeAlias = dict[str, Any]

#: Slots of an agent below the root, where nobody says how many.
SLOTS = 4

#: What is fixed when an environment is made, because its agents follow from it.
FIXED = ("learner", "parallel_frames")


class Team:
    """Agents, spaces and views of one scenario; the environments' own state is in themselves.

    Args: those of `aec_env`.
    """

    def __init__(
        self,
        scenario: str,
        url: str = DEFAULT_URL,
        *,
        parallel: bool,
        token: str | None = None,
        client: Client | None = None,
        encoding: EncodingName = "msgpack",
        task: str | None = None,
        split: Split | None = None,
        learner: Learner = "all",
        others: Others | None = None,
        slots: int | Mapping[str, int] = SLOTS,
        options: Mapping[str, Any] | None = None,
        render_mode: str | None = None,
    ) -> None:
        if render_mode not in (None, "ansi"):
            raise ValueError(f'render_mode is "ansi" or None, not {render_mode!r}')
        for name in FIXED:
            if name in known(options):
                raise _wrong(f"{name} is no option of an episode here: it belongs to the environment", name)
        self.parallel = parallel
        self.render_mode = render_mode
        self.source = EpisodeSource(
            scenario, url, token=token, client=client, encoding=encoding, options=options, task=task, split=split,
            learner=learner, others=others, parallel_frames=parallel,
        )  # fmt: skip
        agents = self.source.client.scenario(scenario).agents
        self.root = agents[0].name
        played = _played(agents, learner)
        self.slots = Slots(_bounds([agent.name for agent in played], self.root, slots))
        by_name = {agent.name: agent for agent in played}
        self.action_spaces = {slot: TurnText(_tools_of(by_name[agent])) for slot, agent in self.slots.agent_of.items()}
        self.observation_spaces = {slot: _space() for slot in self.slots.names}
        self.seen: dict[str, Shown] = {}
        self.infos: dict[str, dict[str, Any]] = {}
        #: How an episode ended that others ended before the first step.
        self.end: StepResult | None = None
        #: Messages that no slot was shown yet, by frame.
        self._unread: dict[str, list[Message]] = {}
        self._rng = seeding.np_random()[0]

    @property
    def episode(self) -> Episode:
        """The running episode."""
        if self.source.episode is None:
            raise RuntimeError("call reset first")
        return self.source.episode

    def begin(self, seed: int | None, options: Mapping[str, Any] | None) -> None:
        """Starts an episode."""
        if seed is not None:
            self._rng = seeding.np_random(seed)[0]
        episode = self.source.begin(seed, _taken(options), self._rng)
        self.end = episode.last
        self.slots.clear()
        self._unread = {}
        self.seen = {slot: _blank(agent) for slot, agent in self.slots.agent_of.items()}
        assert episode.info is not None, "a reset always says what it did"
        told = episode.info.to_dict()
        if self.end is not None:
            told["ended"] = self.end.info.to_dict()
        self._look(told)

    def step(self, actions: Mapping[str, ActionLike]) -> StepResult:
        """Answers the frames of slots.

        Raises:
            EnvError: the environment itself failed; the return so far is void.
            GymError: the episode has ended, or an action is no action at all.
        """
        if self.end is not None:
            result, self.end = self.end, None
        else:
            wires = [self._wire(slot, action) for slot, action in actions.items()]
            result = self.episode.step(wires if self.parallel else wires[0])
        self._look(result.info.to_dict())
        return result

    def _wire(self, slot: str, action: ActionLike) -> dict[str, Any]:
        frame = self.slots.frame_of[slot]
        wire = as_action(action_of_text(action) if isinstance(action, str) else action, frame=frame)
        if not isinstance(wire, dict):
            raise TypeError("an agent gives one action")
        self.slots.note_turn(slot, wire, is_root=self.slots.agent_of[slot] == self.root)
        return wire

    def _look(self, told: Mapping[str, Any]) -> None:
        """Shows every slot what is new to it."""
        episode = self.episode
        going = not episode.done
        for one in episode.observations:
            unread = [] if one.segment is not None else self._unread.get(one.frame, [])
            self._unread[one.frame] = [*unread, *one.messages]
        self.slots.place(episode.observations if going else [])
        by_frame = {one.frame: one for one in episode.observations}
        for slot in self.slots.names:
            frame = self.slots.frame_of.get(slot)
            found = by_frame.get(frame) if frame is not None else None
            shows = found is not None and (slot in self.slots.waiting or not going)
            self.infos[slot] = {**told, "frame": frame}
            if found is None or not shows:
                self.seen[slot] = {**self.seen[slot], "text": "", "turn": 0}
                continue
            self.seen[slot], info = self._show(found)
            self.seen[slot]["turn"] = int(going)
            self.infos[slot] |= info
            if tools := episode.frames[found.frame].tools:
                self.action_spaces[slot].tools = tuple(tools)

    def _show(self, seen: Observation) -> tuple[Shown, dict[str, Any]]:
        return show(seen, self._unread.pop(seen.frame))

    def history(self, slot: str) -> list[dict[str, Any]]:
        """All messages of the frame in a slot, its own turns among them, since they were last compacted."""
        found = self.episode.frames.get(self.slots.frame_of.get(slot, ""))
        return [message.to_dict() for message in found.messages] if found is not None else []

    def render(self) -> str | None:
        """The transcript so far, in `render_mode="ansi"`."""
        return self.episode.render("ansi") if self.render_mode == "ansi" else None


def _space() -> spaces.Dict:
    """That of the Gymnasium environment, and whether the agent's frame waits for an action."""
    return spaces.Dict({**observation_space().spaces, "turn": spaces.Discrete(2)})


def _blank(agent: str) -> Shown:
    zero = np.zeros(1, dtype=np.int64)
    left = np.full(len(BUDGETS), -1, dtype=np.int64)
    return {"text": "", "frame": "", "agent": agent, "depth": zero, "clock_ms": zero, "budgets": left, "turn": 0}


def _tools_of(agent: AgentSummary) -> list[ToolSchema]:
    """Tools to draw actions from before the agent's own are known."""
    return [ToolSchema(name=name, description="", input_schema={}) for name in agent.tools or ["wait"]]


def _played(agents: Sequence[AgentSummary], learner: Learner) -> list[AgentSummary]:
    models = [agent for agent in agents if not agent.workflow]
    if learner in ("all", "root"):
        return [agent for agent in models if learner == "all" or agent.learner]
    globs = [learner] if isinstance(learner, str) else list(learner)
    names = [agent.name for agent in models]
    for glob in globs:
        if not any(fnmatchcase(name, glob) for name in names):
            raise _wrong(f"no agent fits {glob!r}; there are: {', '.join(names)}", "learner", nearest_of(glob, names))
    return [agent for agent in models if any(fnmatchcase(agent.name, glob) for glob in globs)]


def _bounds(names: Sequence[str], root: str, slots: int | Mapping[str, int]) -> dict[str, int]:
    given = slots if isinstance(slots, Mapping) else {name: slots for name in names if name != root}
    for name, bound in given.items():
        if name not in names:
            raise _wrong(f"slots of {name!r}, which is not played here", "slots", nearest_of(name, list(names)))
        if bound < 1:
            raise ValueError(f"{name} needs a slot, not {bound}")
    return {name: given.get(name, 1 if name == root else SLOTS) for name in names}


def _taken(options: Mapping[str, Any] | None) -> dict[str, Any]:
    """Options of a reset. PettingZoo passes on whatever it is given, so a strange one is no error."""
    taken = {}
    for name, value in (options or {}).items():
        if name in FIXED:
            raise _wrong(f"{name} is fixed when the environment is made, because its agents follow from it", name)
        if name in OPTIONS:
            taken[name] = value
        else:
            warnings.warn(
                f"unknown option {name!r} is ignored; the nearest is {nearest_of(name, OPTIONS)!r}", stacklevel=4
            )
    return taken


def _wrong(message: str, name: str, nearest: str | None = None) -> InvalidParamsError:
    data = {"code": "GYM_INVALID_PARAMS", "path": f"options.{name}"} | ({"nearest": nearest} if nearest else {})
    return InvalidParamsError(message, data=data)
