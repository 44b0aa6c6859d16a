"""Where the environments get episodes from: exactly the seed that is asked for, or the next task of a sequence."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import numpy as np

from .. import calls
from ..address import DEFAULT_URL
from ..client import Client
from ..curriculum import Curriculum
from ..episode import Episode
from ..errors import GymError, InvalidParamsError
from ..messages import Split
from ..wire import EncodingName

#: What `reset(options=...)` and the constructor's `options` may hold: the server's options, and the task template.
OPTIONS = (
    "luck", "dynamics", "time", "think_ms_per_token", "budgets", "shaping", "split", "learner", "others",
    "parallel_frames", "tools", "task",
)  # fmt: skip

#: Where resets without a seed draw their tasks from when no split is asked for: never from what evaluation uses.
DEFAULT_SPLIT: Split = "train"


class EpisodeSource:
    """One episode at a time of a scenario, or of what a curriculum has come to.

    Attributes:
        client: Where they are played.
        episode: The one that runs, with everything else that the server offers on it (fork, snapshot, ...).
        options: Those of every reset that says nothing else.
    """

    def __init__(
        self,
        scenario: str | Curriculum,
        url: str = DEFAULT_URL,
        *,
        token: str | None = None,
        client: Client | None = None,
        encoding: EncodingName = "msgpack",
        options: Mapping[str, Any] | None = None,
        **given: Any,
    ) -> None:
        self._scenario = scenario
        self.client = client or Client(url, token, encoding=encoding)
        self.episode: Episode | None = None
        self._owns_client = client is None
        self.options = {**known(options), **{name: value for name, value in given.items() if value is not None}}

    @property
    def scenario(self) -> str:
        """The scenario that a reset plays now."""
        return self._scenario if isinstance(self._scenario, str) else self._scenario.scenario

    def begin(self, seed: int | None, options: Mapping[str, Any], rng: np.random.Generator) -> Episode:
        """Starts an episode; without a seed that of the next task that `rng` draws.

        Raises:
            SplitMismatchError: the seed is not of the split asked for.
            EnvError: the environment itself failed.
        """
        resolved = {**self.options, **options}
        task = resolved.pop("task", None)
        scenario = self.scenario
        if seed is None:
            default = DEFAULT_SPLIT if isinstance(self._scenario, str) else self._scenario.split
            split = resolved.get("split", default)
            row = self.client.sample(scenario, seed=int(rng.integers(2**53)), count=1, split=split, task=task)[0]
            seed, task = row.seed, row.task
        self.end()
        self.episode = self.client.reset(scenario, seed, task=task, options=resolved)
        return self.episode

    def ended(self) -> None:
        """Tells the curriculum what the episode that has ended earned."""
        if not isinstance(self._scenario, str) and self.episode is not None and self.episode.info is not None:
            self._scenario.report(self.episode.info.scenario, self.episode.reward)

    def end(self) -> None:
        """Closes the episode; one that cannot be closed is reaped by the server."""
        episode, self.episode = self.episode, None
        if episode is not None:
            with suppress(GymError):
                self.client.run(calls.close(episode.id), timeout=5)

    def close(self) -> None:
        """Closes the episode, and the client where it belongs to this; safe to call twice."""
        self.end()
        if self._owns_client:
            self.client.close()


def known(options: Mapping[str, Any] | None) -> dict[str, Any]:
    """The options, all of which have to be known.

    Raises:
        InvalidParamsError: one is not; `data["nearest"]` names the closest one.
    """
    for name in options or ():
        if name not in OPTIONS:
            data = {"code": "GYM_INVALID_PARAMS", "path": f"options.{name}", "nearest": nearest_of(name, OPTIONS)}
            raise InvalidParamsError(f"unknown option {name!r}; there are: {', '.join(OPTIONS)}", data=data)
    return dict(options or {})


def nearest_of(name: object, names: tuple[str, ...] | list[str]) -> str:
    """The name that is spelt most like another."""
    return difflib.get_close_matches(str(name), names, n=1, cutoff=0.0)[0]
