"""The README's snippets run as they stand, against the real server."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

CLIENT = Path(__file__).resolve().parents[1]
READMES = [CLIENT / "README.md", CLIENT.parents[1] / "README.md"]
SNIPPETS = [
    snippet
    for readme in READMES
    for snippet in re.findall(r"^```python\n(.*?)^```", readme.read_text(), flags=re.DOTALL | re.MULTILINE)
]
NAMES = [
    "episode", "many", "agents", "frames", "faults", "curve", "generated", "sweep",
    "groups", "register", "gymnasium", "aec", "parallel",
    "project",
]  # fmt: skip

TUTORIAL = CLIENT.parents[1] / "docs" / "tutorial.md"


def blocks_of(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", TUTORIAL.read_text(), flags=re.DOTALL | re.MULTILINE)


def test_tutorial(real_server, tmp_path):
    (tmp_path / "bikes.yaml").write_text("".join(blocks_of("yaml")))
    (snippet,) = blocks_of("python")
    code = snippet.replace("ws://127.0.0.1:8765", real_server.url)
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=120
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith("bikes ")


def test_there_are_snippets():
    assert len(SNIPPETS) == len(NAMES)


@pytest.mark.parametrize("snippet", SNIPPETS, ids=NAMES)
def test_snippet(snippet, real_server):
    assert "ws://127.0.0.1:8765" in snippet
    code = snippet.replace("ws://127.0.0.1:8765", real_server.url)
    run = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip()
