"""Search field, count and buttons above the table of entries."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QToolButton, QWidget

from memviz.gui.icons import SIZE, icon
from memviz.gui.tables.labels import PlainLabel
from memviz.gui.tables.plain import one_line, tooltip
from memviz.gui.theme import colors_of

#: Typing rests so long before a search is sent.
DEBOUNCE_MS = 5
_SEARCH_TIP = (
    "Finds entries that hold all words, and of which all conditions hold, for example\n"
    "owner:ann  kind:profile  tag:work  confidence>=0.5  used:0  last_used<2025-01-01\n"
    'expires<30d  expired:yes  private:no  embedded:no  source:"notes/3.md"\n'
    '-kind:"dialogue turn"  text~"exact phrase"  created>="7d ago"\n'
    "Esc shows all again (Ctrl+F)"
)
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
        filter_wanted(): the menu of filters, under its button.
        past_toggled(bool): the slider through the past.
    """

    searched = Signal(str)
    left = Signal()
    only_run_toggled = Signal(bool)
    pressed = Signal(str)
    filter_wanted = Signal()
    past_toggled = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = QLineEdit(self)
        self.field.setPlaceholderText("Search entries, or owner:ann tag:work confidence>=0.5 (Ctrl+F)")
        self.field.setAccessibleName("Search entries")
        self.field.setToolTip(_SEARCH_TIP)
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
        self.filter = self._icon_button("filter", "Filter by fields, and saved filters")
        self.filter.clicked.connect(self.filter_wanted)
        self.past = self._icon_button("past", "Show the memory as it was: a slider through its versions")
        self.past.setCheckable(True)
        self.past.toggled.connect(self.past_toggled)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(DEBOUNCE_MS)
        self._rest.timeout.connect(self._send)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 4, 4, 4)
        layout.setSpacing(4)
        layout.addWidget(self.field, 1)
        layout.addWidget(self.filter)
        layout.addWidget(self.count)
        layout.addSpacing(8)
        layout.addWidget(self.only_run)
        layout.addWidget(self.past)
        self.buttons: dict[str, QToolButton] = {}
        for name, words, key in _BUTTONS:
            if name in ("add", "undo"):
                layout.addSpacing(8)
            button = self._icon_button(name, words)
            button.setToolTip(f"{words} ({key})")
            button.clicked.connect(lambda _checked=False, name=name: self.pressed.emit(name))
            layout.addWidget(button)
            self.buttons[name] = button
        self._dress()

    def _icon_button(self, name: str, words: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(name)
        button.setToolTip(words)
        button.setAccessibleName(words)
        button.setIconSize(QSize(SIZE, SIZE))
        button.setAutoRaise(True)
        return button

    def set_text(self, text: str) -> None:
        """Puts a text into the field and searches at once."""
        self.field.setText(text)
        self._send()

    def focus_search(self) -> None:
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    def clear_search(self) -> None:
        """Empties the field and searches at once."""
        self.field.clear()
        self._send()

    def show_steps(self, undo: str, redo: str) -> None:
        """What undo and redo would be about; empty: there is nothing."""
        for name, what, key in (("undo", undo, "Ctrl+Z"), ("redo", redo, "Ctrl+Shift+Z")):
            self.buttons[name].setEnabled(bool(what))
            words = one_line(f"{name.capitalize()} {what}", 120).strip()
            self.buttons[name].setToolTip(tooltip(f"{words} ({key})"))

    def set_count(self, shown: int, total: int, *, counting: bool = False) -> None:
        """``96 of 78,962``, or ``78,962 entries`` where all are shown; ``counting …`` until that is known."""
        if counting:
            self.count.setText(f"counting … of {total:,}")
        elif shown == total:
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
        for button in (self.filter, self.past, *self.buttons.values()):
            button.setIcon(icon(button.objectName(), colors))

    def _typed(self) -> None:
        self._rest.start()

    def _send(self) -> None:
        self._rest.stop()
        self.searched.emit(self.field.text())
