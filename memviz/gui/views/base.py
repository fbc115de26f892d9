"""What every view of a run is: a function of (trace, step), drawn only while it can be seen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QContextMenuEvent, QShowEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QMenu, QStackedWidget, QVBoxLayout, QWidget

from memviz.core.errors import KnownError
from memviz.core.neurons import NeuronScale
from memviz.core.trace import Trace
from memviz.gui.export import save_csv, save_png, save_svg
from memviz.gui.fonts import ui_font
from memviz.gui.head_choice import HeadChoice
from memviz.gui.looks import Found
from memviz.gui.metrics import unit
from memviz.gui.settings import Settings
from memviz.gui.theme import Colors, colors_of
from memviz.gui.widgets import plain_label

#: Endings of files and words of menu items.
EXPORTS = (
    ("png", "Export Picture (PNG) …"),
    ("svg", "Export Drawing (SVG) …"),
    ("csv", "Export Numbers (CSV) …"),
)


def _no_look(*_: object, **__: object) -> Found:
    return Found()


class View(QWidget):
    """A view that is fed with values and tells what the user chose in it. GUI thread.

    A subclass builds its widgets into :attr:`content` and implements :meth:`draw`, :meth:`why_empty` and
    :meth:`table`. Calls of :meth:`show_at` and its neighbours only note what is to be shown; drawing happens once,
    when the event loop is free, and only if the view can be seen. A hidden view keeps the latest and does no work.

    Attributes:
        words_of: gives the words for an entry's id, as the run in view read it; the host sets it.
        look: gives a closer look at a step by name, or starts it (:meth:`memviz.gui.looks.Looks.find`); the host sets
            it, and the view is drawn again when it is there.
        is_live: whether the model that made the run in view is loaded; the host sets it.
        draws: how often it was drawn.

    Signals:
        entry_chosen(object): an entry's id, or None.
        step_chosen(int)
        heads_chosen(object): a :class:`HeadChoice`.
        query_proposed(str): the user changed the question in the picture; it is to be asked.
        scale_wanted(object): a :class:`~memviz.core.neurons.NeuronScale` for the next question.
        scales_undone(): the newest change of a neuron is taken back.
        scales_cleared(): all neurons as they are in the weights.
        failed(object): a :class:`KnownError` to be shown.
    """

    title: ClassVar[str] = ""

    entry_chosen = Signal(object)
    step_chosen = Signal(int)
    heads_chosen = Signal(object)
    query_proposed = Signal(str)
    scale_wanted = Signal(object)
    scales_undone = Signal()
    scales_cleared = Signal()
    failed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.trace: Trace | None = None
        self.step = -1
        self.entry_id: int | None = None
        self.heads = HeadChoice()
        self.draws = 0
        self.words_of: Callable[[int], str] = str
        self.masked: Callable[[], Trace | None] = lambda: None
        self.exporting = False  # private entries are masked while it is
        self._with_private = False
        self.look: Callable[..., Found] = _no_look
        self.is_live: Callable[[], bool] = lambda: True
        self._stale = True
        self.setAccessibleName(self.title)
        self.content = QWidget(self)
        self.controls = QWidget(self)
        self._title = plain_label(self, self.title, quiet=True)
        self._sentence = plain_label(self, f"{self.title}: why it is empty", quiet=True)
        self._lay_out()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.flush)

    def _lay_out(self) -> None:
        space = unit(self)
        self._sentence.setWordWrap(True)
        self._sentence.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._sentence.setMargin(2 * space)
        self._title.setText(self.title)
        self._title.hide()
        self._controls_row = QHBoxLayout(self.controls)
        self._controls_row.setContentsMargins(0, 0, 0, 0)
        self._controls_row.setSpacing(space)
        header = QHBoxLayout()
        header.setContentsMargins(2 * space, space // 2, 2 * space, space // 2)
        header.setSpacing(2 * space)
        header.addWidget(self._title)
        header.addWidget(self.controls, 1)
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self._sentence)
        self._stack.addWidget(self.content)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(header)
        column.addWidget(self._stack, 1)
        self.controls.hide()

    def show_title(self) -> None:
        """Says the view's name above it, where no tab says it."""
        self._title.setFont(ui_font(self.font(), semi_bold=True))
        self._title.show()

    def add_control(self, widget: QWidget, stretch: int = 0) -> None:
        """Puts a widget into the line above the view; the line is hidden while the view is empty."""
        self._controls_row.addWidget(widget, stretch)

    # -- what a subclass does ----------------------------------------------------------------------------------------

    def draw(self, trace: Trace, step: int) -> None:
        """Draws ``trace`` at ``step`` (-1: before the first); only called when :meth:`why_empty` had nothing to say."""
        raise NotImplementedError

    def why_empty(self, trace: Trace | None) -> str:
        """One sentence why there is nothing to see and what to do next, or nothing."""
        raise NotImplementedError

    def table(self) -> Iterable[Sequence[object]]:
        """The numbers behind the picture for a CSV file, header first."""
        raise NotImplementedError

    def restyle(self, colors: Colors) -> None:
        """The theme or the font changed. A redraw follows."""

    # -- what it is told ---------------------------------------------------------------------------------------------

    def show_at(self, trace: Trace | None, step: int) -> None:
        self.trace = trace
        self.step = step
        self.mark_stale()

    def show_entry(self, entry_id: int | None) -> None:
        self.entry_id = entry_id
        self.mark_stale()

    def show_heads(self, choice: HeadChoice) -> None:
        self.heads = choice
        self.mark_stale()

    def show_scales(self, scales: tuple[NeuronScale, ...], can_undo: bool) -> None:
        """Which neurons the next question scales; a view that shows none does not care."""

    def remember_in(self, settings: Settings) -> None:
        """Where a view that has a set-up of its own keeps it from one start to the next."""

    def mark_stale(self) -> None:
        self._stale = True
        if self.isVisible():
            self._timer.start(0)

    def flush(self) -> None:
        """Draws now what is due, if the view can be seen."""
        if not self._stale or not self.isVisible():
            return
        self._stale = False
        self.draws += 1
        sentence = self.why_empty(self.trace)
        self._sentence.setText(sentence)
        self._stack.setCurrentIndex(0 if sentence else 1)
        self.controls.setVisible(not sentence and self._controls_row.count() > 0)
        if not sentence and self.trace is not None:
            self.draw(self.trace, self.step)

    @property
    def sentence(self) -> str:
        """What an empty view says; empty while it shows something."""
        return self._sentence.text()

    @property
    def colors(self) -> Colors:
        return colors_of(self.palette())

    # -- Qt ----------------------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.mark_stale()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange):
            self.restyle(self.colors)
            self.mark_stale()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        self.fill_menu(menu)
        menu.exec(event.globalPos())
        menu.deleteLater()

    def fill_menu(self, menu: QMenu) -> None:
        """The context menu: exports, after whatever a subclass puts before them."""
        for kind, words in EXPORTS:
            menu.addAction(words, partial(self._ask_path, kind))
        if self.masked() is not None:
            action = menu.addAction("Export private entries too")
            action.setCheckable(True)
            action.setChecked(self._with_private)
            action.setToolTip("Else they are masked in files")
            action.toggled.connect(self._allow_private)

    def _allow_private(self, allowed: bool) -> None:
        self._with_private = allowed

    def export(self, path: str | Path) -> None:
        """Writes the view to a file; the ending says how: ``.png``, ``.svg`` or ``.csv``. Private entries are masked,
        unless the menu was told otherwise.

        Raises:
            KnownError: another ending, or the file cannot be written.
        """
        masked = None if self._with_private else self.masked()
        if masked is None:
            self._write(path)
            return
        shown = self.trace
        self.exporting = True
        try:
            self._draw_now(masked)
            self._write(path)
        finally:
            self.exporting = False
            self._draw_now(shown)

    def _draw_now(self, trace: Trace | None) -> None:
        self.trace = trace
        self.restyle(self.colors)
        if trace is not None and not self.why_empty(trace):
            self.draw(trace, min(self.step, trace.steps - 1))

    def _write(self, path: str | Path) -> None:
        match Path(path).suffix.lower():
            case ".png":
                save_png(self, path)
            case ".svg":
                save_svg(self, path)
            case ".csv":
                save_csv(self.table(), path)
            case _:
                raise KnownError(f"“{Path(path).name}” must end in .png, .svg or .csv.")

    def _ask_path(self, kind: str) -> None:
        proposal = f"{self.title.lower().replace(' ', '-')}.{kind}"
        path, _ = QFileDialog.getSaveFileName(self, f"Export {self.title}", proposal, f"{kind.upper()} (*.{kind})")
        if path:
            try:
                self.export(path if path.lower().endswith(f".{kind}") else f"{path}.{kind}")
            except KnownError as error:
                self.failed.emit(error)
