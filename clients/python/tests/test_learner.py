"""The example learner, in short: what it may choose from, what masking takes away, and one tiny run end to end."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

np = pytest.importorskip("numpy")
pytest.importorskip("tqdm")
pytest.importorskip("matplotlib")

from fractal_gym import Client, ToolSchema  # noqa: E402

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "examples"))

import learn_retail  # noqa: E402
from learner.candidates import Player, Toolbox  # noqa: E402
from learner.learning import Learner, credit  # noqa: E402
from learner.memory import Lexicon, Memory  # noqa: E402
from learner.policy import Policy  # noqa: E402
from learner.report import interval_of_episodes, interval_of_runs  # noqa: E402
from learner.text import neighbours, shape, spans  # noqa: E402


def tool(name, **properties):
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    return ToolSchema(name=name, description="", input_schema=schema)


TEXT = {"type": "string"}
TOOLS = [
    tool("show_box", box_id=TEXT),
    tool("paint_box", box_id=TEXT, colour={"type": "string", "enum": ["red", "deep_blue"]}),
    tool("fill_box", box_id=TEXT, count={"type": "integer", "minimum": 1, "maximum": 9}),
    tool("finish"),
]


def player(text="Paint box #B12 deep blue.", lexicon=None):
    return Player(text, TOOLS, Toolbox(), lexicon or Lexicon())


def argument(of, tool_name, name):
    return next(a for a in of.by_number[of.number[tool_name]].arguments if a.name == name)


def test_values_are_found_in_text_by_their_looks():
    assert spans("I am Omar Jansen, zip 28202; omar@example.org, order #W06, note 'ring twice'.")[:4] == [
        "omar@example.org", "28202", "#W06", "ring twice",
    ]  # fmt: skip
    assert shape("#W06") == shape("#W31") != shape("W06")
    assert neighbours("i need 6 of it not 2", "6") == ("need", "of")
    assert neighbours("i need 6 of it not 2", "3") is None


def test_candidates_are_what_was_seen_or_listed():
    one = player()
    box = argument(one, "show_box", "box_id")
    assert "#B12" in [value.content for value in one.candidates(box)]
    assert [v.content for v in one.candidates(argument(one, "paint_box", "colour"))] == ["red", "deep_blue"]
    assert [v.content for v in one.candidates(argument(one, "fill_box", "count"))] == list(range(1, 10))
    here = one.by_number[one.number["show_box"]]
    result = json.dumps({"box_id": "#B12", "inside": [{"box_id": "#B34", "owner": "Omar"}]})
    assert one.remember(here, [one.candidates(box)[0]], result, False) > 0
    assert "show_box" in [one.by_number[number].name for number in one.options()]
    # Now it is known how box ids look: a name is none.
    assert {value.content for value in one.candidates(box)} == {"#B12", "#B34"}
    assert one.breadth() == 2 + 2 * 2 + 2 * 9 + 1


def test_looks_are_learned_across_episodes():
    lexicon = Lexicon()
    Memory("", lexicon).read("show_box", '{"box_id": "#B12"}')
    other = player("Omar wants box #B77 painted.", lexicon)
    assert [value.content for value in other.candidates(argument(other, "show_box", "box_id"))] == ["#B77"]


def test_the_policy_reads_the_message_and_the_masked_one_does_not():
    lexicon = Lexicon()
    for masked in (False, True):
        policy, draw = Policy(masked=masked), np.random.default_rng(1)
        red, blue = (policy.act([player(f"Paint box #B12 {c}.", lexicon)], draw)[0] for c in ("red", "deep blue"))
        assert (red.rows.tolist() == blue.rows.tolist()) == masked
        assert bool(red.hints.any()) != masked
    seeing, blind = Policy(), Policy(masked=True)
    for policy, alike in ((seeing, False), (blind, True)):
        rows = []
        for text in ("Paint box #B12 red.", "Paint box #B12 deep blue."):
            draw = np.random.default_rng(0)
            decision = None
            while decision is None or decision.tool.name != "paint_box":
                decision = policy.act([player(text, lexicon)], draw)[0]
            rows.append(decision.choices[1].rows.tolist())
        assert (rows[0] == rows[1]) == alike


def test_a_rewarded_choice_becomes_likelier():
    lexicon, draw = Lexicon(), np.random.default_rng(3)
    policy = Policy()
    learner = Learner(policy, rate=0.01, entropy=0.0, caution=1.0)

    def share():
        acted = policy.act([player(lexicon=lexicon) for _ in range(200)], draw)
        return np.mean([d.tool.name == "paint_box" and d.arguments[1].content == "deep_blue" for d in acted])

    before = share()
    for _ in range(60):
        decisions = policy.act([player(lexicon=lexicon) for _ in range(32)], draw)
        for decision in decisions:
            right = decision.tool.name == "paint_box" and decision.arguments[1].content == "deep_blue"
            decision.reward = float(right)
            credit([decision], gamma=0.9)
        learner.update(decisions)
    assert before < 0.4 < 0.8 < share()


def test_intervals():
    low, high = interval_of_episodes(50, 100)
    assert 0.40 < low < 0.5 < high < 0.60
    low, high = interval_of_runs([0.5, 0.6, 0.55, 0.5, 0.6])
    assert 0.48 < low < 0.55 < high < 0.62


def test_a_tiny_run_end_to_end(real_server, tmp_path, capsys):
    out = tmp_path / "out"
    command = ["--url", real_server.url, "--minutes", "0.1", "--eval-episodes", "24", "--episodes-in-flight", "16"]
    assert learn_retail.main([*command, "--out", str(out)]) == 0
    printed = capsys.readouterr().out
    assert "learner" in printed
    assert "random" in printed
    run = json.loads((out / "runs.json").read_text())[0]
    assert run["episodes"] == 24
    assert run["train_steps"] > 100
    assert run["candidates"] >= 15
    assert [point[0] for point in run["curve"]] == sorted(point[0] for point in run["curve"])
    assert (out / "learning-curve.png").read_bytes()[:4] == b"\x89PNG"


def test_without_a_server_it_says_so(capsys):
    assert learn_retail.main(["--url", "ws://127.0.0.1:9", "--minutes", "0.01"]) == 1
    assert "npm start" in capsys.readouterr().err


def test_the_same_held_out_tasks_for_everyone(real_server):
    with Client(real_server.url) as client:
        first, again = (client.sample("retail", seed=900_002_700, count=5, split="test") for _ in range(2))
        train = client.sample("retail", seed=900_002_700, count=5, split="train")
    assert [row.seed for row in first] == [row.seed for row in again]
    assert not {row.seed for row in first} & {row.seed for row in train}
