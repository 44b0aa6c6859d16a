"""What is written by hand or generated here, against the protocol's own files."""

from __future__ import annotations

import json
import subprocess
import sys
import typing
from pathlib import Path

import msgspec
import pytest

from fractal_gym import calls, errors, messages, options
from fractal_gym.gym.source import OPTIONS
from fractal_gym.wire import LIMITS, SUBPROTOCOLS

PACKAGE = Path(__file__).resolve().parents[1]
SCHEMAS = PACKAGE.parents[1] / "protocol" / "schemas"
METHODS = json.loads((SCHEMAS / "methods.json").read_text())

#: Struct by the name of the schema it stands for.
NAMED = {
    "Action": messages.Action,
    "AdmissionReport": messages.AdmissionReport,
    "Complaint": messages.Complaint,
    "Observation": messages.Observation,
    "ResetInfo": messages.ResetInfo,
    "ResetResult": messages.ResetResult,
    "ScenarioSummary": messages.ScenarioSummary,
    "StepResult": messages.StepResult,
    "TaskRow": messages.TaskRow,
    "ToolCall": messages.ToolCall,
    "Verdict": messages.Verdict,
}

#: Structs of definitions that have no file of their own: schema file, name in its $defs.
DEFINED = {
    ("Observation", "Message"): messages.Message,
    ("Observation", "ToolSchema"): messages.ToolSchema,
    ("Verdict", "Component"): messages.Component,
    ("Verdict", "Issue"): messages.Issue,
    ("Verdict", "MilestoneResult"): messages.MilestoneResult,
    ("Action", "Usage"): messages.Usage,
    ("AdmissionReport", "AdmissionCheck"): messages.AdmissionCheck,
    ("AdmissionReport", "CounterExample"): messages.CounterExample,
    ("AdmissionReport", "ToolCost"): messages.ToolCost,
    ("AdmissionReport", "CheckCost"): messages.CheckCost,
    ("AdmissionReport", "MutationRow"): messages.MutationRow,
    ("ResetInfo", "ResolvedOptions"): messages.ResolvedOptions,
    ("ResetInfo", "ShapingInfo"): messages.ShapingInfo,
    ("StepResult", "FaultMark"): messages.FaultMark,
    ("StepResult", "StepInfo"): messages.StepInfo,
}

RESULTS = {
    "server/info": messages.ServerInfo,
    "scenario/list": messages.ScenarioPage,
    "scenario/get": messages.Scenario,
    "scenario/validate": messages.Admitted,
    "scenario/register": messages.Admitted,
    "task/sample": calls.Sampled,
    "env/reset": messages.ResetResult,
    "env/step": messages.StepResult,
    "env/resume": calls.Resumed,
    "env/fork": calls.Forked,
    "env/restore": messages.RestoreResult,
    "env/state": messages.EpisodeState,
    "env/render": calls.Rendered,
    "env/close": calls.Closed,
    "sweep/create": calls.Swept,
    "sweep/next": messages.SweepNext,
    "sweep/get": calls.SweepFound,
    "sweep/list": messages.SweepPage,
    "sweep/cancel": calls.Swept,
}

#: Read as plain values.
PLAIN = {"env/snapshot", "trajectory/get", "report/get", "sweep/report", "sweep/compare"}

#: What builds a call of each method, with every parameter that it can send.
BUILT = {
    "server/info": calls.server_info(),
    "scenario/list": calls.scenario_list(["a"], "q", "c", 1, prefix="p", origin="registered", min_tasks=1, max_tasks=2),
    "scenario/get": calls.scenario_get("s", 1),
    "scenario/validate": calls.scenario_validate("s", {"a.csv": ""}),
    "scenario/register": calls.scenario_register("s", {"a.csv": ""}),
    "task/sample": calls.sample(
        "s", 1, 1, split="train", task="t", tags=["a"], difficulty={"x": (0, 1)}, include=["prompt"]
    ),
    "env/reset": calls.reset("s", 1, task="t", options={"luck": 1}, request_key="k"),
    "env/step": calls.step("e", "x", 1),
    "env/resume": calls.resume("e"),
    "env/fork": calls.fork("e", at=1, count=1, luck="same"),
    "env/snapshot": calls.snapshot("e"),
    "env/restore": calls.restore({}),
    "env/state": calls.state("e"),
    "env/render": calls.render("e", "ansi"),
    "env/close": calls.close("e"),
    "trajectory/get": calls.trajectory("e"),
    "report/get": calls.report("e"),
    "sweep/create": calls.sweep_create({"policies": []}),
    "sweep/next": calls.sweep_next("s", "p"),
    "sweep/get": calls.sweep_get("s"),
    "sweep/report": calls.sweep_report("s", "csv"),
    "sweep/compare": calls.sweep_compare("a", "b"),
    "sweep/list": calls.sweep_list("done", "c", 1),
    "sweep/cancel": calls.sweep_cancel("s", remove=False),
}


