"""Edits a memory without end, and prints each change once it is acknowledged.

``python -m tests.stores.kill_child FILE SEED``
"""

from __future__ import annotations

import itertools
import json
import random
import sys

import numpy as np

from memviz.core.edits import Change, Delete, Edit, Insert, Restore, Update
from memviz.core.memory import VectorRow
from memviz.stores.sqlite import SQLiteStore

_MANY = 400
_VECTOR = np.full(4, 0.5, np.float32)


def main(path: str, seed: str) -> None:
    rng = random.Random(seed)
    store = SQLiteStore.open(path, create=True)
    report({"ready": store.version})
    for number in itertools.count():
        draw = rng.random()
        if draw < 0.15:
            change = store.undo()
            texts = {}
        elif draw < 0.25:
            change = store.redo()
            texts = {}
        elif draw < 0.3:
            store.mark_used(store.search_ids()[:5])
            continue
        elif draw < 0.4:
            bare = store.without_vector("space", limit=20)
            store.put_vectors("space", [VectorRow(entry.id, entry.updated, _VECTOR) for entry in bare])
            continue
        else:
            change, texts = edit(store, rng, number)
        if change is not None and (change.inserted or change.updated or change.deleted):
            report({"version": change.version, "kind": change.kind, "ids": ids(change), "texts": texts})


def edit(store: SQLiteStore, rng: random.Random, number: int) -> tuple[Change, dict[int, str | None]]:
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
    texts: dict[int, str | None] = {}
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
