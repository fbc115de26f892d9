"""A snapshot as it would be after an edit of one entry that leaves its key and text as they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from memviz.core.entry import Entry
from memviz.core.snapshot import Match, Snapshot
from memviz.core.text import normalised


class EditedSnapshot:
    """Lets an edit be tried before it is made. The index itself is not touched: it knows words, which stay the same."""

    def __init__(self, snapshot: Snapshot, edited: Entry) -> None:
        self._snapshot = snapshot
        self._edited = edited
        self._shown = edited.recallable(snapshot.now)

    @property
    def url(self) -> str:
        return self._snapshot.url

    @property
    def version(self) -> int:
        return self._snapshot.version

    @property
    def count(self) -> int:
        return self._snapshot.count

    @property
    def now(self) -> float:
        return self._snapshot.now

    @property
    def settings(self) -> Mapping[str, Any]:
        return self._snapshot.settings

    def get(self, ids: Sequence[int]) -> list[Entry]:
        return [self._edited if entry.id == self._edited.id else entry for entry in self._snapshot.get(ids)]

    def document_frequency(self, term: str) -> int:
        return self._snapshot.document_frequency(term)

    def match(
        self, any_of: Sequence[str], also_any_of: Sequence[str] = (), *, limit: int, only: int | None = None
    ) -> list[Match]:
        found = self._snapshot.match(any_of, also_any_of, limit=limit, only=only)
        if only is not None:
            return found
        others = [match for match in found if match.entry_id != self._edited.id]
        own = self._snapshot.match(any_of, also_any_of, limit=1, only=self._edited.id) if self._shown else []
        return sorted([*others, *own], key=lambda match: (-match.score, match.entry_id))[:limit]

    def with_subject(self, subjects: Sequence[str]) -> dict[int, str]:
        found = self._snapshot.with_subject(subjects)
        found.pop(self._edited.id, None)
        subject = normalised(self._edited.subject)
        if self._shown and subject and subject in subjects:
            found[self._edited.id] = subject
        return dict(sorted(found.items()))

    def with_key(self, keys: Sequence[str]) -> list[int]:
        found = [entry_id for entry_id in self._snapshot.with_key(keys) if entry_id != self._edited.id]
        return sorted([*found, self._edited.id]) if self._shown and self._edited.key in keys else found

    def newest(self, *, limit: int, source: str = "", before: int | None = None) -> list[int]:
        return self._snapshot.newest(limit=limit, source=source, before=before)

    def texts(self) -> Iterator[tuple[int, str, str]]:
        return self._snapshot.texts()

    def unchanged_between(self) -> tuple[float, float]:
        return self._snapshot.unchanged_between()

    def scan(self, *, after: int = 0) -> Iterator[Entry]:
        return (self._edited if entry.id == self._edited.id else entry for entry in self._snapshot.scan(after=after))

    def differing(self) -> frozenset[int]:
        return self._snapshot.differing()

    def close(self) -> None:
        self._snapshot.close()


def shown(entry: Entry) -> Entry:
    """The entry without what hides it from every recall."""
    return replace(entry, enabled=True, expires=None)
