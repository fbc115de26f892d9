"""The question box and the list of questions with their answers."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import (
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QHBoxLayout,
    QListView,
    QMenu,
    QPlainTextEdit,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from memviz.core.errors import KnownError
from memviz.gui.actions import Actions
from memviz.gui.docks.as_of_bar import AsOfBar
from memviz.gui.fonts import ui_font
from memviz.gui.icons import icon
from memviz.gui.metrics import elided, unit
from memviz.gui.pinned_questions import PinnedQuestions
from memviz.gui.query_list import AnswerRole, QueryList, TextRole
from memviz.gui.recall_choice import RecallChoice
from memviz.gui.theme import colors_of
from memviz.gui.widgets import keep_from_sideways, plain_label, tool_button

Index = QModelIndex | QPersistentModelIndex
LONGEST_FILE = 50_000_000


class QueryBox(QPlainTextEdit):
    """Return asks, Shift+Return begins a new line.

    Signals:
        asked(str)
    """

    asked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setPlaceholderText("Type a question and press Return")
        self.setAccessibleName("Question")
        self.setToolTip("Return asks; Shift+Return begins a new line")
        self.setTabChangesFocus(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        keep_from_sideways(self)
        self.setFixedHeight(3 * self.fontMetrics().lineSpacing() + 3 * unit(self))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        shifted = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not shifted:
            self.asked.emit(self.toPlainText())
            return
        super().keyPressEvent(event)


class QueryDelegate(QStyledItemDelegate):
    """A question, and its answer in grey below; a pin where it is pinned to the memory."""

    def __init__(self, pinned: PinnedQuestions, parent: QWidget) -> None:
        super().__init__(parent)
        self._pinned = pinned

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        del index
        height = QFontMetrics(option.font).height()
        return QSize(8 * height, round(2.9 * height))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        colors = colors_of(option.palette)
        rect = QRectF(option.rect)
        state = option.state
        font = option.font
        space = QFontMetrics(font).height() / 2
        painter.save()
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, colors.color("accent", 0.16))
            painter.fillRect(QRectF(rect.left(), rect.top(), 3, rect.height()), colors.color("accent"))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, colors.color("hover"))
        words = rect.adjusted(1.5 * space, 0, -space, 0)
        text = index.data(TextRole)
        if text.strip() in self._pinned.texts:
            side = round(1.8 * space)
            place = QRect(round(words.right()) - side, round(rect.top() + 0.5 * space), side, side)
            icon("pin", colors).paint(painter, place)
            words.setRight(place.left() - space / 2)
        middle = rect.center().y()
        for text, small, color, top, bottom in (
            (index.data(), 1.0, "text", rect.top() + space * 0.4, middle),
            (index.data(AnswerRole), 0.92, "muted", middle, rect.bottom() - space * 0.4),
        ):
            drawn = ui_font(font, scale=small)
            painter.setFont(drawn)
            painter.setPen(colors.color(color))
            line = QRectF(words.left(), top, words.width(), bottom - top)
            painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, elided(text or "", drawn, line.width()))
        painter.restore()


class QueriesPanel(QWidget):
    """List above, box below. GUI thread.

    Signals:
        asked(str): a question was typed and Return pressed.
        shown(int): a row of the list was chosen.
        asked_again(int): Return was pressed on a row, or it was double-clicked.
    """

    asked = Signal(str)
    shown = Signal(int)
    asked_again = Signal(int)

    def __init__(
        self,
        queries: QueryList,
        actions: Actions,
        pinned: PinnedQuestions,
        recall: RecallChoice,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._queries = queries
        self._pinned = pinned
        space = unit(self)
        self.list = QListView(self)
        self.list.setModel(queries)
        self.list.setItemDelegate(QueryDelegate(pinned, self.list))
        self.list.setUniformItemSizes(True)
        self.list.setMouseTracking(True)
        self.list.setFrameShape(QListView.Shape.NoFrame)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.list.setAccessibleName("Questions")
        self.list.setToolTip("Questions with their answers (Ctrl+↑, Ctrl+↓); Return asks again")
        self.list.selectionModel().currentChanged.connect(self._row_changed)
        self.list.activated.connect(self._activated)
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.customContextMenuRequested.connect(self._show_menu)
        pinned.changed.connect(self.list.viewport().update)
        self._hint = plain_label(self, "About the list of questions", quiet=True)
        self._hint.setText("Questions you ask gather here with their answers. Load a file to ask many.")
        self._hint.setWordWrap(True)
        self._hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._hint.setMargin(2 * space)
        self.box = QueryBox(self)
        self.box.asked.connect(self.asked)
        self._words = plain_label(self, "Place in the list", quiet=True)
        buttons = QHBoxLayout()
        buttons.setContentsMargins(space, space // 4, space // 2, space // 4)
        buttons.setSpacing(space // 4)
        buttons.addWidget(self._words, 1)
        for name in ("previous_query", "next_query", "load_queries", "ask"):
            buttons.addWidget(tool_button(self, actions[name]))
        around = QHBoxLayout()
        around.setContentsMargins(space, 0, space, space)
        around.addWidget(self.box)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._hint, 1)
        column.addWidget(self.list, 1)
        column.addLayout(buttons)
        self.as_of = AsOfBar(recall, self)
        column.addLayout(around)
        column.addWidget(self.as_of)
        queries.current_changed.connect(self._current_changed)
        queries.rowsInserted.connect(self._refresh)
        queries.modelReset.connect(self._refresh)
        self._refresh()

    def _refresh(self) -> None:
        count = self._queries.rowCount()
        self.list.setVisible(count > 0)
        self._hint.setVisible(count == 0)
        self._words.setText(f"{self._queries.current + 1} / {count:,}" if count else "")

    def _current_changed(self, row: int) -> None:
        index = self._queries.index(row)
        self.list.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self.list.scrollTo(index)
        self._refresh()

    def _row_changed(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if current.isValid() and current.row() != self._queries.current:
            self.shown.emit(current.row())

    def menu_for(self, row: int) -> QMenu:
        """What can be done with a question of the list."""
        text = self._queries.item(row).text
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        if text.strip() in self._pinned.texts:
            action = menu.addAction("Unpin This Question from the Memory")
            action.setToolTip("The memory’s forecast does not look at it any more")
            action.triggered.connect(partial(self._pinned.unpin, text))
        else:
            action = menu.addAction("Pin This Question to the Memory")
            action.setToolTip("Kept with the memory: its forecast says what this question will no longer recall")
            action.triggered.connect(partial(self._pinned.pin, text))
        again = menu.addAction("Ask Again")
        again.setToolTip("Ask this question with the options of now")
        again.triggered.connect(partial(self.asked_again.emit, row))
        return menu

    def _show_menu(self, place: QPoint) -> None:
        index = self.list.indexAt(place)
        if index.isValid():
            menu = self.menu_for(index.row())
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.popup(self.list.viewport().mapToGlobal(place))

    def _activated(self, index: QModelIndex) -> None:
        self.asked_again.emit(index.row())


def read_queries(path: str | Path) -> list[str]:
    """The questions of a text file: one a line, up to the first tab; empty lines are left out.

    Raises:
        KnownError: the file cannot be read, is not text, is too big or holds no question.
    """
    name = Path(path).name
    try:
        if Path(path).stat().st_size > LONGEST_FILE:
            raise KnownError(f"“{name}” is larger than 50 MB; split it and load a part.")
        text = Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise KnownError(f"“{name}” cannot be read ({error.strerror}); choose another file.") from error
    except UnicodeDecodeError:
        raise KnownError(f"“{name}” is not UTF-8 text; save it as UTF-8 and load it again.") from None
    questions = [line.split("\t", 1)[0].strip() for line in text.splitlines()]
    questions = [question for question in questions if question]
    if not questions:
        raise KnownError(f"“{name}” holds no question; write one on each line.")
    return questions
