"""What the current run says of each entry: rank, score, status, attention."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from memviz.core.arrays import FloatArray
from memviz.core.events import Candidate, OutputEvent
from memviz.core.trace import Trace
from memviz.session.attention import strongest_head


class RunFigures:
    """Figures of one trace by entry id; :meth:`update` takes in what was appended since.

    Attention is what :func:`memviz.session.attention.attention_shares` says, kept step by step, so that a live run
    costs its new steps only.
    """

    def __init__(self, trace: Trace | None = None) -> None:
        self.trace = trace
        self.candidates: dict[int, Candidate] = {}
        self.slots: dict[int, list[int]] = {}  # entry id -> indices of its slots
        self.finished = False
        self._recalled = False
        self._prompted = False
        self._answer_from = 0
        self._steps: list[NDArray[np.float64]] = []  # per step [N]: by the strongest head
        self._spoken_total: NDArray[np.float64] | None = None  # [N]: sum over the steps of answer tokens
        self._special_total: NDArray[np.float64] | None = None  # [N]: the same of special ones
        self._keep: NDArray[np.bool_] | None = None  # [N], False for sinks
        self._whole: NDArray[np.float64] | None = None  # [N], cached share over the whole answer

    def update(self) -> bool:
        """Takes in new events; True when the set, the order or the status of the candidates changed."""
        trace = self.trace
        if trace is None:
            return False
        outputs = trace.outputs  # first of all: the run may go on, and what is said of them comes before them
        changed = False
        if not self._recalled and (recall := trace.recall) is not None:
            self.candidates = {candidate.entry_id: candidate for candidate in recall.candidates}
            self._recalled = changed = True
        if not self._prompted and (prompt := trace.prompt) is not None:
            self.candidates.update({candidate.entry_id: candidate for candidate in prompt.cut})
            for slot in prompt.sources:
                if slot.entry_id is not None:
                    self.slots.setdefault(slot.entry_id, []).append(slot.index)
            self._keep = np.array([slot.kind != "sink" for slot in prompt.sources], dtype=bool)
            self._answer_from = prompt.answer_from
            self._prompted = changed = True
        if self._take_steps(trace, outputs):
            self._whole = None
        self.finished = self.finished or trace.finish is not None
        return changed

    def _take_steps(self, trace: Trace, outputs: Sequence[OutputEvent]) -> bool:
        known = len(self._steps)
        for output in outputs[known:]:
            read = trace.read(output.step)
            weights = np.zeros(0) if read is None else strongest_head(read.source_weights)  # [N]
            self._steps.append(weights)
            if output.step < self._answer_from:
                continue
            if output.special:
                self._special_total = _sum(self._special_total, weights)
            else:
                self._spoken_total = _sum(self._spoken_total, weights)
        return len(outputs) > known

    def by_rank(self) -> list[int]:
        """Ids of the candidates, best first."""
        return [candidate.entry_id for candidate in sorted(self.candidates.values(), key=lambda each: each.rank)]

    def attention(self, entry_id: int) -> float | None:
        """The entry's share of attention over the answer so far, 0..1; None where it is not in the prompt."""
        if entry_id not in self.slots or not self._steps:
            return None
        if self._whole is None:
            total = self._spoken_total if self._spoken_total is not None else self._special_total
            self._whole = self._shares(total) if total is not None else np.zeros(0)
        return self._share(self._whole, entry_id)

    def attention_at(self, entry_id: int, step: int) -> float | None:
        """The entry's share of attention at one step, 0..1; None where there is none."""
        if entry_id not in self.slots or not 0 <= step < len(self._steps):
            return None
        return self._share(self._shares(self._steps[step]), entry_id)

    def heads_at(self, entry_id: int, step: int) -> FloatArray | None:
        """Read weights of the entry at one step, [layers, heads]; None where there are none."""
        read = self.trace.read(step) if self.trace is not None and 0 <= step < len(self._steps) else None
        indices = self.slots.get(entry_id)
        if read is None or indices is None or max(indices) >= read.source_weights.shape[-1]:
            return None
        weights = read.source_weights[..., indices].sum(axis=-1)  # [L, H] or [H]
        return np.atleast_2d(weights)

    def _shares(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        if self._keep is None or self._keep.shape != weights.shape:
            return np.zeros(0)
        kept = np.where(self._keep, weights, 0.0)
        total = kept.sum()
        return kept / total if total > 0 else kept

    def _share(self, shares: NDArray[np.float64], entry_id: int) -> float | None:
        return sum(shares[index].item() for index in self.slots[entry_id]) if shares.size else None

    def value(self, column: str, entry_id: int, step: int) -> float | None:
        """The figure that a column sorts by; None for an entry that this run has nothing to say of."""
        candidate = self.candidates.get(entry_id)
        match column:
            case "rank":
                return None if candidate is None else float(candidate.rank)
            case "score":
                return None if candidate is None else candidate.score
            case "status":
                return None if candidate is None else float(candidate.status != "injected")
            case "attention":
                return self.attention(entry_id)
            case "now":
                return self.attention_at(entry_id, step)
        return None

    def order(self, column: str, step: int, descending: bool) -> list[int]:
        """Ids of the candidates sorted by a column, ties by rank; those without a figure come last."""
        by_rank = self.by_rank()
        figures = {entry_id: self.value(column, entry_id, step) for entry_id in by_rank}
        known = [entry_id for entry_id in by_rank if figures[entry_id] is not None]
        known.sort(key=lambda entry_id: figures[entry_id] or 0.0, reverse=descending)
        return known + [entry_id for entry_id in by_rank if figures[entry_id] is None]


def _sum(total: NDArray[np.float64] | None, weights: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """The total with one step more; a step without reads adds nothing."""
    if not weights.size:
        return total
    return weights if total is None else total + weights
