"""The Gymnasium environment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gymnasium

from ..actions import ActionLike, action_of_text
from ..address import DEFAULT_URL
from ..client import Client
from ..curriculum import Curriculum
from ..episode import Episode
from ..errors import InvalidParamsError
from ..messages import Split, StepResult
from ..options import Learner, Others
from ..wire import EncodingName
from .source import EpisodeSource, known
from .spaces import TurnText, observation_space
from .view import show


class FractalGymEnv(gymnasium.Env[dict[str, Any], ActionLike]):
    """One episode at a time of a scenario, one turn at a time.

    Observation: `text` (the new messages, rendered; characters outside Latin-1 escaped, at most 65,536 of them),
    `frame`, `agent` and `depth` (whose turn it is: in a scenario with several agents the trainer plays those that
    `learner` names, always the frame that the observation addresses), `clock_ms` (virtual time of that frame),
    `budgets` (what is left of each of `spaces.BUDGETS`; -1: not bounded). What an LLM trainer wants is in
    `info["observation"]`, unabridged: `messages` in the chat shape, `tools` when they are announced, and the rest of
    the protocol's observation; `history` gives all messages of a frame, its own turns among them. With the admin
    token, `info["faults"]` tells what the dynamics did in a step.

    Action: a string, that is a JSON object `{"name", "arguments"}` (one tool call), one of `content`, `reasoning`
    and `tool_calls` (a turn), or anything else (raw model text); or directly an action as `Episode.step` takes it.
    A bad action is answered by an observation. `action_space.sample` draws calls of the tools of the frame whose turn
    it is. If the environment itself fails, `step` raises `EnvError`: that is never a reward of 0.

    `reset(seed=s)` plays exactly seed s and `reset()` the next task of a sequence that the last seed fixed, drawn
    from `split` (by default the training split). `info` echoes the effective seed, luck, task and options. With an
    explicit `split`, a seed of another split is refused.

    The reward is the team's. Where other players bring an episode to its end before the trainer has a turn,
    `info["ended"]` of the reset says so, and the next step, whatever its action, gives that end.

    Args:
        scenario: `name`, `name@digest`, a reference such as `gen:1/any?depth=2`, or a `Curriculum`: then each reset plays
            the level that it has come to, and each end of an episode is reported to it.
        url: Server address; not used with `client`.
        token: Admin token, for privileged information.
        client: A client to share; otherwise the environment has its own.
        encoding: "msgpack" or "json".
        task: Play only this task template.
        split: "train", "validation" or "test".
        learner: Whom the trainer plays: "root" (the default), "all", names or globs of agents.
        others: Who plays the other agents.
        options: Default options of every reset: luck, dynamics, time, think_ms_per_token, budgets, shaping, and those
            above. `parallel_frames` is for `fractal_gym.pettingzoo.parallel_env`.
        render_mode: None, or "ansi": `render` returns a readable transcript.
    """

    # A transcript has no frames a second; Gymnasium warns about an environment that names none.
    metadata: dict[str, Any] = {"render_modes": ["ansi"], "render_fps": 1}  # noqa: RUF012

    def __init__(
        self,
        scenario: str | Curriculum,
        url: str = DEFAULT_URL,
        *,
        token: str | None = None,
        client: Client | None = None,
        encoding: EncodingName = "msgpack",
        task: str | None = None,
        split: Split | None = None,
        learner: Learner | None = None,
        others: Others | None = None,
        options: Mapping[str, Any] | None = None,
        render_mode: str | None = None,
    ) -> None:
        if render_mode is not None and render_mode not in self.metadata["render_modes"]:
            raise ValueError(f'render_mode is "ansi" or None, not {render_mode!r}')
        self.render_mode = render_mode
        self._source = EpisodeSource(
            scenario, url, token=token, client=client, encoding=encoding, options=_sequential(options),
            task=task, split=split, learner=learner, others=others,
        )  # fmt: skip
        self.client = self._source.client
        self.observation_space = observation_space()
        self.action_space = self._turns = TurnText(() if _is_made(self.scenario) else self.client.scenario(self.scenario).tools)
        #: How an episode ended that others ended before the first step.
        self._end: StepResult | None = None

    @property
    def scenario(self) -> str:
        """The scenario that a reset plays now."""
        return self._source.scenario

    @property
    def episode(self) -> Episode | None:
        """The running episode, with everything else that the server offers on it (fork, snapshot, ...)."""
        return self._source.episode

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Starts an episode.

        Raises:
            InvalidParamsError: an unknown option; `data["nearest"]` names the closest one.
            SplitMismatchError: `seed` is not of the split asked for.
        """
        super().reset(seed=seed)
        episode = self._source.begin(seed, _sequential(options), self.np_random)
        self._end = episode.last
        observation, info = self._show(episode)
        assert episode.info is not None, "a reset always says what it did"
        info |= episode.info.to_dict()
        if self._end is not None:
            info["ended"] = self._end.info.to_dict()
        return observation, info

    def step(self, action: ActionLike) -> tuple[dict[str, Any], float, bool, bool, dict[str, Any]]:
        """Answers one turn.

        Raises:
            EnvError: the environment itself failed; the return so far is void.
            GymError: the episode has ended, or the action is no action at all.
        """
        if self.episode is None:
            raise gymnasium.error.ResetNeeded("call reset before step")
        if self._end is not None:
            result, self._end = self._end, None
        else:
            result = self.episode.step(action_of_text(action) if isinstance(action, str) else action)
        observation, info = self._show(self.episode)
        if result.terminated or result.truncated:
            self._source.ended()
        assert result.reward is not None, "an episode raises EnvError instead"
        return observation, result.reward, result.terminated, result.truncated, info | result.info.to_dict()

    def _show(self, episode: Episode) -> tuple[dict[str, Any], dict[str, Any]]:
        if episode.tools:
            self._turns.tools = tuple(episode.tools)
        return show(episode.observation)

    def history(self, frame: str | None = None) -> list[dict[str, Any]]:
        """All messages of a frame in the chat shape, its own turns among them, since they were last compacted.

        By default of the frame whose turn it is. In a vector environment: `envs.call("history")`.
        """
        if self.episode is None:
            raise gymnasium.error.ResetNeeded("call reset before history")
        found = self.episode.frames.get(frame or self.episode.observation.frame)
        return [message.to_dict() for message in found.messages] if found is not None else []

    def render(self) -> str | None:
        """The transcript so far, in `render_mode="ansi"`."""
        if self.episode is None:
            raise gymnasium.error.ResetNeeded("call reset before render")
        return self.episode.render("ansi") if self.render_mode == "ansi" else None

    def close(self) -> None:
        """Closes the episode and the environment's own client; safe to call twice."""
        self._source.close()


def _is_made(scenario: str) -> bool:
    """Whether each seed has tools of its own, which a reset tells."""
    return scenario.startswith("gen:")


def _sequential(options: Mapping[str, Any] | None) -> dict[str, Any]:
    chosen = known(options)
    if chosen.get("parallel_frames"):
        raise InvalidParamsError(
            "a Gymnasium environment plays one frame at a time; for several at once take "
            "fractal_gym.pettingzoo.parallel_env",
            data={"code": "GYM_INVALID_PARAMS", "path": "options.parallel_frames"},
        )
    return chosen
