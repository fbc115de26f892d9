"""One line of a form for one setting: its name, an editor, and what it does or what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QLineEdit, QWidget

from memviz.core.errors import KnownError
from memviz.gui.metrics import unit
from memviz.gui.tables.labels import PlainLabel
from memviz.gui.widgets import plain_label

_EDITOR_WIDTH = 22


class SettingRow(QWidget):
    """The editor of a setting; its label and its hint stand beside it in the form's grid. GUI thread.

    Signals:
        edited(): the user typed or chose something.
    """

    edited = Signal()

    def __init__(self, name: str, words: str, hint: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.name = name
        self.label = plain_label(parent)
        self.label.setText(words)
        self.label.setWordWrap(False)
        self.hint = PlainLabel(hint, parent, color="muted", scale=0.94)
        self.hint.wrap()
        self._hint = hint

    def add_to(self, grid: QGridLayout, row: int) -> None:
        grid.addWidget(self.label, row, 0, Qt.AlignmentFlag.AlignVCenter)
        grid.addWidget(self.editor, row, 1, Qt.AlignmentFlag.AlignVCenter)
        grid.addWidget(self.hint, row, 2)

    @property
    def editor(self) -> QWidget:
        raise NotImplementedError

    def value(self) -> Any:
        """What was entered.

        Raises:
            KnownError: it cannot be read.
        """
        raise NotImplementedError

    def show_value(self, value: Any) -> None:
        """Shows a value; says nothing to anybody."""
        raise NotImplementedError

    def say(self, wrong: str) -> None:
        """What is wrong; empty: what the setting does."""
        self.hint.set_color("error" if wrong else "muted")
        self.hint.setText(wrong or self._hint)

    def _name_editor(self, editor: QWidget) -> None:
        editor.setAccessibleName(self.label.text())
        editor.setToolTip(self._hint)
        editor.setFixedWidth(_EDITOR_WIDTH * unit(self))
        self.label.setBuddy(editor)


class TextRow(SettingRow):
    """A line of text, or of a number that ``read`` makes of it."""

    def __init__(
        self, name: str, words: str, hint: str, parent: QWidget, *, read: Callable[[str], Any] = str, empty: str = ""
    ) -> None:
        super().__init__(name, words, hint, parent)
        self._read = read
        self.line = QLineEdit(parent)
        self.line.setPlaceholderText(empty)
        self._name_editor(self.line)
        self.line.textEdited.connect(self._edited)

    def _edited(self, _text: str) -> None:
        self.edited.emit()

    @property
    def editor(self) -> QWidget:
        return self.line

    def value(self) -> Any:
        return self._read(self.line.text().strip())

    def show_value(self, value: Any) -> None:
        words = number_words(value) if isinstance(value, int | float) else str(value)
        if self.line.text().strip() != words:
            self.line.setText(words)


class ChoiceRow(SettingRow):
    """One of several (words, value, what it means)."""

    def __init__(
        self, name: str, words: str, hint: str, parent: QWidget, choices: list[tuple[str, object, str]]
    ) -> None:
        super().__init__(name, words, hint, parent)
        self.box = QComboBox(parent)
        self._meanings = [meaning for _, _, meaning in choices]
        for shown, value, _ in choices:
            self.box.addItem(shown, value)
        self._name_editor(self.box)
        self.box.activated.connect(self._chosen)
        self.say("")

    def _chosen(self, _index: int) -> None:
        self.edited.emit()

    @property
    def editor(self) -> QWidget:
        return self.box

    def value(self) -> Any:
        return self.box.currentData()

    def show_value(self, value: Any) -> None:
        self.box.setCurrentIndex(max(0, self.box.findData(value)))
        self.say("")

    def say(self, wrong: str) -> None:
        super().say(wrong)
        if not wrong:
            self.hint.setText(self._meanings[self.box.currentIndex()] or self._hint)


class CheckRow(SettingRow):
    """Yes or no."""

    def __init__(self, name: str, words: str, hint: str, parent: QWidget) -> None:
        super().__init__(name, words, hint, parent)
        self.box = QCheckBox(parent)
        self._name_editor(self.box)
        self.box.clicked.connect(self._clicked)

    def _clicked(self, _on: bool) -> None:
        self.edited.emit()

    @property
    def editor(self) -> QWidget:
        return self.box

    def value(self) -> Any:
        return self.box.isChecked()

    def show_value(self, value: Any) -> None:
        self.box.setChecked(bool(value))


def number(text: str) -> float:
    """A number as people write it.

    Raises:
        KnownError: it is none.
    """
    try:
        return float(text.replace(",", "."))
    except ValueError:
        raise KnownError(f"“{text[:40]}” is no number; write one like 0.5." if text else "Write a number.") from None


def whole_number(text: str) -> int:
    """A whole number; thousands may be parted.

    Raises:
        KnownError: it is none.
    """
    plain = text.replace(",", "").replace(" ", "")
    if not plain.removeprefix("-").isdecimal():
        raise KnownError(f"“{text[:40]}” is no whole number." if text else "Write a whole number.")
    return int(plain)


def number_words(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.12g}"
