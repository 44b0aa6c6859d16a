"""Statistics of groups: the same numbers as the server's own code, and the groups of `task/sample`."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from fractal_gym import Client
from fractal_gym.groups import Groups, group_of

CASES = json.loads((Path(__file__).resolve().parents[3] / "test" / "fixtures" / "group-statistics.json").read_text())


def test_the_numbers_are_those_of_the_shared_cases():
    groups = Groups()
    for rollout in CASES["rollouts"]:
        groups.add(rollout["group"], rollout["reward"], rollout.get("milestones", ()))
    assert_close(msgspec.to_builtins(groups.statistics()), CASES["statistics"])


def test_nothing_added_is_no_number():
    empty = Groups().statistics()
    assert empty.mean_reward is None
    assert empty.variance is None
    assert empty.zero_signal.share is None


def test_episodes_fall_into_the_groups_of_their_rows(real_server):
    with Client(real_server.url) as client:
        row = client.sample("retail", seed=5, count=1)[0]
        groups = Groups()
        for _ in range(2):
            with client.reset(row) as episode:
                with pytest.raises(ValueError, match="has ended"):
                    groups.add_episode(episode)
                episode.report_unable("no")
                groups.add_episode(episode)
                report = episode.report()
                assert report["verdict"]["reward"] == episode.reward == 0
                assert report["stop_reason"] == "reported_unable"
        assert group_of(row.scenario, row.seed, row.task) == row.group
        statistics = groups.statistics()
        assert [one.group for one in statistics.by_group] == [row.group]
        assert statistics.zero_signal.all_zero == 1


def assert_close(found, wanted):
    if isinstance(wanted, dict):
        assert found.keys() == wanted.keys()
        for key, value in wanted.items():
            assert_close(found[key], value)
    elif isinstance(wanted, list):
        assert len(found) == len(wanted)
        for one, other in zip(found, wanted, strict=True):
            assert_close(one, other)
    elif isinstance(wanted, float):
        assert found == pytest.approx(wanted, abs=1e-12)
    else:
        assert found == wanted
