"""Fractal Gym as a Gymnasium environment; needs `pip install "fractal-gym[gym]"`.

    import gymnasium
    import fractal_gym.gym

    env = gymnasium.make("fractal_gym/Retail-v0", render_mode="ansi")
    observation, info = env.reset(seed=7)
    observation, reward, terminated, truncated, info = env.step({"name": "get_order", "arguments": {"order_id": "W1"}})

Importing this module registers the scenarios that every server has, and `fractal_gym/Scenario-v0` for any by name;
`register_server` registers all that a running server offers.
"""

try:
    import gymnasium  # noqa: F401
except ImportError as error:
    raise ImportError('fractal_gym.gym needs Gymnasium: pip install "fractal-gym[gym]"') from error

from .env import FractalGymEnv
from .registration import register_scenarios, register_server
from .spaces import CHARSET, TurnText
from .transcript import render_messages

__all__ = ["CHARSET", "FractalGymEnv", "TurnText", "register_scenarios", "register_server", "render_messages"]

register_scenarios()
