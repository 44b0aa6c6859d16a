"""JSON-RPC 2.0 over one of two encodings, without a socket: builds frames, matches replies to requests.

`Exchange` is the core that the blocking and the asyncio client share. It is not thread-safe; its owner is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Generic, Literal, TypeVar

import msgspec

from .errors import ConnectionLostError, GymError, LimitError, ProtocolViolationError, error_of

EncodingName = Literal["json", "msgpack"]

SUBPROTOCOLS: dict[str, str] = {"json": "fractal-gym.v1.json", "msgpack": "fractal-gym.v1.msgpack"}

#: Bounds that a server of this protocol version has; `Exchange.limits` follows server/info where it differs.
LIMITS: dict[str, int] = {"frame_bytes": 1024 * 1024, "batch": 256}

#: How often one request is sent, over as many connections, before it is given up: with the pauses between
#: connections that bring nothing, after some seven seconds.
MAX_SENDS = 8

R_co = TypeVar("R_co", covariant=True)


class Reply(msgspec.Struct):
    """A reply before anyone has looked into its result."""

    id: int | str | None = None
    result: msgspec.Raw = msgspec.Raw()
    error: msgspec.Raw = msgspec.Raw()


class RequestMessage(msgspec.Struct):
    """A request as it is sent."""

    id: int
    method: str
    params: Any
    jsonrpc: str = "2.0"


class RpcError(msgspec.Struct):
    """A JSON-RPC error object."""

    code: int
    message: str
    data: Any = None


class Encoding:
    """Encodes and decodes one of the two subprotocols' frames."""

    def __init__(self, name: EncodingName) -> None:
        if name not in SUBPROTOCOLS:
            raise ValueError(f'encoding is "json" or "msgpack", not {name!r}')
        self.name = name
        self.text = name == "json"
        self.subprotocol = SUBPROTOCOLS[name]
        codec: Any = msgspec.json if self.text else msgspec.msgpack
        self._encode = codec.Encoder(enc_hook=plain).encode
        self._codec = codec
        self._replies = codec.Decoder(Reply | list[Reply])
        self._decoders: dict[Any, Any] = {}

    def encode(self, message: Any) -> bytes:
        """One frame.

        Raises:
            ValueError: something that the encoding cannot say, such as NaN in JSON.
        """
        try:
            if self.text:
                _refuse_non_finite(message)
            return bytes(self._encode(message))
        except (OverflowError, TypeError, RecursionError) as error:
            raise ValueError(f"not expressible in {self.name}: {error}") from error

    def decode_replies(self, frame: bytes) -> list[Reply]:
        """The replies of one frame.

        Raises:
            ProtocolViolationError: the frame holds no reply.
        """
        try:
            found = self._replies.decode(frame)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise ProtocolViolationError(f"the server sent a frame that is no reply: {error}") from error
        return found if isinstance(found, list) else [found]

    def decode(self, raw: msgspec.Raw, kind: Any) -> Any:
        """A result as `kind`; with `Any`, plain values."""
        decoder = self._decoders.get(kind)
        if decoder is None:
            decoder = self._decoders[kind] = self._codec.Decoder(kind)
        try:
            return decoder.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise ProtocolViolationError(f"a result of another shape than promised: {error}") from error


class Call(Generic[R_co]):
    """A request that is not sent yet, with the type of its result and whether it may be sent twice."""

    __slots__ = ("method", "params", "repeatable", "result_type")

    def __init__(self, method: str, params: Mapping[str, Any], result_type: Any, *, repeatable: bool) -> None:
        self.method = method
        self.params = params
        self.result_type = result_type
        #: Sending it again does no harm: it reads, or its `seq` or `request_key` tells the server.
        self.repeatable = repeatable


class Ticket(Generic[R_co]):
    """A call on its way: its id and, once there is one, its outcome."""

    __slots__ = ("call", "connection", "error", "id", "on_settled", "reply", "sends")

    def __init__(self, number: int, call: Call[R_co]) -> None:
        self.id = number
        self.call = call
        self.sends = 0
        #: Number of the connection it was last sent on; 0 is none.
        self.connection = 0
        self.reply: Reply | None = None
        self.error: GymError | None = None
        #: Called once, when there is an outcome.
        self.on_settled: Callable[[], None] | None = None

    @property
    def settled(self) -> bool:
        """Whether it has an outcome."""
        return self.reply is not None or self.error is not None

    def outcome(self, encoding: Encoding) -> R_co | GymError:
        """The result, or the error as a value."""
        if self.error is not None:
            return self.error
        assert self.reply is not None, "asked for an outcome before there is one"
        try:
            if self.reply.error:
                return error_from(self.reply.error, encoding)
            result: R_co = encoding.decode(self.reply.result, self.call.result_type)
        except GymError as error:
            return error
        return result


