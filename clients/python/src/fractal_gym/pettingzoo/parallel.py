"""The Parallel environment: all frames that wait may be answered in one step."""

from __future__ import annotations

from typing import Any

from gymnasium import spaces
from pettingzoo import ParallelEnv

from ..actions import ActionLike
from ..episode import Episode
from ..gym.source import nearest_of
from ..gym.spaces import TurnText
from .team import Shown, Team


class FractalParallelEnv(ParallelEnv[str, Shown, ActionLike | None]):
    """One episode at a time of a scenario with several agents, with `parallel_frames`.

    Agents, observations, rewards and ends are as of `FractalAECEnv`. Several agents may have a turn at once: those
    whose observation has `turn` 1. The others are idle; their actions are ignored, whatever they are. An agent whose
    turn it is and that is left out of `actions`, or given None, goes on waiting; at least one has to be answered. An
    observation tells what is new: `text` is empty where an agent has been told everything already.
    """

    metadata: dict[str, Any] = {"render_modes": ["ansi"], "render_fps": 1}  # noqa: RUF012

    def __init__(self, scenario: str, *arguments: Any, **settings: Any) -> None:
        self.team = Team(scenario, *arguments, parallel=True, **settings)
        self.metadata = {**self.metadata, "name": f"{scenario.partition('@')[0]}_v0"}
        self.render_mode = self.team.render_mode
        self.possible_agents = list(self.team.slots.names)
        self.agents = []

    @property
    def episode(self) -> Episode:
        """The running episode, with everything else that the server offers on it (fork, snapshot, ...)."""
        return self.team.episode

    def observation_space(self, agent: str) -> spaces.Dict:
        """That of the Gymnasium environment, and `turn`."""
        return self.team.observation_spaces[agent]

    def action_space(self, agent: str) -> TurnText:
        """Any text; `sample` draws calls of the tools of the frame in the agent's slot."""
        return self.team.action_spaces[agent]

    def reset(
        self, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Shown], dict[str, dict[str, Any]]]:
        """Starts an episode: of exactly this seed, or of the next task of a sequence that the last seed fixed.

        `options` are those of the Gymnasium environment without `learner`; unknown ones are warned about.
        """
        self.team.begin(seed, options)
        self.agents = list(self.possible_agents)
        return dict(self.team.seen), dict(self.team.infos)

    def step(
        self, actions: dict[str, ActionLike | None]
    ) -> tuple[dict[str, Shown], dict[str, float], dict[str, bool], dict[str, bool], dict[str, dict[str, Any]]]:
        """Answers the frames of the agents whose turn it is.

        Raises:
            ValueError: none of them has an action, or there is no such agent.
            EnvError: the environment itself failed; the return so far is void.
            GymError: an action is no action at all.
        """
        for name in actions:
            if name not in self.possible_agents:
                raise ValueError(f"no agent {name!r}; the nearest is {nearest_of(name, self.possible_agents)!r}")
        if not self.agents:
            return {}, {}, {}, {}, {}
        waiting = self.team.slots.waiting
        chosen = {slot: action for slot in waiting if (action := actions.get(slot)) is not None}
        if waiting and not chosen:
            raise ValueError(f"none of the agents whose turn it is has an action: {', '.join(waiting)}")
        result = self.team.step(chosen)
        agents = self.agents
        if result.done:
            self.agents = []
        return (
            dict(self.team.seen),
            dict.fromkeys(agents, result.reward or 0.0),
            dict.fromkeys(agents, result.terminated),
            dict.fromkeys(agents, result.truncated),
            dict(self.team.infos),
        )

    def history(self, agent: str) -> list[dict[str, Any]]:
        """All messages of the frame in an agent's slot, its own turns among them, since they were last compacted."""
        return self.team.history(agent)

    def render(self) -> str | None:
        """The transcript so far, in `render_mode="ansi"`."""
        return self.team.render()

    def close(self) -> None:
        """Closes the episode and the environment's own client; safe to call twice."""
        self.team.source.close()


def parallel_env(scenario: str, *arguments: Any, **settings: Any) -> FractalParallelEnv:
    """`FractalParallelEnv`; its arguments are those of `aec_env`."""
    return FractalParallelEnv(scenario, *arguments, **settings)
