"""Sessions for commands: with a memory, and with a model where something is asked."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

from memviz.cli.output import clear_progress, plain, terminal_progress
from memviz.session.session import Session
from memviz.session.store_notices import notices_of


@contextmanager
def opened(memory: str, *, create: bool = False) -> Iterator[Session]:
    """A session with the memory and no model, for commands that never ask; shows progress on a terminal."""
    with Session(progress=terminal_progress()) as session:
        opening = session.open_memory(memory, create=create)
        settled(opening)
        told = opening.result().notices
        _tell(told)
        yield session
        _tell_more(session, told)


@contextmanager
def loaded(model: str, memory: str | None, *, device: str = "cpu", dtype: str = "auto") -> Iterator[Session]:
    """A session with the model, and with the memory unless that is None; one is opened while the other loads."""
    with Session(progress=terminal_progress()) as session:
        opening = [] if memory is None else [session.open_memory(memory)]
        settled(*opening, session.load_model(model, device=device, dtype=dtype))
        told = tuple(words for info in opening for words in info.result().notices)
        _tell(told)
        yield session
        if opening:
            _tell_more(session, told)


def _tell_more(session: Session, told: tuple[str, ...]) -> None:
    """What turned out only while the memory was used."""
    _tell(tuple(words for words in session.store_call(notices_of).result() if words not in told))


def _tell(notices: tuple[str, ...]) -> None:
    """What the user should know of where the memory is kept; to stderr, so that JSON stays JSON."""
    for words in notices:
        print(f"memviz: note: {plain(words)}", file=sys.stderr)


def settled(*jobs: Future[Any]) -> None:
    """Waits for jobs that show progress; afterwards its line is gone."""
    try:
        for job in jobs:
            job.result()
    finally:
        clear_progress()
