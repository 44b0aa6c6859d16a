"""What crosses the wire, as msgspec Structs.

Reading is tolerant: fields that this version does not know are ignored, so that an older client can talk to a
newer server. The authority is `protocol/`; a test holds the field names equal to its JSON Schemas.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Split = Literal["train", "validation", "test"]


class Wire(msgspec.Struct, omit_defaults=True, kw_only=True):
    """Base of all messages: absent optional fields are None and are not sent."""

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionaries and lists, without absent fields: the shape that chat templates expect."""
        return dict(msgspec.to_builtins(self))


class ToolCall(Wire):
    """One call of a tool. `arguments` is an object, or JSON text as a model emitted it."""

    name: str
    arguments: Any = None
    id: str | None = None


class Usage(Wire):
    """The model's own token counts; without them the server counts UTF-8 bytes / 4."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class Action(Wire):
    """One turn of one frame: text said, tool calls, or raw model text."""

    content: str | None = None
    reasoning: str | None = None
    tool_calls: list[Any] | None = None
    text: str | None = None
    frame: str | None = None
    think_ms: int | None = None
    usage: Usage | None = None
    policy_version: str | int | None = None
    meta: Any = None


class Message(Wire):
    """One chat message."""

    role: Literal["system", "user", "assistant", "tool"]
    content: str
    tool_calls: list[Any] | None = None
    tool_call_id: str | None = None
    name: str | None = None
    is_error: bool | None = None


class ToolSchema(Wire):
    """A tool as the agent sees it."""

    name: str
    description: str
    input_schema: dict[str, Any]


class Observation(Wire):
    """What the acting frame sees: only the messages that are new to it.

    `frame` is the path of the frame (`lead/orders.1`), `agent` the name of its agent. With `segment`, the messages
    were compacted: these take the place of all earlier ones of the frame.
    """

    frame: str
    agent: str
    depth: int
    messages: list[Message]
    clock_ms: int
    budgets: dict[str, int]
    waiting: list[str]
    tools: list[ToolSchema] | None = None
    segment: int | None = None


class Component(Wire):
    """One check of a verdict. `evidence` reaches privileged readers only."""

    id: str
    kind: str
    gate: bool
    weight: float
    score: float
    evidence: list[dict[str, Any]] | None = None


class Issue(Wire):
    """Something a verdict remarks. `expected` reaches privileged readers only."""

    id: str
    check: str
    source: str
    category: str
    severity: str
    verdict: str
    turn: int | None
    evidence: list[dict[str, Any]]
    deterministic: bool
    confidence: float
    expected: Any = None
    call: str | None = None


class MilestoneResult(Wire):
    """Whether a milestone was reached. `event` reaches privileged readers only."""

    check: str
    milestone: str
    reached: bool
    weight: float
    event: int | None = None


class Verdict(Wire):
    """What the verifier says about an ended episode."""

    verifier: str | None = None
    status: Literal["scored", "env_error"] | None = None
    reward: float | None = None
    success: bool | None = None
    gates: dict[str, bool] | None = None
    components: list[Component] | None = None
    milestones: list[MilestoneResult] | None = None
    issues: list[Issue] | None = None
    metrics: dict[str, float] | None = None


class BudgetLimits(Wire):
    """The budgets of an episode."""

    turns: int
    calls: int
    tokens: int
    virtual_ms: int
    depth: int
    frames: int
    concurrent_frames: int


class ResolvedOptions(Wire):
    """The options of a reset after defaults; part of the episode's identity. Those about the team are absent where
    they are as usual."""

    dynamics: str
    dynamics_digest: str
    intensity: float
    budgets: BudgetLimits
    shaping: str
    dynamics_changes: dict[str, Any] | None = None
    think_ms_per_token: float | None = None
    learner: list[str] | None = None
    others: Any = None
    parallel_frames: bool | None = None
    tools: Literal["live"] | None = None


class ShapingInfo(Wire):
    """How a step was shaped. With `mode` "distance", a `distance` of None means that the goal is out of reach."""

    mode: Literal["progress", "distance"]
    distance: int | None = None
    fallback: Literal["no_writes", "no_plan", "budget"] | None = None


class ResetInfo(Wire):
    """What a reset really did: the effective seed, luck, split and options."""

    scenario: str
    digest: str
    task: str
    seed: int
    luck: int
    split: str
    engine: str
    tags: list[str]
    difficulty: dict[str, float]
    options: ResolvedOptions
    shaping: ShapingInfo | None = None


class FaultMark(Wire):
    """What the dynamics did: before anything happened, after it, to the answer, or elsewhere in the world."""

    entry: str
    kind: str
    phase: str
    unable: bool | None = None
    retry_after_ms: int | None = None
    wants: list[str] | None = None


class StepInfo(Wire):
    """Beside the reward: why the episode ended, what the verifier said, how the step was shaped, and for privileged
    callers the faults.

    `coerced` names arguments that were taken as another type, `played` counts turns of built-in policies in the step,
    and `credit` says at the end which milestones each frame reached.
    """

    stop_reason: str | None = None
    verdict: Verdict | None = None
    faults: list[FaultMark] | None = None
    shaping: ShapingInfo | None = None
    coerced: list[str] | None = None
    credit: dict[str, list[str]] | None = None
    played: int | None = None


class EarlyEnd(Wire):
    """How others brought an episode to its end before the trainer had a turn."""

    reward: float | None
    terminated: bool
    truncated: bool
    info: StepInfo


class ResetResult(Wire):
    """Answer of env/reset; `observations` are those of all frames that wait, with `parallel_frames`."""

    episode: str
    observation: Observation
    info: ResetInfo
    observations: list[Observation] | None = None
    ended: EarlyEnd | None = None


class StepResult(Wire):
    """Answer of env/step. `reward` is None only when the environment itself failed (see `EnvError`).

    `observations` are those of all frames that wait, the earliest first, with `parallel_frames`.
    """

    observation: Observation
    reward: float | None
    terminated: bool
    truncated: bool
    info: StepInfo
    seq: int
    observations: list[Observation] | None = None

    @property
    def done(self) -> bool:
        """Whether the episode has ended."""
        return self.terminated or self.truncated


class RestoreResult(Wire):
    """Answer of env/restore."""

    episode: str
    observation: Observation
    info: ResetInfo
    seq: int
    ended: bool
    observations: list[Observation] | None = None


class ScenarioSummary(Wire):
    """One line of the catalogue."""

    name: str
    digest: str
    title: str
    description: str
    tags: list[str]
    tasks: int
    tools: int
    origin: Literal["catalogue", "registered"]


class ScenarioVersion(Wire):
    """One version of a scenario; it never changes. `registered_at` is None for the catalogue."""

    digest: str
    origin: Literal["catalogue", "registered"]
    registered_at: str | None


class ScenarioPage(Wire):
    """Answer of scenario/list: a page, and the cursor of the next one."""

    scenarios: list[ScenarioSummary]
    next: str | None


class TaskSummary(Wire):
    """A task template of a scenario."""

    name: str
    description: str
    tags: list[str]
    weight: float
    answer_schema: dict[str, Any] | None


class Complaint(Wire):
    """One mistake in a specification, with its place, what was expected there and the nearest valid name."""

    code: str
    message: str
    file: str
    line: int
    column: int
    expected: str | None = None
    nearest: str | None = None

    def __str__(self) -> str:
        expected = f"expected {self.expected}" if self.expected else ""
        nearest = f"did you mean {self.nearest}?" if self.nearest else ""
        more = "; ".join(hint for hint in (expected, nearest) if hint)
        return f"{self.file}:{self.line}:{self.column}: {self.message} ({self.code})" + (f"; {more}" if more else "")


class CounterExample(Wire):
    """One episode that shows why a check failed; `transcript` is the episode as text."""

    found: str
    task: str | None = None
    seed: int | None = None
    policy: str | None = None
    dynamics: str | None = None
    transcript: str | None = None


class AdmissionCheck(Wire):
    """One check of admission; `skipped` says why it was not tried."""

    id: str
    about: str
    ok: bool
    tried: int
    failed: int
    detail: str
    examples: list[CounterExample]
    skipped: str | None = None


class AdmittedScenario(Wire):
    """What a report is about."""

    name: str
    digest: str
    title: str
    description: str
    tags: list[str]
    tasks: int
    tools: int


class CostUnknown(Wire):
    """Why nothing bounds what a call can cost, and what to declare for a bound."""

    path: str
    because: str
    remedy: str


class ToolCost(Wire):
    """What one call of a tool can cost, proved from declared sizes; a call may spend 200,000 units."""

    tool: str
    bound: int | None = None
    unbounded: list[CostUnknown] | None = None


class CheckCost(Wire):
    """What a check of a task costs: units over the end of the witness, and tables that it goes through row by row."""

    task: str
    check: str
    kind: str
    units: float
    most: int
    scans: list[str]


class MutationRow(Wire):
    """One class of changes of the witnesses, over all tasks and seeds."""

    id: str
    about: str
    must: str
    played: int
    held: int
    mean: float


class AdmissionReport(Wire):
    """What admission found about a scenario; `ok` when every check holds."""

    format: str
    ok: bool
    name: str
    digest: str
    engine: str
    scenario: AdmittedScenario
    tasks: list[str]
    tools: list[str]
    seeds: int
    episodes: int
    checks: list[AdmissionCheck]
    costs: list[ToolCost]
    check_costs: list[CheckCost]
    mutations: list[MutationRow]
    rewards: dict[str, dict[str, float]]

    @property
    def failed(self) -> list[AdmissionCheck]:
        """The checks that do not hold."""
        return [check for check in self.checks if not check.ok]


class Admitted(Wire):
    """Answer of scenario/validate and scenario/register."""

    name: str
    digest: str
    report: AdmissionReport


class AgentSummary(Wire):
    """One agent of a scenario's framework. `calls` are the agents that it may cause to run; `learner` says whether
    the trainer plays it where nobody says who does."""

    name: str
    description: str
    workflow: bool
    tools: list[str]
    calls: list[str]
    learner: bool


class Scenario(Wire):
    """The public part of one scenario, and its versions, the newest first. Of its agents the root stands first."""

    summary: ScenarioSummary
    versions: list[ScenarioVersion]
    prompt: str
    rules: str | None
    tools: list[ToolSchema]
    agents: list[AgentSummary]
    tasks: list[TaskSummary]
    budgets: dict[str, float]
    dynamics: list[str]
    action_schema: dict[str, Any]
    observation_schema: dict[str, Any]


class TaskRow(Wire):
    """One task instance: a row of a trainer's dataset, and what `reset` takes to play it."""

    scenario: str
    seed: int
    task: str
    difficulty: dict[str, float]
    tags: list[str]
    split: str
    group: str
    prompt: list[Message] | None = None
    tools: list[ToolSchema] | None = None


