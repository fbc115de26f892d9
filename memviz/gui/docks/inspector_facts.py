"""What the inspector knows of the entry that it shows."""

from __future__ import annotations

from dataclasses import dataclass

from memviz.core.edits import HistoryRow
from memviz.core.entry import Entry

#: Address of the memory, id of the entry.
Key = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Facts:
    """What the store says of one entry; ``entry`` is None where it is gone."""

    memory_url: str
    entry_id: int
    entry: Entry | None
    rows: list[HistoryRow]
    limit: int

    @property
    def key(self) -> Key:
        """Of its draft."""
        return self.memory_url, self.entry_id

    @property
    def private(self) -> bool:
        """It is, or was in a version that the history shows."""
        sides = [self.entry, *(side for row in self.rows for side in (row.diff.before, row.diff.after))]
        return any(side is not None and side.private for side in sides)
