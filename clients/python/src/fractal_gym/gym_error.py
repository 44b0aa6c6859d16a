"""The exceptions of this package that are not one code of the server's registry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from .messages import AdmissionReport, Complaint

if TYPE_CHECKING:
    from .messages import StepResult


class GymError(Exception):
    """An error answered by the server, or met on the way to it.

    Catch this to catch them all. A subclass for each code of the server is in `fractal_gym.errors`; a code
    that this version does not know arrives as a plain `GymError` with that `code`.
    """

    code: str = "GYM_UNKNOWN"
    retryable: bool = False

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        data: dict[str, Any] | None = None,
        retryable: bool | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        #: What the server sent beside the message: `path`, `nearest`, `expected`, `limit`, ...
        self.data: dict[str, Any] = data if data is not None else {}
        if code is not None:
            self.code = code
        if retryable is not None:
            #: Whether the same request may succeed later.
            self.retryable = retryable

    @property
    def retry_after(self) -> float | None:
        """Seconds that the server asks to wait before trying again, when it said so."""
        after = self.data.get("retry_after_ms")
        return None if after is None else float(after) / 1000

    def __str__(self) -> str:
        told = [name for name in ("path", "nearest", "expected", "limit") if name in self.data]
        hints = [f"{name}: {self.data[name]!r}" for name in told]
        return f"{self.code}: {self.message}" + (f" ({', '.join(hints)})" if hints else "")


class ComplaintsError(GymError):
    """A specification has complaints."""

    @property
    def complaints(self) -> list[Complaint]:
        """All of them, each with its place."""
        return msgspec.convert(self.data.get("complaints", []), list[Complaint])

    def __str__(self) -> str:
        return "\n".join([super().__str__(), *map(str, self.complaints)])


class RefusedScenarioError(GymError):
    """A scenario was tried and does not pass."""

    @property
    def report(self) -> AdmissionReport:
        """What was found, with counter-examples."""
        return msgspec.convert(self.data["report"], AdmissionReport)


class ConnectionLostError(GymError):
    """The connection failed and could not be won back in time, or the request must not be sent twice.

    What became of the request is unknown. A step may be repeated as it was: the server answers a repeated
    `seq` from its record.
    """

    code = "CONNECTION_LOST"
    retryable = True


class RequestTimeoutError(GymError, TimeoutError):
    """No reply within the deadline. A late one is dropped and never taken for the reply to another request."""

    code = "REQUEST_TIMEOUT"
    retryable = True


class ProtocolViolationError(GymError):
    """The server sent something that the protocol does not allow."""

    code = "PROTOCOL_VIOLATION"


class EnvError(GymError):
    """The environment itself failed; the episode's return is void and must not be counted as 0.

    `result` is the step result that said so, its `reward` is None.
    """

    code = "ENV_ERROR"

    def __init__(self, message: str, *, episode: str, result: StepResult) -> None:
        super().__init__(message)
        self.episode = episode
        self.result = result