class ExternalLeft(Wire):
    """Episodes of a sweep that clients have still to play as one policy."""

    policy: str
    left: int


class SweepStatus(Wire):
    """How a sweep stands; counts are of episodes."""

    sweep: str
    name: str
    state: str
    episodes: int
    done: int
    failed: int
    env_errors: int
    leased: int
    external: list[ExternalLeft]
    created_at: str
    why: str | None = None


class SweepPage(Wire):
    """Answer of sweep/list."""

    sweeps: list[SweepStatus]
    next: str | None


class SweepNext(Wire):
    """Answer of sweep/next: an episode to play as `policy`, or none at the moment."""

    state: str
    episode: ResetResult | None
    unit: int | None
    policy: str | None
    dynamics: str | None
    repeat: int | None
    left: int
    lease_seconds: int
    retry_after_ms: int | None = None


class ServerInfo(Wire):
    """Answer of server/info."""

    name: str
    version: str
    engine: str
    dialects: list[str]
    methods: list[str]
    limits: dict[str, float]
    counts: dict[str, float]
    privileged: bool


class EpisodeState(Wire):
    """Answer of env/state (privileged): state hash, clock, changed rows, gold, identity."""

    hash: str
    clock_ms: int
    diff: list[Any]
    gold: Any
    identity: dict[str, Any]
    ended: bool
