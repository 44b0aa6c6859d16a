"""New messages as one text."""

from __future__ import annotations

import json
from collections.abc import Iterable

from ..messages import Message


def render_messages(messages: Iterable[Message]) -> str:
    """Messages as blocks headed by who speaks: `[user]`, `[tool get_order]`, `[tool get_order, error]`."""
    return "\n\n".join(_render(message) for message in messages)


def _render(message: Message) -> str:
    head = f"{message.role} {message.name}" if message.name else message.role
    lines = [f"[{head}, error]" if message.is_error else f"[{head}]"]
    if message.content:
        lines.append(message.content)
    lines += [json.dumps(call) for call in message.tool_calls or []]
    return "\n".join(lines)


def fit(text: str, length: int, charset: frozenset[str]) -> tuple[str, bool]:
    """The text within a charset and length, and whether anything was left out.

    Other characters are written as `\\u{hex}`; a text that is too long keeps its beginning and its end around a
    line that says how much is missing.
    """
    if not charset.issuperset(text):
        text = "".join(char if char in charset else f"\\u{{{ord(char):x}}}" for char in text)
    if len(text) <= length:
        return text, False
    note = f"\n[{len(text) - length} or more characters left out]\n"
    head = (length - len(note)) // 2
    tail = length - len(note) - head
    return text[:head] + note + text[len(text) - tail :], True
