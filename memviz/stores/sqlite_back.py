"""The edits that make all entries of a memory file what they were at an earlier version, made as they are read."""

from __future__ import annotations

import sqlite3
from array import array

import numpy as np
from numpy.typing import NDArray

from memviz.core.edits import Delete, Edit, LazyEdits, Restore
from memviz.core.progress import Progress
from memviz.stores.sqlite_past_differing import Differing
from memviz.stores.sqlite_place import Place
from memviz.stores.sqlite_rows import Row, from_row


class EditsBack(LazyEdits):
    """A deletion of each entry that was not there, and a whole entry for each that was another one.

    They are read from a view of the memory as it is when this is made, whatever is written meanwhile. Of each only its
    id is kept, and whether it goes.
    """

    def __init__(self, connection: sqlite3.Connection, place: Place, version: int, progress: Progress) -> None:
        """``connection`` is in a transaction and closed with this; ``progress`` may raise ``Cancelled``."""
        self._connection = connection
        self._place = place
        connection.execute("PRAGMA temp_store = MEMORY")
        self._differing = Differing(connection, version, progress)
        ids, goes = array("q"), bytearray()
        for rows in self._differing.rows(progress, "comparing with what was"):
            for entry_id, then in rows:
                ids.append(entry_id)
                goes.append(then is None)
        loaded = self._differing.loaded
        together = np.concatenate([np.frombuffer(ids, np.int64), loaded])
        order = np.argsort(together, kind="stable")
        self._ids = together[order]
        self._goes = np.concatenate([np.frombuffer(goes, np.bool_), np.ones(len(loaded), np.bool_)])[order]

    @property
    def entry_ids(self) -> NDArray[np.int64]:
        return self._ids

    def between(self, first: int, last: int) -> list[Edit]:
        """Raises a KnownError where the history is damaged."""
        ids, goes = self._ids[first:last], self._goes[first:last]
        with self._place.errors():
            rows = iter(self._differing.rows_of(ids[~goes].tolist()))
        return [
            Delete(entry_id) if gone else Restore(from_row(_there(next(rows))))
            for entry_id, gone in zip(ids.tolist(), goes.tolist(), strict=True)
        ]

    def close(self) -> None:
        self._connection.close()


def _there(row: Row | None) -> Row:
    assert row is not None  # else it goes
    return row[:-1]  # without the subject, which is no field of an entry
