"""One view of a run as a file, without a window: what ``memviz ask --figure`` draws."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer

from memviz.core.trace import Trace
from memviz.gui.app import delete_window, make_application
from memviz.gui.metrics import unit
from memviz.gui.views.memory_attention import MemoryAttentionView

#: In units of the font's rhythm: labels and bars beside a column per step, and a row per slot.
_WIDTH, _WIDTH_OF_STEP, _HEIGHT, _HEIGHT_OF_ROW = 76, 2, 14, 3
_MOST_STEPS, _MOST_ROWS = 120, 60


def draw_figure(trace: Trace, out: str | Path, *, theme: str = "light") -> None:
    """Draws how much each step of ``trace`` read from each slot into ``out``: ``.png``, ``.svg`` or ``.csv``.

    GUI thread, which may be any program's main thread; needs no display with ``QT_QPA_PLATFORM=offscreen``.

    Raises:
        KnownError: another ending, or the file cannot be written.
    """
    make_application(["memviz"], theme)
    view = MemoryAttentionView()
    rows = len(trace.prompt.sources) if trace.prompt is not None else 0
    rhythm = unit(view)
    view.resize(
        rhythm * (_WIDTH + _WIDTH_OF_STEP * min(trace.steps, _MOST_STEPS)),
        rhythm * (_HEIGHT + _HEIGHT_OF_ROW * min(rows, _MOST_ROWS)),
    )
    view.show_title()
    view.show_at(trace, trace.steps - 1)
    view.show()
    _settle()
    try:
        view.flush()
        view.export(out)
    finally:
        delete_window(view)


def _settle() -> None:
    """Lets what Qt and the plot have queued, like layouts, happen."""
    loop = QEventLoop()
    QTimer.singleShot(50, loop.quit)
    loop.exec()
