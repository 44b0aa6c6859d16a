"""Learns the retail scenario from rewards alone, in two minutes, over the WebSocket.

    npm start                                             # in a checkout, in another terminal
    pip install -e "clients/python[examples]"
    python clients/python/examples/learn_retail.py

One action is one tool call. The learner reads what an agent may read: the customer's message, the tools' schemas
and their results. It is a linear softmax policy over hashed features, trained by advantage actor-critic and by
rehearsing its own successes.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from learner.play import Played
from learner.policy import Policy
from learner.report import interval_of_episodes, interval_of_runs, plot, table
from learner.run import Settings, evaluate, train
from tqdm import tqdm

from fractal_gym import Client, GymError

#: Of the time of a run, what is kept for the evaluation at its end.
EVALUATION = 0.08


@dataclass
class Outcome:
    """The figures of one run."""

    seed: int
    masked: bool
    success: float
    random: float
    random_flat: float
    episodes: int
    candidates: float
    fewest: float
    train_episodes: int
    train_steps: int
    train_seconds: float
    seconds: float
    cpu_seconds: float
    by_task: dict[str, tuple[int, int]]
    curve: list[tuple[float, int, float, float | None]]


def play_run(settings: Settings, name: str) -> Outcome:
    """Trains and evaluates, and measures the random policy on the same tasks and candidates."""
    begin, cpu = time.monotonic(), time.process_time()
    with tqdm(total=round(settings.seconds), unit="s", desc=name, mininterval=_calm(), file=sys.stderr) as bar:

        def tell(passed: float, success: float) -> None:
            bar.set_postfix_str(f"success in training {success:.2f}", refresh=False)
            bar.update(round(passed) - bar.n)

        trained = train(settings, settings.seconds * (1 - EVALUATION), tell)
        breadths: list[int] = []
        with Client(settings.url) as client:
            played = evaluate(client, settings, trained, trained.policy, "test", settings.eval_episodes, breadths)
            seconds, cpu = time.monotonic() - begin, time.process_time() - cpu
            bar.update(round(settings.seconds) - bar.n)
            chance = evaluate(client, settings, trained, Policy(), "test", settings.eval_episodes)
            flat = evaluate(client, settings, trained, Policy(flat=True), "test", settings.eval_episodes)
    by_task: dict[str, tuple[int, int]] = {}
    for episode in played:
        won, of = by_task.get(episode.task, (0, 0))
        by_task[episode.task] = (won + episode.success, of + 1)
    both = trained.breadths + breadths
    return Outcome(
        settings.seed, settings.masked, _rate(played), _rate(chance), _rate(flat), len(played),
        float(np.median(both)), float(np.percentile(both, 5)), trained.episodes, trained.steps, trained.seconds,
        seconds, cpu, dict(sorted(by_task.items())), trained.curve,
    )  # fmt: skip


def _rate(played: list[Played]) -> float:
    return sum(episode.success for episode in played) / max(1, len(played))


def _calm() -> float:
    """Seconds between two updates of the bar: few lines where there is no terminal."""
    return 0.5 if sys.stderr.isatty() else 15.0


def summary(outcomes: list[Outcome]) -> str:
    """The final table."""
    rows = []
    for name, group, rate in (
        ("learner", [o for o in outcomes if not o.masked], "success"),
        ("learner, messages masked", [o for o in outcomes if o.masked], "success"),
        ("random: a tool, then its arguments", [o for o in outcomes if not o.masked] or outcomes, "random"),
        ("random: any call", [o for o in outcomes if not o.masked] or outcomes, "random_flat"),
    ):
        if not group:
            continue
        rates = [getattr(outcome, rate) for outcome in group]
        episodes = sum(outcome.episodes for outcome in group)
        won = round(sum(r * outcome.episodes for r, outcome in zip(rates, group, strict=True)))
        low, high = interval_of_episodes(won, episodes)
        over = interval_of_runs(rates)
        trains = rate == "success"
        rows.append([
            name, str(len(group)), f"{np.mean(rates):.3f}", f"{low:.3f}-{high:.3f}",
            f"{over[0]:.3f}-{over[1]:.3f}" if len(rates) > 1 else "-",
            f"{np.median([o.candidates for o in group]):.0f}" if trains else "",
            f"{np.mean([o.train_episodes / o.train_seconds for o in group]):.0f}" if trains else "",
            f"{np.mean([o.train_steps / o.train_seconds for o in group]):.0f}" if trains else "",
        ])  # fmt: skip
    header = ["policy", "runs", "success", "95% (episodes)", "95% (runs)", "median candidates", "episodes/s", "steps/s"]
    return table(header, rows)


def arguments() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="ws://127.0.0.1:8765", help="a running server (default: %(default)s)")
    parser.add_argument("--minutes", type=float, default=2.0, help="wall clock of a run, evaluation included")
    parser.add_argument("--seed", type=int, default=1, help="of the first run; the next ones count up")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--mask", action="store_true", help="blank all messages: what is left is luck")
    parser.add_argument("--out", type=Path, default=Path("learner-out"), help="folder for the figures and the plot")
    parser.add_argument("--eval-episodes", type=int, default=400, help="held-out tasks at the end of a run")
    parser.add_argument("--episodes-in-flight", type=int, default=64)
    return parser


def main(argv: list[str] | None = None) -> int:
    """Runs the learner; 1 where there is no server."""
    options = arguments().parse_args(argv)
    try:
        with Client(options.url) as client:
            client.server_info()
    except GymError as error:
        print(f"No Fractal Gym server answers at {options.url} ({error}).", file=sys.stderr)
        print("Start one in another terminal, `npm start` in a checkout, or name one with --url.", file=sys.stderr)
        return 1
    outcomes: list[Outcome] = []
    for number in range(options.runs):
        settings = Settings(
            options.url, options.minutes * 60, options.seed + number, options.mask,
            options.episodes_in_flight, options.eval_episodes,
        )  # fmt: skip
        outcomes.append(play_run(settings, f"run {number + 1} of {options.runs}"))
    save(options.out, outcomes)
    print(summary(outcomes))
    print(f"\nLearning curve: {options.out / 'learning-curve.png'}")
    return 0


def save(folder: Path, outcomes: list[Outcome]) -> None:
    """Writes the figures and the plot."""
    folder.mkdir(parents=True, exist_ok=True)
    figures: list[dict[str, Any]] = [asdict(outcome) for outcome in outcomes]
    (folder / "runs.json").write_text(json.dumps(figures, indent=1) + "\n")
    seeing = [outcome.curve for outcome in outcomes if not outcome.masked]
    blind = [outcome.curve for outcome in outcomes if outcome.masked]
    plot(folder / "learning-curve.png", seeing, blind, float(np.mean([outcome.random for outcome in outcomes])))


if __name__ == "__main__":
    sys.exit(main())
