"""What an environment shows of the protocol's observation: numbers and text in fixed spaces."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ..messages import Message, Observation
from .spaces import BUDGETS, CHARSET, OBSERVATION_LENGTH
from .transcript import fit, render_messages


def show(seen: Observation, messages: Iterable[Message] | None = None) -> tuple[dict[str, Any], dict[str, Any]]:
    """An observation as member of `observation_space`, and what `info` adds to it: all of it, unabridged.

    `messages` are those to be rendered, where they are not the observation's own.
    """
    text, clipped = fit(render_messages(seen.messages if messages is None else messages), OBSERVATION_LENGTH, CHARSET)
    shown = {
        "text": text,
        "frame": seen.frame,
        "agent": seen.agent,
        "depth": np.array([seen.depth], dtype=np.int64),
        "clock_ms": np.array([seen.clock_ms], dtype=np.int64),
        "budgets": np.array([seen.budgets.get(name, -1) for name in BUDGETS], dtype=np.int64),
    }
    return shown, {"observation": seen.to_dict(), "text_clipped": clipped}
