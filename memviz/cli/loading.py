"""Sessions for commands: with a memory, and with a model where something is asked."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

from memviz.cli.output import clear_progress, terminal_progress
from memviz.session.session import Session


@contextmanager
def opened(memory: str, *, create: bool = False) -> Iterator[Session]:
    """A session with the memory and no model, for commands that never ask; shows progress on a terminal."""
    with Session(progress=terminal_progress()) as session:
        settled(session.open_memory(memory, create=create))
        yield session


@contextmanager
def loaded(model: str, memory: str | None, *, device: str = "cpu", dtype: str = "auto") -> Iterator[Session]:
    """A session with the model, and with the memory unless that is None; one is opened while the other loads."""
    with Session(progress=terminal_progress()) as session:
        opening = [] if memory is None else [session.open_memory(memory)]
        settled(*opening, session.load_model(model, device=device, dtype=dtype))
        yield session


def settled(*jobs: Future[Any]) -> None:
    """Waits for jobs that show progress; afterwards its line is gone."""
    try:
        for job in jobs:
            job.result()
    finally:
        clear_progress()
