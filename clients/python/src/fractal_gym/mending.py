"""Sends again what a server lost: one that keeps journals asynchronously may forget the last steps when it crashes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .errors import GymError, SeqGapError
from .wire import Call

if TYPE_CHECKING:
    from .episode import EpisodeRecord

#: How often a step is tried while servers come and go.
MAX_TRIES = 10


class Mending:
    """Steps whose answers may be that the server is behind, without any I/O.

    Attributes:
        answers: An answer for each step; final once `next_calls` gives nothing.
    """

    def __init__(self, episodes: Sequence[EpisodeRecord], steps: Sequence[Call[Any]], answers: Sequence[Any]) -> None:
        self._episodes = episodes
        self._steps = steps
        self.answers = list(answers)
        self._sent: list[tuple[int, int]] = []
        self._tries = 0

    def next_calls(self) -> list[Call[Any]]:
        """For each step that met a gap, what is missing before it and the step itself."""
        self._tries += 1
        self._sent = []
        wanted: list[Call[Any]] = []
        for index, answer in enumerate(self.answers):
            missing = self._episodes[index].missing(answer)
            if missing and self._tries <= MAX_TRIES:
                wanted += [*missing, self._steps[index]]
                self._sent.append((index, len(missing)))
        return wanted

    def take(self, answers: Sequence[Any]) -> None:
        """Takes the answers to `next_calls`."""
        at = 0
        for index, missing in self._sent:
            again = answers[at : at + missing]
            answer = answers[at + missing]
            at += missing + 1
            # Of several failures the first is the cause; a gap is mended in the next round.
            failed = next((each for each in again if isinstance(each, GymError)), None)
            self.answers[index] = failed if failed is not None and not isinstance(answer, SeqGapError) else answer
