"""An index in a folder: kept so that a start need not build it, and never trusted blindly.

``index.json`` says what is there, and is replaced in one step after all else is on the disk; so a program that ends in
the middle leaves the index as it was. The rows alone are changed in place (see ``VectorRows``).
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from memviz.core.vectors import VectorChanges
from memviz.recall.vector_index import EXACT_UP_TO, VectorIndex
from memviz.recall.vectors.folder_lock import FolderLock
from memviz.recall.vectors.rows import HALF, VectorRows

_FORMAT = 1
_SIDECAR = "index.json"
_CHUNK = 1 << 22  # bytes
#: Programs that have the same memory open at the same time, each with a copy of the index.
_MOST_COPIES = 8
#: Vectors that are looked at when an index is read.
_TRIED = 16


class NotUsable(Exception):  # noqa: N818 - told as a notice
    """An index that was kept cannot be used, and why, as words that follow “is built anew, because”."""


class IndexFolder:
    """The files of one index, for one program at a time; another one gets a folder beside it.

    Args:
        folder: of the index; what else lies in it is removed.

    Raises:
        OSError: the folder cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self._lock = _first_unlocked(folder)
        self._kept: tuple[int, int] | None = None  # stamp and count of what lies there
        self._sidecar = self._read_sidecar()

    def load(self, space: str, dimension: int, *, exact_up_to: int = EXACT_UP_TO) -> VectorIndex | None:
        """The index that was kept; None where there is none.

        Half a second for a million vectors of 384 dimensions.

        Raises:
            NotUsable: it is another space's, another version's, or damaged.
        """
        if self._sidecar is None:
            return None
        try:
            index = self._loaded(self._sidecar, space, dimension, exact_up_to)
        except (OSError, ValueError, KeyError, TypeError, OverflowError, RuntimeError):
            raise NotUsable("its files are damaged") from None
        self._kept = index.stamp, index.count
        return index

    def new(self, space: str, dimension: int, *, exact_up_to: int = EXACT_UP_TO) -> VectorIndex:
        """An empty index whose rows lie in this folder.

        Raises:
            OSError: they cannot be written.
        """
        file = self.folder / f"rows-{self._next()}.f16"
        file.unlink(missing_ok=True)
        self._kept = None
        return VectorIndex(space, dimension, rows=VectorRows(dimension, file), exact_up_to=exact_up_to)

    def save(self, index: VectorIndex) -> None:
        """Keeps an index made or loaded here, on the thread that changes it; searches go on meanwhile.

        Nothing is written where nothing has changed. A second for a million vectors of 384 dimensions.

        Raises:
            OSError: there is no room, or the folder is gone.
        """
        now = index.stamp, index.count
        if self._kept == now and self._sidecar is not None and (self._sidecar["lists"] is None) == index.exact:
            return
        number = self._next()
        rows = index.rows
        ids_file = self.folder / f"ids-{number}.npy"
        np.save(ids_file, rows.ids[: rows.used])
        lists = index.lists
        lists_file = self.folder / f"lists-{number}.faiss"
        if lists is not None:
            lists.save(lists_file)
        rows.flush()
        sidecar = {
            "format": _FORMAT,
            "number": number,
            "space": index.space,
            "dimension": index.dimension,
            "stamp": index.stamp,
            "kind": index.kind,
            "rows": rows.file.name if rows.file is not None else "",
            "ids": _described(ids_file),
            "lists": None if lists is None else {**_described(lists_file), "trained": lists.trained},
        }
        unfinished = self.folder / f".{_SIDECAR}.new"
        with unfinished.open("w", encoding="utf-8") as stream:
            json.dump(sidecar, stream, indent=1)
            stream.flush()
            os.fsync(stream.fileno())
        unfinished.replace(self.folder / _SIDECAR)
        self._sidecar, self._kept = sidecar, now
        self._remove_others()

    def close(self) -> None:
        """Another program may have the folder now. May be called twice."""
        self._lock.release()

    def _loaded(self, sidecar: Mapping[str, Any], space: str, dimension: int, exact_up_to: int) -> VectorIndex:
        if sidecar["format"] != _FORMAT:
            raise NotUsable("another version of memviz made it")
        if (sidecar["space"], sidecar["dimension"]) != (space, dimension):
            raise NotUsable(f"its vectors are of “{sidecar['space']}”")
        ids: NDArray[np.int64] = np.load(self._sound(sidecar["ids"]), allow_pickle=False)
        live = ids[ids >= 0]
        if ids.dtype != np.int64 or ids.ndim != 1 or len(np.unique(live)) != len(live):
            raise ValueError("the ids are no list of ids")
        file = self.folder / Path(sidecar["rows"]).name
        if not len(ids):
            return self.new(space, dimension, exact_up_to=exact_up_to)
        if file.stat().st_size < len(ids) * dimension * HALF.itemsize:
            raise ValueError("rows are missing")
        rows, lists = VectorRows(dimension, file, ids), None
        if sidecar["lists"] is not None:
            from memviz.recall.vectors.lists import InvertedLists

            lists = InvertedLists.load(self._sound(sidecar["lists"]), int(sidecar["lists"]["trained"]))
            if (lists.count, lists.dimension) != (rows.count, dimension):
                raise ValueError("lists and rows are of different sizes")
        stamp = int(sidecar["stamp"])
        index = VectorIndex(space, dimension, rows=rows, lists=lists, stamp=stamp, exact_up_to=exact_up_to)
        _check_self(index)
        return index

    def _sound(self, described: Mapping[str, Any]) -> Path:
        file = self.folder / Path(described["file"]).name
        if _described(file) != {name: described[name] for name in ("file", "size", "crc")}:
            raise ValueError(f"{file.name} has changed")
        return file

    def _read_sidecar(self) -> dict[str, Any] | None:
        """What is kept there; an empty one where it cannot be read."""
        file = self.folder / _SIDECAR
        if not file.exists():
            return None
        try:
            value = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return value if isinstance(value, dict) else {}

    def _next(self) -> int:
        """A number that no file here has."""
        taken = [0]
        for file in self.folder.glob("*-*.*"):
            with suppress(ValueError):
                taken.append(int(file.stem.rpartition("-")[2]))
        return max(taken) + 1

    def _remove_others(self) -> None:
        if self._sidecar is None:
            return
        lists = self._sidecar["lists"]
        kept = {_SIDECAR, "lock", self._sidecar["rows"], self._sidecar["ids"]["file"], lists["file"] if lists else ""}
        for file in self.folder.iterdir():
            if file.name not in kept:
                with suppress(OSError):  # where the system keeps a file that is still mapped, it goes another time
                    file.unlink()


