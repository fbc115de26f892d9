"""Where a model is to compute, and in which dtype."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFormLayout, QWidget

from memviz.gui.metrics import unit
from memviz.gui.settings import LoadOptions
from memviz.gui.widgets import choice_box
from memviz.session.model_details import DTYPES
from memviz.session.models_at_hand import Device

AUTO = "auto"
CPU = "cpu"


class LoadOptionsForm(QWidget):
    """Device and dtype. GUI thread.

    Signals:
        changed(): the user, or what became known, chose another one.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._devices: list[Device] = []
        self.device = choice_box(self, "Device", "What the model computes on", [("CPU", CPU)])
        self.dtype = choice_box(
            self,
            "Dtype",
            "How the weights lie in memory; auto is float32 on the CPU where that takes at most half of the free "
            "memory, else as they are stored",
            [(AUTO, AUTO), *((dtype, dtype) for dtype in DTYPES)],
        )
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setHorizontalSpacing(2 * unit(self))
        form.setVerticalSpacing(unit(self))
        form.addRow("Device", self.device)
        form.addRow("Dtype", self.dtype)
        for box in (self.device, self.dtype):
            box.currentIndexChanged.connect(self._changed)

    def _changed(self) -> None:
        self.changed.emit()

    def set_devices(self, devices: Sequence[Device]) -> None:
        """What there is; the chosen one stays."""
        self._devices = list(devices)
        chosen = self.options().device
        self.device.blockSignals(True)
        self.device.clear()
        for device in devices:
            numbered = device.name.startswith("cuda")
            self.device.addItem(f"{device.name} · {device.words}" if numbered else device.words, device.name)
        self.device.blockSignals(False)
        self._choose(self.device, chosen)
        self._changed()

    def set_options(self, options: LoadOptions) -> None:
        """A device that is not there is offered all the same: loading says so."""
        self._choose(self.device, options.device)
        self._choose(self.dtype, options.dtype)

    def options(self) -> LoadOptions:
        return LoadOptions(self.device.currentData() or CPU, self.dtype.currentData() or AUTO)

    def free(self) -> int | None:
        """Bytes that are free on the chosen device; None: that of the main memory."""
        name = self.options().device
        return next((device.free for device in self._devices if device.name == name and name != CPU), None)

    def _choose(self, box: QComboBox, value: str) -> None:
        at = box.findData(value)
        if at < 0:
            box.addItem(value, value)
            at = box.count() - 1
        box.setCurrentIndex(at)
