"""What groups of rollouts of one task teach: a trainer that compares the members of a group learns nothing from equals.

    from fractal_gym.groups import Groups

    groups = Groups()
    for episode in played:
        groups.add_episode(episode)
    print(groups.statistics().zero_signal.share)

`fractal-gym groups` computes the same numbers from recorded trajectories.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence

import msgspec

from .episode import EpisodeRecord
from .messages import MilestoneResult


class GroupSummary(msgspec.Struct, frozen=True):
    """One group. `mean` and `variance` (divided by the number) are None where every rollout is void."""

    group: str
    rollouts: int
    void: int
    mean: float | None
    variance: float | None
    zero_signal: bool


class Variance(msgspec.Struct, frozen=True):
    """Variance of all rewards: the sum of that within groups and that between their means."""

    total: float
    within: float
    between: float


class ZeroSignal(msgspec.Struct, frozen=True):
    """Groups of two or more rewards that are all equal; `share` is of the groups with two or more."""

    groups: int
    share: float | None
    all_zero: int
    all_one: int


class MilestoneRate(msgspec.Struct, frozen=True):
    """How often a milestone was reached."""

    reached: int
    of: int
    rate: float


class GroupStatistics(msgspec.Struct, frozen=True):
    """What all groups show together."""

    rollouts: int
    void: int
    groups: int
    mean_reward: float | None
    success_rate: float | None
    variance: Variance | None
    zero_signal: ZeroSignal
    milestones: dict[str, MilestoneRate]
    by_group: list[GroupSummary]


class _Group(msgspec.Struct):
    rollouts: int = 0
    rewards: list[float] = []


class Groups:
    """Collects rollouts. Groups stand in the order in which they first came."""

    def __init__(self) -> None:
        self._groups: dict[str, _Group] = {}
        self._milestones: dict[str, list[int]] = {}

    def add(
        self, group: str, reward: float | None, milestones: Sequence[MilestoneResult | Mapping[str, object]] = ()
    ) -> None:
        """Adds a rollout; a reward of None (the environment failed) is counted as void and nothing else."""
        found = self._groups.setdefault(group, _Group(rewards=[]))
        found.rollouts += 1
        if reward is None:
            return
        found.rewards.append(reward)
        for one in milestones:
            milestone = one if isinstance(one, MilestoneResult) else msgspec.convert(one, MilestoneResult, strict=False)
            count = self._milestones.setdefault(f"{milestone.check}.{milestone.milestone}", [0, 0])
            count[0] += milestone.reached
            count[1] += 1

    def add_episode(self, episode: EpisodeRecord) -> None:
        """Adds an episode that has ended; its group is that of the row of `task/sample` it was reset from.

        Raises:
            ValueError: it has not ended, or the handle does not know what it was reset to.
        """
        if not episode.done or episode.info is None:
            raise ValueError("only an episode that has ended, and whose reset is known, belongs to a group")
        info, verdict = episode.info, episode.verdict
        reward = None if episode.stop_reason == "env_error" else episode.reward
        milestones = verdict.milestones if verdict is not None and verdict.milestones else []
        self.add(group_of(info.scenario, info.seed, info.task), reward, milestones)

    def statistics(self) -> GroupStatistics:
        """The numbers of all that was added so far."""
        summaries = [_summary(name, group) for name, group in self._groups.items()]
        scored = [group.rewards for group in self._groups.values() if group.rewards]
        rewards = [reward for members in scored for reward in members]
        compared = [members for members in scored if len(members) > 1]
        equal = [members for members in compared if len(set(members)) == 1]
        rollouts = sum(group.rollouts for group in self._groups.values())
        return GroupStatistics(
            rollouts=rollouts,
            void=rollouts - len(rewards),
            groups=len(self._groups),
            mean_reward=_mean(rewards) if rewards else None,
            success_rate=_mean([float(reward == 1) for reward in rewards]) if rewards else None,
            variance=_split(scored, rewards) if rewards else None,
            zero_signal=ZeroSignal(
                groups=len(equal),
                share=len(equal) / len(compared) if compared else None,
                all_zero=sum(members[0] == 0 for members in equal),
                all_one=sum(members[0] == 1 for members in equal),
            ),
            milestones={name: MilestoneRate(hits, of, hits / of) for name, (hits, of) in self._milestones.items()},
            by_group=summaries,
        )


def group_of(scenario: str, seed: int, task: str) -> str:
    """The group of a task instance, as `task/sample` gives it; `scenario` is `name@digest`."""
    named = json.dumps([scenario, seed, task], separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(named.encode()).hexdigest()[:16]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _variance(values: Sequence[float]) -> float:
    middle = _mean(values)
    return _mean([(value - middle) ** 2 for value in values])


def _summary(name: str, group: _Group) -> GroupSummary:
    rewards = group.rewards
    return GroupSummary(
        group=name,
        rollouts=group.rollouts,
        void=group.rollouts - len(rewards),
        mean=_mean(rewards) if rewards else None,
        variance=_variance(rewards) if rewards else None,
        zero_signal=len(rewards) > 1 and len(set(rewards)) == 1,
    )


def _split(groups: Sequence[Sequence[float]], rewards: Sequence[float]) -> Variance:
    within = sum(_variance(members) * len(members) for members in groups) / len(rewards)
    total = _variance(rewards)
    return Variance(total=total, within=within, between=max(0.0, total - within))
