"""A view that is one heat map."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from memviz.gui.metrics import unit
from memviz.gui.plots.heat_map import HeatMap


def framed_map(content: QWidget, name: str, description: str) -> HeatMap:
    """Fills ``content`` with a heat map, with the margins that all of them have."""
    drawn = HeatMap(content)
    drawn.setAccessibleName(name)
    drawn.setAccessibleDescription(description)
    space = unit(content)
    column = QVBoxLayout(content)
    column.setContentsMargins(round(1.5 * space), 0, 2 * space, 0)
    column.addWidget(drawn)
    return drawn
