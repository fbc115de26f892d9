"""An embedder that a test can hold and look into, and what tests ask of a memory’s vectors."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from memviz.session import embedders, registry
from memviz.session.session import Session

SPACE = "scripted · 16"


class ScriptedEmbedder:
    """A text's vector counts its letters; can be held before it embeds."""

    space, dimension, truncated = SPACE, 16, 0

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.free = threading.Event()
        self.free.set()
        self.waiting = threading.Event()
        self.closed = False

    def understands(self, text: str) -> float:
        return 1.0

    def embed(self, texts: Sequence[str], *, query: bool = False) -> np.ndarray:
        assert not self.closed
        if not query:
            self.waiting.set()
            assert self.free.wait(30)
            self.seen += texts
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in enumerate(texts):
            for character in text.lower():
                vectors[row, ord(character) % self.dimension] += 1
        return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def embedder(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedEmbedder]:
    """Stands for the built-in one."""
    made = ScriptedEmbedder()

    def load(table: Mapping[str, str], name: str) -> Any:
        if name != "builtin":
            return registry.load(table, name)
        made.closed = False
        return lambda: made

    monkeypatch.setattr(embedders, "load", load)
    yield made
    made.free.set()


@pytest.fixture
def own_indexes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Indexes are kept in a folder of this test."""
    monkeypatch.setenv("MEMVIZ_DATA_HOME", str(tmp_path / "data"))


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.005)


def vectors_of(session: Session, space: str = SPACE) -> int:
    """How many vectors the open memory has."""
    return session.store_call(lambda store: store.vector_spaces()).result().get(space, (0, 0))[1]


def first(session: Session, text: str) -> int | None:
    """The entry whose vector is nearest to the text’s; None where none is searched."""
    found = session.dense.search(text, limit=1) if session.dense is not None else []
    return found[0].entry_id if found else None
