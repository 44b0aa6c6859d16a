"""Advantage actor-critic: gradients of the policy's decisions, and steps along them."""

from __future__ import annotations

import numpy as np

from .policy import ARGUMENT_ROWS, STATE_ROWS, Decision, Policy

#: Advantages up to this are errors of the baseline: following them would settle on an action before any reward.
NOISE = 0.05


class Optimizer:
    """RMSprop on a table whose gradients touch few rows: the others are left alone.

    Args:
        table: The weights.
        rate: Length of a usual step.
        floor: Gradients well below this move little: noise where there is no reward yet.
        decay: How long squares are remembered.
    """

    def __init__(self, table: np.ndarray, rate: float, floor: float, decay: float = 0.99) -> None:
        self.table, self.rate, self.floor, self.decay = table, rate, floor, decay
        self.square = np.zeros_like(table)
        self.count = np.zeros(len(table), np.float32)

    def step(self, rows: np.ndarray, gradient: np.ndarray, scale: float = 1.0) -> None:
        """One step uphill for some rows, of `scale` times the usual length."""
        square = self.square[rows] * self.decay + (1 - self.decay) * gradient**2
        self.square[rows] = square
        self.count[rows] += 1
        unbiased = 1 - self.decay ** self.count[rows]
        unbiased = unbiased.reshape(-1, *[1] * (gradient.ndim - 1))
        self.table[rows] += scale * self.rate * gradient / (np.sqrt(square / unbiased) + self.floor)


def credit(episode: list[Decision], gamma: float) -> None:
    """Gives every decision of an ended episode its return and advantage."""
    total = 0.0
    for decision in reversed(episode):
        total = decision.reward + gamma * total
        decision.target = total
        surprise = total - decision.value
        decision.advantage = max(surprise - NOISE, 0.0) + min(surprise + NOISE, 0.0)


class Learner:
    """Updates a policy from decisions."""

    def __init__(
        self, policy: Policy, rate: float = 0.01, entropy: float = 0.01, floor: float = 5e-4, caution: float = 0.25
    ) -> None:
        self.policy, self.entropy, self.caution = policy, entropy, caution
        self.tools = Optimizer(policy.tools, rate, floor)
        self.hints = Optimizer(policy.hints, 5 * rate, floor)
        self.value = Optimizer(policy.value, 2 * rate, floor / 10)
        self.arguments = Optimizer(policy.arguments, rate, floor)

    def update(self, decisions: list[Decision], *, imitate: bool = False) -> None:
        """One step of gradient ascent.

        With `imitate` the decisions come from earlier successes: only those that did better than expected count.
        """
        policy, count = self.policy, len(decisions)
        rows = np.stack([decision.rows for decision in decisions])
        shut = ~np.stack([decision.open for decision in decisions])
        hints = np.stack([decision.hints for decision in decisions])
        advantage = np.array([decision.advantage for decision in decisions], np.float32)
        error = np.array([decision.target for decision in decisions], np.float32) - policy.value[rows].sum(1)
        if imitate:
            advantage = error = np.maximum(error, 0)
        logits = policy.tools[rows].sum(1) + hints @ policy.hints
        logits[shut] = -1e9
        logits -= logits.max(1, keepdims=True)
        chance = np.exp(logits)
        chance /= chance.sum(1, keepdims=True)
        # Where little is expected, exploring costs little.
        expected = np.array([decision.value for decision in decisions], np.float32)
        doubt = self.entropy * (1 - np.clip(expected, 0, 1))
        slope = -chance * advantage[:, None]
        slope[np.arange(count), [decision.number for decision in decisions]] += advantage
        if not imitate:
            surprise = -np.log(chance + 1e-9)
            slope += doubt[:, None] * chance * (surprise - (chance * surprise).sum(1, keepdims=True))
        slope /= count
        scale = 1.0 if imitate else self.caution
        self.hints.step(np.arange(hints.shape[2]), np.einsum("nt,nth->h", slope, hints), scale)
        self.tools.step(*_by_row(rows, slope), scale)
        self._step_flat(self.value, rows, np.repeat(error / count, rows.shape[1]), STATE_ROWS)
        self._update_arguments(decisions, advantage, doubt, imitate)

    def _update_arguments(
        self, decisions: list[Decision], advantage: np.ndarray, doubt: np.ndarray, imitate: bool
    ) -> None:
        pairs = zip(decisions, advantage.tolist(), doubt.tolist(), strict=True)
        choices = [
            (choice, gain, unsure) for d, gain, unsure in pairs for choice in d.choices if len(choice.rows) > 1
        ]
        if not choices:
            return
        scale = 1.0 if imitate else self.caution
        rows = np.concatenate([choice.rows for choice, _, _ in choices])
        sizes = np.array([len(choice.rows) for choice, _, _ in choices])
        starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        logits = self.policy.arguments[rows].sum(1)
        logits -= np.repeat(np.maximum.reduceat(logits, starts), sizes)
        chance = np.exp(logits)
        chance /= np.repeat(np.add.reduceat(chance, starts), sizes)
        gains = np.array([gain for _, gain, _ in choices], np.float32)
        slope = -chance * np.repeat(gains, sizes)
        slope[starts + np.array([choice.index for choice, _, _ in choices])] += gains
        if not imitate:
            surprise = -np.log(chance + 1e-9)
            unsure = np.repeat(np.array([unsure for _, _, unsure in choices], np.float32), sizes)
            slope += unsure * chance * (surprise - np.repeat(np.add.reduceat(chance * surprise, starts), sizes))
        self._step_flat(self.arguments, rows, np.repeat(slope / len(decisions), rows.shape[1]), ARGUMENT_ROWS, scale)

    def _step_flat(
        self, optimizer: Optimizer, rows: np.ndarray, slope: np.ndarray, size: int, scale: float = 1.0
    ) -> None:
        gradient = np.bincount(rows.ravel(), slope, size).astype(np.float32)
        gradient[0] = 0
        touched = np.flatnonzero(gradient)
        optimizer.step(touched, gradient[touched], scale)


def _by_row(rows: np.ndarray, slope: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The rows that were used, each with the sum of the slopes of the decisions that used it; never row 0."""
    flat = rows.ravel()
    order = np.argsort(flat, kind="stable")
    order = order[np.searchsorted(flat[order], 1) :]
    used = flat[order]
    starts = np.flatnonzero(np.concatenate([[True], used[1:] != used[:-1]]))
    return used[starts], np.add.reduceat(slope[order // rows.shape[1]], starts, axis=0)
