"""Where the server is and how patiently to look for it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

from websockets.exceptions import (
    ConnectionClosed,
    InvalidHandshake,
    InvalidStatus,
    NegotiationError,
    WebSocketException,
)

from .errors import ConnectionLostError, ForbiddenError, GymError, ProtocolViolationError

DEFAULT_URL = "ws://127.0.0.1:8765"

#: Close codes after which connecting again can only fail the same way: policy, and message too big.
FATAL_CLOSE_CODES = frozenset({1008, 1009})

#: Replies may be much longer than requests: 10,000 task rows with prompts and tools are one message.
MAX_REPLY_BYTES = 512 * 1024 * 1024


def endpoint(url: str) -> str:
    """The WebSocket address of a server: `http` means `ws`, and a missing path means the native dialect's.

    Raises:
        ValueError: no such scheme, or no host.
    """
    parts = urlsplit(url if "//" in url else f"ws://{url}")
    scheme = {"ws": "ws", "wss": "wss", "http": "ws", "https": "wss"}.get(parts.scheme)
    if scheme is None or not parts.hostname:
        raise ValueError(f"a server's address looks like {DEFAULT_URL}, not {url!r}")
    path = parts.path if parts.path not in ("", "/") else "/v1/ws"
    return urlunsplit((scheme, parts.netloc, path, parts.query, ""))


def headers(token: str | None) -> dict[str, str]:
    """Request headers of the handshake."""
    return {} if token is None else {"Authorization": f"Bearer {token}"}


def delays(first: float = 0.05, longest: float = 5.0) -> Iterator[float]:
    """Seconds between attempts: doubling, with jitter, for ever."""
    delay = first
    while True:
        # Jitter keeps a thousand workers from knocking at the same moment; nothing reproducible depends on it.
        yield delay * random.uniform(0.5, 1.0)
        delay = min(delay * 2, longest)


def fatal(error: Exception) -> GymError | None:
    """The exception for a failed attempt that must not be repeated; None if another attempt may succeed."""
    if isinstance(error, InvalidStatus):
        status = error.response.status_code
        if status in (500, 502, 503, 504):
            return None
        body = bytes(error.response.body or b"")[:300].decode("utf-8", "replace").strip()
        text = f"the server answered the handshake with HTTP {status}" + (f": {body}" if body else "")
        return ForbiddenError(text) if status in (401, 403) else ProtocolViolationError(text)
    if isinstance(error, NegotiationError):
        return ProtocolViolationError(f"the server does not speak this subprotocol: {error}")
    if isinstance(error, (OSError, TimeoutError, InvalidHandshake)):
        # An InvalidHandshake other than the above is a connection that broke off while it was made.
        return None
    if isinstance(error, WebSocketException):
        return ProtocolViolationError(f"cannot connect: {error}")
    return None


def reason_of(closed: ConnectionClosed) -> str:
    """Why a connection was closed, in words."""
    return f"the connection was closed ({closed})"


def must_stop(closed: ConnectionClosed) -> bool:
    """Whether the server closed it for a reason that connecting again does not cure."""
    return closed.rcvd is not None and closed.rcvd.code in FATAL_CLOSE_CODES


def not_found(url: str, error: Exception, *, first: bool) -> ConnectionLostError:
    """The exception for a server that nobody could reach in time."""
    local = first and ("127.0.0.1" in url or "localhost" in url)
    hint = f" (`fractal-gym serve` starts one at {DEFAULT_URL})" if local else ""
    return ConnectionLostError(f"no server answers at {url}: {error}{hint}")
