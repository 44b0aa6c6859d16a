"""A server of a few lines for tests of the transport alone: it echoes, counts and repeats recorded answers.

It holds no world and scores nothing; everything about the gym itself is tested against the real server. The scenario
`team` has several agents: see `stand_in_team`.
"""

from __future__ import annotations

import asyncio
import secrets
from typing import Any

import msgspec
from loop_thread import LoopThread
from stand_in_team import Team, summaries
from websockets.asyncio.server import ServerConnection, serve

OPTIONS = {
    "dynamics": "clean", "dynamics_digest": "0" * 64, "intensity": 0.0, "shaping": "none",
    "budgets": {
        "turns": 9, "calls": 9, "tokens": 9, "virtual_ms": 9, "depth": 9, "frames": 9, "concurrent_frames": 9,
    },
}  # fmt: skip


def observation(text: str) -> dict[str, Any]:
    return {
        "frame": "root", "agent": "root", "depth": 0, "messages": [{"role": "tool", "content": text}],
        "clock_ms": 2**40, "budgets": {"turns": 3}, "waiting": ["root"], "unheard_of": True,
    }  # fmt: skip


class FaultError(Exception):
    """A JSON-RPC error."""

    def __init__(self, number: int, code: str, **data: Any) -> None:
        super().__init__(code)
        self.error = {"code": number, "message": code.lower(), "data": {"code": code, "retryable": False, **data}}


