"""Which entries of a memory are private."""

from __future__ import annotations

from collections.abc import Sequence

from memviz.core.memory import Store


def private_among(store: Store, ids: Sequence[int]) -> frozenset[int]:
    """Those of these ids whose entries are private now, or were when they left the memory. Store thread.

    What an entry said before it became private is private too.
    """
    there = {entry.id: entry for entry in store.get(ids)}
    private = {entry_id for entry_id, entry in there.items() if entry.private}
    for entry_id in ids:
        if entry_id not in there:
            last = next(iter(store.history(entry_id, limit=1)), None)
            if last is not None and last.diff.before is not None and last.diff.before.private:
                private.add(entry_id)
    return frozenset(private)
