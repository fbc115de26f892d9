"""A snapshot that asks, each time it is used, whether what is being looked for is still wanted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from memviz.core.entry import Entry
from memviz.core.progress import Progress
from memviz.core.snapshot import Snapshot

#: Entries that are scanned between two questions.
_ASK_EVERY = 1_000


class WatchedSnapshot:
    """Lets a long look at a memory be stopped, whoever looks: a walk uses its snapshot many times a second.

    Args:
        snapshot: what is looked at.
        progress: called before each use, with no figures; what it raises ends the look.
        words: what is being done.
    """

    def __init__(self, snapshot: Snapshot, progress: Progress, words: str) -> None:
        self._snapshot, self._progress, self._words = snapshot, progress, words

    def __getattr__(self, name: str) -> Any:
        self._progress(0, 0, self._words)
        return getattr(self._snapshot, name)

    def scan(self, *, after: int = 0) -> Iterator[Entry]:
        for number, entry in enumerate(self._snapshot.scan(after=after)):
            if number % _ASK_EVERY == 0:
                self._progress(0, 0, self._words)
            yield entry
