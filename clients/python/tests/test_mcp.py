"""The official MCP SDK plays whole episodes: by an address with a scenario, by a handle, and over a pipe."""

from __future__ import annotations

import json
import subprocess
from contextlib import asynccontextmanager
from typing import Any

import anyio
import pytest
from conftest import REPOSITORY
from mcp import Client, StdioServerParameters

SCENARIO, SEED = "retail", 7
LAUNCH = [str(REPOSITORY / "node_modules/.bin/node"), str(REPOSITORY / "src/cli/launch.js")]


@pytest.fixture(scope="session")
def plan(tmp_path_factory) -> list[dict[str, Any]]:
    """The calls of the oracle."""
    file = tmp_path_factory.mktemp("plan") / "run.json"
    command = [*LAUNCH, "play", SCENARIO, "--seed", str(SEED), "--policy", "oracle", "--save", str(file)]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    turns = [event for event in json.loads(file.read_text())["events"] if event["type"] == "turn"]
    return [turn["action"]["tool_calls"][0] for turn in turns]


async def play(client: Client, plan: list[dict[str, Any]]) -> dict[str, Any]:
    listed = {tool.name for tool in (await client.list_tools()).tools}
    for call in plan:
        assert call["name"] in listed
        result = await client.call_tool(call["name"], call["arguments"])
        assert not result.is_error, result
    assert result.structured_content == {"ended": True, "reason": "finished", "reward": 1, "success": True}
    verdict = await client.read_resource("gym://episode/current/verdict")
    return json.loads(verdict.contents[0].text)


@asynccontextmanager
async def connected(target: Any, mode: str):
    with anyio.fail_after(60):
        async with Client(target, mode=mode) as client:
            yield client


def origin(real_server) -> str:
    return real_server.url.replace("ws://", "http://")


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_an_address_with_a_scenario(real_server, plan, mode):
    async def main() -> None:
        async with connected(f"{origin(real_server)}/mcp?scenario={SCENARIO}&seed={SEED}", mode) as client:
            assert "mail-order shop" in (client.instructions or "")
            verdict = await play(client, plan)
            assert (verdict["reward"], verdict["success"]) == (1, True)

    anyio.run(main)


@pytest.mark.parametrize("mode", ["auto", "2026-07-28"])
def test_the_handle_of_an_episode_that_the_trainer_opened(real_server, client, plan, mode):
    with client.reset(SCENARIO, SEED) as episode:

        async def main() -> None:
            async with connected(f"{origin(real_server)}/mcp/{episode.id}", mode) as player:
                assert player.protocol_version == "2026-07-28"
                await play(player, plan)

        anyio.run(main)
        ended = client.resume(episode.id)
        assert ended.last.info.verdict.reward == 1


def test_a_pipe(plan):
    async def main() -> None:
        process = StdioServerParameters(command=LAUNCH[0], args=[LAUNCH[1], "mcp", SCENARIO, "--seed", str(SEED)])
        async with connected(process, "auto") as client:
            assert (await play(client, plan))["reward"] == 1

    anyio.run(main)
