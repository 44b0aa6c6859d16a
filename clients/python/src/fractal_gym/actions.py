"""Turns what a caller finds handy into the action that goes over the wire."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, TypeGuard

import msgspec

from .messages import Action, ToolCall

#: An action as `step` takes it: an `Action` or its dictionary; one tool call (`ToolCall`, or a dictionary with
#: `name`); a list of tool calls; or a string, which is raw model text. With `parallel_frames` also a list of actions,
#: each with its `frame`.
ActionLike: TypeAlias = Action | ToolCall | Mapping[str, Any] | Sequence[Action | ToolCall | Mapping[str, Any]] | str

#: An action in its wire form, or the actions of several frames.
WireAction: TypeAlias = Action | dict[str, Any] | list[Action | dict[str, Any]]


def as_action(
    action: ActionLike | None = None,
    *,
    tool: str | None = None,
    arguments: Mapping[str, Any] | str | None = None,
    **fields: Any,
) -> WireAction:
    """The wire form of an action, or of the actions of several frames.

    Either `action`, or `tool` with `arguments`, may be given, and `fields` adds the rest of an action (`content`,
    `reasoning`, `frame`, `think_ms`, `usage`, `policy_version`, `meta`, ...), to each of several actions. Only
    the shape is decided here; what the action means, and whether it is right, is for the server to say.

    Raises:
        TypeError: both or neither were given, or `action` is nothing that an action can be made of.
    """
    if action is not None:
        if tool is not None or arguments is not None:
            raise TypeError("give either an action or tool and arguments, not both")
        if _is_several(action):
            return [_with(_wire_of(one), fields) for one in action]
        return _with(_wire_of(action), fields)
    if tool is not None:
        call = {"name": tool} if arguments is None else {"name": tool, "arguments": arguments}
        return {"tool_calls": [call], **fields}
    if arguments is not None:
        raise TypeError("arguments without tool")
    if not fields:
        raise TypeError("an action is needed: an Action, a dictionary, tool calls, text, or tool=...")
    return dict(fields)


def _is_several(action: ActionLike) -> TypeGuard[Sequence[Action | Mapping[str, Any]]]:
    """Whether these are the actions of several frames: a tool call has a name and no frame."""
    if isinstance(action, (str, bytes, bytearray, Mapping)) or not isinstance(action, Sequence) or not action:
        return False
    return all(
        isinstance(one, Action) or (isinstance(one, Mapping) and "frame" in one and "name" not in one) for one in action
    )


def _with(wire: Action | dict[str, Any], fields: Mapping[str, Any]) -> Action | dict[str, Any]:
    if not fields:
        return wire
    return {**(wire.to_dict() if isinstance(wire, Action) else wire), **fields}


def _wire_of(action: ActionLike) -> Action | dict[str, Any]:
    if isinstance(action, Action):
        return action
    if isinstance(action, str):
        return {"text": action}
    if isinstance(action, ToolCall):
        return {"tool_calls": [action]}
    if isinstance(action, Mapping):
        # An action has no field `name`, so this cannot be mistaken.
        return {"tool_calls": [action]} if "name" in action else dict(action)
    if isinstance(action, Sequence) and not isinstance(action, (bytes, bytearray)):
        return {"tool_calls": list(action)}
    raise TypeError(f"no action can be made of {type(action).__name__}")


class _SpokenCall(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    arguments: msgspec.Raw = msgspec.Raw()
    id: str | None = None

    def wire(self) -> dict[str, Any]:
        call: dict[str, Any] = {"name": self.name}
        if raw := bytes(self.arguments):
            # As the model wrote it: an unsafe number or a repeated key is for the server to judge.
            call["arguments"] = raw.decode()
        if self.id is not None:
            call["id"] = self.id
        return call


class _SpokenTurn(msgspec.Struct, forbid_unknown_fields=True):
    content: str | None = None
    reasoning: str | None = None
    tool_calls: list[_SpokenCall] | None = None


_spoken_call = msgspec.json.Decoder(_SpokenCall)
_spoken_turn = msgspec.json.Decoder(_SpokenTurn)


def action_of_text(text: str) -> dict[str, Any]:
    """The action that a string means in the Gymnasium environment's text action space.

    A JSON object `{"name", "arguments"}` is one tool call, one with `content`, `reasoning` or `tool_calls` is a
    whole turn; any other string is raw model text, which the scenario's own format decodes. Never fails: text
    that is almost an action is the model's mistake and comes back as an observation.
    """
    if not text.lstrip().startswith("{"):
        return {"text": text}
    try:
        return {"tool_calls": [_spoken_call.decode(text).wire()]}
    except (msgspec.DecodeError, RecursionError):
        pass
    try:
        turn = _spoken_turn.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return {"text": text}
    action: dict[str, Any] = {}
    if turn.content is not None:
        action["content"] = turn.content
    if turn.reasoning is not None:
        action["reasoning"] = turn.reasoning
    if turn.tool_calls is not None:
        action["tool_calls"] = [call.wire() for call in turn.tool_calls]
    return action or {"text": text}
