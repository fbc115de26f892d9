"""One step of a DNC in plain loops over numbers, written from the paper's equations and nothing else.

Graves et al. 2016, Methods; the options from Csordas & Schmidhuber 2019. One example, float64.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

EPSILON = 1e-6


def sigmoid(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-x))


def oneplus(x: float) -> float:
    return 1.0 + math.log1p(math.exp(x))


def softmax(values: list[float]) -> list[float]:
    top = max(values)
    powers = [math.exp(value - top) for value in values]
    return [power / sum(powers) for power in powers]


def norm(vector: list[float]) -> float:
    return math.sqrt(sum(x * x for x in vector) + EPSILON)


def content(memory: np.ndarray, key, strength: float, mask=None) -> list[float]:
    mask = [1.0] * len(key) if mask is None else mask
    scores = []
    for row in memory:
        masked_key = [k * m for k, m in zip(key, mask, strict=True)]
        masked_row = [x * m for x, m in zip(row, mask, strict=True)]
        dot = sum(k * x for k, x in zip(masked_key, masked_row, strict=True))
        scores.append(strength * dot / (norm(masked_key) * norm(masked_row)))
    return softmax(scores)


def allocation(usage: list[float]) -> list[float]:
    usage = [EPSILON + (1.0 - EPSILON) * u for u in usage]
    result = [0.0] * len(usage)
    product = 1.0
    for slot in sorted(range(len(usage)), key=lambda slot: usage[slot]):
        result[slot] = (1.0 - usage[slot]) * product
        product *= usage[slot]
    return result


def sharpened(weights: list[float], strength: float) -> list[float]:
    raised = [w + EPSILON for w in weights]
    powers = [(w / max(raised)) ** strength for w in raised]
    return [power / sum(powers) for power in powers]


@dataclass
class Parts:
    """An interface of one example: read heads first."""

    read_keys: list[list[float]]
    read_strengths: list[float]
    write_key: list[float]
    write_strength: float
    erase_vector: list[float]
    write_vector: list[float]
    free_gates: list[float]
    allocation_gate: float
    write_gate: float
    read_modes: list[list[float]]
    read_masks: list[list[float]] | None = None
    write_mask: list[float] | None = None
    link_strengths: list[list[float]] | None = None


@dataclass
class Loops:
    """The memory and its heads."""

    slots: int
    word: int
    heads: int
    deallocation: bool = False
    memory: np.ndarray = field(init=False)
    usage: list[float] = field(init=False)
    write_weights: list[float] = field(init=False)
    precedence: list[float] = field(init=False)
    linkage: list[list[float]] = field(init=False)
    read_weights: list[list[float]] = field(init=False)

    def __post_init__(self) -> None:
        n = self.slots
        self.memory = np.zeros((n, self.word))
        self.usage, self.write_weights, self.precedence = [0.0] * n, [0.0] * n, [0.0] * n
        self.linkage = [[0.0] * n for _ in range(n)]
        self.read_weights = [[0.0] * n for _ in range(self.heads)]

    def step(self, told: Parts) -> list[list[float]]:
        """The read vectors, head by head."""
        n, slots = self.slots, range(self.slots)
        retention = [
            math.prod(1.0 - told.free_gates[h] * self.read_weights[h][i] for h in range(self.heads)) for i in slots
        ]
        self.usage = [
            (self.usage[i] + self.write_weights[i] - self.usage[i] * self.write_weights[i]) * retention[i]
            for i in slots
        ]
        free = allocation(self.usage)
        pointed = content(self.memory, told.write_key, told.write_strength, told.write_mask)
        gate = told.allocation_gate
        written = [told.write_gate * (gate * free[i] + (1.0 - gate) * pointed[i]) for i in slots]
        for i in slots:
            for j in range(self.word):
                kept = self.memory[i][j] * (1.0 - written[i] * told.erase_vector[j])
                if self.deallocation:
                    kept *= retention[i]
                self.memory[i][j] = kept + written[i] * told.write_vector[j]
        for i in slots:
            for j in slots:
                before = self.linkage[i][j]
                self.linkage[i][j] = (
                    0.0 if i == j else (1.0 - written[i] - written[j]) * before + written[i] * self.precedence[j]
                )
        self.precedence = [(1.0 - sum(written)) * self.precedence[i] + written[i] for i in slots]
        self.write_weights = written

        vectors, weights = [], []
        for h in range(self.heads):
            old = self.read_weights[h]
            forward = [sum(self.linkage[i][j] * old[j] for j in range(n)) for i in slots]
            backward = [sum(self.linkage[j][i] * old[j] for j in range(n)) for i in slots]
            if told.link_strengths is not None:
                backward = sharpened(backward, told.link_strengths[h][0])
                forward = sharpened(forward, told.link_strengths[h][1])
            mask = told.read_masks[h] if told.read_masks is not None else None
            looked_up = content(self.memory, told.read_keys[h], told.read_strengths[h], mask)
            mode = told.read_modes[h]
            new = [mode[0] * backward[i] + mode[1] * looked_up[i] + mode[2] * forward[i] for i in slots]
            weights.append(new)
            vectors.append([sum(new[i] * self.memory[i][j] for i in slots) for j in range(self.word)])
        self.read_weights = weights
        return vectors
