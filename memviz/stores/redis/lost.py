"""Entries that should be there and are not: their hashes went missing on the server before this copy had them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from memviz.stores.redis.hashes import read_hashes
from memviz.stores.redis.keys import Keys, ids_of_pages
from memviz.stores.redis.link import Link
from memviz.stores.redis.mirror import Mirror

#: How many ids a sentence names.
_NAMED = 8


def find_lost(link: Link, keys: Keys, mirror: Mirror) -> None:
    """Compares a mirror that has all events with the count of entries and the server's bitmap of their ids.

    What is on the server by now (after a backup was brought back) is taken; the rest is noted in the mirror.
    What others do meanwhile needs no care: an event that touches an entry takes it off the list when it is replayed.

    Raises:
        KnownError: the server does not answer.
    """
    count, last_id, ids = mirror.numbered()
    if len(ids) >= count:
        mirror.note_lost((), ())
        return
    pages = link.call(keys.head, "HGETALL", keys.ids)
    there = ids_of_pages({int(pages[at]): pages[at + 1] for at in range(0, len(pages), 2)})
    lacking = np.setdiff1d(there[there <= last_id], ids, assume_unique=True).tolist()
    nameless = count - len(ids) - len(lacking)  # the bitmap has lost them too
    back = read_hashes(link, keys, lacking)
    lost = [entry_id for entry_id in lacking if entry_id not in back]
    mirror.note_lost(back.values(), [*lost, *range(-nameless, 0)])


def words_of_lost(lost: Sequence[int]) -> str:
    """What the user should know of them; empty for none. ``lost``: as :meth:`Mirror.lost` gives it."""
    if not lost:
        return ""
    named = [f"{entry_id}" for entry_id in lost if entry_id > 0]
    some = ", ".join(named[:_NAMED]) + (" …" if len(named) > _NAMED else "")
    ids = f" (id{'s' if len(named) > 1 else ''} {some})" if named else ""
    are = "1 entry of this memory is" if len(lost) == 1 else f"{len(lost):,} entries of this memory are"
    return (
        f"{are} missing from the server{ids}; restore the server from a backup and open the memory again, or copy the"
        " memory (memviz entries copy) on a computer that opened it before."
    )
