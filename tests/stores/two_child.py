"""Edits its own entries of a memory and looks at those of others, for some seconds.

``python -m tests.stores.two_child FILE NAME SECONDS`` prints, at the end, what it acknowledged, and how stale at most
what it showed was: for how long it had been replaced when it was read anew.
"""

from __future__ import annotations

import json
import random
import sys
import time

from memviz.core.edits import Insert, Update
from memviz.core.errors import KnownError
from memviz.stores.sqlite import SQLiteStore

_PULSE = 0.3
_OWN = 5


def main(path: str, name: str, seconds: str) -> None:
    rng = random.Random(name)
    store = SQLiteStore.open(path)
    own = list(store.apply([Insert(key=f"{name} {n}", text="0", owner=name) for n in range(_OWN)]).inserted)
    last: dict[int, str] = {}
    shown: dict[int, str] = {}  # as a table shows the entries of others
    stalest, refused, edits = 0.0, 0, 0
    looked = 0.0
    end = time.time() + float(seconds)
    while time.time() < end:
        entry_id = rng.choice(own)
        text = f"{name} {time.time()!r} {rng.random()}"
        try:
            store.apply([Update(entry_id, text=text, seen={"text": last.get(entry_id, "0")})], initiator=name)
            last[entry_id] = text
            edits += 1
        except KnownError as error:
            if "locked by another program" not in str(error):
                raise
            refused += 1
        if time.time() - looked > _PULSE:
            stalest = max(stalest, _staleness(store, shown))
            looked = time.time()
            changed = {i for change in store.refresh() for i in (*change.inserted, *change.updated)}
            for entry in store.get(sorted(changed - set(own))):
                shown[entry.id] = entry.text
        time.sleep(rng.uniform(0.0, 0.02))
    print(json.dumps({"last": last, "edits": edits, "refused": refused, "stalest": stalest}))
    store.close()


def _staleness(store: SQLiteStore, shown: dict[int, str]) -> float:
    """How long ago the oldest text was replaced that is still shown, by what the history says."""
    stale = 0.0
    for entry_id, text in shown.items():
        rows = store.history(entry_id, limit=20)
        newer = [row.time for row in rows if row.diff.before is not None and row.diff.before.text == text]
        if newer:
            stale = max(stale, time.time() - newer[0])
    return stale


if __name__ == "__main__":
    main(*sys.argv[1:])
