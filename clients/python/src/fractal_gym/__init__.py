"""Python client of Fractal Gym, a reinforcement-learning gym server for LLM agents.

    from fractal_gym import Client

    with Client() as client, client.reset("retail", seed=7) as episode:
        result = episode.call("get_order", order_id="W000001")

`Client` blocks, `AsyncClient` awaits, `client.pool` and `client.step_many` play many episodes from one thread.
`fractal_gym.gym` holds the Gymnasium environment, `fractal_gym.pettingzoo` those for several agents. Exceptions are in
`fractal_gym.errors`.
"""

from .actions import ActionLike, as_action
from .async_client import AsyncClient
from .async_episode import AsyncEpisode
from .client import Client
from .episode import Episode
from .errors import ConnectionLostError, EnvError, GymError, RequestTimeoutError
from .history import Frame, Frames
from .messages import (
    Action,
    AdmissionReport,
    Admitted,
    AgentSummary,
    Complaint,
    EarlyEnd,
    FaultMark,
    Message,
    Observation,
    ResetInfo,
    ResetResult,
    Scenario,
    ScenarioSummary,
    ServerInfo,
    ShapingInfo,
    StepInfo,
    StepResult,
    TaskRow,
    ToolCall,
    ToolSchema,
    Usage,
    Verdict,
)
from .options import DynamicsChoice, Learner, Others, Player, ResetOptions, at_intensities
from .pool import AsyncEpisodePool, EpisodePool

__version__ = "0.1.0"

__all__ = [
    "Action",
    "ActionLike",
    "AdmissionReport",
    "Admitted",
    "AgentSummary",
    "AsyncClient",
    "AsyncEpisode",
    "AsyncEpisodePool",
    "Client",
    "Complaint",
    "ConnectionLostError",
    "DynamicsChoice",
    "EarlyEnd",
    "EnvError",
    "Episode",
    "EpisodePool",
    "FaultMark",
    "Frame",
    "Frames",
    "GymError",
    "Learner",
    "Message",
    "Observation",
    "Others",
    "Player",
    "RequestTimeoutError",
    "ResetInfo",
    "ResetOptions",
    "ResetResult",
    "Scenario",
    "ScenarioSummary",
    "ServerInfo",
    "ShapingInfo",
    "StepInfo",
    "StepResult",
    "TaskRow",
    "ToolCall",
    "ToolSchema",
    "Usage",
    "Verdict",
    "__version__",
    "as_action",
    "at_intensities",
]
