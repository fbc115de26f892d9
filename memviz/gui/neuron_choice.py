"""Which neurons the next questions scale, with undo."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from memviz.core.neurons import NeuronScale


class NeuronChoice(QObject):
    """The scaled neurons and how they came about. GUI thread; nothing of a model is touched.

    Signals:
        changed(): other neurons are scaled, or there is something else to undo.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._states: list[tuple[NeuronScale, ...]] = [()]

    @property
    def scales(self) -> tuple[NeuronScale, ...]:
        return self._states[-1]

    @property
    def can_undo(self) -> bool:
        return len(self._states) > 1

    def scale(self, scale: NeuronScale) -> None:
        """Scales a neuron; a factor of 1 leaves it as it is in the weights."""
        others = tuple(known for known in self.scales if (known.layer, known.neuron) != (scale.layer, scale.neuron))
        self._go((*others, scale) if scale.factor != 1.0 else others)

    def clear(self) -> None:
        """No neuron is scaled any more; that can be undone."""
        self._go(())

    def undo(self) -> None:
        if self.can_undo:
            self._states.pop()
            self.changed.emit()

    def forget(self) -> None:
        """For another model: its neurons are others, and there is nothing to undo."""
        if self.can_undo:
            self._states = [()]
            self.changed.emit()

    def _go(self, scales: tuple[NeuronScale, ...]) -> None:
        if scales != self.scales:
            self._states.append(scales)
            self.changed.emit()
