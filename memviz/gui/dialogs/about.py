"""Version and licences."""

from __future__ import annotations

from importlib import metadata

from PySide6.QtWidgets import QMessageBox, QWidget

TEXT = """A debugger for the memory of language models.

memviz is free software under the MIT licence. The movie memory comes from WikiMovies / MetaQA (CC BY 3.0). \
The fonts are subsets of Inter, Noto Sans CJK and JetBrains Mono (SIL Open Font License 1.1). \
Qt and PySide6 are used under the LGPL 3."""


def about_box(parent: QWidget) -> QMessageBox:
    box = QMessageBox(parent)
    box.setWindowTitle("About memviz")
    box.setText(f"memviz {version()}")
    box.setInformativeText(TEXT)
    return box


def version() -> str:
    try:
        return metadata.version("memviz-inspector")
    except metadata.PackageNotFoundError:
        return "(not installed)"
