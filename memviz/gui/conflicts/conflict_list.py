"""The list of conflicts: what about, how many values, settled or open."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from memviz.core.recall_settings import RecallSettings
from memviz.gui.conflicts.shown_names import shown_name
from memviz.gui.fonts import ui_font
from memviz.gui.metrics import elided
from memviz.gui.privacy import Privacy
from memviz.gui.tables.plain import one_line, tooltip
from memviz.gui.theme import colors_of

if TYPE_CHECKING:
    from memviz.recall.conflicts import Conflict

Index = QModelIndex | QPersistentModelIndex
WordsRole = Qt.ItemDataRole.UserRole + 1
OpenRole = Qt.ItemDataRole.UserRole + 2
OPEN, SETTLED, ALL = "open", "settled", "all"


class ConflictRows(QAbstractListModel):
    """Those that match a search and a state, in the order of their first entries. GUI thread.

    The search looks into masked ones too, as that of the table does.
    """

    def __init__(self, privacy: Privacy, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._privacy = privacy
        privacy.changed.connect(self._draw_again)
        self._all: list[Conflict] = []
        self._shown: list[Conflict] = []
        self._text, self._state = "", OPEN
        self._exceptions: dict[str, Any] = {}

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - an invalid index is immutable
        return 0 if parent.isValid() else len(self._shown)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        one = self._shown[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return one_line(self.name(one))
            case Qt.ItemDataRole.ToolTipRole:
                entries = map(self._privacy.entry, one.entries[:6])
                return tooltip("\n".join([self.name(one), *(f"{e.id}  {one_line(e.text, 100)}" for e in entries)]))
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{one_line(self.name(one))}: {self._words(one)}"
            case _ if role == WordsRole:
                return self._words(one)
            case _ if role == OpenRole:
                return self._is_open(one)
        return None

    def name(self, one: Conflict) -> str:
        """What it is about, as it may be shown."""
        return shown_name(one, self._privacy)

    def _draw_again(self) -> None:
        if self._shown:
            self.dataChanged.emit(self.index(0), self.index(len(self._shown) - 1))

    def _is_open(self, one: Conflict) -> bool:
        return not one.settled and one.name not in self._exceptions

    def _words(self, one: Conflict) -> str:
        values = len({claim.values for claim in one.claims})
        state = "settled" if one.settled else "own policy" if one.name in self._exceptions else "open"
        return f"{values} values · {state}"

    def conflict(self, row: int) -> Conflict | None:
        return self._shown[row] if 0 <= row < len(self._shown) else None

    def row_of(self, name: str) -> int:
        return next((row for row, one in enumerate(self._shown) if one.name == name), -1)

    def counts(self) -> tuple[int, int]:
        """(Open, all)."""
        return sum(self._is_open(one) for one in self._all), len(self._all)

    def open_ones(self) -> list[Conflict]:
        """All that are undecided, whatever is searched for."""
        return [one for one in self._all if self._is_open(one)]

    def show_conflicts(self, conflicts: Iterable[Conflict], settings: RecallSettings) -> None:
        self._all, self._exceptions = list(conflicts), dict(settings.exceptions)
        self._filter()

    def search(self, text: str, state: str) -> None:
        self._text, self._state = text.casefold().strip(), state
        self._filter()

    def _filter(self) -> None:
        self.beginResetModel()
        self._shown = [one for one in self._all if self._matches(one)]
        self.endResetModel()

    def _matches(self, one: Conflict) -> bool:
        if self._state != ALL and self._is_open(one) != (self._state == OPEN):
            return False
        if not self._text:
            return True
        return any(self._text in text.casefold() for text in (one.name, *(entry.text for entry in one.entries)))


class ConflictDelegate(QStyledItemDelegate):
    """What it is about, and in grey below how many values it has."""

    def sizeHint(self, option: QStyleOptionViewItem, _index: Index) -> QSize:
        height = QFontMetrics(option.font).height()
        return QSize(8 * height, round(2.7 * height))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        colors, rect = colors_of(option.palette), QRectF(option.rect)
        space = QFontMetrics(option.font).height() / 2
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, colors.color("accent", 0.16))
            painter.fillRect(QRectF(rect.left(), rect.top(), 3, rect.height()), colors.color("accent"))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, colors.color("hover"))
        words = rect.adjusted(1.5 * space, 0.3 * space, -space, -0.3 * space)
        is_open = index.data(OpenRole)
        small = ui_font(option.font, scale=0.92)
        lines = (
            (index.data(), option.font, "text" if is_open else "muted"),
            (index.data(WordsRole), small, "warning" if is_open else "faint"),
        )
        for number, (text, font, color) in enumerate(lines):
            half = words.height() / 2
            line = QRectF(words.left(), words.top() + number * half, words.width(), half)
            painter.setFont(font)
            painter.setPen(colors.color(color))
            painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, elided(text or "", font, line.width()))
        painter.restore()


class ConflictList(QListView):
    """Shows :class:`ConflictRows`. GUI thread."""

    def __init__(self, rows: ConflictRows, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModel(rows)
        self.setItemDelegate(ConflictDelegate(self))
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setAccessibleName("Conflicts")
        self.setToolTip("What entries disagree about; choose one to see them side by side")