def agrees(index: VectorIndex, changes_since: Callable[[int, int], VectorChanges], count: int) -> bool:
    """Whether an index that was caught up from a store has that store's vectors.

    Finds a store that was replaced by an older copy or by another memory, and rows that were damaged: compares some of
    the store's vectors with those of the index.

    Args:
        changes_since: ``vector_changes`` of the store, called with (since, limit).
        count: how many vectors the store has in this space.
    """
    if count != index.count:
        return False
    windows = np.linspace(0, max(0, index.stamp - 1), 5).astype(int)
    return all(_same(index, changes_since(since, 32)) for since in dict.fromkeys(windows.tolist()))


def _same(index: VectorIndex, changes: VectorChanges) -> bool:
    if changes.stamp > index.stamp:
        return True  # something newer came in between
    rows = index.rows.rows_of(changes.ids)
    if (rows < 0).any() or (index.rows.rows_of(changes.gone) >= 0).any():
        return False
    lengths = np.maximum(np.linalg.norm(changes.vectors, axis=1, keepdims=True), 1e-9)
    units = np.where(lengths > 1e-6, changes.vectors / lengths, 0.0)
    return bool(np.allclose(index.rows.vectors(rows), units, atol=4e-3))


def _check_self(index: VectorIndex) -> None:
    """Whether most rows are vectors, and those of the lists; a few may have been changed after they were kept."""
    live = index.rows.live()
    tried = live[np.linspace(0, len(live) - 1, min(_TRIED, len(live))).astype(int)]
    vectors = index.rows.vectors(tried)
    if not np.isfinite(vectors).all():
        raise ValueError("the rows are not finite")
    lengths = np.linalg.norm(vectors, axis=1)
    good = (lengths < 0.01) | (np.abs(lengths - 1) < 0.01)
    if index.lists is not None:
        good &= np.linalg.norm(index.lists.decoded(tried) - vectors, axis=1) < 0.1
    if good.sum() * 2 < len(tried):
        raise ValueError("the rows are no vectors, or not those of the lists")


def _described(file: Path) -> dict[str, Any]:
    """Name, size and check sum, read through."""
    crc = 0
    with file.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            crc = zlib.crc32(chunk, crc)
        return {"file": file.name, "size": stream.tell(), "crc": crc}


def _first_unlocked(folder: Path) -> tuple[Path, FolderLock]:
    for number in range(1, _MOST_COPIES + 1):
        candidate = folder if number == 1 else folder.with_name(f"{folder.name}-{number}")
        with suppress(BlockingIOError):
            return candidate, FolderLock(candidate)
    raise OSError(f"{_MOST_COPIES} programs have the index in {folder} open")
