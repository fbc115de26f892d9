"""One change of a memory file while it is written, batch by batch, inside a transaction."""

from __future__ import annotations

from collections.abc import Sequence

import sqlite_utils

from memviz.core.edits import Change, EntryDiff
from memviz.stores import sqlite_history as history
from memviz.stores.sqlite_edits import write
from memviz.stores.sqlite_set import SetPlan, write_set


class ChangeWriter:
    """Writes rows, index and history of one change; the caller holds the transaction from the first call to the last.

    Each entry has a part in at most one batch.

    Args:
        kind: ``edit``, ``undo`` or ``redo``; of these an edit without a difference is no change.
        target: version of the edit that an undo or redo is about.

    Attributes:
        touched: names of fields that the change set to another value, of entries that are still there.
    """

    def __init__(
        self, db: sqlite_utils.Database, kind: str, *, time: float, initiator: str, target: int | None = None
    ) -> None:
        self._db = db
        self._kind = kind
        self._time = time
        self._initiator = initiator
        self._target = target
        self._version = 0
        self._parts = 0
        self._inserted: list[int] = []
        self._updated: list[int] = []
        self._deleted: list[int] = []
        self.touched: set[str] = set()

    def add(self, diffs: Sequence[EntryDiff]) -> None:
        """Brings the entries from ``before`` to ``after``."""
        if not diffs:
            return
        self._begin()
        fields = [diff.changed_fields() for diff in diffs]
        self.touched |= write(self._db.conn, diffs, fields)
        history.add_parts(self._db.conn, self._version, self._parts, diffs, fields)
        self._parts += len(diffs)
        for diff in diffs:
            if diff.before is None:
                self._inserted.append(diff.entry_id)
            elif diff.after is None:
                self._deleted.append(diff.entry_id)
            else:
                self._updated.append(diff.entry_id)

    def add_set(self, plan: SetPlan) -> None:
        """The same values set in many entries."""
        if not plan.parts:
            return
        self._begin()
        self.touched |= write_set(self._db.conn, plan)
        history.add_told(self._db.conn, self._version, self._parts, plan.parts)
        self._parts += len(plan.parts)
        self._updated += [entry_id for entry_id, _, _ in plan.parts]

    def end(self) -> Change:
        """The change; of an edit without a difference one that carries the current version and no ids."""
        if self._kind != "edit":
            self._begin()
        if self._version:
            entries = history.head(self._db.conn)[1] + len(self._inserted) - len(self._deleted)
            history.set_entries(self._db.conn, self._version, entries)
        return Change(
            self._version or history.head(self._db.conn)[0],
            self._kind,
            tuple(self._inserted),
            tuple(self._updated),
            tuple(self._deleted),
            self._initiator,
        )

    def _begin(self) -> None:
        if self._version:
            return
        if self._kind == "edit":
            history.discard_undone(self._db.conn)
        self._version = history.begin(
            self._db,
            self._kind,
            time=self._time,
            initiator=self._initiator,
            entries=history.head(self._db.conn)[1],
            target=self._target,
        )