class StandIn(LoopThread):
    """`executed` lists every step that was really made: a step made twice would be in it twice."""

    def __init__(self) -> None:
        self.teams: dict[str, Team] = {}
        self.episodes: dict[str, list[tuple[Any, dict[str, Any]]]] = {}
        self.keys: dict[str, dict[str, Any]] = {}
        self.executed: list[tuple[str, int]] = []
        self.requests: list[dict[str, Any]] = []
        self.capacity = 1000
        self.closing = False

    async def start(self) -> int:
        protocols: Any = ["fractal-gym.v1.msgpack", "fractal-gym.v1.json"]
        self._server = await serve(
            self._serve, "127.0.0.1", 0, subprotocols=protocols, compression=None, close_timeout=1
        )
        return int(next(iter(self._server.sockets)).getsockname()[1])

    async def stop(self) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, socket: ServerConnection) -> None:
        text = socket.subprotocol == "fractal-gym.v1.json"
        codec: Any = msgspec.json if text else msgspec.msgpack
        async for frame in socket:
            message = codec.decode(frame)
            many = isinstance(message, list)
            replies = [await self._answer(one) for one in (message if many else [message])]
            data = codec.encode(replies if many else replies[0])
            await socket.send(data.decode() if text else data)

    async def _answer(self, request: dict[str, Any]) -> dict[str, Any]:
        self.requests.append(request)
        if self.closing:
            fault = FaultError(-32017, "GYM_SHUTTING_DOWN", retryable=True)
            return {"jsonrpc": "2.0", "id": request["id"], "error": fault.error}
        try:
            method = getattr(self, "do_" + request["method"].replace("/", "_"), None)
            if method is None:
                raise FaultError(-32601, "GYM_UNKNOWN_METHOD", nearest="env/step")
            return {"jsonrpc": "2.0", "id": request["id"], "result": await method(**request["params"])}
        except FaultError as fault:
            return {"jsonrpc": "2.0", "id": request["id"], "error": fault.error}

    async def do_echo(self, **params: Any) -> Any:
        await asyncio.sleep(params.get("sleep", 0))
        return params

    async def do_server_info(self) -> Any:
        return {
            "name": "stand-in", "version": "0", "engine": "0", "dialects": [], "methods": [],
            "limits": {"batch": 256.0, "frame_bytes": 4194304.0}, "counts": {}, "privileged": False,
        }  # fmt: skip

    async def do_scenario_get(self, scenario: str) -> Any:
        summary = {
            "name": scenario, "digest": "0", "title": "", "description": "", "tags": [], "tasks": 1, "tools": 0,
            "origin": "catalogue",
        }  # fmt: skip
        return {
            "summary": summary, "versions": [], "prompt": "", "rules": None, "tools": [], "tasks": [],
            "agents": summaries() if scenario == "team" else [],
            "budgets": {}, "dynamics": [], "action_schema": {}, "observation_schema": {},
        }  # fmt: skip

    async def do_task_sample(self, scenario: str, seed: int, count: int, **_: Any) -> Any:
        common = {"scenario": scenario, "task": "t", "difficulty": {}, "tags": [], "split": "train", "group": "g"}
        return {"tasks": [{**common, "seed": (seed + n) % 404} for n in range(count)]}

    async def do_env_reset(self, scenario: str, seed: int, request_key: str, **rest: Any) -> Any:
        if request_key in self.keys:
            return self.keys[request_key]
        if len(self.episodes) >= self.capacity:
            raise FaultError(-32009, "GYM_CAPACITY", retryable=True, retry_after_ms=10)
        if seed == 404:
            raise FaultError(-32007, "GYM_NO_TASK")
        episode = secrets.token_hex(16)
        self.episodes[episode] = []
        info = {
            "scenario": f"{scenario}@0", "digest": "0", "task": "t", "seed": seed, "luck": seed,
            "split": "train", "engine": "0", "tags": [], "difficulty": {}, "options": OPTIONS,
        }  # fmt: skip
        self.keys[request_key] = {"episode": episode, "observation": observation("begin"), "info": info}
        if scenario == "team":
            self.keys[request_key] |= self._begin_team(episode, rest.get("options") or {}, seed)
        return self.keys[request_key]

    def _begin_team(self, episode: str, options: dict[str, Any], seed: int) -> dict[str, Any]:
        team = Team(options.get("learner"), options.get("parallel_frames", False), seed)
        self.teams[episode] = team
        start = team.outcome()
        ended = {name: start.pop(name) for name in ("reward", "terminated", "truncated", "info")}
        return start | ({"ended": ended} if team.end else {})

    async def do_env_step(self, episode: str, seq: int, action: Any = None, actions: Any = None) -> Any:
        action = action if actions is None else actions
        log = self._log(episode)
        if seq <= len(log):
            if log[seq - 1][0] != action:
                raise FaultError(-32005, "GYM_SEQ_CONFLICT")
            return log[seq - 1][1]
        if seq > len(log) + 1:
            raise FaultError(-32006, "GYM_SEQ_GAP", expected=len(log) + 1)
        if episode in self.teams:
            answer = self._step_team(self.teams[episode], action if actions is not None else [action], seq)
            self.executed.append((episode, seq))
            log.append((action, answer))
            return answer
        self.executed.append((episode, seq))
        broken = action.get("text") == "break"
        ended = action.get("text") == "end"
        answer = {
            "observation": observation(f"{seq}"), "reward": None if broken else 1 if ended else 0, "terminated": ended,
            "truncated": broken, "seq": seq,
            "info": {"stop_reason": "env_error" if broken else "answered"} if ended or broken else {},
        }  # fmt: skip
        log.append((action, answer))
        return answer

    def _step_team(self, team: Team, actions: list[Any], seq: int) -> Any:
        if team.end:
            raise FaultError(-32004, "GYM_EPISODE_ENDED")
        if wrong := team.answer(actions):
            raise FaultError(-32016, "GYM_UNKNOWN_FRAME", expected=[frame.path for frame in team.waiting()], path=wrong)
        return {**team.outcome(), "seq": seq}

    async def do_env_resume(self, episode: str) -> Any:
        log = self._log(episode)
        start = next((answer for answer in self.keys.values() if answer["episode"] == episode), None)
        if start is None and not log:
            start = next(iter(self.keys.values()))
        return {"seq": len(log), "last": log[-1][1] if log else start}

    async def do_env_fork(self, episode: str, at: int, count: int = 1, **_: Any) -> Any:
        log = self._log(episode)
        if at > len(log):
            raise FaultError(-32602, "GYM_INVALID_PARAMS")
        children = [secrets.token_hex(16) for _ in range(count)]
        for child in children:
            self.episodes[child] = list(log)
            if episode in self.teams:
                self.teams[child] = self.teams[episode]
            self.set_back(child, at)
        return {"episodes": children}

    async def do_env_state(self, episode: str) -> Any:
        log = self._log(episode)
        return {
            "hash": str(len(log)), "clock_ms": 0, "diff": [], "gold": None, "ended": False,
            "identity": {},
        }  # fmt: skip

    async def do_env_render(self, episode: str, **_: Any) -> Any:
        return {"text": f"{len(self._log(episode))} steps"}

    def set_back(self, episode: str, seq: int) -> None:
        """What a crash does to a server that had not yet kept the last steps."""
        log = self.episodes[episode]
        del log[seq:]
        if episode in self.teams:
            team = self.teams[episode]
            again = self.teams[episode] = Team(team.asked, team.parallel, team.seed)
            again.outcome()
            for action, answer in log:
                again.answer(action if isinstance(action, list) else [action])
                assert {**again.outcome(), "seq": answer["seq"]} == answer

    async def do_env_close(self, episode: str) -> Any:
        return {"closed": self.episodes.pop(episode, None) is not None}

    def _log(self, episode: str) -> list[tuple[Any, dict[str, Any]]]:
        if episode not in self.episodes:
            raise FaultError(-32003, "GYM_UNKNOWN_EPISODE")
        return self.episodes[episode]
