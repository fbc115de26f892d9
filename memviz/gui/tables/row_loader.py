"""Brings rows from the store thread into the cache, page by page, and never makes the GUI thread wait."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QTimer, Signal

from memviz.core.errors import KnownError
from memviz.gui.bridge import Bridge
from memviz.gui.tables.entry_source import EntrySource, Readable
from memviz.gui.tables.row_cache import Row, RowCache, read_rows

PAGE = 64
#: Pages that can be in sight at once; of what was wanted before, while scrolling past, nothing is read any more.
_NEWEST_PAGES = 4
_MOST_REFRESHED = 512


class RowLoader(QObject):
    """One reading at a time: first the pages wanted last, then the pages beside them. GUI thread.

    Signals:
        loaded(): rows came in.
        failed(object): the exception of a reading.
    """

    loaded = Signal()
    failed = Signal(object)

    def __init__(
        self,
        source: EntrySource,
        bridge: Bridge,
        page_ids: Callable[[int], Sequence[int]],
        parent: QObject | None = None,
    ) -> None:
        """``page_ids(page)``: ids of the rows ``page * PAGE`` … as they stand now."""
        super().__init__(parent)
        self._source = source
        self._bridge = bridge
        self._page_ids = page_ids
        self._cache = RowCache()
        self._wanted: OrderedDict[int, None] = OrderedDict()
        self._beside: list[int] = []
        self._reading = False
        self._epoch = 0
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self._read_next)

    def get(self, entry_id: int) -> Row | None:
        return self._cache.get(entry_id)

    def want(self, page: int) -> None:
        """Asks for a page that is (or was a moment ago) in sight; many calls of one painting become one reading."""
        self._wanted[page] = None
        self._wanted.move_to_end(page)
        while len(self._wanted) > _NEWEST_PAGES:
            self._wanted.popitem(last=False)
        if not self._reading and not self._soon.isActive():
            self._soon.start()

    def refresh(self, ids: Sequence[int]) -> None:
        """Reads rows again that have changed; until then the old ones stay in sight."""
        known = [entry_id for entry_id in ids if entry_id in self._cache]
        if len(known) > _MOST_REFRESHED:
            self._cache.drop(known)
            self.loaded.emit()
        elif known:
            self._read(known, self._refreshed)

    def put(self, rows: Sequence[Row]) -> None:
        """Takes in rows that were read with a search."""
        self._cache.put(rows)

    def drop(self, ids: Sequence[int]) -> None:
        self._cache.drop(ids)

    def reset(self) -> None:
        """Another memory is open: nothing known holds any more, nothing on its way is taken in."""
        self._epoch += 1
        self._reading = False
        self._cache.clear()
        self._wanted.clear()
        self._beside.clear()

    def _read_next(self) -> None:
        if self._reading:
            return
        if self._wanted:
            pages = list(reversed(self._wanted))
            self._wanted.clear()
            self._beside = sorted({near for page in pages for near in (page - 1, page + 1)} - set(pages))
        else:
            pages, self._beside = self._beside, []
        ids = [entry_id for page in pages if page >= 0 for entry_id in self._page_ids(page)]
        missing = [entry_id for entry_id in ids if entry_id not in self._cache]
        if missing:
            self._reading = True
            self._read(missing, self._page_read)
        elif self._beside:
            self._soon.start()

    def _read(self, ids: list[int], then: Callable[[tuple[int, list[Row]]], None]) -> None:
        epoch = self._epoch

        def read(view: Readable) -> tuple[int, list[Row]]:
            return epoch, read_rows(view, ids)

        try:
            future = self._source.call(read)
        except KnownError as error:
            self._fail(error)
        else:
            self._bridge.watch(future, then, self._fail)

    def _page_read(self, result: tuple[int, list[Row]]) -> None:
        if result[0] == self._epoch:
            self._reading = False
            self._refreshed(result)
            self._soon.start()

    def _refreshed(self, result: tuple[int, list[Row]]) -> None:
        epoch, rows = result
        if epoch == self._epoch:
            self._cache.put(rows)
            self.loaded.emit()

    def _fail(self, error: BaseException) -> None:
        self._reading = False
        self.failed.emit(error)
