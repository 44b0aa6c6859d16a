"""The conformance vectors of the protocol: what this client reads, and what the real server says to each request."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from websockets.sync.client import connect

from fractal_gym import Client, GymError, messages
from fractal_gym.errors import BY_CODE, ProtocolViolationError
from fractal_gym.wire import Encoding, Reply, RpcError

VECTORS = Path(__file__).resolve().parents[3] / "protocol" / "vectors"
FILES = {vectors["schema"]: vectors for vectors in (json.loads(path.read_text()) for path in VECTORS.glob("*.json"))}

READ = {"Observation": messages.Observation, "StepResult": messages.StepResult, "Verdict": messages.Verdict}


def of(encoding: str):
    return msgspec.json if encoding == "json" else msgspec.msgpack


@pytest.mark.parametrize("encoding", ["json", "msgpack"])
@pytest.mark.parametrize("schema", READ)
def test_valid_messages_are_read_without_loss(schema, encoding):
    for value in FILES[schema]["valid"]:
        read = Encoding(encoding).decode(msgspec.Raw(of(encoding).encode(value)), READ[schema])
        assert without_nulls(read.to_dict()) == without_nulls(value)


@pytest.mark.parametrize("encoding", ["json", "msgpack"])
@pytest.mark.parametrize("schema", READ)
def test_a_wrong_type_is_refused_and_an_unknown_field_is_not(schema, encoding):
    codec = Encoding(encoding)
    for vector in FILES[schema]["rejected"]:
        raw = msgspec.Raw(of(encoding).encode(vector["value"]))
        if is_of_wrong_type(READ[schema], vector["value"], vector["path"]):
            with pytest.raises(ProtocolViolationError):
                codec.decode(raw, READ[schema])
    newer = {**FILES[schema]["valid"][0], "of_tomorrow": [1]}
    assert codec.decode(msgspec.Raw(of(encoding).encode(newer)), READ[schema])


def test_replies_are_read():
    codec = Encoding("json")
    for value in FILES["Reply"]["valid"]:
        (reply,) = codec.decode_replies(json.dumps(value).encode())
        assert isinstance(reply, Reply)
        assert reply.id == value["id"]
        if "error" in value:
            assert msgspec.to_builtins(codec.decode(reply.error, RpcError)) == value["error"]


@pytest.mark.parametrize("encoding", ["json", "msgpack"])
@pytest.mark.parametrize("schema", sorted(name for name in FILES if name.startswith("params:")))
def test_the_server_takes_and_refuses_parameters_as_the_vectors_say(real_server, schema, encoding):
    method, vectors = schema.removeprefix("params:"), FILES[schema]
    with Client(real_server.url, real_server.token, encoding=encoding) as client:
        sent = [(method, value) for value in vectors["valid"] if isinstance(value, dict)]
        for answer in client.batch(sent):
            assert not isinstance(answer, GymError) or answer.code != "GYM_INVALID_PARAMS", answer
        refused = [vector for vector in vectors["rejected"] if isinstance(vector["value"], dict)]
        for vector in refused:
            with pytest.raises(GymError) as caught:
                # Not through `request`, which would add a request_key.
                client.run(raw(method, vector["value"]))
            assert caught.value.code == vector["code"], vector
            assert caught.value.data["path"] == joined("params", vector["path"]), vector
        assert client.server_info().name


@pytest.mark.parametrize("encoding", ["json", "msgpack"])
def test_the_server_refuses_requests_and_frames_as_the_vectors_say(real_server, encoding):
    codec = Encoding(encoding)
    requests = FILES["Request"]
    frames = FILES[f"frame:{codec.subprotocol}"]
    asked = [(of(encoding).encode(value), None, "") for value in requests["valid"]]
    asked += [(of(encoding).encode(vector["value"]), vector["code"], vector["path"]) for vector in requests["rejected"]]
    asked += [(bytes_of(value, encoding), None, "") for value in frames["valid"]]
    asked += [(bytes_of(vector["value"], encoding), vector["code"], "") for vector in frames["rejected"]]
    # One connection for all of them: a bad frame costs nobody his connection.
    with connect(f"{real_server.url}/v1/ws", subprotocols=[codec.subprotocol], proxy=None) as socket:
        for frame, code, path in asked:
            socket.send(frame, text=codec.text)
            (reply,) = codec.decode_replies(socket.recv(timeout=10, decode=False))
            error = codec.decode(reply.error, RpcError) if reply.error else None
            if code is None:
                assert error is None or error.data["code"] not in ("GYM_PARSE", "GYM_INVALID_REQUEST"), frame
            else:
                assert error is not None, frame
                assert error.data["code"] == code, frame
                assert error.data["code"] in BY_CODE
                assert path in ("", error.data.get("path")), frame


def raw(method: str, params: dict):
    from fractal_gym.wire import Call

    return Call(method, params, dict, repeatable=False)


def joined(*parts: str) -> str:
    return ".".join(part for part in parts if part)


def bytes_of(value: str, encoding: str) -> bytes:
    return value.encode() if encoding == "json" else bytes.fromhex(value)


def without_nulls(value):
    """Absent and null are one to this client."""
    if isinstance(value, dict):
        return {name: without_nulls(item) for name, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


def is_of_wrong_type(struct, value, path: str) -> bool:
    """Whether the field that a vector is rejected for is one of the Struct's own, and has another JSON type."""
    fields = {field.encode_name: field for field in msgspec.structs.fields(struct)}
    if not isinstance(value, dict):
        return True
    if path not in fields or path not in value:
        return path in fields and fields[path].required
    try:
        msgspec.convert(value[path], fields[path].type)
    except msgspec.ValidationError:
        return True
    return False
