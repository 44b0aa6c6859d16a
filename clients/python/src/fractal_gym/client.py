"""The blocking client."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any, Literal, TypeVar

from . import calls
from .actions import ActionLike
from .address import DEFAULT_URL, endpoint
from .calls import Resumed
from .connection import Connection
from .courier import Courier
from .episode import Episode
from .errors import ConnectionLostError, GymError, InvalidParamsError, SeqGapError
from .mending import MAX_TRIES, Mending
from .messages import AdmissionReport, Admitted, Scenario, ScenarioSummary, ServerInfo, Split, StepResult, TaskRow
from .options import Learner, OptionsLike, Others
from .pool import EpisodePool, paired, reset_call
from .wire import Call, Encoding, EncodingName, Exchange

R = TypeVar("R")


class Client:
    """A connection to a Fractal Gym server that outlives its sockets.

    It connects with the first request and whenever the connection was lost: unanswered requests are then sent
    again, steps under their old `seq` and creating calls under their old `request_key`, so nothing is lost and
    nothing happens twice. Pings are answered in the background, however long a model thinks.

    One client may be used by many threads at once. An `Episode` belongs to one thread at a time.

    Args:
        url: Server address; without a path, the native dialect's (`/v1/ws`) is meant.
        token: Admin token, for privileged calls.
        encoding: "msgpack" (binary frames) or "json" (text frames).
        timeout: Seconds to wait for a reply before `RequestTimeoutError`; None waits for ever.
        connect_timeout: Seconds to look for a server before the first connection.
        reconnect_timeout: Seconds to try to win a lost connection back before `ConnectionLostError`.
        ping_interval: Seconds between the client's own pings.
        ping_timeout: Seconds without a pong after which a connection counts as lost.
        proxy: Address of a proxy; True takes it from the environment, None connects directly.
    """

    def __init__(
        self,
        url: str = DEFAULT_URL,
        token: str | None = None,
        *,
        encoding: EncodingName = "msgpack",
        timeout: float | None = 120.0,
        connect_timeout: float = 5.0,
        reconnect_timeout: float = 60.0,
        ping_interval: float = 20.0,
        ping_timeout: float = 60.0,
        proxy: str | Literal[True] | None = None,
    ) -> None:
        self._settings: dict[str, Any] = {
            "url": url, "token": token, "encoding": encoding, "timeout": timeout, "connect_timeout": connect_timeout,
            "reconnect_timeout": reconnect_timeout, "ping_interval": ping_interval, "ping_timeout": ping_timeout,
            "proxy": proxy,
        }  # fmt: skip
        self.url = endpoint(url)
        self.timeout = timeout
        self.encoding = Encoding(encoding)
        connection = Connection(
            self.url, token, self.encoding, ping_interval=ping_interval, ping_timeout=ping_timeout, proxy=proxy
        )
        self._courier = Courier(
            Exchange(self.encoding), connection, connect_timeout=connect_timeout, reconnect_timeout=reconnect_timeout
        )

    def __reduce__(self) -> tuple[Any, ...]:
        """A copy, also in another process, has the same settings and connects for itself."""
        return _client, (self._settings,)

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connection; safe to call twice. Episodes stay on the server until closed or reaped."""
        self._courier.close()

    @property
    def connections(self) -> int:
        """How many connections were opened so far; more than one means that some were lost."""
        return self._courier.connection.number

    @property
    def dropped_replies(self) -> int:
        """Replies that came too late, twice or for nobody, and were dropped."""
        return self._courier.exchange.dropped

    # What a server offers

    def server_info(self) -> ServerInfo:
        """Name, version, limits and counts of the server."""
        info = self.run(calls.server_info())
        self._courier.exchange.learn(info.limits)
        return info

    def scenarios(
        self,
        *,
        tags: Sequence[str] | None = None,
        query: str | None = None,
        prefix: str | None = None,
        origin: Literal["catalogue", "registered", "generated"] | None = None,
        min_tasks: int | None = None,
        max_tasks: int | None = None,
    ) -> list[ScenarioSummary]:
        """All scenarios by name, or what matches; with a query the best match first."""
        found: list[ScenarioSummary] = []
        cursor: str | None = None
        while True:
            call = calls.scenario_list(
                tags=tags, query=query, cursor=cursor,
                prefix=prefix, origin=origin, min_tasks=min_tasks, max_tasks=max_tasks,
            )  # fmt: skip
            page = self.run(call)
            found += page.scenarios
            if page.next is None:
                return found
            cursor = page.next

    def scenario(self, name: str, seed: int | None = None) -> Scenario:
        """The public part of one scenario, by `name`, `name@digest`, or a `gen:` reference and a seed."""
        return self.run(calls.scenario_get(name, seed))

    def validate(self, source: str, files: Mapping[str, str] | None = None) -> AdmissionReport:
        """Tries a specification (YAML or JSON text, and data files beside it) as `register` does; nothing is kept.

        Raises:
            SpecError: it has complaints; `error.complaints` lists each with line and column.
            NotAdmittedError: it compiles but does not pass; `error.report` says why, with counter-examples.
            BusyError: too many specifications wait already; try again after `error.retry_after` seconds.
        """
        return (self.run(calls.scenario_validate(source, files))).report

    def register(self, source: str, files: Mapping[str, str] | None = None) -> Admitted:
        """Admits a specification and keeps it as the newest version of its name; see `validate`.

        `name@digest` of the answer is that version for ever.

        Raises:
            NameTakenError: the name belongs to the catalogue or to somebody else.
        """
        return self.run(calls.scenario_register(source, files))

    def sample(
        self,
        scenario: str | Mapping[str, Any],
        *,
        seed: int,
        count: int,
        split: Split | None = None,
        task: str | None = None,
        tags: Sequence[str] | None = None,
        difficulty: Mapping[str, tuple[float, float]] | None = None,
        include: Sequence[Literal["prompt", "tools"]] | None = None,
    ) -> list[TaskRow]:
        """Task rows, a trainer's dataset: the same arguments give the same rows for ever.

        `scenario` is a name, a reference such as `gen:1/any?depth=3`, or a distribution over both:
        `{"of": [{"scenario": "gen:1/any", "weight": 2, "axes": {"depth": (2, 5)}}, {"scenario": "retail"}]}`.
        """
        call = calls.sample(
            scenario, seed, count, split=split, task=task, tags=tags, difficulty=difficulty, include=include
        )
        return self.run(call).tasks

    # Episodes

    def reset(
        self,
        scenario: str | TaskRow,
        seed: int | None = None,
        *,
        task: str | None = None,
        options: OptionsLike | None = None,
        learner: Learner | None = None,
        others: Others | None = None,
        parallel_frames: bool | None = None,
        request_key: str | None = None,
    ) -> Episode:
        """Starts an episode of a scenario and seed, or of a row that `sample` gave.

        `options` (see `ResetOptions`): luck, dynamics, time, think_ms_per_token, budgets, shaping, split, learner,
        others, parallel_frames, tools; the server refuses any other, and a wrong entry of `dynamics`, with its place and the
        nearest name. The effective seed and options are in `episode.info`. Under `time: real` a step takes as long as
        the virtual clock moves: it may need a longer `timeout` than the client's.

        In a scenario with several agents, `learner` says whom the trainer plays ("root", "all", names or globs) and
        `others` who plays the rest; with `parallel_frames` a step may answer several frames. Others may bring an
        episode to its end before the trainer has a turn: then it is `done` already.

        Raises:
            EnvError: the environment itself failed before the trainer had a turn.
            GymError: anything else that the server refuses.
        """
        call = calls.reset(
            scenario, seed, task=task, options=options,
            learner=learner, others=others, parallel_frames=parallel_frames, request_key=request_key,
        )  # fmt: skip
        episode = Episode.begun(self, self.run(call))
        if fault := episode.fault:
            raise fault
        return episode

    def reset_many(self, rows: Iterable[TaskRow | Mapping[str, Any]], **common: Any) -> list[Episode | GymError]:
        """Starts many episodes in one message; errors stand in their places.

        A row is a `TaskRow` or a dictionary of `reset`'s arguments; `common` arguments apply to all.
        """
        answers = self.run_all([reset_call(row, common) for row in rows])
        begun = [answer if isinstance(answer, GymError) else Episode.begun(self, answer) for answer in answers]
        return [one if isinstance(one, GymError) else one.fault or one for one in begun]

    def step_many(self, episodes: Sequence[Episode], actions: Sequence[ActionLike]) -> list[StepResult | GymError]:
        """Steps many episodes in one message: the fast way to play N episodes from one thread.

        Results come in order; an error (an `EnvError` too) stands in its place and harms no other episode.

        Raises:
            ValueError: not one action an episode, or one episode twice.
        """
        steps = [episode.step_call(action) for episode, action in paired(episodes, actions)]
        mending = Mending(episodes, steps, self.run_all(steps))
        while wanted := mending.next_calls():
            mending.take(self.run_all(wanted))
        return [episode.settle(answer) for episode, answer in zip(episodes, mending.answers, strict=True)]

    def close_many(self, episodes: Iterable[Episode]) -> None:
        """Closes many episodes in one message; those that are gone already do not matter."""
        self.run_all([calls.close(episode.id) for episode in episodes])

    def restore(self, snapshot: Mapping[str, Any]) -> Episode:
        """A new episode that continues a snapshot."""
        answer = self.run(calls.restore(snapshot))
        episode = Episode.begun(self, answer)
        if answer.ended:
            episode.resume()
        return episode

    def resume(self, episode: str) -> Episode:
        """A handle on a running episode by its id, for example one of another process."""
        return Episode.resumed(self, episode, self.run(calls.resume(episode)))

    def fork(
        self,
        episode: Episode,
        count: int = 1,
        *,
        at: int | None = None,
        luck: Literal["same", "fresh"] = "same",
    ) -> list[Episode]:
        """Copies of an episode, at the present or after its step `at`; see `Episode.fork`."""
        # Said outright, so that a server that was set back does not fork an earlier state.
        seq = episode.seq if at is None else at
        call = calls.fork(episode.id, at=seq, count=count, luck=luck)
        try:
            forked = self.run(call)
        except InvalidParamsError:
            if seq > episode.seq or episode.is_level:
                raise
            self.level(episode)
            forked = self.run(call)
        ids = forked.episodes
        if at is None or at == episode.seq:
            return [episode.copy(child) for child in ids]
        answers = self.run_all([calls.resume(child) for child in ids])
        copies = []
        for child, answer in zip(ids, answers, strict=True):
            if isinstance(answer, GymError):
                raise answer
            copy = Episode.resumed(self, child, answer, episode.info)
            copy.inherit(episode)
            copies.append(copy)
        return copies

    def pool(self, rows: Iterable[TaskRow | Mapping[str, Any]], size: int, **common: Any) -> EpisodePool:
        """Plays the episodes of `rows`, `size` at a time; see `EpisodePool`."""
        return EpisodePool(self, rows, size, **common)

    # After a crash of the server

    def run_step(self, episode: Episode, step: Call[StepResult], *, timeout: float | None = None) -> StepResult:
        """Sends one step, and before it again what a server that crashed has lost."""
        try:
            return self.run(step, timeout=timeout)
        except SeqGapError as gap:
            mending = Mending([episode], [step], [gap])
            while wanted := mending.next_calls():
                mending.take(self.run_all(wanted, timeout=timeout))
            answer: StepResult | GymError = mending.answers[0]
            if isinstance(answer, GymError):
                raise answer from None
            return answer

    def level(self, episode: Episode) -> Resumed:
        """Brings the server as far as the handle is, and gives the answer of env/resume."""
        for _ in range(MAX_TRIES):
            connections = self.connections
            answer = self.run(calls.resume(episode.id))
            missing = episode.missing_from(answer.seq + 1)
            if missing:
                self.run_all(missing)
            elif self.connections == connections:
                episode.note_level(self.connections)
                return answer
        raise ConnectionLostError(
            f"the server was lost {MAX_TRIES} times while it was brought up to step {episode.seq}"
        )

    def read(self, episode: Episode, call: Call[R]) -> R:
        """Runs a call that looks at an episode, on a server that is as far as the handle is."""
        for _ in range(MAX_TRIES):
            if not episode.is_level:
                self.level(episode)
            answer = self.run(call)
            if episode.is_level:
                return answer
        raise ConnectionLostError(f"the server was lost {MAX_TRIES} times during {call.method}")

    # Requests

    def request(self, method: str, params: Mapping[str, Any] | None = None, *, timeout: float | None = None) -> Any:
        """Any method of the protocol, with a result of plain values; see `calls.raw` about lost connections."""
        return self.run(calls.raw(method, params), timeout=timeout)

    def batch(
        self,
        requests: Iterable[Call[Any] | tuple[str, Mapping[str, Any]]],
        *,
        timeout: float | None = None,
    ) -> list[Any]:
        """Many requests in one message: their results in order, with exceptions standing in their places.

        A request is `(method, params)`, with a result of plain values, or one of `fractal_gym.calls`, with a
        typed one.
        """
        return self.run_all(
            [request if isinstance(request, Call) else calls.raw(*request) for request in requests], timeout=timeout
        )

    def run(self, call: Call[R], *, timeout: float | None = None) -> R:
        """Sends one call and waits for its result.

        Raises:
            GymError: what the server answered, or what became of the connection.
        """
        seconds = self.timeout if timeout is None else timeout
        outcome: R | GymError = self._courier.play([call], batched=False, timeout=seconds)[0].outcome(self.encoding)
        if isinstance(outcome, GymError):
            raise outcome
        return outcome

    def run_all(self, many: Sequence[Call[R]], *, timeout: float | None = None) -> list[R | GymError]:
        """Sends calls in as few messages as the server's bounds allow and waits for all of them."""
        if not many:
            return []
        seconds = self.timeout if timeout is None else timeout
        tickets = self._courier.play(many, batched=True, timeout=seconds)
        return [ticket.outcome(self.encoding) for ticket in tickets]


def _client(settings: dict[str, Any]) -> Client:
    return Client(**settings)
