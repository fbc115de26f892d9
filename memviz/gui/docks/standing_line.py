"""A line of the inspector: which entry stands for this one, or which contradict it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from memviz.core.edits import Change
from memviz.core.entry import Entry
from memviz.gui.bridge import Bridge
from memviz.gui.conflicts.scan import ConflictScan
from memviz.gui.metrics import unit
from memviz.gui.selection import Selection
from memviz.gui.tables.labels import PlainLabel
from memviz.session import settling

if TYPE_CHECKING:
    from memviz.session.session import Session

_NAMED = 5


class StandingLine(QWidget):
    """Follows the chosen entry; hidden where nothing contradicts it. GUI thread."""

    def __init__(
        self,
        session: Session,
        bridge: Bridge,
        selection: Selection,
        scan: ConflictScan,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._bridge, self._selection, self._scan = session, bridge, selection, scan
        self._asked = 0  # counts readings: an older one is not shown
        self._entry: Entry | None = None
        self._rivals: tuple[int, ...] = ()
        self.words = PlainLabel("", self, color="warning")
        self.links: list[QToolButton] = []
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(unit(self) // 2)
        self._row.addWidget(self.words)
        self._row.addStretch(1)
        selection.changed.connect(self._read)
        bridge.changed.connect(self._changed)
        scan.changed.connect(self._show)
        self.hide()

    def _changed(self, _change: Change) -> None:
        self._read()

    def _read(self, *_who: object) -> None:
        self._asked += 1
        entry_id = self._selection.entry_id
        if entry_id is None or not self._session.memory_url:
            self._entry, self._rivals = None, ()
            self._show()
            return
        number = self._asked
        self._bridge.watch(self._session.store_call(lambda store: store.get([entry_id])), partial(self._got, number))

    def _got(self, number: int, found: list[Entry]) -> None:
        if number != self._asked:
            return
        self._entry, self._rivals = (found[0] if found else None), ()
        self._show()
        if self._entry is not None and self._entry.superseded_by is None:
            self._bridge.watch(settling.rivals_of(self._session, self._entry.id), partial(self._judged, number))

    def _judged(self, number: int, rivals: tuple[int, ...]) -> None:
        if number == self._asked:
            self._rivals = rivals
            self._show()

    def _show(self) -> None:
        entry = self._entry
        linked: tuple[int, ...] = ()
        words = ""
        if entry is not None and entry.superseded_by is not None:
            words, linked = "Superseded by", (entry.superseded_by,)
        elif entry is not None:
            linked = self._rivals or self._scan.rivals(entry.id)
            words = "In conflict with" if linked else ""
        for old in self.links:
            self._row.removeWidget(old)
            old.hide()
            old.deleteLater()
        self.links = [self._link(other) for other in linked[:_NAMED]]
        for place, link in enumerate(self.links, 1):
            self._row.insertWidget(place, link)
        more = f"   (and {len(linked) - _NAMED} more)" if len(linked) > _NAMED else ""
        self.words.setText(words + more)
        self.setVisible(bool(words))

    def _link(self, entry_id: int) -> QToolButton:
        link = QToolButton(self)
        link.setText(f"entry {entry_id}")
        link.setAccessibleName(f"Show entry {entry_id}")
        link.setToolTip("Show this entry")
        link.setStyleSheet("QToolButton { border: none; padding: 0px 2px; color: palette(link); }")
        link.clicked.connect(partial(self._go, entry_id))
        return link

    def _go(self, entry_id: int, _checked: bool = False) -> None:
        self._selection.select(entry_id, self)
