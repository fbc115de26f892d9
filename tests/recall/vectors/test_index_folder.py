"""An index on the disk: what is kept is used, and what cannot be trusted is not."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from memviz.core.vectors import VectorChanges
from memviz.recall.vector_index import VectorIndex
from memviz.recall.vectors.folder import IndexFolder, NotUsable, agrees
from tests.recall.vectors.brute_force import random_vectors

D, N = 8, 300
VECTORS = random_vectors(N, D, 0)
IDS = np.arange(1, N + 1)


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """An index with lists that was kept and closed."""
    folder = IndexFolder(tmp_path / "index")
    index = folder.new("space", D, exact_up_to=100)
    index.put(IDS, VECTORS)
    index.make_lists()
    index.stamp = N
    folder.save(index)
    index.close()
    folder.close()
    return tmp_path / "index"


def opened(folder: Path, space: str = "space", dimension: int = D) -> VectorIndex | None:
    there = IndexFolder(folder)
    try:
        return there.load(space, dimension, exact_up_to=100)
    finally:
        there.close()


def file_of(folder: Path, name: str) -> Path:
    return next(folder.glob(f"{name}-*"))


def test_it_is_read_without_building(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(VectorIndex, "make_lists", lambda *_: pytest.fail("built anew"))
    index = opened(kept)
    assert index is not None
    assert (index.count, index.stamp, index.kind) == (N, N, "IVF7,SQ8")
    assert [m.entry_id for m in index.search_vector(VECTORS[41], limit=1)] == [42]
    assert sorted(file.name.partition("-")[0] for file in kept.iterdir()) == [
        "ids", "index.json", "lists", "lock", "rows",
    ]  # fmt: skip


def test_there_may_be_none(tmp_path: Path) -> None:
    assert opened(tmp_path / "none") is None


def _cut(name: str) -> Callable[[Path], None]:
    def cut(folder: Path) -> None:
        file = file_of(folder, name)
        file.write_bytes(file.read_bytes()[:-9])

    return cut


def _flip(name: str) -> Callable[[Path], None]:
    def flip(folder: Path) -> None:
        file = file_of(folder, name)
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 0xFF
        file.write_bytes(content)

    return flip


def _missing(name: str) -> Callable[[Path], None]:
    return lambda folder: file_of(folder, name).unlink()


def _sidecar(**changes: object) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        file = folder / "index.json"
        file.write_text(json.dumps(json.loads(file.read_text(encoding="utf-8")) | changes), encoding="utf-8")

    return write


def _garbled_rows(folder: Path) -> None:
    file = file_of(folder, "rows")
    np.random.default_rng(1).permutation(np.fromfile(file, np.uint8)).tofile(file)


DAMAGES: dict[str, tuple[Callable[[Path], None], str]] = {
    "lists cut": (_cut("lists"), "damaged"),
    "lists flipped": (_flip("lists"), "damaged"),
    "lists missing": (_missing("lists"), "damaged"),
    "ids cut": (_cut("ids"), "damaged"),
    "ids flipped": (_flip("ids"), "damaged"),
    "rows missing": (_missing("rows"), "damaged"),
    "rows short": (lambda folder: file_of(folder, "rows").write_bytes(b"short"), "damaged"),
    "rows of another": (_garbled_rows, "damaged"),
    "no JSON": (lambda folder: (folder / "index.json").write_text("{"), "damaged"),
    "a list": (lambda folder: (folder / "index.json").write_text("[]"), "damaged"),
    "names nothing": (_sidecar(ids={}), "damaged"),
    "a file elsewhere": (_sidecar(rows="../../etc/passwd"), "damaged"),
    "newer format": (_sidecar(format=2), "version"),
    "other space": (_sidecar(space="another"), "another"),
    "other dimension": (_sidecar(dimension=9), "space"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_cannot_be_trusted_is_refused_with_a_reason(kept: Path, damage: str) -> None:
    spoil, words = DAMAGES[damage]
    spoil(kept)
    with pytest.raises(NotUsable, match=words):
        opened(kept)


def test_a_program_that_ends_while_it_keeps_leaves_the_old_index(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = IndexFolder(kept)
    index = folder.load("space", D, exact_up_to=100)
    assert index is not None
    index.put([1000], VECTORS[:1])
    index.stamp = N + 1
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError("no room")))
        with pytest.raises(OSError, match="no room"):
            folder.save(index)
    folder.close()
    again = opened(kept)
    assert again is not None
    assert (again.stamp, again.count) == (N, N)


def test_another_program_gets_a_folder_of_its_own(kept: Path) -> None:
    first = IndexFolder(kept)
    second = IndexFolder(kept)
    assert (first.folder, second.folder.name) == (kept, "index-2")
    assert second.load("space", D) is None
    first.close()
    third = IndexFolder(kept)
    assert third.folder == kept
    second.close()
    third.close()


class Log:
    """The store's side: what happened to vectors, by stamp."""

    def __init__(self) -> None:
        self.rows = [(stamp, stamp, VECTORS[stamp - 1]) for stamp in range(1, N + 1)]

    def changes(self, since: int, limit: int) -> VectorChanges:
        found = [row for row in self.rows if row[0] > since][:limit]
        there = [row for row in found if row[2] is not None]
        return VectorChanges(
            found[-1][0] if found else since,
            np.array([entry_id for _, entry_id, _ in there], np.int64),
            np.array([vector for *_, vector in there], np.float32).reshape(-1, D),
            np.array([entry_id for _, entry_id, vector in found if vector is None], np.int64),
            len(found) == limit,
        )

    @property
    def count(self) -> int:
        return sum(vector is not None for *_, vector in self.rows)


def test_an_index_agrees_with_its_own_store(kept: Path) -> None:
    index, store = opened(kept), Log()
    assert index is not None
    assert agrees(index, store.changes, store.count)
    store.rows[4] = (N + 1, 5, None)  # a vector went
    index.follow(store.changes(index.stamp, 10))
    assert agrees(index, store.changes, store.count)


def test_an_index_does_not_agree_with_another_store(kept: Path) -> None:
    index, store = opened(kept), Log()
    assert index is not None
    store.rows = store.rows[:-1]
    assert not agrees(index, store.changes, store.count)  # an older copy
    store.rows = [(stamp, entry_id, -vector) for stamp, entry_id, vector in Log().rows]
    assert not agrees(index, store.changes, store.count)  # another memory of the same size
