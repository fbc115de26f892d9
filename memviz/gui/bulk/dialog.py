"""The dialog that edits many entries: which ones, what is done to them, and what that would change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QSplitter, QTabWidget, QVBoxLayout, QWidget

from memviz.core.edits import Change
from memviz.core.errors import KnownError
from memviz.gui.bridge import Bridge
from memviz.gui.bulk.diff_list import DiffList
from memviz.gui.bulk.job_line import JobLine
from memviz.gui.bulk.pages import PAGES, Page
from memviz.gui.bulk.previewer import Previewer
from memviz.gui.bulk.runner import BulkRunner
from memviz.gui.bulk.scope import Offer, Scope
from memviz.gui.bulk.undo_button import UndoButton
from memviz.gui.bulk.words import entries_words
from memviz.gui.jobs import Jobs
from memviz.gui.metrics import unit
from memviz.gui.privacy import Privacy
from memviz.gui.pump import Pump
from memviz.gui.tables.labels import PlainLabel
from memviz.gui.tables.plain import one_line
from memviz.gui.widgets import choice_box, push_button

if TYPE_CHECKING:
    from memviz.session.bulk.desk import BulkDesk
    from memviz.session.bulk.work import Preview
    from memviz.session.session import Session

_WHO = "table"


class BulkDialog(QDialog):
    """Stays open beside the window; each time it is asked for, it offers what is chosen there now. GUI thread.

    Args:
        scope: what stands in the table now.

    Signals:
        entry_chosen(int): show this entry.
        undo_wanted(): take back the last edit.
    """

    entry_chosen = Signal(int)
    undo_wanted = Signal()

    def __init__(
        self,
        session: Session,
        bridge: Bridge,
        jobs: Jobs,
        pump: Pump,
        desk: BulkDesk,
        scope: Callable[[], Scope],
        privacy: Privacy,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Edit Many Entries")
        self._session, self._scope_of = session, scope
        self._seen: Preview | None = None
        space = unit(self)
        self.scope = choice_box(self, "Which entries", "Which entries are changed", [])
        self.scope.setMinimumContentsLength(30)
        self.tabs = QTabWidget(self)
        self.tabs.setDocumentMode(True)
        self.tabs.setAccessibleName("What is done to them")
        self.pages: list[Page] = []
        for kind in PAGES:
            page = kind(self.tabs)
            page.edited.connect(self._look)
            self.pages.append(page)
            self.tabs.addTab(page, kind.title)
        self.counts = PlainLabel("", self, semi_bold=True)
        self.counts.wrap()
        self.diffs = DiffList("What would change", privacy, self)
        self.diffs.entry_chosen.connect(self.entry_chosen)
        self.words = PlainLabel("", self, color="muted")
        self.words.wrap()
        self.line = JobLine(pump, self)
        self.undo = UndoButton(privacy, self)
        self.ok = push_button(self, "Change", "All of it in one edit, which one undo takes back")
        self.ok.setDefault(True)
        self.close_button = push_button(self, "Close", "Close this window")
        self.previewer = Previewer(desk, bridge, self)
        self.runner = BulkRunner(bridge, jobs, self)
        self._lay_out()
        self._connect(bridge)
        self.resize(112 * space, 92 * space)

    def _lay_out(self) -> None:
        space = unit(self)
        top = QHBoxLayout()
        top.setContentsMargins(2 * space, 2 * space, 2 * space, space)
        top.setSpacing(space)
        top.addWidget(PlainLabel("Change", self))
        top.addWidget(self.scope)
        top.addStretch(1)
        below = QWidget(self)
        showing = QVBoxLayout(below)
        showing.setContentsMargins(0, space, 0, 0)
        showing.setSpacing(space)
        counted = QHBoxLayout()
        counted.setContentsMargins(2 * space, 0, 2 * space, 0)
        counted.addWidget(self.counts, 1)
        showing.addLayout(counted)
        showing.addWidget(self.diffs, 1)
        self.splitter = QSplitter(Qt.Orientation.Vertical, self)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setHandleWidth(1)
        self.splitter.addWidget(self.tabs)
        self.splitter.addWidget(below)
        self.splitter.setStretchFactor(1, 1)
        end = QHBoxLayout()
        end.setContentsMargins(2 * space, space, 2 * space, 2 * space)
        end.setSpacing(space)
        end.addWidget(self.words, 1)
        end.addWidget(self.line)
        for button in (self.undo, self.ok, self.close_button):
            end.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(top)
        column.addWidget(self.splitter, 1)
        column.addLayout(end)

    def _connect(self, bridge: Bridge) -> None:
        self.scope.currentIndexChanged.connect(self._look)
        self.tabs.currentChanged.connect(self._page_chosen)
        self.previewer.began.connect(self._began)
        self.previewer.shown.connect(self._preview)
        self.previewer.refused.connect(partial(self._refuse, "error"))
        self.runner.changed.connect(self._refresh)
        self.runner.done.connect(self._done)
        self.runner.refused.connect(self._refused)
        self.ok.clicked.connect(self.apply)
        self.undo.clicked.connect(self.undo_wanted)
        self.close_button.clicked.connect(self.close)
        bridge.changed.connect(self._memory_edited)

    # -- what is looked at -------------------------------------------------------------------------------------------

    @property
    def page(self) -> Page:
        return self.pages[self.tabs.currentIndex()]

    def begin(self, page: int | None = None) -> None:
        """Comes to the front with what is chosen in the table now; ``page``: the number of one of the pages."""
        if page is not None:
            self.tabs.setCurrentIndex(page)
        self.show()
        self.raise_()
        self.activateWindow()
        self._follow_table()
        self._page_chosen(0)

    def _follow_table(self) -> None:
        """Offers what is chosen now, the narrowest first."""
        offers = self._scope_of().offers() if self._session.memory_url else []
        self.scope.blockSignals(True)
        self.scope.clear()
        for offer in offers:
            self.scope.addItem(one_line(offer.words, 80), offer)
        self.scope.blockSignals(False)

    def _page_chosen(self, _index: int) -> None:
        high, whole = self.page.high * unit(self), sum(self.splitter.sizes())
        self.splitter.setSizes([high, max(whole - high, high)])
        self.page.begin()
        self._look()

    def _look(self) -> None:
        """Asks what would change; says at once what is missing for that."""
        self.previewer.forget()
        self._seen = None
        offer: Offer | None = self.scope.currentData()
        if not self.isVisible():
            return
        if offer is None:
            self._refuse("muted", "No memory is open; open one in the window first.")
            return
        try:
            action = self.page.action()
        except KnownError as error:
            self._refuse("muted", str(error))
            return
        self.previewer.ask(offer.choice, action)
        self._refresh()

    def _began(self) -> None:
        self.counts.set_color("muted")
        self.counts.setText("Looking at entries …")
        self.counts.show()
        self.line.follow(self.runner.job)

    def _preview(self, preview: Preview) -> None:
        self._seen = preview
        self._count(preview.chosen)
        shown = len(preview.first)
        words = f"{preview.changing:,} of {entries_words(preview.chosen)} would change"
        if preview.changing > shown:
            words += f"; the first {shown} are shown"
        if preview.gone:
            words += f". {entries_words(preview.gone)} of those chosen {'is' if preview.gone == 1 else 'are'} gone"
        self.counts.set_color("text")
        self.counts.setText(f"{words}.")
        self.counts.show()
        if preview.first:
            self.diffs.show_diffs(preview.first)
        else:
            self.diffs.say("Nothing would change; try other words, other fields, or more entries.")
        self._refresh()

    def _count(self, chosen: int) -> None:
        """Others may have changed how many entries a search finds since it was chosen."""
        offer: Offer | None = self.scope.currentData()
        if offer is not None and offer.choice.ids is None:
            words = replace(offer, count=chosen).words
            self.scope.setItemText(self.scope.currentIndex(), one_line(words, 80))

    def _refuse(self, color: str, sentence: str) -> None:
        self._seen = None
        self.counts.setText("")
        self.counts.hide()
        self.diffs.say(sentence, color)
        self._refresh()

    # -- what is done ------------------------------------------------------------------------------------------------

    def apply(self) -> None:
        """Does it to all entries that are meant, where it would still do what is shown."""
        from memviz.session.bulk.work import run_action

        offer: Offer | None = self.scope.currentData()
        if offer is None or self._seen is None or self.runner.job is not None:
            return
        try:
            action = self.page.action()
        except KnownError as error:
            self._refuse("error", str(error))
            return
        self._say("")
        start = partial(run_action, self._session, offer.choice, action, _WHO, seen=self._seen)
        self.runner.run(f"{action.words} …", start)

    def _done(self, sentence: str, _change: Change) -> None:
        self._say(sentence)
        self._look()

    def _refused(self, sentence: str) -> None:
        self._say(sentence or "Cancelled; nothing was changed.", "error" if sentence else "muted")
        self._look()

    def _say(self, sentence: str, color: str = "muted") -> None:
        self.words.set_color(color)
        self.words.setText(sentence)

    def _memory_edited(self, change: Change) -> None:
        if change.kind == "forget":
            self.diffs.say("")  # of what is forgotten nothing stays in sight
        if self.isVisible() and self.runner.job is None:
            self._look()

    def _refresh(self) -> None:
        running = self.runner.job is not None
        changing = self._seen.changing if self._seen is not None else 0
        self.line.follow(self.runner.job)
        self.ok.setText(
            f"{self.page.verb} {entries_words(changing).replace('e', 'E', 1)}"
            if changing
            else self.page.verb.removesuffix(" in")
        )
        self.ok.setEnabled(changing > 0 and not running)
        self.undo.set_free(not running)
        for widget in (self.tabs, self.scope):
            widget.setEnabled(not running)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.previewer.forget()
        super().closeEvent(event)
