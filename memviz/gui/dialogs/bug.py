"""Something in memviz is wrong: say so, with everything that a report needs."""

from __future__ import annotations

import platform
import traceback

import PySide6
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QPlainTextEdit, QVBoxLayout, QWidget

from memviz.gui.fonts import mono_font
from memviz.gui.metrics import unit
from memviz.gui.widgets import plain_label


class BugDialog(QDialog):
    """The traceback as plain text, ready to be copied. The window behind it stays usable."""

    def __init__(self, error: BaseException, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("A Bug in memviz")
        space = unit(self)
        words = plain_label(self, "Explanation")
        words.setText(
            "Something went wrong that is memviz’s fault, not yours. Your memory is safe: every edit is in the file "
            "whole or not at all. Please send this text with a report."
        )
        words.setWordWrap(True)
        self.text = QPlainTextEdit(self)
        self.text.setReadOnly(True)
        self.text.setFont(mono_font(self.font()))
        self.text.setPlainText(report(error))
        self.text.setAccessibleName("Report")
        self.text.setToolTip("What to send with a report")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        self.copy = buttons.addButton("Copy", QDialogButtonBox.ButtonRole.ActionRole)
        self.copy.setAccessibleName("Copy the report")
        self.copy.setToolTip("Copy the report")
        self.copy.clicked.connect(self._copy)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * space, 2 * space, 2 * space, 2 * space)
        column.setSpacing(space)
        for widget in (words, self.text, buttons):
            column.addWidget(widget)
        self.resize(90 * space, 50 * space)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text.toPlainText())


def report(error: BaseException) -> str:
    """Versions and traceback."""
    versions = f"Python {platform.python_version()}, PySide6 {PySide6.__version__}, {platform.platform()}"
    return f"{versions}\n\n{''.join(traceback.format_exception(error))}"
