"""How much of the attention of an answer falls on each entry."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from memviz.core.arrays import FloatArray
from memviz.core.events import OutputEvent, ReadEvent, Slot
from memviz.core.trace import Trace


def strongest_head(weights: FloatArray) -> NDArray[np.float64]:
    """Read weights [L, H, N] or [H, N], for each slot that of the layer and head that reads it most: [N].

    Most heads of a transformer do other things than looking something up, and spread their weight over the prompt, so
    that a mean follows the length of an entry. Measured with the shipped reader on 155 right answers, the entry that
    holds the answer was the most read one in 0.994 of them by the strongest head, in 0.981 by the mean.
    """
    return np.asarray(weights.max(axis=tuple(range(weights.ndim - 1))), dtype=np.float64)


def counted_outputs(trace: Trace) -> tuple[OutputEvent, ...]:
    """The steps that say what the answer read: without special tokens, unless there is nothing else, and without those
    that only read in."""
    begin = trace.prompt.answer_from if trace.prompt is not None else 0
    outputs = trace.outputs[begin:]
    return tuple(output for output in outputs if not output.special) or outputs


def entry_weights(read: ReadEvent, sources: tuple[Slot, ...]) -> dict[int, float]:
    """Entry id -> weight at one step by the strongest head (:func:`strongest_head`), unscaled, 0..1."""
    weights = strongest_head(read.source_weights)
    found: dict[int, float] = {}
    for slot in sources:
        if slot.entry_id is not None and slot.index < len(weights):
            found[slot.entry_id] = found.get(slot.entry_id, 0.0) + weights[slot.index].item()
    return found


def attention_shares(trace: Trace) -> dict[int, float]:
    """Entry id -> share, 0..1, of the answer tokens' attention mass that falls on the entry.

    For each answer token a slot counts with the layer and head that reads it most (:func:`strongest_head`); that is
    averaged over the answer's steps (special tokens left out, unless nothing else was generated), the sink's column is
    removed, and the rest is scaled to sum to 1 over all other slots: entries, instructions, question and answer. Empty
    before the first step. Any thread.
    """
    prompt = trace.prompt
    if prompt is None:
        return {}
    reads = [read for output in counted_outputs(trace) if (read := trace.read(output.step)) is not None]
    if not reads:
        return {}
    mass = np.mean([strongest_head(read.source_weights) for read in reads], axis=0)  # [S]
    total = sum(mass[slot.index].item() for slot in prompt.sources if slot.kind != "sink")
    shares: dict[int, float] = {}
    for slot in prompt.sources:
        if slot.entry_id is not None:
            share = mass[slot.index].item() / total if total > 0 else 0.0
            shares[slot.entry_id] = shares.get(slot.entry_id, 0.0) + share
    return shares
