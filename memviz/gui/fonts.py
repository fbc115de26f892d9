"""The fonts that ship with memviz, so that every machine shows the same letters, Chinese ones included."""

from __future__ import annotations

from PySide6.QtGui import QFont, QFontDatabase
from PySide6.QtWidgets import QApplication

from memviz.core.errors import BugError
from memviz.core.resources import resource_path

SANS = "Memviz Sans"
HAN = "Memviz Han"
MONO = "Memviz Mono"
_FILES = ("MemvizSans-Regular.otf", "MemvizSans-SemiBold.otf", "MemvizHan-Regular.otf", "MemvizMono-Regular.ttf")


def install_fonts(app: QApplication) -> None:
    """Makes the shipped fonts known and the application's own; the system's fonts stay behind them.

    Raises:
        BugError: a font file is missing from the program.
    """
    for name in _FILES:
        if QFontDatabase.addApplicationFont(str(resource_path("fonts", name))) < 0:
            raise BugError(f"the font {name} cannot be loaded")
    app.setFont(ui_font(app.font()))


def ui_font(base: QFont, *, scale: float = 1.0, semi_bold: bool = False) -> QFont:
    """The interface font at ``scale`` times the size of ``base``, with figures of one width."""
    return _font(base, (SANS, HAN), scale, QFont.Weight.DemiBold if semi_bold else QFont.Weight.Normal)


def mono_font(base: QFont, *, scale: float = 1.0) -> QFont:
    """The font for prompts and tracebacks."""
    return _font(base, (MONO, HAN), scale, QFont.Weight.Normal)


def _font(base: QFont, families: tuple[str, ...], scale: float, weight: QFont.Weight) -> QFont:
    font = QFont(base)
    font.setFamilies([*families, QFont().defaultFamily()])
    font.setPointSizeF(base.pointSizeF() * scale)
    font.setWeight(weight)
    font.setFeature(QFont.Tag("tnum"), 1)
    return font
