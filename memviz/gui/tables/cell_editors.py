"""Editors that open inside the table."""

from __future__ import annotations

from PySide6.QtCore import QRect
from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from memviz.core.entry import Kind
from memviz.gui.tables.plain_edit import PlainEdit

_MOST_LINES = 6


def make_editor(name: str, parent: QWidget) -> QWidget:
    """The editor for a column: a list for the kind, several lines for the text, one line for the rest."""
    if name == "kind":
        box = QComboBox(parent)
        box.addItems([kind.value for kind in Kind])
        editor: QWidget = box
    elif name == "text":
        editor = PlainEdit(parent)
    else:
        editor = QLineEdit(parent)
    editor.setAccessibleName(f"{name} of the entry")
    editor.setAutoFillBackground(True)
    return editor


def fill_editor(editor: QWidget, text: str) -> None:
    if isinstance(editor, QComboBox):
        editor.setCurrentText(text)
    elif isinstance(editor, PlainEdit):
        editor.set_text(text)
        editor.selectAll()
    elif isinstance(editor, QLineEdit):
        editor.setText(text)
        editor.selectAll()


def typed_text(editor: QWidget) -> str:
    if isinstance(editor, QComboBox):
        return editor.currentText()
    if isinstance(editor, PlainEdit | QLineEdit):
        return editor.text()
    return ""


def editor_rect(editor: QWidget, cell: QRect, bounds: QRect) -> QRect:
    """Where the editor lies: the cell, or for several lines as much below (or above) as the text needs."""
    if not isinstance(editor, PlainEdit):
        return cell
    line = editor.fontMetrics().lineSpacing()
    width = max(cell.width(), min(40 * editor.fontMetrics().averageCharWidth(), bounds.width()))
    characters = max(1, width // max(1, editor.fontMetrics().averageCharWidth()))
    lines = sum(1 + len(part) // characters for part in editor.text()[:2_000].splitlines()) or 1
    height = max(cell.height(), min(lines + 1, _MOST_LINES) * line + 2 * editor.frameWidth() + 8)
    rect = QRect(cell.left(), cell.top(), width, height)
    rect.moveRight(min(rect.right(), bounds.right()))
    rect.moveBottom(min(rect.bottom(), max(bounds.bottom(), bounds.top() + height - 1)))
    return rect
