"""The Gymnasium environment."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import gymnasium
import numpy as np

from .. import calls
from ..actions import ActionLike, action_of_text
from ..address import DEFAULT_URL
from ..client import Client
from ..episode import Episode
from ..errors import GymError, InvalidParamsError
from ..messages import Observation, Split
from ..wire import EncodingName
from .spaces import BUDGETS, CHARSET, OBSERVATION_LENGTH, TurnText, observation_space
from .transcript import fit, render_messages

#: What `reset(options=...)` and the constructor's `options` may hold: the server's options, and the task template.
OPTIONS = ("luck", "dynamics", "time", "think_ms_per_token", "budgets", "shaping", "split", "task")

#: Where resets without a seed draw their tasks from when no split is asked for: never from what evaluation uses.
DEFAULT_SPLIT: Split = "train"


class FractalGymEnv(gymnasium.Env[dict[str, Any], ActionLike]):
    """One episode at a time of a scenario, for one agent.

    Observation: `text` (the new messages, rendered; characters outside Latin-1 escaped, at most 65,536 of them),
    `clock_ms` (virtual time), `budgets` (turns, calls, tokens and virtual milliseconds left; -1: not bounded).
    What an LLM trainer wants is in `info["observation"]`, unabridged: `messages` in the chat shape, `tools` when
    they are announced, and the rest of the protocol's observation. With the admin token, `info["faults"]` tells what
    the dynamics did in a step.

    Action: a string, that is a JSON object `{"name", "arguments"}` (one tool call), one of `content`, `reasoning`
    and `tool_calls` (a turn), or anything else (raw model text); or directly an action as `Episode.step` takes it.
    A bad action is answered by an observation. If the environment itself fails, `step` raises `EnvError`: that is
    never a reward of 0.

    `reset(seed=s)` plays exactly seed s and `reset()` the next task of a sequence that the last seed fixed, drawn
    from `split` (by default the training split). `info` echoes the effective seed, luck, task and options. With an
    explicit `split`, a seed of another split is refused.

    Args:
        scenario: `name` or `name@digest`.
        url: Server address; not used with `client`.
        token: Admin token, for privileged information.
        client: A client to share; otherwise the environment has its own.
        encoding: "msgpack" or "json".
        task: Play only this task template.
        split: "train", "validation" or "test".
        options: Default options of every reset: luck, dynamics, time, think_ms_per_token, budgets, shaping.
        render_mode: None, or "ansi": `render` returns a readable transcript.
    """

    # A transcript has no frames a second; Gymnasium warns about an environment that names none.
    metadata: dict[str, Any] = {"render_modes": ["ansi"], "render_fps": 1}  # noqa: RUF012

    def __init__(
        self,
        scenario: str,
        url: str = DEFAULT_URL,
        *,
        token: str | None = None,
        client: Client | None = None,
        encoding: EncodingName = "msgpack",
        task: str | None = None,
        split: Split | None = None,
        options: Mapping[str, Any] | None = None,
        render_mode: str | None = None,
    ) -> None:
        if render_mode is not None and render_mode not in self.metadata["render_modes"]:
            raise ValueError(f'render_mode is "ansi" or None, not {render_mode!r}')
        self.render_mode = render_mode
        self.scenario = scenario
        self.client = client or Client(url, token, encoding=encoding)
        #: The running episode, with everything else that the server offers on it (fork, snapshot, ...).
        self.episode: Episode | None = None
        self._owns_client = client is None
        self._options = _known(options, "options")
        given = {"task": task, "split": split}
        self._options.update({name: value for name, value in given.items() if value is not None})
        self.observation_space = observation_space()
        self.action_space = TurnText(self.client.scenario(scenario).tools)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Starts an episode.

        Raises:
            InvalidParamsError: an unknown option; `data["nearest"]` names the closest one.
            SplitMismatchError: `seed` is not of the split asked for.
        """
        super().reset(seed=seed)
        resolved = {**self._options, **_known(options, "options")}
        task = resolved.pop("task", None)
        if seed is None:
            seed, task = self._next_task(task, resolved.get("split", DEFAULT_SPLIT))
        self._end()
        self.episode = self.client.reset(self.scenario, seed, task=task, options=resolved)
        observation, info = self._observe(self.episode.observation)
        assert self.episode.info is not None, "a reset always says what it did"
        return observation, {**info, **self.episode.info.to_dict()}

    def _next_task(self, task: str | None, split: Split) -> tuple[int, str]:
        cursor = int(self.np_random.integers(2**53))
        row = self.client.sample(self.scenario, seed=cursor, count=1, split=split, task=task)[0]
        return row.seed, row.task

    def step(self, action: ActionLike) -> tuple[dict[str, Any], float, bool, bool, dict[str, Any]]:
        """Answers one turn.

        Raises:
            EnvError: the environment itself failed; the return so far is void.
            GymError: the episode has ended, or the action is no action at all.
        """
        if self.episode is None:
            raise gymnasium.error.ResetNeeded("call reset before step")
        result = self.episode.step(action_of_text(action) if isinstance(action, str) else action)
        observation, info = self._observe(result.observation)
        assert result.reward is not None, "an episode raises EnvError instead"
        return observation, result.reward, result.terminated, result.truncated, {**info, **result.info.to_dict()}

    def _observe(self, seen: Observation) -> tuple[dict[str, Any], dict[str, Any]]:
        text, clipped = fit(render_messages(seen.messages), OBSERVATION_LENGTH, CHARSET)
        observation = {
            "text": text,
            "clock_ms": np.array([seen.clock_ms], dtype=np.int64),
            "budgets": np.array([seen.budgets.get(name, -1) for name in BUDGETS], dtype=np.int64),
        }
        return observation, {"observation": seen.to_dict(), "text_clipped": clipped}

    def render(self) -> str | None:
        """The transcript so far, in `render_mode="ansi"`."""
        if self.episode is None:
            raise gymnasium.error.ResetNeeded("call reset before render")
        return self.episode.render("ansi") if self.render_mode == "ansi" else None

    def close(self) -> None:
        """Closes the episode and the environment's own client; safe to call twice."""
        self._end()
        if self._owns_client:
            self.client.close()

    def _end(self) -> None:
        episode, self.episode = self.episode, None
        if episode is not None:
            # An episode that cannot be closed is reaped by the server.
            with suppress(GymError):
                self.client.run(calls.close(episode.id), timeout=5)


def _known(options: Mapping[str, Any] | None, where: str) -> dict[str, Any]:
    for name in options or ():
        if name not in OPTIONS:
            nearest = difflib.get_close_matches(str(name), OPTIONS, n=1, cutoff=0.0)
            data = {"code": "GYM_INVALID_PARAMS", "retryable": False, "path": f"{where}.{name}", "nearest": nearest[0]}
            raise InvalidParamsError(f"unknown option {name!r}; there are: {', '.join(OPTIONS)}", data=data)
    return dict(options or {})
