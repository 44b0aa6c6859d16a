"""What can be read from a message without understanding it: codes, shapes, spans and words."""

from __future__ import annotations

import re
from functools import lru_cache
from zlib import crc32

_SHAPE = re.compile(r"[A-Z][a-z]+|[a-z]+|\d")
_TOKEN = re.compile(r"[a-z0-9_#@.+'-]+")
_SPANS = (
    re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),  # e-mail addresses
    re.compile(r"#?\b[A-Z]*-?\d[\d-]*\b"),  # numbers, and ids such as #W123
    re.compile(r"(?<=')[^']{3,60}(?=')"),  # quoted text
    re.compile(r"\d+(?: [A-Z][\w-]+)+"),  # a number with a name: street addresses
    re.compile(r"\b[A-Z][a-z-]+(?: [A-Z][a-z-]+)*\b"),  # names
)


@lru_cache(maxsize=1 << 18)
def code(text: str) -> int:
    """A stable hash of a text, never 0 (0 pads)."""
    return crc32(text.encode()) | 1


@lru_cache(maxsize=1 << 16)
def shape(text: str) -> str:
    """The outline of a value: `#W0631688` is `#W9999999`, `Omar Jansen` is `Aa Aa`."""
    outline = _SHAPE.sub(lambda m: "9" if m[0].isdigit() else "Aa" if m[0][0].isupper() else "a", text)
    return re.sub("9+", "9", outline) if "@" in text or " " in text else outline


@lru_cache(maxsize=1 << 16)
def flat(text: str) -> str:
    """Lower-case tokens between single spaces, for matching whole words."""
    tokens = (token.strip(".'-") for token in _TOKEN.findall(text.lower()))
    return " ".join(token for token in tokens if token)


def spans(text: str) -> list[str]:
    """Values that a text mentions: addresses, numbers, ids, quoted text and names."""
    found = (match.group(0) for pattern in _SPANS for match in pattern.finditer(text))
    return list(dict.fromkeys(found))


def words(text: str, names: list[str]) -> tuple[list[int], list[int]]:
    """Codes of the words and pairs of words of a text, with the values in it replaced by their shapes."""
    for name in sorted(names, key=len, reverse=True):
        if " " in name or any(char.isdigit() for char in name):
            text = text.replace(name, f" <{shape(name)}> ")
    tokens = re.findall(r"<[^>]*>|[a-z_]+", re.sub(r"(?<!<)\b[A-Z]", lambda m: m[0].lower(), text))
    pairs = [f"{a} {b}" for a, b in zip(["^", *tokens], [*tokens, "$"], strict=True)]
    return [code(token) for token in dict.fromkeys(tokens)], [code(pair) for pair in dict.fromkeys(pairs)]


def neighbours(text: str, value: str) -> tuple[str, str] | None:
    """The words before and after a value in a flat text; None where it does not occur."""
    at = f" {text} ".find(f" {value} ")
    if at < 0:
        return None
    before, after = text[:at].split(), text[at + len(value) :].split()
    return (before[-1] if before else "^", after[0] if after else "$")


def stems(text: str) -> set[str]:
    """The first five letters of each word; those of `cancelled` are those of `cancel_order`."""
    return {word[:5] for word in re.findall(r"[a-z]{2,}", text.lower())}
