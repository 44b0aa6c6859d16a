"""The curriculum: it moves by what is reported, draws by its seed, and refuses what makes no sense."""

from __future__ import annotations

import asyncio

import gymnasium
import pytest

import fractal_gym.gym  # noqa: F401
from fractal_gym import AsyncClient, Client
from fractal_gym.curriculum import Curriculum


def make(**more) -> Curriculum:
    return Curriculum("gen:1/any?delegation=0", **{"axis": "depth", "levels": [1, 2, 3], "seed": 5, "window": 4} | more)


def play(curriculum: Curriculum, rewards) -> list[float]:
    """The levels at which so many rewards were earned."""
    seen = []
    for reward in rewards:
        seen.append(curriculum.level)
        curriculum.report(curriculum.request()["scenario"], reward)
    return seen


def test_it_rises_and_falls_by_the_mean_of_a_window():
    curriculum = make()
    assert play(curriculum, [1] * 8 + [0] * 8) == [1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 2, 2, 2, 2]
    assert curriculum.level == 1
    assert curriculum.mean is None


def test_it_stays_in_between_and_at_the_ends():
    curriculum = make()
    play(curriculum, [1, 0] * 20)
    assert curriculum.level == 1
    assert curriculum.mean == pytest.approx(1 / 3)
    play(curriculum, [1.0] * 40)
    assert curriculum.level == 3


def test_late_rewards_of_another_level_and_void_ones_do_not_count():
    curriculum = make()
    early = [curriculum.request()["scenario"] for _ in range(8)]
    for scenario in early[:4]:
        curriculum.report(scenario + "@0123abcd", 1.0)
    assert curriculum.level == 2
    for scenario in early[4:]:
        curriculum.report(scenario, 0.0)
    play(curriculum, [None] * 10)
    assert curriculum.level == 2
    assert curriculum.mean is None


def test_requests_depend_on_the_seed_alone():
    first, again = make(), make()
    requests = [first.request(2) for _ in range(50)]
    assert requests == [again.request(2) for _ in range(50)]
    assert len({request["seed"] for request in requests}) == 50
    assert all(0 <= request["seed"] < 2**53 for request in requests)
    assert {**requests[0], "seed": 0} == {
        "scenario": "gen:1/any?delegation=0&depth=1", "seed": 0, "count": 2, "split": "train",
    }  # fmt: skip
    assert make(seed=6).request()["seed"] not in {request["seed"] for request in requests}
    assert make(drawn=7).request(2) == requests[7]


def test_values_are_spelt_as_references_spell_them():
    curriculum = Curriculum("gen:1/any", axis="faults", levels=[0.1 + 0.2, 0.0, 1.0])
    assert curriculum.scenario == "gen:1/any?faults=0.3"
    assert Curriculum("gen:1/any", axis="faults", levels=[0.0, 1.0]).scenario == "gen:1/any?faults=0"
    assert Curriculum("gen:1/any", axis="depth", levels=[10, 20]).scenario == "gen:1/any?depth=10"


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ({"reference": "retail"}, "reference"),
        ({"reference": "gen:1/any?depth=2"}, "depth"),
        ({"levels": [1]}, "levels"),
        ({"levels": [2, 1, 2.0]}, "levels"),
        ({"raise_above": 0.2}, "thresholds"),
        ({"window": 0}, "window"),
        ({"position": 3}, "position"),
    ],
)
def test_what_makes_no_sense_is_refused(more, what):
    wrong = {"reference": "gen:1/any", "axis": "depth", "levels": [1, 2], **more}
    with pytest.raises(ValueError, match=what):
        Curriculum(**wrong)


def test_rows_of_a_curriculum_are_of_its_split_and_level(client):
    curriculum = make(split="validation", levels=[2, 3])
    rows = client.sample(**curriculum.request(3), include=["prompt"])
    assert [row.split for row in rows] == ["validation"] * 3
    with client.reset(rows[0], options={"split": "validation"}) as episode:
        assert episode.info.scenario.startswith("gen:1/any?delegation=0&depth=2@")
        assert episode.observation.messages == rows[0].prompt
        episode.report_unable("no")
        curriculum.report(rows[0], episode.reward)
    assert curriculum.mean == 0


def test_both_clients_sample_the_same(real_server):
    request = make().request(2)
    with Client(real_server.url) as client:
        rows = client.sample(**request)

    async def ask():
        async with AsyncClient(real_server.url) as client:
            return await client.sample(**request)

    assert asyncio.run(ask()) == rows


def test_distributions_are_sampled_and_their_rows_reset(client):
    mixture = {"of": [{"scenario": "gen:1/any", "axes": {"depth": (1, 2)}}, {"scenario": "retail"}]}
    rows = client.sample(mixture, seed=3, count=5)
    assert len(rows) == 5
    assert client.sample(mixture, seed=3, count=5) == rows
    with client.reset(rows[0]) as episode:
        assert episode.info.split == rows[0].split


def test_the_gymnasium_environment_plays_what_a_curriculum_has_come_to(real_server):
    def levels() -> list[str]:
        curriculum = make(window=2, levels=[2, 1])
        curriculum.position = 1
        env = gymnasium.make("fractal_gym/Scenario-v0", scenario=curriculum, url=real_server.url)
        seen = []
        for round_ in range(3):
            observation, info = env.reset(seed=7 if round_ == 0 else None)
            seen.append(info["scenario"])
            assert observation in env.observation_space
            assert env.action_space.sample() != ""
            *_, terminated, truncated, info = env.step({"name": "report_unable", "arguments": {"reason": "?"}})
            assert terminated
            assert not truncated
        assert curriculum.level == 2
        env.close()
        return seen

    first = levels()
    assert ["depth=1" in scenario for scenario in first] == [True, True, False]
    assert levels() == first
