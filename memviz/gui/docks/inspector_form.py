"""All fields of an entry but its text, as a compact form."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QLineEdit,
    QSizePolicy,
    QWidget,
)

from memviz.core.entry import Kind
from memviz.gui.docks.date_line import DateLine
from memviz.gui.docks.inspector_draft import FORM_FIELDS, Raw
from memviz.gui.tables.labels import PlainLabel
from memviz.gui.tables.plain_edit import PlainEdit

_TIPS = {
    "key": "What the entry is about; the part before “ · ” is its subject",
    "kind": "What the entry remembers",
    "owner": "Whose memory this is; empty: everyone's",
    "source": "Where the entry came from",
    "tags": "Free words, with commas between them",
    "confidence": "0 to 1",
    "expires": "From this time on the entry is not recalled, e.g. 2030-12-31 or 2030-12-31 14:00; empty: never",
    "private": "Masked in screenshots and exports",
    "enabled": "A disabled entry stays in the memory and is not recalled",
    "metadata": 'Free JSON, like {"page": 12}',
}
_PLACEHOLDERS = {"owner": "everyone", "expires": "never", "tags": "none", "source": "unknown", "metadata": "{}"}
_NO_LIMIT = 2**31 - 1


class ConfidenceBox(QDoubleSpinBox):
    """Shows as many digits as mean something."""

    def textFromValue(self, value: float) -> str:
        return f"{value:.3f}".rstrip("0").rstrip(".")


class FieldForm(QWidget):
    """GUI thread.

    Signals:
        edited(str, object): the user changed a field: its name and what its editor holds now.
    """

    edited = Signal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._filling = False
        self._editors: dict[str, QWidget] = {}
        self._labels: dict[str, PlainLabel] = {}
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setHorizontalSpacing(10)
        form.setVerticalSpacing(5)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for name in FORM_FIELDS:
            editor = self._make(name)
            editor.setToolTip(_TIPS[name])
            editor.setAccessibleName(name)
            editor.setAccessibleDescription(_TIPS[name])
            self._editors[name] = editor
            self._labels[name] = PlainLabel(name, self, color="muted")
            self._labels[name].setBuddy(editor)
            form.addRow(self._labels[name], editor)

    def editor(self, name: str) -> QWidget:
        return self._editors[name]

    def fill(self, name: str, raw: Raw, *, unsaved: bool) -> None:
        """Shows a value; ``unsaved`` marks its name."""
        self._filling = True
        try:
            self._put(self._editors[name], raw)
        finally:
            self._filling = False
        self.mark(name, unsaved)

    def mark(self, name: str, unsaved: bool) -> None:
        self._labels[name].setText(f"{name} •" if unsaved else name)
        self._labels[name].set_color("accent" if unsaved else "muted")

    def _make(self, name: str) -> QWidget:
        if name == "kind":
            box = QComboBox(self)
            box.addItems([kind.value for kind in Kind])
            box.currentTextChanged.connect(partial(self._typed, name))
            box.installEventFilter(self)
            return box
        if name == "confidence":
            spin = ConfidenceBox(self)
            spin.setRange(0.0, 1.0)
            spin.setSingleStep(0.05)
            spin.setDecimals(3)
            spin.valueChanged.connect(partial(self._typed, name))
            spin.installEventFilter(self)
            return spin
        if name in ("private", "enabled"):
            check = QCheckBox(self)
            check.toggled.connect(partial(self._typed, name))
            return check
        if name == "metadata":
            edit = PlainEdit(self)
            edit.setPlaceholderText(_PLACEHOLDERS[name])
            edit.fit_lines(2, 8)
            edit.edited.connect(lambda: self._typed(name, edit.text()))
            return edit
        line = DateLine(self) if name == "expires" else QLineEdit(self)
        line.setMaxLength(_NO_LIMIT)
        line.setPlaceholderText(_PLACEHOLDERS.get(name, ""))
        line.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        line.textEdited.connect(partial(self._typed, name))
        return line

    def _typed(self, name: str, raw: Raw) -> None:
        if not self._filling:
            self.edited.emit(name, raw)

    def _put(self, editor: QWidget, raw: Raw) -> None:
        """Sets an editor, unless it says that already: the cursor stays where the user has it."""
        if isinstance(editor, QComboBox):
            editor.setCurrentText(str(raw))
        elif isinstance(editor, QDoubleSpinBox):
            editor.setValue(float(raw))
        elif isinstance(editor, QCheckBox):
            editor.setChecked(bool(raw))
        elif isinstance(editor, PlainEdit | QLineEdit) and editor.text() != str(raw):
            if isinstance(editor, PlainEdit):
                editor.set_text(str(raw))
            else:
                editor.setText(str(raw))
                editor.setCursorPosition(0)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The wheel scrolls the panel; it does not change a number or a choice that lies in its way."""
        if event.type() == QEvent.Type.Wheel and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()
            return True
        return super().eventFilter(watched, event)
