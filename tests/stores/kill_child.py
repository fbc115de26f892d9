"""Edits a memory without end, and prints each change once it is acknowledged.

``python -m tests.stores.kill_child FILE SEED small|large|open``: edits of up to 50 entries in batches of 7; bulk edits,
loads, and undos of both of more entries than a batch of the program has; or only an opening, of an older file.
"""

from __future__ import annotations

import itertools
import json
import random
import sys

import numpy as np

from memviz.core.edits import Change, Delete, Edit, Insert, Restore, Update
from memviz.core.vectors import VectorRow
from memviz.stores import sqlite_edits, sqlite_load, sqlite_steps
from memviz.stores.sqlite import SQLiteStore

_MANY = 400
_LARGE = sqlite_edits.BATCH + 500
_VECTOR = np.full(4, 0.5, np.float32)

Texts = dict[int, str | None]


def main(path: str, seed: str, size: str) -> None:
    rng = random.Random(seed)
    if size == "open":
        report({"ready": 0})
        SQLiteStore.open(path).close()
        report({"opened": path})
        sys.stdin.read()
        return
    if size == "small":
        for module, name in ((sqlite_edits, "BATCH"), (sqlite_steps, "BATCH"), (sqlite_load, "_BATCH")):
            setattr(module, name, 7)
    store = SQLiteStore.open(path, create=True)
    report({"ready": store.version})
    for number in itertools.count():
        change, texts = large_step(store, rng, number) if size == "large" else small_step(store, rng, number)
        if change is None:
            continue
        if change.kind == "load":
            report({"version": change.version, "kind": "load", "texts": texts})
        elif change.inserted or change.updated or change.deleted:
            report({"version": change.version, "kind": change.kind, "ids": ids(change), "texts": texts})


def small_step(store: SQLiteStore, rng: random.Random, number: int) -> tuple[Change | None, Texts]:
    draw = rng.random()
    if draw < 0.15:
        return store.undo(), {}
    if draw < 0.25:
        return store.redo(), {}
    if draw < 0.3:
        store.mark_used(store.search_ids()[:5])
        return None, {}
    if draw < 0.4:
        bare = store.without_vector("space", limit=20)
        store.put_vectors("space", [VectorRow(entry.id, entry.updated, _VECTOR) for entry in bare])
        return None, {}
    if draw < 0.5:
        return load(store, number, rng.choice([1, 30]), undoable=rng.random() < 0.7)
    return edit(store, rng, number)


def large_step(store: SQLiteStore, rng: random.Random, number: int) -> tuple[Change | None, Texts]:
    """More entries at once than are planned together."""
    there = list(store.search_ids())
    draw = rng.random()
    if len(there) <= _LARGE // 2 or (len(there) < 2 * _LARGE and draw < 0.2):
        return load(store, number, _LARGE, undoable=True)
    if draw < 0.45:
        return store.undo(), {}
    if draw < 0.65:
        return store.redo(), {}
    chosen = there[:_LARGE]
    if draw < 0.75:
        return store.apply([Delete(entry_id) for entry_id in chosen]), dict.fromkeys(chosen)
    texts: Texts = {entry_id: f"bulk {number} 银翼 {entry_id}" for entry_id in chosen}
    return store.apply([Update(entry_id, text=text) for entry_id, text in texts.items()]), texts


def load(store: SQLiteStore, number: int, count: int, *, undoable: bool) -> tuple[Change, Texts]:
    first = max(store.search_ids(), default=0)
    rows = [{"key": f"Load {number} · n", "text": f"row {n} of {number}"} for n in range(count)]
    change = store.load(rows, count, undoable=undoable)
    new = [entry_id for entry_id in store.search_ids() if entry_id > first][-count:]
    return change, {entry_id: row["text"] for entry_id, row in zip(new, rows, strict=True)}


def edit(store: SQLiteStore, rng: random.Random, number: int) -> tuple[Change, Texts]:
    """One change, and the text of each entry after it."""
    there = list(store.search_ids())
    if len(there) > _MANY:
        edits: list[Edit] = [Delete(entry_id) for entry_id in rng.sample(there, len(there) // 2)]
    else:
        size = rng.choice([1, 1, 1, 1, 3, 50])
        chosen = rng.sample(there, min(len(there), size))
        edits = [
            Update(i, text=text(rng, number)) if rng.random() < 0.6 else Delete(i) for i in chosen if rng.random() < 0.8
        ]
        edits += [Insert(key=f"Film {number} · year", text=text(rng, number)) for _ in range(rng.choice([1, 1, size]))]
    change = store.apply(edits)
    texts: Texts = {}
    for each in edits:
        match each:
            case Update():
                texts[each.entry_id] = each.fields["text"]
            case Delete():
                texts[each.entry_id] = None
            case Restore() | Insert():
                pass
    inserts = [each for each in edits if isinstance(each, Insert)]
    texts.update((i, insert.fields["text"]) for i, insert in zip(change.inserted, inserts, strict=True))
    return change, texts


def text(rng: random.Random, number: int) -> str:
    return f"银翼 {number} red blue {rng.random()} " + "more words " * rng.choice([0, 3, 200])


def ids(change: Change) -> list[int]:
    return sorted([*change.inserted, *change.updated, *change.deleted])


def report(line: object) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
