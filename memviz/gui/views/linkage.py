"""Which slot was written after which: the temporal linkage, computed from what was written."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtWidgets import QWidget

from memviz.core.arrays import FloatArray
from memviz.core.trace import Trace
from memviz.gui.views.rows_view import Picture, RowsView
from memviz.gui.views.step_words import step_name

#: The chain is followed as long as a link is stronger than this, and so many slots far.
WEAK, FAR = 0.1, 12
#: Steps between two linkages that are kept, so that scrubbing back replays at most so many.
_KEPT_EVERY = 50


class LinkageView(RowsView):
    """[i, j]: how much slot i was written right after slot j. A chosen slot is followed along the chain."""

    title: ClassVar[str] = "Linkage"
    what: ClassVar[str] = "the temporal linkage"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._links = Linkages()

    def picture(self, trace: Trace, step: int) -> Picture:
        linkage = self._links.at(trace, step)
        names = [slot.label for slot in trace.prompt.slots] if trace.prompt is not None else []
        names = names[: len(linkage)]
        columns = [name.removeprefix("slot ") for name in names]
        return Picture(linkage, [f"{name} after …" for name in names], columns, linkage, self.row, steps=False)

    def sentence_for(self, trace: Trace, step: int) -> str:
        if self.row < 0 or self.shown is None:
            return f"after {step_name(trace, step)}   ·   choose a slot to follow the chain from it"
        chain = follow_chain(self.shown.values, self.row)
        return f"after {step_name(trace, step)}   ·   written in turn: " + " → ".join(str(slot + 1) for slot in chain)


class Linkages:
    """The linkage after any step of a trace, replayed from its writes (Graves et al. 2016, temporal memory linkage)."""

    def __init__(self) -> None:
        self._trace: Trace | None = None
        self._kept: list[tuple[int, NDArray[np.float32], NDArray[np.float32]]] = []

    def at(self, trace: Trace, step: int) -> NDArray[np.float32]:
        """[N, N]; zeros before the first write."""
        if trace is not self._trace:
            slots = len(trace.prompt.slots) if trace.prompt is not None else 0
            self._trace = trace
            self._kept = [(-1, np.zeros((slots, slots), np.float32), np.zeros(slots, np.float32))]
        done, linkage, precedence = max((kept for kept in self._kept if kept[0] <= step), key=lambda kept: kept[0])
        linkage, precedence = linkage.copy(), precedence.copy()
        for at in range(done + 1, step + 1):
            write = trace.write(at)
            if write is not None:
                weights = write.write_weights[0]
                linkage *= 1.0 - weights[:, None] - weights[None, :]
                linkage += weights[:, None] * precedence[None, :]
                np.fill_diagonal(linkage, 0.0)
                precedence = (1.0 - weights.sum()) * precedence + weights
            if (at + 1) % _KEPT_EVERY == 0 and at > self._kept[-1][0]:
                self._kept.append((at, linkage.copy(), precedence.copy()))
        return linkage


def follow_chain(linkage: FloatArray, slot: int) -> list[int]:
    """The slots that were written after ``slot``, one after the other, as far as the links are clear."""
    chain = [slot]
    while len(chain) < FAR:
        after = linkage[:, chain[-1]]
        following = int(after.argmax())
        if after[following] < WEAK or following in chain:
            break
        chain.append(following)
    return chain
