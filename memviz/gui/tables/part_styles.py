"""The same part of a score in the same colour everywhere."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from memviz.gui.slot_colors import NEUTRAL, PALETTE, SlotStyle

_ORANGE, _SKY, _GREEN, _PINK, _BLUE, _RED, _YELLOW = PALETTE
_SOLID, _STRIPES = Qt.BrushStyle.SolidPattern, Qt.BrushStyle.BDiagPattern

#: What words give is blue and green, what vectors give orange; what takes another's place is grey stripes.
_KNOWN = {
    "lexical": (_BLUE, _SOLID),
    "bm25": (_BLUE, _SOLID),
    "subject": (_SKY, _SOLID),
    "phrase": (_GREEN, _SOLID),
    "key match": (_SKY, _SOLID),
    "dense": (_ORANGE, _SOLID),
    "nearness": (_BLUE, _SOLID),
    "recency": (_PINK, _SOLID),
    "confidence": (_YELLOW, _SOLID),
    "use": (_RED, _SOLID),
    "stands for": (NEUTRAL, _STRIPES),
    "pinned": (NEUTRAL, _SOLID),
}


@cache
def part_style(name: str) -> SlotStyle:
    """Colour and pattern of a part (Okabe and Ito's palette, safe for colour-blind eyes)."""
    color, pattern = _KNOWN.get(name, (NEUTRAL, Qt.BrushStyle.Dense4Pattern))
    return SlotStyle(QColor(color), pattern)
