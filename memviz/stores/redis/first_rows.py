"""What a memory shows while its mirror is being filled: ids and rows, from the server itself."""

from __future__ import annotations

import json
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from memviz.core.entry import Entry
from memviz.stores.redis.catch_up import read_news
from memviz.stores.redis.hashes import read_hashes
from memviz.stores.redis.head import Head
from memviz.stores.redis.keys import Keys, ids_of_pages
from memviz.stores.redis.link import Link


@dataclass(frozen=True, slots=True)
class FirstRows:
    """A memory as it was when it was opened.

    Attributes:
        version: of the memory.
        ids: all, ascending.
        settings: what the memory keeps about itself.
        ahead: entries of events whose hashes may not be written yet; None for one that was deleted.
    """

    version: int
    ids: array[int]
    settings: Mapping[str, Any]
    ahead: Mapping[int, Entry | None]

    def get(self, link: Link, keys: Keys, ids: Sequence[int]) -> list[Entry]:
        """The entries with these ids, in this order; ids that do not exist are left out."""
        wanted = {int(entry_id) for entry_id in ids if 0 < entry_id < 2**63}
        found: dict[int, Entry | None] = dict(read_hashes(link, keys, sorted(wanted - self.ahead.keys())))
        found |= self.ahead
        return [entry for entry_id in ids if (entry := found.get(int(entry_id))) is not None]


def first_rows(link: Link, keys: Keys, head: Head) -> FirstRows:
    """Reads what is shown first; a few requests, however large the memory is."""
    pages = link.call(keys.head, "HGETALL", keys.ids)
    ids = ids_of_pages({int(pages[at]): pages[at + 1] for at in range(0, len(pages), 2)})
    return FirstRows(
        head.version,
        array("q", ids.tobytes()),
        {name: json.loads(value) for name, value in head.settings.items()},
        _ahead(link, keys, head),
    )


def _ahead(link: Link, keys: Keys, head: Head) -> dict[int, Entry | None]:
    after: dict[int, Entry | None] = {}
    done = head.done
    while done < head.seq:
        events = read_news(link, keys, head.uid, done).events
        if not events:
            break
        for event in events:
            after.update((diff.entry_id, diff.after) for diff in event.diffs)
            if event.kind == "used":
                used = {i: (last_used, count) for i, last_used, count in event.body}
                missing = read_hashes(link, keys, used.keys() - after.keys())
                for entry_id, (last_used, count) in used.items():
                    entry = after.get(entry_id, missing.get(entry_id))
                    if entry is not None:
                        after[entry_id] = replace(entry, last_used=last_used, used_count=count)
        done = events[-1].seq
    return after
