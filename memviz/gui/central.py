"""The middle of the window: notices, the answer, the heat map, and the tabs of further views."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtWidgets import QSplitter, QTabWidget, QVBoxLayout, QWidget

from memviz.core.events import MEMORY_KINDS
from memviz.core.trace import Trace
from memviz.gui.metrics import unit
from memviz.gui.notices import NoticeBar
from memviz.gui.views import VIEWS
from memviz.gui.views.base import View
from memviz.gui.views.host import ViewHost

#: Heights of answer, heat map and tabs: of most runs; by kind of run where they are others.
SHARES = (14, 31, 26)
SHARES_OF = {"matrix": (10, 20, 41), "text": (10, 26, 35)}


class Central(QWidget):
    """Builds the views of :data:`VIEWS`: those of the middle at once, those of tabs when they are first shown."""

    def __init__(self, host: ViewHost, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._host = host
        self.notices = NoticeBar(self)
        self.views: dict[str, View] = {}
        self._splitter = QSplitter(Qt.Orientation.Vertical, self)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.setHandleWidth(1)
        self.tabs = QTabWidget(self)
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setExpanding(False)
        self.tabs.setAccessibleName("Further views")
        self.tabs.setToolTip("Further views of the run")
        self.tabs.currentChanged.connect(self._build_tab)
        self._pages: dict[str, QWidget] = {}
        self._kind = ""
        self._sizes: dict[str, list[int]] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.notices)
        column.addWidget(self._splitter, 1)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)

    def build(self) -> None:
        """Makes the views; the window does this after it has been painted once, since pictures cost time to import."""
        for name, spec in VIEWS.items():
            if spec.place == "main":
                view = self._make(name)
                view.show_title()
                self._splitter.addWidget(view)
            else:
                self._pages[name] = QWidget(self.tabs)
                self._pages[name].setObjectName(name)
                self.tabs.addTab(self._pages[name], spec.title)
                self.tabs.setTabToolTip(self.tabs.count() - 1, spec.tip)
                self.tabs.setTabVisible(self.tabs.count() - 1, spec.early)
        self._splitter.addWidget(self.tabs)
        self._splitter.setSizes([unit(self) * share for share in SHARES])
        for number, stretch in enumerate((0, 5, 3)):
            self._splitter.setStretchFactor(number, stretch)

    def _make(self, name: str) -> View:
        view = VIEWS[name].load()()
        self.views[name] = view
        self._host.add(view)
        return view

    def _build_tab(self, index: int) -> None:
        page = self.tabs.widget(index)
        if page is not None and page.objectName() not in self.views and page.objectName() in VIEWS:
            column = QVBoxLayout(page)
            column.setContentsMargins(0, 0, 0, 0)
            column.addWidget(self._make(page.objectName()))

    def show_view(self, name: str) -> None:
        """Brings a tab to the front."""
        if name in self._pages:
            self.tabs.setCurrentWidget(self._pages[name])

    def offers(self, name: str) -> bool:
        """Whether a tab can be chosen now."""
        return name in self._pages and self.tabs.isTabVisible(self.tabs.indexOf(self._pages[name]))

    def offered_words(self) -> str:
        """Names of the tabs that can be chosen now."""
        return ", ".join(name for name in self._pages if self.offers(name))

    def offer_tabs(self, trace: Trace | None) -> None:
        """Shows the tabs for which a run has events, in the room that suits it.

        Until a run has its first step everything stays as it is: who asks again looks at the same tab.
        """
        if trace is not None and not trace.steps and trace.finish is None:
            return
        self._suit(_kind_of(trace))
        for name, page in self._pages.items():
            index = self.tabs.indexOf(page)
            serves = VIEWS[name].serves(trace)
            if self.tabs.isTabVisible(index) != serves:
                self.tabs.setTabVisible(index, serves)

    def _suit(self, kind: str) -> None:
        """Runs over a memory matrix or a text have most to show in tabs; what the user set for a kind comes again."""
        if kind == self._kind or not self.views:
            return
        self._sizes[self._kind] = self._splitter.sizes()
        self._kind = kind
        self._splitter.setSizes(self._sizes.get(kind, [unit(self) * share for share in SHARES_OF.get(kind, SHARES)]))

    def save_state(self) -> QByteArray:
        return self._splitter.saveState()

    def restore_state(self, state: QByteArray) -> None:
        if not state.isEmpty():
            self._splitter.restoreState(state)

    def restyle(self) -> None:
        self.notices.restyle()


def _kind_of(trace: Trace | None) -> str:
    if trace is None:
        return ""
    if trace.has_writes:
        return "matrix"
    prompt = trace.prompt
    if prompt is None:
        return ""
    alone = not any(slot.kind in MEMORY_KINDS for slot in prompt.sources)
    return "text" if prompt.step_word == "layer" or alone else ""
