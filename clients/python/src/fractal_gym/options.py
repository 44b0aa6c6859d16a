"""What a reset may choose, as typed dictionaries for editors and type checkers; the server checks the values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, TypeAlias, TypedDict

from .messages import Split, TaskRow


class DynamicsChoice(TypedDict, total=False):
    """A profile of latency and faults, and what is changed about it. docs/dynamics.md tells profiles and entries."""

    #: Default: the scenario's own.
    profile: str
    #: 0 to 1, by default 1: scales every probability and tail.
    intensity: float
    #: Entries that are added, or take the place of those of the same id.
    add: Sequence[Mapping[str, Any]]
    #: Ids of entries that are left out.
    without: Sequence[str]


class TimeScale(TypedDict):
    """Answers wait so many times as long as the virtual clock moved."""

    scale: float


class BudgetOptions(TypedDict, total=False):
    """Budgets lower than those of the scenario."""

    turns: int
    calls: int
    tokens: int
    virtual_ms: int
    #: Levels below the root.
    depth: int
    #: Frames opened in all.
    frames: int
    #: Frames that are not done at one time.
    concurrent_frames: int


#: Policies that the server has built in.
PlayerName: TypeAlias = Literal["oracle", "robust", "naive", "random", "noop", "endpoint"]


class PlayerPolicy(TypedDict):
    """Which built-in policy."""

    policy: PlayerName


class PlayerChoice(PlayerPolicy, total=False):
    """A built-in policy with its setting."""

    #: Of oracle and robust, 0 to 1: how much of what there is to do is done.
    competence: float
    #: Of endpoint: the name that the server was started with.
    endpoint: str


#: Who plays an agent that the trainer does not play.
Player: TypeAlias = PlayerName | PlayerChoice

#: Whom the trainer plays: "root", "all", or agents by name or glob (`*` stands for any characters).
Learner: TypeAlias = str | Sequence[str]

#: Who plays the rest: one policy, or policies by name or glob of the agent, the first that fits.
Others: TypeAlias = Player | Mapping[str, Player]


class ResetOptions(TypedDict, total=False):
    """The options of a reset."""

    #: Which faults, 0 to 2^53-1; by default it follows from the seed.
    luck: int
    dynamics: str | DynamicsChoice
    #: "virtual" (the default) never sleeps.
    time: Literal["virtual", "real"] | TimeScale
    #: Virtual milliseconds for each token of an action that does not state `think_ms`.
    think_ms_per_token: float
    budgets: BudgetOptions
    #: What steps before the end pay: nothing, or the change of a potential.
    shaping: Literal["none", "progress", "distance"]
    #: Whom the trainer plays; by default the root.
    learner: Learner
    #: Who plays the others; by default "robust".
    others: Others
    #: Observations list all frames that wait, and a step may answer several.
    parallel_frames: bool
    #: Who answers tools of a server of others: its recording, or the server itself where the operator allows it.
    tools: Literal["recorded", "live"]
    #: Refuses a seed of another split.
    split: Split


#: Options as they are taken: typed, or any mapping, as when they were read from a file.
OptionsLike: TypeAlias = ResetOptions | Mapping[str, Any]


def with_team(
    options: OptionsLike | None, learner: Learner | None, others: Others | None, parallel_frames: bool | None
) -> dict[str, Any]:
    """Options with those about the team, which may also be given by themselves.

    Raises:
        TypeError: one of them is given twice.
    """
    joined: dict[str, Any] = dict(options or {})
    given = {"learner": learner, "others": others, "parallel_frames": parallel_frames}
    for name, value in given.items():
        if value is None:
            continue
        if name in joined:
            raise TypeError(f"{name} is given twice: by itself and in options")
        joined[name] = value if isinstance(value, (str, bool, Mapping)) else list(value)
    return joined


def at_intensities(
    rows: Iterable[TaskRow | Mapping[str, Any]],
    dynamics: str | DynamicsChoice,
    intensities: Sequence[float] = (0, 0.25, 0.5, 0.75, 1),
    *,
    options: OptionsLike | None = None,
) -> list[dict[str, Any]]:
    """Each row at every intensity of a profile: what `pool` and `reset_many` take to draw a curve of robustness.

    The episodes of one row are paired: the same task, the same rows and the same luck, so that the faults of a lower
    intensity are among those of a higher one. They stand together, in the order of `intensities`; each episode says
    its own in `episode.info.options.intensity`.
    """
    choice: dict[str, Any] = {"profile": dynamics} if isinstance(dynamics, str) else dict(dynamics)

    def at(row: TaskRow | Mapping[str, Any], intensity: float) -> dict[str, Any]:
        arguments: dict[str, Any] = {"scenario": row} if isinstance(row, TaskRow) else dict(row)
        common = {**(options or {}), **(arguments.get("options") or {})}
        return {**arguments, "options": {**common, "dynamics": {**choice, "intensity": intensity}}}

    return [at(row, intensity) for row in rows for intensity in intensities]
