"""The window: puts the parts in their places. What commands do is in ``commands.py``."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QActionGroup, QCloseEvent, QKeyEvent, QPaintEvent
from PySide6.QtWidgets import QMainWindow, QMenu, QToolBar, QWidget

from memviz.gui.actions import Actions
from memviz.gui.central import Central
from memviz.gui.chat.panel import ChatPanel
from memviz.gui.choosers import MemoryChooser, ModelChooser
from memviz.gui.commands import Commands
from memviz.gui.docks.dock import add_dock
from memviz.gui.docks.entries import EntriesPanel
from memviz.gui.docks.inspector import InspectorPanel
from memviz.gui.docks.past_line import PastLine
from memviz.gui.docks.queries import QueriesPanel
from memviz.gui.docks.standing_line import StandingLine
from memviz.gui.icons import SIZE
from memviz.gui.metrics import unit
from memviz.gui.status import StatusBar
from memviz.gui.theme import SCHEMES, apply_theme, colors_of
from memviz.gui.transport import TransportBar
from memviz.gui.views.host import ViewHost
from memviz.gui.workspace import Workspace

MENUS = ("File", "Edit", "Run", "Memory", "View", "Help")
_LAYOUT_VERSION = 1
#: In units: the views need so much once a question was asked.
_VIEWS_WIDTH = 76


class MainWindow(QMainWindow):
    """Menus, tool bar, docks, views. GUI thread.

    Signals:
        built(): the window was painted once, and its views are there.
    """

    built = Signal()

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._first_paint = QTimer(self)  # a part of the window: what is deleted is not built
        self._first_paint.setSingleShot(True)
        self._first_paint.timeout.connect(self.build)
        self.setWindowTitle("memviz")
        self.setDockNestingEnabled(True)
        self.setAnimated(False)
        self.actions_ = Actions(self)
        self.host = ViewHost(
            workspace.playhead,
            workspace.selection,
            workspace.heads,
            workspace.bridge,
            workspace.looks,
            workspace.neurons,
            workspace.settings,
            self,
        )
        self.central = Central(self.host, self)
        self.setCentralWidget(self.central)
        self.queries = QueriesPanel(workspace.queries, self.actions_, workspace.pinned, workspace.recall, self)
        self.queries.box.setPlainText(workspace.settings.query)
        self._build_tool_bar()
        self.status = StatusBar(
            self.actions_,
            workspace.playhead,
            workspace.jobs,
            workspace.loader,
            workspace.asker,
            workspace.pump,
            self,
        )
        self.setStatusBar(self.status)
        self._build_docks()
        self.commands = Commands(workspace, self)
        self._build_menus()
        for action in self.actions_.bare():
            self.central.addAction(action)
        self.restyle()
        self.resize(self._first_size())
        self._restore_layout()

    # -- parts -------------------------------------------------------------------------------------------------------

    def _build_tool_bar(self) -> None:
        workspace = self._workspace
        bar = QToolBar("Transport", self)
        bar.setObjectName("transport")
        bar.setMovable(False)
        bar.setIconSize(QSize(SIZE, SIZE))
        bar.toggleViewAction().setEnabled(False)
        self.model_chooser = ModelChooser(workspace.loader, workspace.settings, workspace.edits, self.actions_, self)
        self.memory_chooser = MemoryChooser(workspace.loader, workspace.settings, self.actions_, self)
        self.transport = TransportBar(self.actions_, workspace.playhead, self)
        for widget in (self.model_chooser, self.memory_chooser):
            bar.addWidget(widget)
        bar.addWidget(self.transport)
        self.addToolBar(bar)

    def _build_docks(self) -> None:
        self.setCorner(Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.BottomDockWidgetArea)
        self.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.BottomDockWidgetArea)
        workspace = self._workspace
        self.entries = EntriesPanel(
            session=workspace.session,
            bridge=workspace.bridge,
            selection=workspace.selection,
            playhead=workspace.playhead,
            settings=workspace.settings,
            jobs=workspace.jobs,
            recall=workspace.recall,
            parent=self,
        )
        self.inspector = InspectorPanel(
            session=workspace.session,
            bridge=workspace.bridge,
            selection=workspace.selection,
            playhead=workspace.playhead,
            parent=self,
        )
        conflicts = workspace.conflicts
        self.entries.model.follow_rivals(conflicts.rivals)
        conflicts.changed.connect(self.entries.model.rivals_changed)
        self.inspector.add_line(
            StandingLine(workspace.session, workspace.bridge, workspace.selection, conflicts, self.inspector)
        )
        self.inspector.add_line(PastLine(self.entries.model, workspace.selection, self.inspector))
        self.entries.bar.past_toggled.connect(self._make_room_for_the_past)
        area = Qt.DockWidgetArea
        self.chat = ChatPanel(
            workspace.chat, workspace.selection, workspace.playhead, self.actions_, workspace.privacy, self
        )
        self.docks = [
            add_dock(self, "queries", "Questions", "What you asked", self.queries, area.LeftDockWidgetArea),
            add_dock(self, "inspector", "Inspector", "The chosen entry", self.inspector, area.RightDockWidgetArea),
            add_dock(self, "entries", "Entries", "The memory", self.entries, area.BottomDockWidgetArea, bare=True),
            add_dock(self, "chat", "Chat", "What was said, and what is remembered", self.chat, area.LeftDockWidgetArea),
        ]
        self.tabifyDockWidget(self.docks[0], self.docks[3])
        self.docks[3].hide()

    def _place_docks(self) -> None:
        space = unit(self)
        queries, inspector, entries, chat = self.docks
        for dock in self.docks:
            dock.setFloating(False)
            dock.setVisible(dock is not chat)
        widths = [max(29 * space, round(0.16 * self.width())), max(38 * space, round(0.21 * self.width()))]
        self.resizeDocks([queries, inspector], widths, Qt.Orientation.Horizontal)
        self.resizeDocks([entries], [max(22 * space, round(0.26 * self.height()))], Qt.Orientation.Vertical)

    def _make_room_for_the_past(self, shown: bool) -> None:
        """The slider takes its room from the views, not from the rows."""
        dock, bar = self.docks[2], self.entries.time_bar.sizeHint().height()
        if not dock.isFloating():
            self.resizeDocks([dock], [dock.height() + (bar if shown else -bar)], Qt.Orientation.Vertical)

    def show_chat(self) -> None:
        """Brings the chat to the front, in room enough for it."""
        queries, chat = self.docks[0], self.docks[3]
        hidden = not chat.isVisible()
        chat.show()
        chat.raise_()
        if hidden and not chat.isFloating() and chat in self.tabifiedDockWidgets(queries):
            inspector, wanted = self.docks[1], max(52 * unit(self), round(0.26 * self.width()))
            beside = inspector.width() if inspector.isVisible() and not inspector.isFloating() else 0
            room = self.width() - beside - _VIEWS_WIDTH * unit(self)
            width = max(34 * unit(self), min(wanted, room))  # the inspector keeps its own
            self.resizeDocks([chat, inspector], [width, beside], Qt.Orientation.Horizontal)
        self.chat.box.setFocus()

    def _build_menus(self) -> None:
        for name in MENUS:
            menu = self.menuBar().addMenu(f"&{name}")
            menu.setToolTipsVisible(True)
            if name == "View":
                for dock in self.docks:
                    menu.addAction(dock.toggleViewAction())
                menu.addSeparator()
                self._add_themes(menu.addMenu("&Theme"))
                menu.addSeparator()
            for action in self.actions_.in_menu(name):
                if action is None:
                    menu.addSeparator()
                else:
                    menu.addAction(action)

    def _add_themes(self, menu: QMenu) -> None:
        group = QActionGroup(self)
        for scheme in SCHEMES:
            action = QAction(scheme.capitalize(), group)
            action.setCheckable(True)
            action.setChecked(scheme == self._workspace.settings.theme)
            action.setToolTip(f"Use the {scheme} theme")
            action.setData(scheme)
            menu.addAction(action)
        group.triggered.connect(self._theme_chosen)

    # -- looks and layout --------------------------------------------------------------------------------------------

    def _theme_chosen(self, action: QAction) -> None:
        self._workspace.settings.theme = action.data()
        apply_theme(action.data())

    def restyle(self) -> None:
        """After the palette changed: icons and headings are drawn again."""
        self.actions_.restyle(colors_of(self.palette()))
        self.transport.restyle()
        self.central.restyle()
        for chooser in (self.model_chooser, self.memory_chooser):
            chooser.restyle()

    def _first_size(self) -> QSize:
        space = unit(self)
        wanted = QSize(180 * space, 115 * space)
        screen = self.screen()
        return wanted.boundedTo(screen.availableSize() * 0.95) if screen is not None else wanted

    def _restore_layout(self) -> None:
        settings = self._workspace.settings
        if not settings.layout("geometry").isEmpty():
            self.restoreGeometry(settings.layout("geometry"))
        if not settings.layout("docks").isEmpty():
            self.restoreState(settings.layout("docks"), _LAYOUT_VERSION)

    def _save_layout(self) -> None:
        settings = self._workspace.settings
        settings.save_layout("geometry", self.saveGeometry())
        settings.save_layout("docks", self.saveState(_LAYOUT_VERSION))
        settings.save_layout("middle", self.central.save_state())
        settings.sync()

    def reset_layout(self) -> None:
        """All panels back to their places."""
        self._workspace.settings.clear_layout()
        area = Qt.DockWidgetArea
        for dock, place in zip(
            self.docks[:3], (area.LeftDockWidgetArea, area.RightDockWidgetArea, area.BottomDockWidgetArea), strict=True
        ):
            self.addDockWidget(place, dock)
        self.tabifyDockWidget(self.docks[0], self.docks[3])
        self._place_docks()

    # -- Qt ----------------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self.central.views:  # the window is there at once, its views and what it loads come a moment later
            self._first_paint.start()

    def build(self) -> None:
        """Makes the views. Once; the first paint does it."""
        if not self.central.views:
            self.central.build()
            if self._workspace.settings.layout("docks").isEmpty():
                self._place_docks()
            self.central.restore_state(self._workspace.settings.layout("middle"))
            self.queries.box.setFocus()
            self.queries.box.selectAll()
            self.built.emit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "docks"):
            self.restyle()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """A letter that nobody wanted begins a new question, or what is said next where the chat is in front."""
        typed = event.text()
        plain = not event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier
        if plain and typed.isprintable() and typed.strip():
            in_front = [not panel.visibleRegion().isEmpty() for panel in (self.chat, self.queries)]  # not behind a tab
            chatting = in_front == [True, False]
            box = self.chat.box if chatting else self.queries.box
            box.setFocus(Qt.FocusReason.OtherFocusReason)
            box.setPlainText(typed)
            box.moveCursor(box.textCursor().MoveOperation.End)
            return
        if event.key() == Qt.Key.Key_Escape:  # nothing is to be cancelled: Space and arrows go to the transport
            self.central.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self.commands.may_close():
            event.ignore()
            return
        self._save_layout()
        self.hide()  # the threads may need a moment to end; nobody should have to watch
        self.commands.end_dialogs()
        if self.entries.model.past is not None:
            self.entries.travel.back_to_now()  # closes its view of the file
        self._workspace.close()
        super().closeEvent(event)