class Exchange:
    """All unanswered calls of one client, across its connections.

    Ids never repeat within a client, so a reply that comes late (after a timeout), twice, or for nobody is
    recognised and dropped; `dropped` counts them.
    """

    def __init__(self, encoding: Encoding) -> None:
        self.encoding = encoding
        self.limits = dict(LIMITS)
        self.pending: dict[int, Ticket[Any]] = {}
        self.dropped = 0
        self._last_id = 0

    def learn(self, limits: Mapping[str, float]) -> None:
        """Follows the bounds that the server states."""
        for name in self.limits:
            if name in limits:
                self.limits[name] = int(limits[name])

    def open(self, calls: Iterable[Call[Any]]) -> list[Ticket[Any]]:
        """Gives each call an id and waits for its reply from now on."""
        tickets = []
        for call in calls:
            self._last_id += 1
            ticket: Ticket[Any] = Ticket(self._last_id, call)
            self.pending[ticket.id] = ticket
            tickets.append(ticket)
        return tickets

    def frames(self, tickets: Sequence[Ticket[Any]], *, batched: bool) -> list[tuple[bytes, list[Ticket[Any]]]]:
        """Frames that carry these tickets, each with what it carries, none above the server's bounds.

        A ticket that cannot be sent at all (not encodable, or larger than a frame may be) is settled with its
        error and left out.
        """
        if not batched:
            return [frame for ticket in tickets for frame in self._frame([ticket], single=True)]
        size = self.limits["batch"]
        parts = [list(tickets[at : at + size]) for at in range(0, len(tickets), size)]
        return [frame for part in parts for frame in self._frame(part)]

    def _frame(self, tickets: list[Ticket[Any]], *, single: bool = False) -> list[tuple[bytes, list[Ticket[Any]]]]:
        messages = [RequestMessage(ticket.id, ticket.call.method, ticket.call.params) for ticket in tickets]
        fault: GymError | None = None
        try:
            data = self.encoding.encode(messages[0] if single else messages)
        except ValueError as error:
            fault = GymError(str(error), code="NOT_ENCODABLE")
            fault.__cause__ = error
        else:
            bound = self.limits["frame_bytes"]
            if len(data) <= bound:
                return [(data, tickets)]
            fault = LimitError(f"the request has {len(data)} bytes", data={"limit": bound})
        if len(tickets) > 1:
            half = len(tickets) // 2
            return self._frame(tickets[:half]) + self._frame(tickets[half:])
        self.settle(tickets[0], fault)
        return []

    def receive(self, frame: bytes) -> None:
        """Settles the tickets that a frame answers.

        Raises:
            ProtocolViolationError: the frame cannot be read; nothing is settled.
        """
        for reply in self.encoding.decode_replies(frame):
            ticket = self.pending.pop(reply.id, None) if isinstance(reply.id, int) else None
            if ticket is not None and self._comes_again(reply, ticket):
                self.pending[ticket.id] = ticket
            elif ticket is not None:
                ticket.reply = reply
                if ticket.on_settled is not None:
                    ticket.on_settled()
            elif reply.id is None and reply.error:
                self._receive_anonymous(reply)
            else:
                self.dropped += 1

    def _comes_again(self, reply: Reply, ticket: Ticket[Any]) -> bool:
        """Whether a server on its way down refused what the next one will be asked again.

        It closes the connection next; whoever wins that back sends the call once more.
        """
        return (
            bool(reply.error)
            and ticket.call.repeatable
            and error_from(reply.error, self.encoding).code == "GYM_SHUTTING_DOWN"
        )

    def _receive_anonymous(self, reply: Reply) -> None:
        # The server could not read some request. Which one is unknown, so all that are unanswered learn of it.
        fault = error_from(reply.error, self.encoding)
        if fault.data.get("duplicate") in self.pending:
            # A request arrived twice; the first of the two is being answered.
            self.dropped += 1
            return
        for ticket in [ticket for ticket in self.pending.values() if ticket.sends > 0]:
            self.settle(ticket, fault)

    def settle(self, ticket: Ticket[Any], error: GymError) -> None:
        """Ends the wait for a ticket with an error."""
        self.pending.pop(ticket.id, None)
        if ticket.settled:
            return
        ticket.error = error
        if ticket.on_settled is not None:
            ticket.on_settled()

    def forget(self, tickets: Iterable[Ticket[Any]]) -> None:
        """Stops waiting; replies that still come are dropped."""
        for ticket in tickets:
            self.pending.pop(ticket.id, None)

    def survivors(self, why: str, *, alive: int = 0) -> list[Ticket[Any]]:
        """Tickets to send again after a lost connection; those that must not be are settled.

        `alive` is the number of a newer connection, if there is one: what was sent on that is not lost.
        """
        again = []
        for ticket in list(self.pending.values()):
            if ticket.sends == 0 or ticket.connection == alive:
                continue
            if not ticket.call.repeatable:
                self.settle(ticket, ConnectionLostError(f"{why}; {ticket.call.method} must not be sent twice"))
            elif ticket.sends >= MAX_SENDS:
                self.settle(ticket, ConnectionLostError(f"{why}; {ticket.call.method} was sent {ticket.sends} times"))
            else:
                again.append(ticket)
        return again

    def fail_all(self, error: GymError) -> None:
        """Settles everything that waits."""
        for ticket in list(self.pending.values()):
            self.settle(ticket, error)


def error_from(raw: msgspec.Raw, encoding: Encoding) -> GymError:
    """The exception for a reply's error object."""
    try:
        found: RpcError = encoding.decode(raw, RpcError)
    except ProtocolViolationError as error:
        return error
    return error_of(found.code, found.message, found.data)


def plain(value: Any) -> Any:
    """The wire form of numpy scalars and arrays and of mappings, without needing numpy."""
    to_list = getattr(value, "tolist", None)
    if callable(to_list):
        return to_list()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} has no wire form")


def _refuse_non_finite(value: Any) -> None:
    # The JSON encoder would write null, which says something else.
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"{value} is no JSON number")
    elif isinstance(value, dict):
        for item in value.values():
            _refuse_non_finite(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            _refuse_non_finite(item)
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            _refuse_non_finite(getattr(value, name))
