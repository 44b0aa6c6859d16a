"""The curriculum: it moves by what is reported, draws by its seed, and refuses what makes no sense."""

import pytest

from fractal_gym.curriculum import Curriculum


def make(**more) -> Curriculum:
    return Curriculum("gen:1/any?delegation=0", axis="depth", levels=[1, 2, 3], seed=5, window=4, **more)


def test_it_rises_and_falls_by_the_mean_of_a_window():
    curriculum = make()
    seen = []
    for reward in [1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0]:
        task = curriculum.draw()
        seen.append(task.level)
        curriculum.report(task, reward)
    assert seen == [1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 2, 2, 2, 2]
    assert curriculum.level == 1


def test_it_stays_in_between_and_at_the_ends():
    curriculum = make()
    for reward in [1, 0] * 20:
        curriculum.report(curriculum.draw(), reward)
    assert curriculum.level == 1
    for _ in range(40):
        curriculum.report(curriculum.draw(), 1.0)
    assert curriculum.level == 3


def test_late_rewards_of_another_level_and_void_ones_do_not_count():
    curriculum = make()
    early = [curriculum.draw() for _ in range(8)]
    for task in early[:4]:
        curriculum.report(task, 1.0)
    assert curriculum.level == 2
    for task in early[4:]:
        curriculum.report(task, 0.0)
    for _ in range(10):
        curriculum.report(curriculum.draw(), None)
    assert curriculum.level == 2


def test_draws_depend_on_the_seed_alone():
    first, again, other = make(), make(), Curriculum("gen:1/any", axis="faults", levels=[0, 0.25], seed=6)
    tasks = list(first.tasks(50))
    assert tasks == list(again.tasks(50))
    assert len({task.seed for task in tasks}) == 50
    assert all(0 <= task.seed < 2**53 for task in tasks)
    assert tasks[0].scenario == "gen:1/any?delegation=0&depth=1"
    assert other.draw().scenario == "gen:1/any?faults=0"
    assert other.draw().seed != tasks[1].seed


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ({"reference": "retail"}, "reference"),
        ({"reference": "gen:1/any?depth=2"}, "depth"),
        ({"levels": [1]}, "levels"),
        ({"levels": [2, 1]}, "levels"),
        ({"raise_above": 0.2}, "thresholds"),
        ({"window": 0}, "window"),
        ({"position": 3}, "position"),
    ],
)
def test_what_makes_no_sense_is_refused(more, what):
    wrong = {"reference": "gen:1/any", "axis": "depth", "levels": [1, 2], **more}
    with pytest.raises(ValueError, match=what):
        Curriculum(**wrong)


def test_tasks_of_a_curriculum_are_reset_and_sampled(client):
    task = make().draw()
    episode = client.reset(task.scenario, task.seed)
    assert episode.info.scenario.startswith("gen:1/any?delegation=0&depth=1@")
    rows = client.sample({"of": [{"scenario": "gen:1/any", "axes": {"depth": (1, 2)}}, {"scenario": "retail"}]}, seed=3, count=5)
    assert len(rows) == 5
    again = client.reset(rows[0])
    assert again.info.split == rows[0].split
