"""Pictures and tables of a measurement as files, from their context menus."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from memviz.core.errors import KnownError
from memviz.gui.export import save_csv, save_png, save_svg

Table = Iterable[Sequence[object]]

_KINDS = {"png": "Picture (PNG)", "svg": "Drawing (SVG)", "csv": "Numbers (CSV)"}


class ExportMenu:
    """Offers the exports of a widget.

    Args:
        name: suggested for the file, without its ending.
        table: what a CSV holds, the header first; empty while there is nothing to export.
        failed: told the sentence where a file cannot be written.
    """

    def __init__(self, widget: QWidget, name: str, table: Callable[[], Table], failed: Callable[[str], None]) -> None:
        self._widget, self._name, self._table, self._failed = widget, name, table, failed

    def show(self, event: QContextMenuEvent) -> None:
        if not list(self._table()):
            return
        menu = QMenu(self._widget)
        for kind, words in _KINDS.items():
            menu.addAction(f"Export {words} …").setData(kind)
        chosen = menu.exec(event.globalPos())
        if chosen is not None:
            self._ask_path(chosen.data())
        menu.deleteLater()

    def _ask_path(self, kind: str) -> None:
        path, _ = QFileDialog.getSaveFileName(
            self._widget, f"Export {_KINDS[kind]}", f"{self._name}.{kind}", f"{kind.upper()} (*.{kind});;All files (*)"
        )
        if path:
            self.save(path)

    def save(self, path: str) -> None:
        """Writes a ``.png``, ``.svg`` or ``.csv``."""
        try:
            if path.lower().endswith(".png"):
                save_png(self._widget, path)
            elif path.lower().endswith(".svg"):
                save_svg(self._widget, path)
            else:
                save_csv(self._table(), path)
        except KnownError as error:
            self._failed(str(error))
