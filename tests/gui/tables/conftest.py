"""A memory of a few entries with everything that the panels share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings

from memviz.core.edits import Insert
from memviz.gui.bridge import Bridge
from memviz.gui.docks.entries import EntriesPanel
from memviz.gui.docks.inspector import InspectorPanel
from memviz.gui.playhead import Playhead
from memviz.gui.selection import Selection
from memviz.gui.settings import Settings
from memviz.session.session import Session
from tests.gui.tables.fakes import BigSession, BigStore

ENTRIES = (
    ("Alien · director", "Alien was directed by Ridley Scott."),
    ("Alien · year", "Alien was released in 1979."),
    ("Big Fish · director", "Big Fish was directed by Tim Burton."),
    ("银翼杀手 · 导演", "银翼杀手由雷德利·斯科特执导。"),
    ("<b>markup</b>", "<img src=x onerror=y> & <b>bold</b>"),
)


@dataclass
class Desk:
    """What both panels get, around the five entries of ``ENTRIES`` with the ids 1 … 5."""

    session: Session
    bridge: Bridge
    selection: Selection
    playhead: Playhead
    settings: Settings
    qtbot: object

    def shared(self) -> dict[str, object]:
        return {
            "session": self.session,
            "bridge": self.bridge,
            "selection": self.selection,
            "playhead": self.playhead,
        }

    def entries_panel(self) -> EntriesPanel:
        """The panel on screen with its rows loaded."""
        panel = EntriesPanel(**self.shared(), settings=self.settings)
        self.qtbot.addWidget(panel)
        panel.resize(1200, 300)
        panel.show()
        if self.session.memory_url:
            self.qtbot.waitUntil(lambda: panel.model.loaded and not panel.model.searching)
            ids = [panel.model.entry_id(row) for row in range(min(panel.model.rowCount(), 5))]
            self.qtbot.waitUntil(lambda: all(panel.model.cached(entry_id) for entry_id in ids))
        return panel

    def inspector(self, entry_id: int | None = None) -> InspectorPanel:
        """The panel on screen, showing an entry."""
        panel = InspectorPanel(**self.shared())
        self.qtbot.addWidget(panel)
        panel.resize(340, 800)
        panel.show()
        if entry_id is not None:
            self.show_entry(panel, entry_id)
        return panel

    def show_entry(self, panel: InspectorPanel, entry_id: int) -> None:
        self.selection.select(entry_id, None)
        self.qtbot.waitUntil(lambda: panel.shown_id == entry_id)


@pytest.fixture
def desk(qtbot, tmp_path: Path) -> Iterator[Desk]:
    session = Session()
    bridge = Bridge()
    unsubscribe = session.on_change(bridge.post_change)
    session.open_memory(str(tmp_path / "memory.sqlite"), create=True).result()
    session.edit(*(Insert(key=key, text=text) for key, text in ENTRIES), initiator="import")
    settings = Settings(QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat))
    yield Desk(session, bridge, Selection(), Playhead(), settings, qtbot)
    bridge.close()
    unsubscribe()
    session.close()


@pytest.fixture
def big_session() -> Iterator[BigSession]:
    session = BigSession(BigStore(78_962))
    yield session
    session.close()
