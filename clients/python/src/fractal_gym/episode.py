"""Episodes: what a client knows of one, and the handle of the blocking client."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from . import calls
from .actions import ActionLike, WireAction, as_action
from .calls import Resumed
from .errors import EnvError, GymError, SeqGapError
from .history import Frames
from .messages import (
    EpisodeState,
    Observation,
    ResetInfo,
    ResetResult,
    RestoreResult,
    StepResult,
    ToolSchema,
    Verdict,
)
from .wire import Call, Encoding, plain

if TYPE_CHECKING:
    from typing_extensions import Self

    from .client import Client


class EpisodeRecord:
    """What is known of one episode, without any I/O.

    Attributes:
        id: 32 hexadecimal digits.
        info: What the reset really did (seed, luck, split, options); None for a handle resumed by id past step 0.
        observation: The newest observation, of the frame whose turn it is; its messages are only the new ones.
        observations: With `parallel_frames`, those of all frames that wait, the earliest first; otherwise that one.
        frames: What each frame of the trainer has seen and said, by path.
        seq: Number of the last answered step; 0 after reset.
        reward: Sum of the step rewards that this handle and the one it was forked from have seen.
        last: The last step's result, None before the first.
    """

    def __init__(
        self,
        client: Any,
        identifier: str,
        observation: Observation,
        info: ResetInfo | None = None,
        *,
        observations: Sequence[Observation] | None = None,
        seq: int = 0,
        last: StepResult | None = None,
    ) -> None:
        self.client = client
        self.id = identifier
        self.info = info
        self.seq = seq
        self.last = last
        self.reward = 0.0
        self.frames = Frames()
        self._observe(observation, observations, seq, {})
        #: Actions that were answered, the first of them under `_first`: a server that crashed may want them again.
        self._taken: list[Any] = []
        self._first = seq + 1
        self._doing: WireAction | None = None
        #: How many connections the client had opened when the server was last known to be as far as this handle.
        self._level = client.connections

    @classmethod
    def begun(cls, client: Any, start: ResetResult | RestoreResult) -> Self:
        """The handle for the answer of a reset or a restore. A reset may have ended it already: see `fault`."""
        if isinstance(start, RestoreResult):
            seq, last = start.seq, None
        else:
            seq, last = 0, end_of(start)
        episode = cls(
            client, start.episode, start.observation, start.info, observations=start.observations, seq=seq, last=last
        )
        episode.reward = (last and last.reward) or 0.0
        return episode

    @classmethod
    def resumed(cls, client: Any, identifier: str, answer: Resumed, info: ResetInfo | None = None) -> Self:
        """The handle for the answer of env/resume."""
        last = last_of(answer, client.encoding)
        if isinstance(last, ResetResult):
            episode = cls.begun(client, last)
            episode.id, episode.info = identifier, info or last.info
            return episode
        return cls(
            client, identifier, last.observation, info, observations=last.observations, seq=answer.seq, last=last
        )

    def copy(self, identifier: str) -> Self:
        """The handle for a fork at the present."""
        twin = type(self)(
            self.client, identifier, self.observation, self.info,
            observations=self.observations, seq=self.seq, last=self.last,
        )  # fmt: skip
        twin.reward = self.reward
        twin.inherit(self)
        return twin

    def inherit(self, parent: EpisodeRecord) -> None:
        """Takes over what a fork's parent knows of the steps before the fork."""
        if parent._first <= self._first:
            self._taken = parent._taken[: self.seq + 1 - parent._first]
            self._first = parent._first
            self.frames = parent.frames.copy(self.seq)

    def __repr__(self) -> str:
        scenario = self.info.scenario.partition("@")[0] if self.info else "?"
        state = self.stop_reason or ("ended" if self.done else "running")
        return f"<{type(self).__name__} {self.id[:8]} of {scenario}, step {self.seq}, {state}>"

    @property
    def terminated(self) -> bool:
        """Whether the task ended the episode."""
        return self.last is not None and self.last.terminated

    @property
    def truncated(self) -> bool:
        """Whether a budget or a failure ended the episode."""
        return self.last is not None and self.last.truncated

    @property
    def done(self) -> bool:
        """Whether the episode has ended."""
        return self.terminated or self.truncated

    @property
    def tools(self) -> list[ToolSchema]:
        """The tools of the frame whose turn it is, as last announced to it."""
        frame = self.frames.get(self.observation.frame)
        return frame.tools if frame is not None else []

    @property
    def waiting(self) -> list[str]:
        """Paths of the trainer's frames that wait for an action, the earliest first; empty once it has ended."""
        return [] if self.done else [seen.frame for seen in self.observations]

    @property
    def fault(self) -> EnvError | None:
        """That the environment itself failed, when it did."""
        last = self.last
        if last is None or (last.reward is not None and last.info.stop_reason != "env_error"):
            return None
        return EnvError(f"the environment failed at step {last.seq}", episode=self.id, result=last)

    @property
    def stop_reason(self) -> str | None:
        """Why it ended; None while it runs."""
        return self.last.info.stop_reason if self.last is not None else None

    @property
    def verdict(self) -> Verdict | None:
        """What the verifier said; None while it runs."""
        return self.last.info.verdict if self.last is not None else None

    def step_call(self, action: ActionLike) -> Call[StepResult]:
        """The next step as a call. Until it is answered, the next step has the same `seq`."""
        self._doing = as_action(action)
        return calls.step(self.id, self._doing, self.seq + 1)

    def missing(self, answer: Any) -> list[Call[StepResult]]:
        """The steps to send again when the answer to a step is that the server is behind; empty when that is not so.

        A handle that was made from an id alone knows only the steps that it took itself.
        """
        if not isinstance(answer, GymError) or not isinstance(answer, SeqGapError):
            return []
        expected = answer.data.get("expected")
        return self.missing_from(expected) if isinstance(expected, int) else []

    def missing_from(self, seq: int) -> list[Call[StepResult]]:
        """The steps from `seq` to the last that was answered."""
        if seq < self._first or seq > self.seq:
            return []
        return [calls.step(self.id, self._taken[at - self._first], at) for at in range(seq, self.seq + 1)]

    @property
    def is_level(self) -> bool:
        """Whether nothing happened since that could have set the server back."""
        return bool(self._level == self.client.connections)

    def note_level(self, connections: int) -> None:
        """Notes that the server is as far as this handle, as of so many connections."""
        self._level = connections

    def settle(self, answer: StepResult | GymError) -> StepResult | GymError:
        """Takes the answer to a step; an environment failure comes back as an `EnvError`."""
        if isinstance(answer, GymError):
            return answer
        taken = msgspec.to_builtins(self._doing, enc_hook=plain)
        said = {action.get("frame") or self.observation.frame: action for action in _listed(taken)}
        if answer.seq == self.seq + 1 == self._first + len(self._taken):
            self._taken.append(taken)
        self.seq, self.last = answer.seq, answer
        self._observe(answer.observation, answer.observations, answer.seq, said)
        if fault := self.fault:
            return fault
        self.reward += answer.reward or 0.0
        return answer

    def accept(self, answer: StepResult) -> StepResult:
        """As `settle`, but raises.

        Raises:
            EnvError: the environment itself failed.
        """
        outcome = self.settle(answer)
        if isinstance(outcome, GymError):
            raise outcome
        return outcome

    def catch_up(self, answer: Resumed) -> ResetResult | StepResult:
        """Takes the answer of env/resume; a step that was not seen yet counts towards `reward`."""
        last = last_of(answer, self.client.encoding)
        if isinstance(last, ResetResult):
            self.seq, self.last, self.info = 0, end_of(last), self.info or last.info
        else:
            if answer.seq == self.seq + 1 and last.reward is not None:
                self.reward += last.reward
            self.seq, self.last = answer.seq, last
        if self.seq != self._first + len(self._taken) - 1:
            # Steps that this handle did not take: it can send none again before them.
            self._taken, self._first = [], self.seq + 1
        self._observe(last.observation, last.observations, answer.seq, None)
        return last

    def _observe(
        self,
        observation: Observation,
        observations: Sequence[Observation] | None,
        seq: int,
        said: Mapping[str, Mapping[str, Any]] | None,
    ) -> None:
        self.observation = observation
        self.observations = list(observations or [observation])
        # The last word may be that of a frame which others play.
        seen = [one for one in self.observations if not self.done or one.frame in self.frames]
        self.frames.take(seen, seq, said)


