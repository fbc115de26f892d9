"""Search field, count and buttons above the table of entries."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QToolButton, QWidget

from memviz.gui.icons import SIZE, icon
from memviz.gui.tables.labels import PlainLabel
from memviz.gui.theme import colors_of

#: Typing rests so long before a search is sent.
DEBOUNCE_MS = 60
_BUTTONS = (
    ("add", "Add an entry", "Ins"),
    ("delete", "Delete the chosen entries", "Del"),
    ("enable", "Enable or disable the chosen entries", "Ctrl+E"),
    ("undo", "Undo the last change of the memory", "Ctrl+Z"),
    ("redo", "Redo what was undone", "Ctrl+Shift+Z"),
)


class EntriesBar(QWidget):
    """GUI thread.

    Signals:
        searched(str): what to search for, after typing has rested.
        left(): Return or arrow down: on to the table.
        only_run_toggled(bool): only this query's entries.
        pressed(str): a button, by name: add, delete, enable, undo, redo.
    """

    searched = Signal(str)
    left = Signal()
    only_run_toggled = Signal(bool)
    pressed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = QLineEdit(self)
        self.field.setPlaceholderText("Search entries (Ctrl+F)")
        self.field.setAccessibleName("Search entries")
        self.field.setToolTip("Finds entries that hold all words; Esc shows all again (Ctrl+F)")
        self.field.setClearButtonEnabled(True)
        self.field.setMaxLength(1_000)
        self.field.installEventFilter(self)
        self.field.textChanged.connect(self._typed)
        self.count = PlainLabel("", self, color="muted")
        self.count.setAccessibleName("Number of entries")
        self.only_run = QToolButton(self)
        self.only_run.setText("This query")
        self.only_run.setCheckable(True)
        self.only_run.setToolTip("Show only the entries that recall looked at for this query")
        self.only_run.toggled.connect(self.only_run_toggled)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(DEBOUNCE_MS)
        self._rest.timeout.connect(self._send)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 4, 4, 4)
        layout.setSpacing(4)
        layout.addWidget(self.field, 1)
        layout.addWidget(self.count)
        layout.addSpacing(8)
        layout.addWidget(self.only_run)
        self.buttons: dict[str, QToolButton] = {}
        for name, words, key in _BUTTONS:
            if name in ("add", "undo"):
                layout.addSpacing(8)
            button = QToolButton(self)
            button.setToolTip(f"{words} ({key})")
            button.setAccessibleName(words)
            button.setIconSize(QSize(SIZE, SIZE))
            button.setAutoRaise(True)
            button.clicked.connect(lambda _checked=False, name=name: self.pressed.emit(name))
            layout.addWidget(button)
            self.buttons[name] = button
        self._dress()

    def focus_search(self) -> None:
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    def clear_search(self) -> None:
        """Empties the field and searches at once."""
        self.field.clear()
        self._send()

    def set_count(self, shown: int, total: int) -> None:
        """``96 of 78,962``, or ``78,962 entries`` where all are shown."""
        if shown == total:
            self.count.setText(f"{total:,} entr{'y' if total == 1 else 'ies'}" if total else "")
        else:
            self.count.setText(f"{shown:,} of {total:,}")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            if event.type() == QEvent.Type.ShortcutOverride and event.key() == Qt.Key.Key_Escape and self.field.text():
                event.accept()
                return True
            if event.type() == QEvent.Type.KeyPress:
                return self._key(event.key())
        return super().eventFilter(watched, event)

    def _key(self, key: int) -> bool:
        if key == Qt.Key.Key_Escape and self.field.text():
            self.clear_search()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Down):
            self._send()
            self.left.emit()
        else:
            return False
        return True

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._dress()

    def _dress(self) -> None:
        colors = colors_of(self.palette())
        for name, button in self.buttons.items():
            button.setIcon(icon(name, colors))

    def _typed(self) -> None:
        self._rest.start()

    def _send(self) -> None:
        self._rest.stop()
        self.searched.emit(self.field.text())
