"""Figures of runs: intervals, tables and the learning curve."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from pathlib import Path
from statistics import mean, stdev

#: Two-sided 95% quantiles of Student's t, by degrees of freedom.
_T95 = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306, 9: 2.262}


def interval_of_episodes(successes: int, episodes: int) -> tuple[float, float]:
    """Wilson's 95% interval of a success rate."""
    if not episodes:
        return 0.0, 1.0
    z, p = 1.96, successes / episodes
    middle = (p + z * z / (2 * episodes)) / (1 + z * z / episodes)
    half = z / (1 + z * z / episodes) * sqrt(p * (1 - p) / episodes + z * z / (4 * episodes * episodes))
    return max(0.0, middle - half), min(1.0, middle + half)


def interval_of_runs(rates: Sequence[float]) -> tuple[float, float]:
    """Student's 95% interval of the mean over runs: it has the luck of training in it, not only of evaluation."""
    if len(rates) < 2:
        return rates[0], rates[0]
    half = _T95.get(len(rates) - 1, 1.96) * stdev(rates) / sqrt(len(rates))
    return max(0.0, mean(rates) - half), min(1.0, mean(rates) + half)


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    widths = [max(len(row[at]) for row in [header, *rows]) for at in range(len(header))]
    padded = [[cell.ljust(width) for cell, width in zip(row, widths, strict=True)] for row in [header, *rows]]
    lines = ["| " + " | ".join(cells) + " |" for cells in padded]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def plot(
    path: Path,
    curves: Sequence[Sequence[tuple[float, int, float, float | None]]],
    masked: Sequence[Sequence[tuple[float, int, float, float | None]]],
    chance: float | None,
) -> None:
    """Saves the learning curves as a PNG."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(8, 4.5), dpi=120)
    for name, colour, group in (("learner", "tab:blue", curves), ("learner, messages masked", "tab:orange", masked)):
        for number, curve in enumerate(group):
            held_out = [(seconds, rate) for seconds, _, _, rate in curve if rate is not None]
            label = f"{name}: held-out tasks" if number == 0 else None
            axes.plot(*zip(*held_out, strict=True), color=colour, marker="o", markersize=3, alpha=0.8, label=label)
            label = f"{name}: training tasks" if number == 0 else None
            axes.plot([p[0] for p in curve], [p[2] for p in curve], color=colour, ls=":", alpha=0.6, label=label)
    if chance is not None:
        axes.axhline(chance, color="tab:grey", ls="--", label="random policy")
    axes.set(xlabel="seconds of training (wall clock, server included)", ylabel="success (unshaped reward of 1)")
    axes.set(ylim=(-0.02, 1), title="Retail tasks, one tool call an action")
    axes.grid(alpha=0.3)
    axes.legend(loc="upper left", fontsize=8)
    figure.tight_layout()
    figure.savefig(path)
    pyplot.close(figure)