def schema_of(name: str) -> dict:
    return json.loads((SCHEMAS / f"{name}.json").read_text())


def resolve(schema: dict, root: dict) -> dict:
    return root["$defs"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema


def fields_of(struct) -> tuple[set[str], set[str]]:
    """All fields, and those that must be there to read it."""
    fields = msgspec.structs.fields(struct)
    return {field.encode_name for field in fields}, {field.encode_name for field in fields if field.required}


def holds(struct, schema: dict) -> None:
    names, required = fields_of(struct)
    assert names == set(schema["properties"])
    # Verdict fields are all optional: what reaches a client is `Partial` of the schema.
    assert required <= set(schema.get("required", ()))
    if struct is not messages.Verdict:
        assert required >= set(schema.get("required", ())) - {"evidence"}


@pytest.mark.parametrize("name", NAMED)
def test_structs_have_the_fields_of_their_schemas(name):
    root = schema_of(name)
    holds(NAMED[name], resolve(root, root))


@pytest.mark.parametrize("place", DEFINED, ids=lambda place: place[1])
def test_structs_of_inner_definitions(place):
    holds(DEFINED[place], schema_of(place[0])["$defs"][place[1]])


def test_every_method_is_covered():
    assert set(METHODS["methods"]) == set(RESULTS) | PLAIN == set(BUILT)
    assert {method for method in METHODS["methods"] if method not in calls.IDEMPOTENT | calls.CREATING} == {"env/step"}


@pytest.mark.parametrize("method", RESULTS)
def test_results_have_the_fields_of_their_schemas(method):
    root = METHODS["methods"][method]["result"]
    holds(RESULTS[method], resolve(root, root))


def test_inner_results_have_the_fields_of_their_schemas():
    root = METHODS["methods"]["scenario/get"]["result"]
    holds(messages.AgentSummary, resolve(root, root)["properties"]["agents"]["items"])
    root = schema_of("ResetResult")
    holds(messages.EarlyEnd, resolve(root, root)["properties"]["ended"])


@pytest.mark.parametrize("method", BUILT)
def test_calls_send_the_parameters_of_their_schemas(method):
    root = METHODS["methods"][method]["params"]
    other = {"env/step": [calls.step("e", [{"frame": "f"}], 1)], "task/sample": [calls.sample({"of": []}, 1, 1)]}
    built = [BUILT[method], *other.get(method, [])]
    assert {call.method for call in built} == {method}
    assert {name for call in built for name in call.params} == set(resolve(root, root)["properties"])


def test_creating_calls_are_those_with_a_request_key():
    keyed = {
        name for name, method in METHODS["methods"].items() if "request_key" in method["params"].get("properties", {})
    }
    assert keyed == calls.CREATING


def test_limits_and_subprotocols():
    assert METHODS["subprotocols"] == SUBPROTOCOLS
    assert METHODS["limits"] | LIMITS == METHODS["limits"]


def test_exceptions_are_generated_from_the_registry():
    check = subprocess.run(
        [sys.executable, str(PACKAGE / "scripts" / "generate.py"), "--check"], capture_output=True, text=True
    )
    assert check.returncode == 0, check.stderr
    registry = json.loads((SCHEMAS / "errors.json").read_text())
    assert list(errors.BY_CODE) == list(registry)
    assert {code: kind.retryable for code, kind in errors.BY_CODE.items()} == {
        code: entry["retryable"] for code, entry in registry.items()
    }
    assert len({kind for kind in errors.BY_CODE.values()}) == len(registry)


def test_options_have_the_names_of_their_schemas():
    root = METHODS["methods"]["env/reset"]["params"]
    reset = resolve(root["properties"]["options"], root)
    choice = resolve(reset["properties"]["dynamics"], root)["anyOf"][1]
    assert set(options.ResetOptions.__annotations__) == set(reset["properties"])
    assert set(options.DynamicsChoice.__annotations__) == set(choice["properties"])
    budgets = resolve(reset["properties"]["budgets"], root)
    assert set(options.BudgetOptions.__annotations__) == set(budgets["properties"])
    assert {field.name for field in msgspec.structs.fields(messages.BudgetLimits)} == set(budgets["properties"])
    player = resolve(resolve(reset["properties"]["others"], root)["anyOf"][0], root)["anyOf"]
    choice = player[1]["properties"]
    assert list(typing.get_args(options.PlayerName)) == player[0]["enum"] == choice["policy"]["enum"]
    assert set(typing.get_type_hints(options.PlayerChoice)) == set(choice)
    assert set(OPTIONS) == set(reset["properties"]) | {"task"}
