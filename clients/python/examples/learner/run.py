"""One run: train for a time, then evaluate on tasks that were never trained on."""

from __future__ import annotations

import gc
import random
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from fractal_gym import Client

from .candidates import Toolbox
from .learning import Learner, credit
from .memory import Lexicon
from .play import Played, Table
from .policy import Policy


@dataclass(frozen=True)
class Settings:
    """What a run is made of."""

    url: str
    seconds: float = 120.0
    seed: int = 1
    masked: bool = False
    in_flight: int = 64
    eval_episodes: int = 400
    scenario: str = "retail"
    #: Further arguments of `task/sample`, the same in training and evaluation.
    filters: dict[str, Any] = field(default_factory=dict)
    rate: float = 0.01
    #: Steps from fresh episodes, which are noisy, against those from rehearsed successes.
    caution: float = 0.25
    #: Gradients well below this hardly count: see `Optimizer`.
    floor: float = 5e-4
    gamma: float = 0.96
    #: At the beginning and at the end of training.
    entropy: tuple[float, float] = (0.05, 0.01)
    #: Turns of a training episode; evaluation has the scenario's own budget.
    turns: int = 12
    batch: int = 64
    #: Updates from earlier successes for each update from fresh episodes.
    rehearsals: int = 10
    #: Temperature in evaluation.
    heat: float = 0.35


@dataclass
class Trained:
    """What training left."""

    policy: Policy
    lexicon: Lexicon
    toolbox: Toolbox
    #: Seconds, episodes, success in training lately, success on validation tasks (or None).
    curve: list[tuple[float, int, float, float | None]]
    episodes: int
    steps: int
    seconds: float
    breadths: list[int]


def train(settings: Settings, seconds: float, tell: Callable[[float, float], None]) -> Trained:
    """Trains for some seconds; `tell` hears the time that has passed and the latest success rate."""
    draw, pick = np.random.default_rng(settings.seed), random.Random(settings.seed)
    policy = Policy(masked=settings.masked)
    learner = Learner(policy, settings.rate, floor=settings.floor, caution=settings.caution)
    trained = Trained(policy, Lexicon(), Toolbox(), [], 0, 0, 0.0, [])
    options = {"shaping": "progress", "budgets": {"turns": settings.turns}}
    kept: deque[Played] = deque(maxlen=1000)
    lately: deque[bool] = deque(maxlen=500)
    batch: list[Played] = []
    begin = time.monotonic()
    # What is kept has no cycles: looking for them costs a tenth of the time.
    gc.set_threshold(200_000, 20, 100)
    measured = 0
    with Client(settings.url) as client:
        tables = [
            Table(client, settings.scenario, seed=2 * settings.seed + half, split="train", options=options,
                  size=max(1, settings.in_flight // 2), lexicon=trained.lexicon, toolbox=trained.toolbox,
                  filters=settings.filters)
            for half in (0, 1)
        ]  # fmt: skip
        tables[0].send(policy, draw)
        while (passed := time.monotonic() - begin) < seconds:
            share = passed / seconds
            # While the server plays one half of the episodes, the other half is thought about.
            tables.reverse()
            tables[0].send(policy, draw)
            for episode in tables[1].receive():
                credit(episode.decisions, settings.gamma)
                batch.append(episode)
                lately.append(episode.success)
                if episode.score > 0:
                    kept.append(episode)
            if len(batch) >= settings.batch:
                learner.entropy = settings.entropy[0] * (1 - share) + settings.entropy[1] * share
                learner.update([decision for episode in batch for decision in episode.decisions])
                batch = []
                for _ in range(settings.rehearsals if len(kept) >= 8 else 0):
                    again = surprising(pick.sample(kept, min(96, len(kept))), policy)
                    learner.update([decision for episode in again for decision in episode.decisions], imitate=True)
                tell(passed, float(np.mean(lately)))
                if share * 8 >= measured:
                    measured += 1
                    held_out = evaluate(client, settings, trained, policy, "validation", 96)
                    trained.curve.append(_point(passed, tables, lately, float(np.mean([p.success for p in held_out]))))
        for table in tables:
            table.close()
    trained.seconds = time.monotonic() - begin
    trained.curve.append(_point(trained.seconds, tables, lately, None))
    trained.episodes = sum(table.tally.episodes for table in tables)
    trained.steps = sum(table.tally.steps for table in tables)
    trained.breadths = [breadth for table in tables for breadth in table.tally.breadths]
    return trained


def surprising(episodes: list[Played], policy: Policy, count: int = 32) -> list[Played]:
    """Those of the episodes whose return is furthest above what the policy now expects at their start."""
    rows = np.stack([episode.decisions[0].rows for episode in episodes])
    error = np.array([episode.decisions[0].target for episode in episodes]) - policy.value[rows].sum(1)
    return [episodes[at] for at in np.argsort(-error, kind="stable")[:count]]


def _point(passed, tables, lately, held_out) -> tuple[float, int, float, float | None]:
    return passed, sum(table.tally.episodes for table in tables), float(np.mean(lately or [0])), held_out


def evaluate(
    client: Client, settings: Settings, trained: Trained, policy: Policy, split: str, count: int,
    breadths: list[int] | None = None, seed: int = 0,
) -> list[Played]:  # fmt: skip
    """Plays held-out tasks without shaping, by a policy that no longer learns.

    Every run and every policy gets the same tasks, and what training learned about the looks of values.
    """
    table = Table(
        client, settings.scenario, seed=900 + seed, split=split, size=min(settings.in_flight, count), count=count,
        lexicon=trained.lexicon, toolbox=trained.toolbox, filters=settings.filters,
    )  # fmt: skip
    draw = np.random.default_rng((settings.seed, 17))
    heat = 1.0 if not policy.tools.any() else settings.heat
    ended: list[Played] = []
    while table.pool.episodes:
        table.send(policy, draw, heat=heat)
        ended += table.receive()
    table.close()
    if breadths is not None:
        breadths += table.tally.breadths
    return ended
