"""Sessions for commands: with a memory, and with a model where something is asked."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

from memviz.cli.output import clear_progress, plain, terminal_progress
from memviz.session.session import Session, StoreInfo


@contextmanager
def opened(memory: str, *, create: bool = False) -> Iterator[Session]:
    """A session with the memory and no model, for commands that never ask; shows progress on a terminal."""
    with Session(progress=terminal_progress()) as session:
        opening = session.open_memory(memory, create=create)
        settled(opening)
        _tell(opening.result())
        yield session


@contextmanager
def loaded(model: str, memory: str | None, *, device: str = "cpu", dtype: str = "auto") -> Iterator[Session]:
    """A session with the model, and with the memory unless that is None; one is opened while the other loads."""
    with Session(progress=terminal_progress()) as session:
        opening = [] if memory is None else [session.open_memory(memory)]
        settled(*opening, session.load_model(model, device=device, dtype=dtype))
        for info in opening:
            _tell(info.result())
        yield session


def _tell(info: StoreInfo) -> None:
    """What the user should know of where the memory is kept; to stderr, so that JSON stays JSON."""
    for words in info.notices:
        print(f"memviz: note: {plain(words)}", file=sys.stderr)


def settled(*jobs: Future[Any]) -> None:
    """Waits for jobs that show progress; afterwards its line is gone."""
    try:
        for job in jobs:
            job.result()
    finally:
        clear_progress()
