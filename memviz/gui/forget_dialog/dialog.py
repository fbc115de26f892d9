"""Forget Entries: says first that it cannot be undone, lists what will go, and shows the receipt at the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QRadioButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from memviz.core.entry import Entry
from memviz.core.errors import KnownError
from memviz.core.forgetting import Found, Wish
from memviz.gui.bridge import Bridge
from memviz.gui.fonts import ui_font
from memviz.gui.forget_dialog.work import ForgetWork
from memviz.gui.jobs import Jobs
from memviz.gui.metrics import unit
from memviz.gui.privacy import Privacy
from memviz.gui.pump import Pump
from memviz.gui.tables.plain import one_line, tooltip
from memviz.gui.theme import colors_of
from memviz.gui.widgets import keep_from_sideways, plain_label
from memviz.session.forgetting_words import lines_of

if TYPE_CHECKING:
    from memviz.session.session import Session

WARNING = "Forgetting cannot be undone."
WHAT = (
    "Entries leave the memory, its history, full-text index, vectors, settings, backups, log and free pages. Then every"
    " byte of its files is searched for their texts, and a receipt tells what was removed and checked. Answers of this"
    " window that read them go too. What was copied or exported elsewhere stays."
)
#: Typing pauses so long, in milliseconds, before it is looked for what is meant.
_PAUSE_MS = 400
_IDS, _OWNER, _SEARCH = range(3)


class ForgetDialog(QDialog):
    """The window behind it stays usable. GUI thread.

    Attributes:
        work: close it with the window.
    """

    def __init__(
        self,
        session: Session,
        bridge: Bridge,
        jobs: Jobs,
        pump: Pump,
        privacy: Privacy,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Forget Entries")
        self._session, self._pump, self._privacy = session, pump, privacy
        self._listed: tuple[Found, Sequence[Entry]] | None = None
        self.work = ForgetWork(session, bridge, jobs, self)
        self._chosen: tuple[int, ...] = ()
        self._wish: Wish | None = None
        self._found: Found | None = None
        self.warning = plain_label(self, "Warning")
        self.warning.setText(WARNING)
        self.warning.setFont(ui_font(self.font(), semi_bold=True))
        what = plain_label(self, "What forgetting means", quiet=True)
        what.setText(WHAT)
        what.setWordWrap(True)
        self.ways = QButtonGroup(self)
        self.chosen = self._way(_IDS, "The chosen entries", "Forget what is chosen in the table")
        self.by_owner = self._way(_OWNER, "All of the owner", "Forget what is, or once was, this owner’s")
        self.by_search = self._way(_SEARCH, "All that hold", "Forget what holds, or once held, all of these words")
        self.owner = self._line("Owner", "The owner’s name, as it is written in the entries")
        self.words = self._line("Words", "Words as you would search them in the table")
        self.count = plain_label(self, "How many will go")
        self.count.setWordWrap(True)
        self.list = QListWidget(self)
        self.list.setAccessibleName("What will go")
        self.list.setToolTip("What will go, as it is, or as it was last; the first hundred")
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.setUniformItemSizes(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.receipt = self._line("Receipt", "The file that the receipt is written to; it holds no forgotten text")
        self.choose = QPushButton("Choose …", self)
        self.choose.setToolTip("Choose the file of the receipt")
        self.choose.setAutoDefault(False)
        self.bar = QProgressBar(self)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress of forgetting")
        self.bar.setToolTip("Progress of forgetting")
        self.progress = plain_label(self, "How it goes", quiet=True)
        self.progress.setWordWrap(True)
        self.told = QPlainTextEdit(self)
        self.told.setReadOnly(True)
        keep_from_sideways(self.told)
        self.told.setAccessibleName("Receipt")
        self.told.setToolTip("What was removed and checked")
        buttons = QDialogButtonBox(self)
        self.forget = buttons.addButton("Forget", QDialogButtonBox.ButtonRole.DestructiveRole)
        self.forget.setAutoDefault(False)
        self.forget.setToolTip("Forget these entries for good")
        self.leave = buttons.addButton("Cancel", QDialogButtonBox.ButtonRole.RejectRole)
        self.leave.setToolTip("Forget nothing, or stop as long as nothing is gone")
        self._lay_out(what, buttons)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_PAUSE_MS)
        self._connect()

    def _way(self, number: int, words: str, tip: str) -> QRadioButton:
        button = QRadioButton(words, self)
        button.setToolTip(tip)
        button.setAccessibleName(words)
        self.ways.addButton(button, number)
        return button

    def _line(self, name: str, tip: str) -> QLineEdit:
        line = QLineEdit(self)
        line.setAccessibleName(name)
        line.setToolTip(tip)
        return line

    def _lay_out(self, what: QWidget, buttons: QWidget) -> None:
        space = unit(self)
        grid = QGridLayout()
        grid.setHorizontalSpacing(2 * space)
        grid.setVerticalSpacing(space)
        grid.addWidget(self.chosen, 0, 0, 1, 2)
        grid.addWidget(self.by_owner, 1, 0)
        grid.addWidget(self.owner, 1, 1)
        grid.addWidget(self.by_search, 2, 0)
        grid.addWidget(self.words, 2, 1)
        file = QHBoxLayout()
        file.setSpacing(space)
        label = plain_label(self)
        label.setText("Receipt")
        file.addWidget(label)
        file.addWidget(self.receipt, 1)
        file.addWidget(self.choose)
        asking = QWidget(self)
        column = QVBoxLayout(asking)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(space)
        column.addLayout(grid)
        column.addWidget(self.count)
        column.addWidget(self.list, 1)
        column.addLayout(file)
        self.pages = QStackedWidget(self)
        self.pages.addWidget(asking)
        self.pages.addWidget(self.told)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(2 * space, 2 * space, 2 * space, 2 * space)
        whole.setSpacing(space)
        for widget in (self.warning, what):
            whole.addWidget(widget)
        whole.addWidget(self.pages, 1)
        for widget in (self.progress, self.bar, buttons):
            whole.addWidget(widget)
        self.resize(84 * space, 68 * space)

    def _connect(self) -> None:
        self._soon.timeout.connect(self._look)
        self.ways.idClicked.connect(self._way_chosen)
        self.owner.textEdited.connect(self._typed)
        self.words.textEdited.connect(self._typed)
        self.receipt.textChanged.connect(self._enable)
        self.choose.clicked.connect(self._choose_file)
        self.forget.clicked.connect(self._forget)
        self.leave.clicked.connect(self.reject)
        self.work.found.connect(self._take)
        self.work.forgot.connect(self._done)
        self.work.stopped.connect(self._stopped)
        self.work.changed.connect(self._enable)
        self._privacy.changed.connect(self._fill_list)
        self._pump.ticked.connect(self._show_progress)

    # -- what the window calls ---------------------------------------------------------------------------------------

    def begin(self, chosen: Sequence[int]) -> None:
        """Shows itself anew.

        Args:
            chosen: ids of the entries that are chosen in the table.
        """
        if not self.isVisible():
            self._chosen = tuple(chosen)
            self.pages.setCurrentIndex(0)
            self.leave.setText("Cancel")
            self.forget.show()
            self.chosen.setText(_chosen_words(chosen))
            self.chosen.setEnabled(bool(chosen))
            (self.chosen if chosen else self.by_owner).setChecked(True)
            self.owner.clear()
            self.words.clear()
            self.receipt.setText(str(_proposed(self._session.memory_url)))
            self.receipt.setCursorPosition(0)
            self._look()
        self.show()
        self.raise_()
        self.activateWindow()
        if not chosen:
            self.owner.setFocus()

    def reject(self) -> None:
        self._soon.stop()
        self.work.cancel()
        super().reject()

    # -- what will go ------------------------------------------------------------------------------------------------

    def _way_chosen(self, number: int) -> None:
        {_OWNER: self.owner, _SEARCH: self.words}.get(number, self.list).setFocus()
        self._look()

    def _typed(self) -> None:
        (self.by_owner if self.sender() is self.owner else self.by_search).setChecked(True)
        self._forget_found("")
        self._soon.start()

    def _look(self) -> None:
        self._forget_found("")
        number = self.ways.checkedId()
        try:
            if number == _IDS:
                self._wish = Wish(ids=self._chosen)
            elif number == _OWNER:
                self._wish = Wish(owner=self.owner.text().strip())
            else:
                self._wish = Wish(search=self.words.text().strip())
        except KnownError:
            self.work.cancel()
            self._forget_found("Say whose entries are to go." if number == _OWNER else "Say which words they hold.")
            return
        self.work.look(self._wish)

    def _forget_found(self, words: str) -> None:
        self._found = self._listed = None
        self._fill_list()
        self.count.setText(words)
        self.progress.setText("")
        self._enable()

    def _take(self, wish: Wish, found: Found, entries: Sequence[Entry]) -> None:
        self._wish, self._found = wish, found
        self.progress.setText("")
        gone = len(found.ids) - len(found.there)
        which = [_entries(len(found.there))] if found.there or not gone else []
        which += [f"{_entries(gone)} that only the history knows"] if gone else []
        self.count.setText(
            f"{' and '.join(which)} will go, with {found.parts:,}"
            f" {'part' if found.parts == 1 else 'parts'} of the history."
        )
        self._listed = found, entries
        self._fill_list()
        self._enable()

    def _fill_list(self) -> None:
        """With what was found; private entries are masked."""
        self.list.clear()
        if self._listed is None:
            return
        found, entries = self._listed
        there = set(found.there)
        colors = colors_of(self.palette())
        for entry in map(self._privacy.entry, entries):
            mark = "" if entry.id in there else "deleted · "
            item = QListWidgetItem(f"{entry.id}   {mark}{one_line(entry.key)}   {one_line(entry.text, 300)}")
            item.setToolTip(tooltip(f"{entry.key}\n{entry.text}"))
            if entry.id not in there:
                item.setForeground(colors.color("muted"))
            self.list.addItem(item)
        if len(entries) < len(found.ids):
            self.list.addItem(f"… and {len(found.ids) - len(entries):,} more")

    # -- forgetting --------------------------------------------------------------------------------------------------

    def _choose_file(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, "Receipt", self.receipt.text(), "Receipts (*.json);;All files (*)")
        if path:
            self.receipt.setText(path)

    def _forget(self) -> None:
        if self._wish is not None and self._found is not None:
            self.work.forget(self._wish, self._found, Path(self.receipt.text().strip()).expanduser().absolute())

    def _done(self, receipt: Mapping[str, Any]) -> None:
        self.told.setPlainText("\n".join(lines_of(receipt)) + f"\n\nThe receipt is in {self.receipt.text()}.")
        self.pages.setCurrentIndex(1)
        self.progress.setText("")
        self.forget.hide()
        self.leave.setText("Close")
        self._enable()

    def _stopped(self, words: str) -> None:
        self.progress.setText(words)
        if self.pages.currentIndex() == 0 and "gone" in words:
            self._found = None
        self._enable()

    def _show_progress(self) -> None:
        job = self.work.job
        if job is None or not self.isVisible():
            return
        done, total, words = job.latest
        self.progress.setText(words)
        self.bar.setRange(0, 1_000 if total else 0)
        self.bar.setValue(min(1_000, 1_000 * done // total) if total else 0)

    def _enable(self) -> None:
        busy = self.work.job is not None
        self.bar.setVisible(busy)
        self.forget.setEnabled(not busy and self._found is not None and bool(self.receipt.text().strip()))
        if self._found is not None:
            self.forget.setText(f"Forget {_entries(len(self._found.ids))}")
        else:
            self.forget.setText("Forget")


def _chosen_words(ids: Sequence[int]) -> str:
    if not ids:
        return "The chosen entries; none is chosen in the table"
    return f"The chosen entry {ids[0]}" if len(ids) == 1 else f"The {len(ids):,} chosen entries"


def _entries(count: int) -> str:
    return f"{count:,} {'entry' if count == 1 else 'entries'}"


def _proposed(url: str) -> Path:
    """Beside the memory, by its name and today's date."""
    path = Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:///") else Path.home() / "memory"
    name = f"{path.stem}-forgotten-{date.today().isoformat()}"
    for number in range(1, 1_000):
        proposed = path.with_name(f"{name}{f'-{number}' if number > 1 else ''}.json")
        if not proposed.exists():
            return proposed
    return path.with_name(f"{name}.json")
