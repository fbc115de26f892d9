"""Which model and which memory: two buttons with menus."""

from __future__ import annotations

import os
from functools import partial

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolButton, QWidget

from memviz.gui.actions import Actions
from memviz.gui.icons import SIZE, icon
from memviz.gui.loader import Loader
from memviz.gui.metrics import elided, unit
from memviz.gui.settings import Settings
from memviz.gui.tables.plain import tooltip
from memviz.gui.theme import colors_of
from memviz.gui.weights_edits import WeightsEdits
from memviz.session.bundled import BUNDLED_MEMORIES, BUNDLED_MODELS, shipped_models

_MENU_WIDTH = 60


class Chooser(QToolButton):
    """A button that says what is open and offers what else there is.

    Signals:
        chosen(str): a name, folder or address to be opened.
    """

    chosen = Signal(str)

    def __init__(self, name: str, icon_name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon_name = icon_name
        self._words = ""
        self.setProperty("menu", "wide")
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setToolButtonStyle(self.toolButtonStyle().ToolButtonTextBesideIcon)
        self.setIconSize(QSize(SIZE, SIZE))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(name)
        self._menu = QMenu(self)
        self._menu.setToolTipsVisible(True)
        self._menu.aboutToShow.connect(self.fill)
        self.setMenu(self._menu)
        self.restyle()

    def restyle(self) -> None:
        self.setIcon(icon(self._icon_name, colors_of(self.palette())))

    def fill(self) -> None:
        """Offers what there is now; called before the menu opens."""
        raise NotImplementedError

    def say(self, words: str, tip: str) -> None:
        self.setText(elided(words.replace("&", "&&"), self.font(), 32 * unit(self)))
        self.setToolTip(tooltip(tip))

    def _offer(self, heading: str, names: list[str], current: str) -> None:
        if not names:
            return
        self._menu.addSection(heading)
        for name in names:
            action = self._menu.addAction(short_name(name).replace("&", "&&"))
            action.setToolTip(tooltip(name))
            action.setCheckable(True)
            action.setChecked(name == current)
            action.triggered.connect(partial(self.chosen.emit, name))


class ModelChooser(Chooser):
    def __init__(
        self,
        loader: Loader,
        settings: Settings,
        edits: WeightsEdits,
        actions: Actions,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("Model", "model", parent)
        self._loader, self._settings, self._edits, self._actions = loader, settings, edits, actions
        edits.changed.connect(self.refresh)
        self.chosen.connect(loader.load_model)
        loader.model_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        loader = self._loader
        if loader.loading_model:
            self.say(f"{short_name(loader.loading_model)} …", f"Model: loading {loader.loading_model}")
        elif loader.model_name:
            name, edits = short_name(loader.model_name), self._edits.words()
            changed = f" Its weights hold {edits} that nothing has saved." if edits else ""
            self.say(
                f"{name} · {edits}" if edits else name,
                f"Model: {loader.model_name}.{changed} Click to choose another one.",
            )
        else:
            self.say("no model", loader.model_error or "No model is loaded. Click to choose one.")

    def fill(self) -> None:
        self._menu.clear()
        current = self._loader.model_name
        self._offer("Comes with memviz", shipped_models(), current)
        self._offer("Recent", [name for name in self._settings.recent("models") if name not in BUNDLED_MODELS], current)
        self._menu.addSeparator()
        self._menu.addAction(self._actions["open_model"])


class MemoryChooser(Chooser):
    def __init__(self, loader: Loader, settings: Settings, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__("Memory", "memory", parent)
        self._loader, self._settings, self._actions = loader, settings, actions
        self.chosen.connect(loader.open_memory)
        loader.memory_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        loader = self._loader
        memory = loader.memory
        if loader.opening_memory:
            self.say(f"{short_name(loader.opening_memory)} …", f"Memory: opening {loader.opening_memory}")
        elif memory is not None:
            locked = " · read-only" if memory.read_only else ""
            self.say(
                f"{memory.name} · {memory.count:,} {'entry' if memory.count == 1 else 'entries'}{locked}",
                f"Memory: {f'{memory.origin}, ' if memory.origin else ''}{memory.url}, version"
                f" {memory.version}{locked}. Click to choose another one.",
            )
        else:
            self.say("no memory", loader.memory_error or "No memory is open. Click to choose one.")

    def fill(self) -> None:
        self._menu.clear()
        current = self._settings.memory if self._loader.memory is not None else ""
        recent = [name for name in self._settings.recent("memories") if name not in BUNDLED_MEMORIES]
        self._offer("Comes with memviz", list(BUNDLED_MEMORIES), current)
        self._offer("Recent", recent, current)
        self._menu.addSeparator()
        self._menu.addAction(self._actions["open_memory"])
        self._menu.addAction(self._actions["open_server"])
        self._menu.addAction(self._actions["new_memory"])


def short_name(name: str) -> str:
    """The last part of a path or address; the whole where it is no path."""
    if os.sep in name and (os.path.isabs(name) or "://" in name):
        name = os.path.basename(name.rstrip("/\\")) or name
    return name if len(name) <= _MENU_WIDTH else f"{name[: _MENU_WIDTH // 2]}…{name[-_MENU_WIDTH // 2 :]}"
