"""Options of the next questions."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QDialog, QDialogButtonBox, QDoubleSpinBox, QFormLayout, QSpinBox, QWidget

from memviz.gui.metrics import unit
from memviz.gui.settings import RunOptions
from memviz.session.checks import MAX_BEAMS


class RunOptionsDialog(QDialog):
    """Edits :class:`RunOptions`; the template has a dialog of its own."""

    def __init__(self, options: RunOptions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Run Options")
        self._given = options
        space = unit(self)
        form = QFormLayout(self)
        form.setContentsMargins(2 * space, 2 * space, 2 * space, 2 * space)
        form.setHorizontalSpacing(2 * space)
        form.setVerticalSpacing(space)
        self.limit = self._whole("Entries", 1, 1_000, options.limit, "At most this many entries go into the prompt")
        self.least_share = self._real(
            "Least share of the best score",
            0.0,
            1.0,
            options.least_share,
            "Entries that score less than this share of the best are cut; 0 cuts none",
        )
        self.max_tokens = self._whole(
            "Answer tokens", 1, 100_000, options.max_tokens, "The answer ends after this many"
        )
        self.temperature = self._real(
            "Temperature", 0.0, 5.0, options.temperature, "0 always takes the most probable token"
        )
        self.top_p = self._real("Top-p", 0.01, 1.0, options.top_p, "Sample only from this much of the probability")
        self.beams = self._whole(
            "Beams",
            0,
            MAX_BEAMS,
            options.beams,
            "Width of an encoder-decoder model’s beam search; 1 searches with none",
        )
        self.beams.setSpecialValueText("as the model says")
        self.seed = self._whole("Seed", 0, 2**31 - 1, options.seed, "The same seed gives the same answer")
        self.use_memory = QCheckBox("Use the memory", self)
        self.use_memory.setChecked(options.use_memory)
        self.use_memory.setAccessibleName("Use the memory")
        self.use_memory.setToolTip("Without it the model answers from what it knows by itself")
        for words, widget in (
            ("Entries at most", self.limit),
            ("Least share of the best score", self.least_share),
            ("Answer tokens at most", self.max_tokens),
            ("Temperature", self.temperature),
            ("Top-p", self.top_p),
            ("Beams", self.beams),
            ("Seed", self.seed),
            ("", self.use_memory),
        ):
            form.addRow(words, widget)
        standard = QDialogButtonBox.StandardButton
        buttons = QDialogButtonBox(standard.Ok | standard.Cancel | standard.RestoreDefaults, self)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        buttons.button(standard.RestoreDefaults).clicked.connect(self._restore)
        form.addRow(buttons)

    def options(self) -> RunOptions:
        """What was entered."""
        return RunOptions(
            max_tokens=self.max_tokens.value(),
            temperature=self.temperature.value(),
            top_p=self.top_p.value(),
            seed=self.seed.value(),
            limit=self.limit.value(),
            least_share=self.least_share.value(),
            template=self._given.template,
            use_memory=self.use_memory.isChecked(),
            beams=self.beams.value(),
        )

    def _restore(self) -> None:
        default = RunOptions()
        self.max_tokens.setValue(default.max_tokens)
        self.temperature.setValue(default.temperature)
        self.top_p.setValue(default.top_p)
        self.seed.setValue(default.seed)
        self.limit.setValue(default.limit)
        self.least_share.setValue(default.least_share)
        self.use_memory.setChecked(default.use_memory)
        self.beams.setValue(default.beams)

    def _whole(self, name: str, low: int, high: int, value: int, tip: str) -> QSpinBox:
        box = QSpinBox(self)
        box.setRange(low, high)
        box.setValue(value)
        box.setGroupSeparatorShown(True)
        box.setAccessibleName(name)
        box.setToolTip(tip)
        return box

    def _real(self, name: str, low: float, high: float, value: float, tip: str) -> QDoubleSpinBox:
        box = QDoubleSpinBox(self)
        box.setRange(low, high)
        box.setSingleStep(0.05)
        box.setValue(value)
        box.setAccessibleName(name)
        box.setToolTip(tip)
        return box
