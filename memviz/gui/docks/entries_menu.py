"""The menu of the rows of the table of entries."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMenu

from memviz.gui.tables.columns import NUMBER

if TYPE_CHECKING:
    from memviz.gui.docks.entries import EntriesPanel

#: Words, tip, and what is done; None for a line between two groups.
Item = tuple[str, str, Callable[[], object]] | None
_PASTE = "Paste"


def rows_menu(panel: EntriesPanel) -> QMenu:
    """What can be done with the chosen rows."""
    menu = QMenu(panel)
    menu.setToolTipsVisible(True)
    chosen = panel.view.selectionModel().hasSelection()
    for item in _items(panel):
        if item is None:
            menu.addSeparator()
            continue
        words, tip, act = item
        action = menu.addAction(words)
        action.setToolTip(tip)
        action.setEnabled(chosen or words == _PASTE)
        action.triggered.connect(lambda _checked=False, act=act: act())
    menu.addSeparator()
    panel.filters.by_value(menu, panel.view.currentIndex())
    link = panel.model.link(panel.view.currentIndex().siblingAtColumn(NUMBER["source"]))
    if link:
        menu.addAction("Open the source").triggered.connect(lambda: panel.open_link(link))
    return menu


def _items(panel: EntriesPanel) -> list[Item]:
    bulk = panel.bulk_wanted.emit
    return [
        ("Why not recalled?", "Say why it is not in the prompt, and what would bring it back", panel.why_wanted.emit),
        None,
        ("Copy", "Copy the chosen rows as tab-separated text (Ctrl+C)", panel.copying.as_table),
        ("Copy as JSON", "Copy the chosen entries with all their fields", panel.copying.as_json),
        (_PASTE, "Add the rows or lines on the clipboard as new entries (Ctrl+V)", panel.paste_wanted.emit),
        None,
        ("Find and replace …", "In the chosen entries, with a look before", partial(bulk, "replace")),
        ("Set fields …", "The same value in all chosen entries", partial(bulk, "set")),
        ("Tags …", "Add tags to the chosen entries, or remove them", partial(bulk, "tags")),
        ("Confidence …", "Multiply the confidence, or bound it", partial(bulk, "confidence")),
        ("Merge …", "Make the chosen entries one", partial(bulk, "merge")),
        None,
        ("Enable or disable", "A disabled entry stays in the memory and is not recalled", panel.toggle_enabled),
        ("Delete", "Delete the chosen entries; this can be undone (Del)", panel.delete_selected),
        (
            "Forget …",
            "Take the chosen entries out of every place of the memory; this cannot be undone",
            panel.forget_wanted.emit,
        ),
    ]
