"""What is typed into the search field, as words and conditions; chips, saved filters, filtering by a cell."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QModelIndex, QObject, Signal
from PySide6.QtWidgets import QInputDialog, QLineEdit, QMenu, QWidget

from memviz.core.entry import Entry
from memviz.core.memory import Store
from memviz.gui.bridge import Bridge
from memviz.gui.docks.condition_popup import ConditionPopup
from memviz.gui.docks.entries_bar import EntriesBar
from memviz.gui.docks.filter_chips import FilterChips
from memviz.gui.tables.ages import date_time
from memviz.gui.tables.entry_model import EntryModel
from memviz.gui.tables.plain import one_line
from memviz.session.filter_words import Asked, FilterError, understood, written
from memviz.session.saved_filters import remove_filter, save_filter, saved_filters

if TYPE_CHECKING:
    from memviz.session.session import Session

T = TypeVar("T")
_WIDEST = 40
_FIELD_OF_COLUMN = {"used": "used_count"}


class EntryFilters(QObject):
    """The text of the search field is all there is to know: chips and the popup change that text. GUI thread.

    Signals:
        said(str): something was done.
        failed(object): an exception.
    """

    said = Signal(str)
    failed = Signal(object)

    def __init__(
        self, session: Session, bridge: Bridge, bar: EntriesBar, chips: FilterChips, model: EntryModel, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._bridge = bridge
        self._bar = bar
        self._chips = chips
        self._model = model
        self._owner = parent
        self._asked = Asked("", ())
        self._text = ""
        self._saved: dict[str, str] = {}
        self._popup: ConditionPopup | None = None
        chips.removed.connect(self._remove)
        chips.cleared.connect(self._clear)

    @property
    def shown_text(self) -> str:
        """What was typed for the rows that are shown: what cannot be understood shows no others."""
        return self._text

    @property
    def saved(self) -> dict[str, str]:
        """Filters of this memory that have a name: name -> what is typed."""
        return self._saved

    def reload(self) -> None:
        """Another memory is open: it has its own saved filters."""
        self._saved = {}
        if self._session.memory_url:
            self._call(lambda store: saved_filters(store.settings), self._take_saved)

    def search(self, text: str) -> None:
        """Shows what is asked for; where it cannot be understood, the rows stay and a sentence says why."""
        try:
            self._asked = understood(text)
        except FilterError as error:
            self._chips.say(str(error))
            return
        self._text = text.strip()
        self._chips.show_conditions([text[part.start : part.end] for part in self._asked.parts])
        self._model.search(self._asked.words, self._asked.where)

    def add(self, condition: str) -> None:
        """Filters by one more condition."""
        text = self._bar.field.text().strip()
        self._bar.set_text(f"{text} {condition}".strip())

    def _remove(self, place: int) -> None:
        text, part = self._bar.field.text(), self._asked.parts[place]
        self._bar.set_text(f"{text[: part.start].rstrip()} {text[part.end :].lstrip()}".strip())

    def _clear(self) -> None:
        self._bar.set_text(self._asked.words)

    # -- menus -------------------------------------------------------------------------------------------------------

    def menu(self) -> QMenu:
        """A new condition, and filters that have a name."""
        menu = QMenu(self._owner)
        menu.setToolTipsVisible(True)
        text = self._bar.field.text().strip()
        add = menu.addAction("Add a condition …")
        add.setToolTip("Choose a field, a comparison and a value")
        add.triggered.connect(lambda: self.open_popup())
        menu.addSeparator()
        for name, filtered in self._saved.items():
            action = menu.addAction(one_line(name, _WIDEST).replace("&", "&&"))
            action.setToolTip(one_line(filtered, 200))
            action.setCheckable(True)
            action.setChecked(filtered == text)
            action.triggered.connect(partial(self._use, filtered))
        if not self._saved:
            menu.addAction("No saved filters yet").setEnabled(False)
        menu.addSeparator()
        save = menu.addAction("Save this filter …")
        save.setToolTip("Keep what stands in the search field under a name, in this memory")
        save.setEnabled(bool(text))
        save.triggered.connect(self._ask_name)
        if self._saved:
            remove = menu.addMenu("Remove a saved filter")
            for name in self._saved:
                remove.addAction(one_line(name, _WIDEST).replace("&", "&&")).triggered.connect(
                    partial(self._forget, name)
                )
        return menu

    def open_popup(self, field: str = "owner") -> None:
        """Chooses a condition with the mouse."""
        if self._popup is None:
            self._popup = ConditionPopup(self._owner)
            self._popup.chosen.connect(self.add)
            self._popup.field_chosen.connect(self._ask_values)
        button = self._bar.filter
        self._popup.open_at(button.mapToGlobal(button.rect().bottomLeft()), field)

    def by_value(self, menu: QMenu, index: QModelIndex) -> None:
        """Adds to a menu of the table: only entries that have the value of this cell, or all others."""
        found = self._model.value(index)
        condition = condition_of(*found) if found is not None else None
        if condition is None:
            return
        for words, negated in (("Filter by this value", False), ("Filter this value out", True)):
            text = written(*condition, negated=negated)
            action = menu.addAction(f"{words}: {one_line(text, _WIDEST)}".replace("&", "&&"))
            action.setToolTip("Adds the condition to the search field")
            action.triggered.connect(partial(self.add, text))

    def _ask_values(self, field: str) -> None:
        def offer(values: list[tuple[str, int]]) -> None:
            if self._popup is not None:
                self._popup.offer(field, values)

        self._call(lambda store: store.field_values(field), offer)

    # -- saved filters -----------------------------------------------------------------------------------------------

    def _use(self, text: str, _checked: bool = False) -> None:
        self._bar.set_text(text)

    def _ask_name(self) -> None:
        text = self._bar.field.text()
        known = next((name for name, filtered in self._saved.items() if filtered == text.strip()), "")
        name, accepted = QInputDialog.getText(
            self._owner, "Save This Filter", f"A name for “{one_line(text, 60)}”:", QLineEdit.EchoMode.Normal, known
        )
        if accepted:
            self.save(name, text)

    def save(self, name: str, text: str) -> None:
        """Keeps what is typed under a name, in the memory."""
        self._call(lambda store: save_filter(store, name, text), self._take_saved)
        self.said.emit(f"Saved the filter “{one_line(name.strip(), _WIDEST)}” in this memory.")

    def _forget(self, name: str, _checked: bool = False) -> None:
        self._call(lambda store: remove_filter(store, name), self._take_saved)

    def _take_saved(self, saved: dict[str, str]) -> None:
        self._saved = saved

    def _call(self, ask: Callable[[Store], T], then: Callable[[T], Any]) -> None:
        self._bridge.call(partial(self._session.store_call, ask), then, self.failed.emit)


def condition_of(column: str, entry: Entry) -> tuple[str, str, str] | None:
    """Field, sign and value of the condition that an entry's cell means; None where there is none."""
    field = _FIELD_OF_COLUMN.get(column, column)
    match field:
        case "tags":
            return field, ":", entry.tags[0] if entry.tags else ""
        case "kind" | "owner" | "source" | "key":
            return field, ":", str(getattr(entry, field))
        case "enabled" | "private":
            return field, ":", "yes" if getattr(entry, field) else "no"
        case "confidence" | "used_count" | "id":
            return field, ":", f"{getattr(entry, field):.10g}"
        case "created" | "updated" | "last_used" | "expires":
            moment = getattr(entry, field)
            return (field, ":", date_time(moment)[:10]) if moment else (field, ":", "never")
    return None