def end_of(start: ResetResult) -> StepResult | None:
    """How an episode ended before its first step, as the answer to a step would say it."""
    if start.ended is None:
        return None
    ended = start.ended
    return StepResult(
        observation=start.observation, observations=start.observations, reward=ended.reward,
        terminated=ended.terminated, truncated=ended.truncated, info=ended.info, seq=0,
    )  # fmt: skip


def _listed(taken: Any) -> list[dict[str, Any]]:
    return taken if isinstance(taken, list) else [taken]


def last_of(answer: Resumed, encoding: Encoding) -> ResetResult | StepResult:
    """The answer that env/resume repeats: of the reset at seq 0, of a step later."""
    last: ResetResult | StepResult = encoding.decode(answer.last, StepResult if answer.seq > 0 else ResetResult)
    return last


class Episode(EpisodeRecord):
    """One episode of the blocking client; a context manager that closes it. One thread at a time may use it."""

    client: Client

    def __enter__(self) -> Episode:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def step(
        self,
        action: ActionLike | None = None,
        *,
        tool: str | None = None,
        arguments: Mapping[str, Any] | str | None = None,
        timeout: float | None = None,
        **fields: Any,
    ) -> StepResult:
        """Answers one turn: `step(action)`, or `step(tool="get_order", arguments={...})`, or `step(content="...")`.

        `action` is an `Action` or its dictionary, one tool call, a list of them, or a string of raw model text;
        `fields` are the other fields of an action (`reasoning`, `frame`, `think_ms`, `usage`, `policy_version`,
        `meta`). It answers the frame of `observation`. With `parallel_frames` a list of actions, each with its
        `frame`, answers several frames of `observations` at once; those left out go on waiting.
        A lost connection is won back and the same `seq` sent again. After a `RequestTimeoutError` the same step
        may simply be repeated; with another action the server answers `SeqConflictError` if it had taken the first
        one, and `resume()` then says what came of it.

        Raises:
            EnvError: the environment itself failed; the return is void.
            GymError: anything else that the server refuses.
        """
        wire = as_action(action, tool=tool, arguments=arguments, **fields)
        return self.accept(self.client.run_step(self, self.step_call(wire), timeout=timeout))

    def call(self, tool: str, /, **arguments: Any) -> StepResult:
        """One tool call: `call("get_order", order_id="W000001")`."""
        return self.step(tool=tool, arguments=arguments)

    def finish(self, answer: Any = None) -> StepResult:
        """Ends the episode with an answer."""
        return self.step(tool="finish", arguments={} if answer is None else {"answer": answer})

    def report_unable(self, reason: str) -> StepResult:
        """Ends the episode by reporting that the task cannot be done."""
        return self.step(tool="report_unable", arguments={"reason": reason})

    def wait(self, ms: int) -> StepResult:
        """Lets virtual time pass."""
        return self.step(tool="wait", arguments={"ms": ms})

    def resume(self) -> ResetResult | StepResult:
        """Asks for the last seq and its answer, and goes on from there.

        Steps that were answered, and that the server lost in a crash, are sent again before.
        """
        return self.catch_up(self.client.level(self))

    def fork(self, count: int = 1, *, at: int | None = None, luck: Literal["same", "fresh"] = "same") -> list[Episode]:
        """Copies with the same past, at the present or after step `at`; `luck="fresh"` gives them other dynamics."""
        return self.client.fork(self, count, at=at, luck=luck)

    def snapshot(self) -> dict[str, Any]:
        """What is needed to rebuild the episode anywhere; `Client.restore` takes it."""
        answer: dict[str, Any] = self.client.read(self, calls.snapshot(self.id))["snapshot"]
        return answer

    def trajectory(self) -> dict[str, Any]:
        """The event log so far; private fields only with the admin token."""
        answer: dict[str, Any] = self.client.read(self, calls.trajectory(self.id))["trajectory"]
        return answer

    def report(self) -> dict[str, Any]:
        """The quality report: verdict and issues; of an episode that goes on only with the admin token."""
        answer: dict[str, Any] = self.client.read(self, calls.report(self.id))["report"]
        return answer

    def render(self, mode: Literal["ansi", "json"] = "ansi") -> str:
        """A readable transcript."""
        return self.client.read(self, calls.render(self.id, mode)).text

    def state(self) -> EpisodeState:
        """State, diff, hash, clock and gold; needs the admin token."""
        return self.client.read(self, calls.state(self.id))

    def close(self) -> None:
        """Frees the episode on the server; closing twice is safe."""
        self.client.run(calls.close(self.id))
