"""Every method of the native dialect as a `Call`: its parameters, its result type, and whether it may be repeated.

`Client.batch` takes these, and both clients are built from them.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

from .actions import ActionLike, WireAction, as_action
from .messages import (
    Admitted,
    EpisodeState,
    ResetResult,
    RestoreResult,
    Scenario,
    ScenarioPage,
    ServerInfo,
    Split,
    StepResult,
    SweepNext,
    SweepPage,
    SweepStatus,
    TaskRow,
)
from .options import Learner, OptionsLike, Others, with_team
from .wire import Call

#: Calls that create something: a `request_key` makes repeating them harmless.
CREATING = frozenset({"env/reset", "env/fork", "env/restore", "sweep/create", "sweep/next"})

#: Calls that change nothing, or nothing more when repeated.
IDEMPOTENT = frozenset({
    "server/info", "scenario/list", "scenario/get", "scenario/validate", "scenario/register", "task/sample",
    "env/resume", "env/snapshot", "env/state", "env/render", "env/close", "trajectory/get", "report/get",
    "sweep/get", "sweep/report", "sweep/compare", "sweep/list", "sweep/cancel",
})  # fmt: skip


class Sampled(msgspec.Struct):
    """Answer of task/sample."""

    tasks: list[TaskRow]


class Forked(msgspec.Struct):
    """Answer of env/fork."""

    episodes: list[str]


class Resumed(msgspec.Struct):
    """Answer of env/resume; `last` is a ResetResult when `seq` is 0 and a StepResult otherwise."""

    seq: int
    last: msgspec.Raw


class Rendered(msgspec.Struct):
    """Answer of env/render."""

    text: str


class Swept(msgspec.Struct):
    """Answer of sweep/create and sweep/cancel."""

    sweep: SweepStatus


class SweepFound(msgspec.Struct):
    """Answer of sweep/get."""

    sweep: SweepStatus
    spec: dict[str, Any]


class Closed(msgspec.Struct):
    """Answer of env/close."""

    closed: bool


def raw(method: str, params: Mapping[str, Any] | None = None) -> Call[Any]:
    """Any method, with a result of plain values.

    A creating call without a `request_key` gets a random one. An `env/step` without `seq`, and a method that this
    version does not know, is not sent again after a lost connection: it fails with `ConnectionLostError`.
    """
    given = dict(params) if params is not None else {}
    if method in CREATING:
        given.setdefault("request_key", new_request_key())
    repeatable = method in IDEMPOTENT or method in CREATING or (method == "env/step" and "seq" in given)
    return Call(method, given, Any, repeatable=repeatable)


def server_info() -> Call[ServerInfo]:
    """Name, version, limits and counts of the server."""
    return Call("server/info", {}, ServerInfo, repeatable=True)


def scenario_list(
    tags: Sequence[str] | None = None,
    query: str | None = None,
    cursor: str | None = None,
    limit: int | None = None,
    *,
    prefix: str | None = None,
    origin: Literal["catalogue", "registered", "generated"] | None = None,
    min_tasks: int | None = None,
    max_tasks: int | None = None,
) -> Call[ScenarioPage]:
    """A page of the scenarios, by name, or with a query the best match first."""
    params = _given(
        tags=_list(tags), query=query, cursor=cursor, limit=limit,
        prefix=prefix, origin=origin, min_tasks=min_tasks, max_tasks=max_tasks,
    )  # fmt: skip
    return Call("scenario/list", params, ScenarioPage, repeatable=True)


def scenario_get(scenario: str, seed: int | None = None) -> Call[Scenario]:
    """The public part of one scenario; of a generated one, the seed says which."""
    return Call("scenario/get", {"scenario": scenario} | _given(seed=seed), Scenario, repeatable=True)


def scenario_validate(source: str, files: Mapping[str, str] | None = None) -> Call[Admitted]:
    """Tries a specification and keeps nothing."""
    params = {"source": source} | _given(files=dict(files) if files else None)
    return Call("scenario/validate", params, Admitted, repeatable=True)


def scenario_register(source: str, files: Mapping[str, str] | None = None) -> Call[Admitted]:
    """Admits a specification and keeps it; the same content is kept once, so repeating it is harmless."""
    params = {"source": source} | _given(files=dict(files) if files else None)
    return Call("scenario/register", params, Admitted, repeatable=True)


def sample(
    scenario: str | Mapping[str, Any],
    seed: int,
    count: int,
    *,
    split: Split | None = None,
    task: str | None = None,
    tags: Sequence[str] | None = None,
    difficulty: Mapping[str, tuple[float, float]] | None = None,
    include: Sequence[Literal["prompt", "tools"]] | None = None,
) -> Call[Sampled]:
    """Task rows of a scenario, or of a distribution."""
    source = {"scenario": scenario} if isinstance(scenario, str) else {"distribution": dict(scenario)}
    params = (
        source
        | {"seed": seed, "count": count}
        | _given(split=split, task=task, tags=_list(tags), difficulty=difficulty, include=_list(include))
    )
    return Call("task/sample", params, Sampled, repeatable=True)


def reset(
    scenario: str | TaskRow,
    seed: int | None = None,
    *,
    task: str | None = None,
    options: OptionsLike | None = None,
    learner: Learner | None = None,
    others: Others | None = None,
    parallel_frames: bool | None = None,
    request_key: str | None = None,
) -> Call[ResetResult]:
    """The start of an episode: of a scenario and seed, or of a row that `sample` gave.

    Raises:
        TypeError: no seed; a seed or task beside a row, which has its own; an option given twice.
    """
    if isinstance(scenario, TaskRow):
        if seed is not None or task is not None:
            raise TypeError("a task row has its own seed and task")
        row = scenario
        scenario, seed, task = row.scenario, row.seed, row.task
    if seed is None:
        raise TypeError("reset needs a seed")
    params = {"scenario": scenario, "seed": seed} | _given(
        task=task,
        options=with_team(options, learner, others, parallel_frames) or None,
        request_key=request_key or new_request_key(),
    )
    return Call("env/reset", params, ResetResult, repeatable=True)


def step(episode: str, action: ActionLike | WireAction, seq: int) -> Call[StepResult]:
    """One turn, or turns of several frames. `seq` counts the episode's steps from 1."""
    wire = as_action(action)
    turns = {"actions": wire} if isinstance(wire, list) else {"action": wire}
    return Call("env/step", {"episode": episode, **turns, "seq": seq}, StepResult, repeatable=True)


