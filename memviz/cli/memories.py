"""A session with a memory and no model, for commands that never ask."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from memviz.cli.output import clear_progress, terminal_progress
from memviz.session.session import Session


@contextmanager
def opened(memory: str, *, create: bool = False) -> Iterator[Session]:
    """Opens the memory, with progress where it is unpacked first; closes it at the end."""
    with Session(progress=terminal_progress()) as session:
        try:
            session.open_memory(memory, create=create).result()
        finally:
            clear_progress()
        yield session
