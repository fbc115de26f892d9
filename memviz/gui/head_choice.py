"""Which attention heads the views look through."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QObject, Signal

from memviz.core.arrays import FloatArray
from memviz.core.events import Slot
from memviz.session.attention import strongest_head


@dataclass(frozen=True, slots=True)
class HeadChoice:
    """How layers and heads become one weight per slot: ``mean``, ``max`` or ``one`` (then ``layer`` and ``head``).

    ``max`` first, as in the entries' attention column: most heads look nothing up
    (:func:`memviz.session.attention.strongest_head`).
    For a memory network, whose weights are [H, N], ``layer`` is 0.
    """

    mode: str = "max"
    layer: int = 0
    head: int = 0

    def weights(self, read_weights: FloatArray) -> FloatArray:
        """Weight of each slot, [N], from [L, H, N] or [H, N]."""
        if self.mode == "max":
            return strongest_head(read_weights)
        grid = as_grid(read_weights)
        layers, heads = grid.shape[:2]
        chosen: FloatArray = (
            grid[min(self.layer, layers - 1), min(self.head, heads - 1)]
            if self.mode == "one"
            else grid.mean(axis=(0, 1), dtype=np.float64)
        )
        return chosen

    @property
    def sums_to_one(self) -> bool:
        """Whether the weights of one step share out one whole; the largest weights of different heads don't."""
        return self.mode != "max"

    def shares(self, read_weights: FloatArray, slots: tuple[Slot, ...]) -> FloatArray:
        """Weights [N] as shares of what does not fall on the sink, where they share out one whole; else as they are."""
        weights = self.weights(read_weights)
        return without_sink(weights, slots) if self.sums_to_one else weights

    def words(self, layers: int) -> str:
        """For people; a memory network has one layer, which is not spoken of."""
        if self.mode == "one":
            return f"layer {self.layer + 1}, head {self.head + 1}" if layers > 1 else f"head {self.head + 1}"
        return f"{self.mode} of all layers and heads" if layers > 1 else f"{self.mode} of all heads"


def as_grid(read_weights: FloatArray) -> FloatArray:
    """Read weights as [L, H, N], with one layer for a memory network."""
    return read_weights if read_weights.ndim == 3 else read_weights[None]


def without_sink(weights: FloatArray, slots: tuple[Slot, ...]) -> FloatArray:
    """Weights [N] as shares of what does not fall on the sink; the sink keeps its own weight."""
    sinks = [slot.index for slot in slots if slot.kind == "sink"]
    shares = np.array(weights, dtype=np.float64)
    rest = np.delete(shares, sinks).sum()
    if sinks and rest > 0.0:
        kept = shares[sinks]
        shares /= rest
        shares[sinks] = kept
    return shares


class HeadSelection(QObject):
    """The chosen heads, in every view at once. GUI thread.

    Signals:
        changed(object): the new :class:`HeadChoice`.
    """

    changed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.choice = HeadChoice()

    def choose(self, choice: HeadChoice) -> None:
        if choice != self.choice:
            self.choice = choice
            self.changed.emit(choice)
