"""Which entry stands for a superseded one, if any of those that do can still be used."""

from __future__ import annotations

from collections.abc import Callable

from memviz.core.entry import Entry

#: A chain of entries that supersede each other is followed this far.
_LONGEST_CHAIN = 100


def stands_for(entry: Entry, find: Callable[[int], Entry | None], usable: Callable[[Entry], bool]) -> Entry | None:
    """The last of the entries that supersede each other, from this one on, that can be used.

    None where the entry is not superseded, where all that supersede it are gone or cannot be used, and in a circle:
    then it stands for itself.

    Args:
        find: an entry by its id, None where there is none.
        usable: whether an entry can stand for others.
    """
    seen = {entry.id}
    end = None
    while entry.superseded_by is not None and len(seen) <= _LONGEST_CHAIN:
        if entry.superseded_by in seen:
            return None
        found = find(entry.superseded_by)
        if found is None:
            break
        entry = found
        seen.add(entry.id)
        if usable(entry):
            end = entry
    return end
