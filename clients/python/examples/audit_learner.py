"""Measures the learner for docs/learner.md: five runs, three with messages masked, and the random policy.

    python clients/python/examples/audit_learner.py --url ws://127.0.0.1:8765
    python clients/python/examples/audit_learner.py --from learner-audit/runs.json   # goes on from kept figures

It exits with 1 where the figures miss what the page promises.
"""

from __future__ import annotations

import json
import os
import platform
import sys
from pathlib import Path

import numpy as np
from learn_retail import Outcome, arguments, play_run, save, summary
from learner.report import interval_of_runs, plot, table
from learner.run import Settings

DOCS = Path(__file__).resolve().parents[3] / "docs"
BEGIN, END = "<!-- figures: audit_learner.py -->", "<!-- end of figures -->"


def judge(outcomes: list[Outcome]) -> list[tuple[str, str, bool]]:
    """What is promised, what was measured, and whether it holds."""
    seeing = [o for o in outcomes if not o.masked]
    blind = [o for o in outcomes if o.masked]
    rates = [o.success for o in seeing]
    low, _ = interval_of_runs(rates)
    chance = max(np.mean([o.random for o in seeing]), np.mean([o.random_flat for o in seeing]))
    fallen = np.mean([o.success for o in blind])
    longest = max(o.seconds for o in seeing)
    candidates = min(o.candidates for o in seeing)
    return [
        ("mean success on held-out tasks >= 0.5", f"{np.mean(rates):.3f}", bool(np.mean(rates) >= 0.5)),
        ("lower end of its 95% interval (runs) > 3 x random", f"{low:.3f} > {3 * chance:.3f}", bool(low > 3 * chance)),
        ("masked: at most a tenth of that", f"{fallen:.3f}", bool(fallen <= 0.1 * np.mean(rates))),
        ("median candidates a step >= 15", f"{candidates:.0f}", candidates >= 15),
        ("wall clock of a run, evaluation included <= 125 s", f"{longest:.0f} s", longest <= 125),
    ]


def page(outcomes: list[Outcome]) -> str:
    """The figures, as Markdown."""
    runs = [
        [str(o.seed), "masked" if o.masked else "", f"{o.success:.3f}", f"{o.random:.3f}", f"{o.candidates:.0f}",
         f"{o.train_episodes}", f"{o.train_steps}", f"{o.seconds:.0f}", f"{o.cpu_seconds:.0f}"]
        for o in outcomes
    ]  # fmt: skip
    header = ["seed", "", "success", "random", "median candidates", "episodes", "steps", "wall s", "learner's CPU s"]
    won: dict[str, list[list[int]]] = {}
    for masked in (False, True):
        for outcome in outcomes:
            if outcome.masked == masked:
                for task, (right, of) in outcome.by_task.items():
                    cell = won.setdefault(task, [[0, 0], [0, 0]])[masked]
                    cell[0] += right
                    cell[1] += of
    tasks = [
        [task, *(f"{right / of:.2f}" if of else "-" for right, of in cells), str(cells[0][1])]
        for task, cells in sorted(won.items())
    ]
    promised = [[claim, measured, "yes" if holds else "NO"] for claim, measured, holds in judge(outcomes)]
    machine = f"Python {platform.python_version()}, {os.cpu_count()} cores shared with the server"
    return "\n\n".join([
        BEGIN, summary(outcomes), table(["promised", "measured", "holds"], promised), table(header, runs),
        table(["task template", "success", "masked", "held-out episodes"], tasks), f"Measured with {machine}.", END,
    ])  # fmt: skip


def main() -> int:
    """Plays the runs, or reads them, and writes the page."""
    parser = arguments()
    parser.add_argument("--from", dest="kept", type=Path, help="runs.json of an earlier audit: plays what it lacks")
    parser.add_argument("--masked-runs", type=int, default=3)
    parser.set_defaults(runs=5, out=Path("learner-audit"))
    options = parser.parse_args()
    outcomes: list[Outcome] = []
    if options.kept:
        outcomes = [Outcome(**figures) for figures in json.loads(options.kept.read_text())]
    played = {(outcome.seed, outcome.masked) for outcome in outcomes}
    for masked in (False, True):
        for number in range(options.masked_runs if masked else options.runs):
            if (options.seed + number, masked) in played:
                continue
            settings = Settings(
                options.url, options.minutes * 60, options.seed + number, masked,
                options.episodes_in_flight, options.eval_episodes,
            )  # fmt: skip
            outcomes.append(play_run(settings, f"{'masked' if masked else 'run'} {number + 1}"))
            save(options.out, outcomes)
    seeing, blind = ([o.curve for o in outcomes if o.masked == masked] for masked in (False, True))
    plot(DOCS / "learner.png", seeing, blind, float(np.mean([o.random for o in outcomes if not o.masked])))
    text = (DOCS / "learner.md").read_text()
    begin, end = text.index(BEGIN), text.index(END) + len(END)
    (DOCS / "learner.md").write_text(text[:begin] + page(outcomes) + text[end:])
    print(page(outcomes))
    return 0 if all(holds for _, _, holds in judge(outcomes)) else 1


if __name__ == "__main__":
    sys.exit(main())
