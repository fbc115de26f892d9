"""The parts of a context window: how many tokens each takes, and how much of each step's attention falls on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from memviz.core.arrays import FloatArray
from memviz.core.events import PromptEvent
from memviz.core.trace import Trace

#: The parts in the order in which they stand in the pictures: name, kinds of slots.
PARTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("instructions", ("instructions",)),
    ("entries", ("entry",)),
    ("dialogue", ("turn",)),
    ("source", ("source",)),
    ("question", ("question",)),
    ("answer", ("answer",)),
    ("first token", ("sink",)),
)


@dataclass(frozen=True, slots=True)
class Part:
    """``tokens`` of the window that a part takes at a step; ``room left`` is a part as well."""

    name: str
    tokens: int


def parts_at(prompt: PromptEvent, answered: int) -> list[Part]:
    """What fills the window when ``answered`` tokens of the answer are there; empty parts are left out."""
    found = []
    for name, kinds in PARTS:
        tokens = sum(end - start for slot in prompt.slots if slot.kind in kinds for start, end in slot.spans)
        if "answer" in kinds:
            tokens += answered
        if tokens:
            found.append(Part(name, tokens))
    if prompt.context_length:
        found.append(Part("room left", max(0, prompt.context_length - sum(part.tokens for part in found))))
    return found


def mass_by_part(trace: Trace) -> tuple[list[str], FloatArray]:
    """Names of the parts and their share [P, S] of each step's attention, as the mean over layers and heads.

    Shares of a step sum to at most 1. Parts that no step could read are left out.
    """
    prompt = trace.prompt
    steps = trace.steps
    if prompt is None:
        return [], np.zeros((0, 0), dtype=np.float32)
    names, rows = [], []
    indices = [(name, [slot.index for slot in prompt.slots if slot.kind in kinds]) for name, kinds in PARTS]
    reads = [trace.read(step) for step in range(steps)]
    means = [
        read.read_weights.mean(axis=tuple(range(read.read_weights.ndim - 1))) if read is not None else None
        for read in reads
    ]
    for name, slots in indices:
        if slots:
            names.append(name)
            rows.append([float(mean[slots].sum()) if mean is not None else 0.0 for mean in means])
    return names, np.array(rows, dtype=np.float32).reshape(len(names), steps)
