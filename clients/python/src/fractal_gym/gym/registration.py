"""Names of environments in Gymnasium's registry."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import gymnasium

from ..client import Client

#: Scenarios that every server has.
EMBEDDED = ("retail",)

ENTRY_POINT = "fractal_gym.gym.env:FractalGymEnv"


def env_id(scenario: str) -> str:
    """`retail` -> `fractal_gym/Retail-v0`, `air.lost_luggage` -> `fractal_gym/AirLostLuggage-v0`."""
    words = [word for word in re.split(r"[^a-z0-9]+", scenario.lower()) if word]
    return f"fractal_gym/{''.join(word[0].upper() + word[1:] for word in words)}-v0"


def register_scenarios(scenarios: Iterable[str] = EMBEDDED, **kwargs: Any) -> list[str]:
    """Registers scenarios by name, and `fractal_gym/Scenario-v0` for any other; the ids. Needs no server.

    `kwargs` become defaults of the environment's arguments, such as `url`. What is registered already stays.
    """
    wanted = {env_id(name): {"scenario": name, **kwargs} for name in scenarios}
    for name, arguments in {"fractal_gym/Scenario-v0": dict(kwargs), **wanted}.items():
        if name not in gymnasium.registry:
            gymnasium.register(id=name, entry_point=ENTRY_POINT, kwargs=arguments)
    return list(wanted)


def register_server(client: Client, **kwargs: Any) -> list[str]:
    """Registers every scenario of a running server, to be played there; the ids."""
    return register_scenarios([summary.name for summary in client.scenarios()], url=client.url, **kwargs)
