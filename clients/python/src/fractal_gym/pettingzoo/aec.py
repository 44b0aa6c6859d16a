"""The AEC environment: agents act one at a time."""

from __future__ import annotations

from typing import Any

from gymnasium import spaces
from pettingzoo import AECEnv
from pettingzoo.utils.wrappers import OrderEnforcingWrapper

from ..actions import ActionLike
from ..episode import Episode
from ..gym.spaces import TurnText
from .team import Shown, Team


class FractalAECEnv(AECEnv[str, Shown, ActionLike | None]):
    """One episode at a time of a scenario with several agents, in the order of virtual time.

    An agent is a slot for frames of one agent of the framework (see `slots`). All of them live from the reset to the
    end of the episode; one that has no frame whose turn it is is not selected. What an agent sees and does is as in
    the Gymnasium environment; `turn` of an observation is 1 for the selected one. `infos[agent]["frame"]` is the path
    of the frame in its slot, which changes when a slot is used again; `infos[agent]["observation"]` is the protocol's
    observation when it has a turn. `text` and `messages` are those that are new to the frame; `history` gives all.

    The reward is the team's: each step pays every agent the same, so each agent's return is the episode's score. With
    the end of the episode all agents terminate, or are truncated where a budget ended it. `infos` then have the
    verdict, and `credit`: which milestones each frame reached.
    """

    metadata: dict[str, Any] = {"render_modes": ["ansi"], "render_fps": 1, "is_parallelizable": False}  # noqa: RUF012

    def __init__(self, scenario: str, *arguments: Any, **settings: Any) -> None:
        # AECEnv itself has nothing to set up.
        self.team = Team(scenario, *arguments, parallel=False, **settings)
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

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> None:
        """Starts an episode: of exactly this seed, or of the next task of a sequence that the last seed fixed.

        `options` are those of the Gymnasium environment without `learner`; unknown ones are warned about.
        """
        self.team.begin(seed, options)
        self.agents = list(self.possible_agents)
        self.rewards = dict.fromkeys(self.agents, 0.0)
        self._cumulative_rewards = dict.fromkeys(self.agents, 0.0)
        self.terminations = dict.fromkeys(self.agents, False)
        self.truncations = dict.fromkeys(self.agents, False)
        self.infos = dict(self.team.infos)
        # Where others ended it at once, anybody may take note of it.
        self.agent_selection = (self.team.slots.waiting or self.agents)[0]

    def observe(self, agent: str) -> Shown:
        """What is new to an agent whose turn it is; otherwise that nothing is."""
        return self.team.seen[agent]

    def step(self, action: ActionLike | None) -> None:
        """Answers the frame of the selected agent.

        Raises:
            EnvError: the environment itself failed; the return so far is void.
            GymError: the action is no action at all.
        """
        agent = self.agent_selection
        if self.terminations[agent] or self.truncations[agent]:
            self._was_dead_step(action)
            return
        if action is None:
            raise ValueError(f"it is the turn of {agent}: None is for agents that are done")
        result = self.team.step({agent: action})
        self._cumulative_rewards[agent] = 0.0
        for one in self.agents:
            self.rewards[one] = result.reward or 0.0
            self.terminations[one], self.truncations[one] = result.terminated, result.truncated
        self.infos = dict(self.team.infos)
        self._accumulate_rewards()
        if result.done:
            self._deads_step_first()
        else:
            self.agent_selection = self.team.slots.waiting[0]

    def history(self, agent: str) -> list[dict[str, Any]]:
        """All messages of the frame in an agent's slot, its own turns among them, since they were last compacted."""
        return self.team.history(agent)

    def render(self) -> str | None:
        """The transcript so far, in `render_mode="ansi"`."""
        return self.team.render()

    def close(self) -> None:
        """Closes the episode and the environment's own client; safe to call twice."""
        self.team.source.close()


def aec_env(scenario: str, *arguments: Any, **settings: Any) -> OrderEnforcingWrapper[str, Shown, ActionLike | None]:
    """`FractalAECEnv` with PettingZoo's check that `reset` comes before `step`.

    Args:
        scenario: `name` or `name@digest`.
        url: Server address; not used with `client`.
        token: Admin token, for privileged information.
        client: A client to share; otherwise the environment has its own.
        encoding: "msgpack" or "json".
        task: Play only this task template.
        split: "train", "validation" or "test".
        learner: Whom the trainer plays: "all" (the default here), "root", names or globs of agents.
        others: Who plays the other agents.
        slots: How many frames of one agent below the root have an agent of their own: a number (by default 4), or
            numbers by agent.
        options: Default options of every reset: luck, dynamics, time, think_ms_per_token, budgets, shaping.
        render_mode: None, or "ansi": `render` returns a readable transcript.
    """
    return OrderEnforcingWrapper(FractalAECEnv(scenario, *arguments, **settings))
