"""A real server for the tests that need one: started once, stopped at the end."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from fractal_gym import Client

REPOSITORY = Path(__file__).resolve().parents[3]
READY = re.compile(r"ws://127\.0\.0\.1:(\d+)")


@dataclass
class RealServer:
    url: str
    token: str


@pytest.fixture(scope="session")
def real_server(tmp_path_factory):
    """`fractal-gym serve` on a free port, with its own data folder."""
    data = tmp_path_factory.mktemp("data")
    process = subprocess.Popen(
        ["npx", "--no-install", "fractal-gym", "serve", "--port", "0", "--data", str(data)],
        cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip
    output: list[str] = []
    ready = threading.Event()

    def read() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            output.append(line)
            if READY.search(line):
                ready.set()
        ready.set()

    threading.Thread(target=read, daemon=True).start()
    try:
        ready.wait(60)
        found = next((found for line in output if (found := READY.search(line))), None)
        assert found is not None, "the server did not start:\n" + "".join(output)
        token = data / "admin.token"
        deadline = time.monotonic() + 5
        while not token.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        yield RealServer(f"ws://127.0.0.1:{found.group(1)}", token.read_text().strip())
    finally:
        # npx starts the server as a child: the group is ours alone.
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(5)


@pytest.fixture(params=["msgpack", "json"])
def client(request, real_server):
    """A caller without privilege, in each encoding."""
    with Client(real_server.url, encoding=request.param) as client:
        yield client


@pytest.fixture
def admin(real_server):
    """A caller with the server's own token."""
    with Client(real_server.url, real_server.token) as client:
        yield client
