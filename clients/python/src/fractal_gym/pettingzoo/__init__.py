"""Fractal Gym as PettingZoo environments; needs `pip install "fractal-gym[pettingzoo]"`.

    from fractal_gym.pettingzoo import aec_env, parallel_env

    env = aec_env("support-team")
    env.reset(seed=7)
    for agent in env.agent_iter():
        observation, reward, terminated, truncated, info = env.last()
        env.step(None if terminated or truncated else policy(agent, info["observation"]))

`aec_env` is the sequential mode: one frame acts at a time. `parallel_env` is `parallel_frames`: all frames that wait
may be answered in one step. See `slots` for which agent plays which frame.
"""

try:
    import pettingzoo  # noqa: F401
except ImportError as error:
    raise ImportError('fractal_gym.pettingzoo needs PettingZoo: pip install "fractal-gym[pettingzoo]"') from error

from .aec import FractalAECEnv, aec_env
from .parallel import FractalParallelEnv, parallel_env
from .slots import Slots

__all__ = ["FractalAECEnv", "FractalParallelEnv", "Slots", "aec_env", "parallel_env"]
