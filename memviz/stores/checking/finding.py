"""What a check found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

#: More ids of entries than these are only counted.
MOST_IDS = 1_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be.

    Attributes:
        code: what kind of thing, for programs (``index``, ``counts`` …); ``repair`` knows what to do by it.
        words: a sentence for people.
        repairable: it follows from what is sound, so that ``repair`` can make it anew.
        ids: entries that it is about, at most :data:`MOST_IDS`.
        count: of all of them.
    """

    code: str
    words: str
    repairable: bool = False
    ids: tuple[int, ...] = ()
    count: int = 0


class Ids:
    """Ids of entries as they are found: the first are kept, all are counted."""

    def __init__(self, ids: Iterable[int] = ()) -> None:
        self._kept: dict[int, None] = {}
        self.count = 0
        for entry_id in ids:
            self.add(entry_id)

    def __bool__(self) -> bool:
        return self.count > 0

    def add(self, entry_id: int) -> None:
        """An id that is not the one before."""
        self.count += 1
        if len(self._kept) < MOST_IDS:
            self._kept[entry_id] = None

    @property
    def kept(self) -> tuple[int, ...]:
        return tuple(self._kept)

    @property
    def words(self) -> str:
        """“entry 5”, “entries 5, 8 and 9”, “1,204 entries (5, 8, 9 …)”."""
        first = list(islice(self._kept, 3))
        if self.count == 1:
            return f"entry {first[0]}"
        if self.count <= len(first):
            return f"entries {', '.join(map(str, first[:-1]))} and {first[-1]}"
        return f"{self.count:,} entries ({', '.join(map(str, first))} …)"


def of_entries(code: str, words: str, ids: Ids, *, repairable: bool = False) -> Iterator[Finding]:
    """The finding about these entries; nothing where there are none. ``words``: with ``{}`` for the entries."""
    if ids:
        sentence = words.format(ids.words)
        yield Finding(code, sentence[0].upper() + sentence[1:], repairable, ids.kept, ids.count)
