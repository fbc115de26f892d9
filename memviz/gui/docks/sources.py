"""Opening what an entry came from."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

#: Files that a program shows; anything else, which it might run, is shown in its folder.
_SHOWN = frozenset(
    {".txt", ".md", ".markdown", ".rst", ".pdf", ".json", ".jsonl", ".csv", ".tsv", ".log", ".png", ".jpg", ".jpeg"}
)


def open_source(link: str) -> bool:
    """Opens an address of the web, a file, or the folder of a file that could do more than be looked at; whether a
    program took it.
    """
    if link.startswith(("https://", "http://")):
        return QDesktopServices.openUrl(QUrl(link))
    path = Path(link)
    shown = path if path.suffix.lower() in _SHOWN else path.parent
    return QDesktopServices.openUrl(QUrl.fromLocalFile(str(shown)))
