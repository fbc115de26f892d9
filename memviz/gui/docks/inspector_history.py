"""The versions of one entry: when, who, what; and the way back to each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from memviz.core.edits import EntryDiff, HistoryRow
from memviz.core.entry import EDITABLE_FIELDS, Entry
from memviz.gui.docks.inspector_diff import DiffText
from memviz.gui.docks.inspector_draft import raw_of
from memviz.gui.tables.ages import age, date_time
from memviz.gui.tables.labels import PlainLabel
from memviz.gui.tables.plain import one_line, tooltip
from memviz.gui.tables.word_diff import word_diff

_DIFFED = ("key", "text")


@dataclass(frozen=True, slots=True)
class Version:
    """One state of an entry.

    Attributes:
        title: version, when, who.
        when: exactly.
        diff: what led here; None for the state before the first known change.
        entry: the state; None where the entry was deleted.
        overtaken: the change was undone later.
    """

    title: str
    when: str
    diff: EntryDiff | None
    entry: Entry | None
    overtaken: bool = False


def versions(rows: Sequence[HistoryRow]) -> list[Version]:
    """States from the newest to the oldest that the rows (newest first) tell of."""
    found = []
    for row in rows:
        who = f" · {row.initiator}" if row.initiator else ""
        what = f" · {row.kind}" if row.kind != "edit" else ""
        ago = age(row.time)
        when = f" · {ago}" if ago else ""
        title = f"v{row.version}{when}{one_line(who, 40)}{what}"
        found.append(Version(title, date_time(row.time), row.diff, row.diff.after, row.undone))
    if rows and rows[-1].diff.before is not None:
        found.append(Version("original", "", None, rows[-1].diff.before))
    return found


def same_content(one: Entry | None, other: Entry | None) -> bool:
    """Equal in all fields that a user can edit."""
    if one is None or other is None:
        return one is other
    return all(getattr(one, name) == getattr(other, name) for name in EDITABLE_FIELDS)


def summary(diff: EntryDiff) -> list[str]:
    """A line for each changed field that is not shown as a diff of words."""
    if diff.before is None:
        return ["created"]
    if diff.after is None:
        return ["deleted"]
    lines = []
    for name in diff.changed_fields():
        if name in EDITABLE_FIELDS and name not in _DIFFED:
            before, after = (_value(entry, name) for entry in (diff.before, diff.after))
            lines.append(f"{name}: {before} → {after}")
    return lines


def _value(entry: Entry, name: str) -> str:
    return one_line(" ".join(str(raw_of(entry, name)).split()), 120) or "nothing"


class HistoryList(QWidget):
    """GUI thread.

    Signals:
        restore_wanted(object): the :class:`Version` to go back to.
        more_wanted(): older versions.
    """

    restore_wanted = Signal(object)
    more_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: list[QWidget] = []
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(8)

    @property
    def rows(self) -> list[QWidget]:
        return self._rows

    def show_versions(self, found: Sequence[Version], current: Entry | None, *, more: bool) -> None:
        """``current``: as stored now; ``more``: there are older ones than these."""
        for row in self._rows:
            self._layout.removeWidget(row)
            row.hide()
            row.deleteLater()
        self._rows = []
        if not found:
            self._add(PlainLabel("Not changed since it was brought in.", self, color="muted"))
        for number, version in enumerate(found):
            self._add(VersionRow(version, current, self, newest=number == 0))
        if more:
            button = QToolButton(self)
            button.setText("Show older versions")
            button.setToolTip("Read older versions of this entry")
            button.clicked.connect(self.more_wanted)
            self._add(button)

    def _add(self, row: QWidget) -> None:
        self._rows.append(row)
        self._layout.addWidget(row)


class VersionRow(QWidget):
    """Title, what changed, and a button that brings this version back."""

    def __init__(self, version: Version, current: Entry | None, owner: HistoryList, *, newest: bool) -> None:
        super().__init__(owner)
        self.version = version
        self._owner = owner
        title = PlainLabel(version.title + (" · undone" if version.overtaken else ""), self, color="muted")
        title.setToolTip(version.when)
        title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 0, 0)
        head.addWidget(title, 1)
        self.restore: QToolButton | None = None
        if same_content(version.entry, current):
            same = PlainLabel("current" if newest else "as now", self, color="muted")
            same.setContentsMargins(0, 0, 6, 0)
            head.addWidget(same)
        elif version.entry is not None:
            self.restore = QToolButton(self)
            self.restore.setText("Restore")
            self.restore.setToolTip("Set this entry back to this version, as a new edit (Ctrl+Z takes it back)")
            self.restore.setAccessibleName(f"Restore {version.title}")
            self.restore.clicked.connect(self._restore)
            head.addWidget(self.restore)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(head)
        self._add_changes(layout, version)

    def _add_changes(self, layout: QVBoxLayout, version: Version) -> None:
        diff = version.diff
        if diff is None:
            return
        for line in summary(diff):
            label = PlainLabel(line, self, color="muted")
            label.setWordWrap(True)
            label.setToolTip(tooltip(line))
            layout.addWidget(label)
        for name in _DIFFED:
            before = getattr(diff.before, name, "")
            after = getattr(diff.after, name, "")
            if before != after:
                layout.addWidget(DiffText(word_diff(before, after), self))

    def _restore(self) -> None:
        self._owner.restore_wanted.emit(self.version)
