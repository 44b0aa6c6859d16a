"""Which agent of a PettingZoo environment plays which frame.

PettingZoo wants to know all agents beforehand; frames are opened while an episode runs, and may be many. So each agent
of the framework that the trainer plays has a fixed number of slots (`orders`, `orders_2`, `orders_3`, ...), and a slot
is an agent in PettingZoo's sense. A frame takes a slot when it first waits for an action, and keeps it while it waits;
when it is done the slot is free for the next frame of the same agent. What is known of a frame being done: it said its
result, or a frame above it waits again. Where no slot is free, that of the frame which has not waited for the longest
time is taken; where all of them wait, the frame itself waits until one has been answered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..messages import Observation


class Slots:
    """Slots of agents and the frames in them.

    Attributes:
        names: The slots, those of one agent beside each other.
        agent_of: The framework's agent by slot.
        frame_of: The path of the frame that is or was last in a slot; absent before the first.
        waiting: The slots whose frames wait for an action, the earliest first.
    """

    def __init__(self, bounds: Mapping[str, int]) -> None:
        self.names: list[str] = []
        self.agent_of: dict[str, str] = {}
        self.frame_of: dict[str, str] = {}
        self.waiting: list[str] = []
        self._done: set[str] = set()
        #: When the frame of a slot last waited.
        self._waited: dict[str, int] = {}
        self._round = 0
        for agent, bound in bounds.items():
            number, left = 1, bound
            while left > 0:
                name = agent if number == 1 else f"{agent}_{number}"
                # An agent may be called as the slot of another one would be.
                if number == 1 or (name not in bounds and name not in self.agent_of):
                    self.names.append(name)
                    self.agent_of[name] = agent
                    left -= 1
                number += 1

    def clear(self) -> None:
        """Empties all slots, for a new episode."""
        self.frame_of, self.waiting, self._done, self._waited = {}, [], set(), {}

    def note_turn(self, slot: str, action: Mapping[str, Any], *, is_root: bool) -> None:
        """Takes note of a turn: a message without tool calls is the result of a frame below the root."""
        if not is_root and not action.get("tool_calls"):
            self._done.add(self.frame_of[slot])

    def place(self, waiting: Sequence[Observation]) -> None:
        """Gives slots to the frames that wait, the earliest first."""
        self._round += 1
        paths = [seen.frame for seen in waiting]
        self._done.difference_update(paths)
        above = tuple(f"{path}/" for path in paths)
        self._done.update(path for path in self.frame_of.values() if path.startswith(above) and path not in paths)
        placed = {path: slot for slot, path in self.frame_of.items() if path in paths}
        for seen in waiting:
            if seen.frame in placed:
                continue
            taken = set(placed.values())
            free = [name for name in self.names if self.agent_of[name] == seen.agent and name not in taken]
            if free:
                slot = placed[seen.frame] = min(free, key=self._last_wait)
                self.frame_of[slot] = seen.frame
        self.waiting = [placed[path] for path in paths if path in placed]
        self._waited.update((slot, self._round) for slot in self.waiting)

    def _last_wait(self, slot: str) -> int:
        """0 for a slot that is free; Python's `min` takes the first of several."""
        path = self.frame_of.get(slot)
        return 0 if path is None or path in self._done else self._waited[slot]