def resume(episode: str) -> Call[Resumed]:
    """The last seq of an episode and its answer."""
    return Call("env/resume", {"episode": episode}, Resumed, repeatable=True)


def fork(
    episode: str, *, at: int | None = None, count: int | None = None, luck: Literal["same", "fresh"] | None = None
) -> Call[Forked]:
    """Copies of an episode, at the present or after step `at`."""
    params = {"episode": episode} | _given(at=at, count=count, luck=luck, request_key=new_request_key())
    return Call("env/fork", params, Forked, repeatable=True)


def snapshot(episode: str) -> Call[dict[str, Any]]:
    """What is needed to rebuild an episode anywhere."""
    return Call("env/snapshot", {"episode": episode}, Any, repeatable=True)


def restore(snapshot: Mapping[str, Any]) -> Call[RestoreResult]:
    """A new episode that continues a snapshot."""
    params = {"snapshot": snapshot, "request_key": new_request_key()}
    return Call("env/restore", params, RestoreResult, repeatable=True)


def state(episode: str) -> Call[EpisodeState]:
    """State, diff, hash, clock and gold; needs the admin token."""
    return Call("env/state", {"episode": episode}, EpisodeState, repeatable=True)


def render(episode: str, mode: Literal["ansi", "json"] | None = None) -> Call[Rendered]:
    """A readable transcript."""
    return Call("env/render", {"episode": episode} | _given(mode=mode), Rendered, repeatable=True)


def close(episode: str) -> Call[Closed]:
    """Frees an episode; closing twice is safe."""
    return Call("env/close", {"episode": episode}, Closed, repeatable=True)


def trajectory(episode: str) -> Call[dict[str, Any]]:
    """The event log so far."""
    return Call("trajectory/get", {"episode": episode}, Any, repeatable=True)


def report(episode: str) -> Call[dict[str, Any]]:
    """The quality report: verdict and issues."""
    return Call("report/get", {"episode": episode}, Any, repeatable=True)


def sweep_create(spec: Mapping[str, Any], request_key: str | None = None) -> Call[Swept]:
    """Begins a sweep."""
    return Call(
        "sweep/create", {"spec": dict(spec), "request_key": request_key or new_request_key()}, Swept, repeatable=True
    )


def sweep_next(sweep: str, policy: str | None = None, request_key: str | None = None) -> Call[SweepNext]:
    """The next episode of a sweep for a client that plays an external policy."""
    params = {"sweep": sweep, "request_key": request_key or new_request_key()} | _given(policy=policy)
    return Call("sweep/next", params, SweepNext, repeatable=True)


def sweep_get(sweep: str) -> Call[SweepFound]:
    """How a sweep stands, and its specification."""
    return Call("sweep/get", {"sweep": sweep}, SweepFound, repeatable=True)


def sweep_report(sweep: str, format: Literal["json", "html", "csv"] | None = None) -> Call[dict[str, Any]]:
    """What a sweep found out so far."""
    return Call("sweep/report", {"sweep": sweep} | _given(format=format), Any, repeatable=True)


def sweep_compare(a: str, b: str) -> Call[dict[str, Any]]:
    """Two sweeps, paired where they played the same."""
    return Call("sweep/compare", {"a": a, "b": b}, Any, repeatable=True)


def sweep_list(state: str | None = None, cursor: str | None = None, limit: int | None = None) -> Call[SweepPage]:
    """A page of the sweeps, the newest first."""
    return Call("sweep/list", _given(state=state, cursor=cursor, limit=limit), SweepPage, repeatable=True)


def sweep_cancel(sweep: str, *, remove: bool | None = None) -> Call[Swept]:
    """Ends a sweep; what was played stays, unless it is to be removed."""
    return Call("sweep/cancel", {"sweep": sweep} | _given(remove=remove), Swept, repeatable=remove is not True)


def new_request_key() -> str:
    """A random name for a creating call."""
    return secrets.token_hex(16)


def _given(**params: Any) -> dict[str, Any]:
    return {name: value for name, value in params.items() if value is not None}


def _list(values: Sequence[Any] | None) -> list[Any] | None:
    return None if values is None else list(values)
