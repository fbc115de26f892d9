"""Long reading that can be stopped in the middle of a query."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from memviz.core.progress import Progress, no_progress

#: Steps of SQLite's machine between two looks: about a millisecond.
_STEPS = 20_000


@contextmanager
def stoppable(connection: sqlite3.Connection, progress: Progress) -> Iterator[None]:
    """While inside, ``progress`` is called now and then; what it raises ends the query and comes out here."""
    if progress is no_progress:
        yield
        return
    stopped: list[BaseException] = []

    def look() -> int:
        try:
            progress(0, 0, "searching")
        except BaseException as error:  # noqa: BLE001 - SQLite would swallow it; it is raised again below
            stopped.append(error)
            return 1
        return 0

    connection.set_progress_handler(look, _STEPS)
    try:
        progress(0, 0, "searching")
        yield
    except sqlite3.OperationalError:
        if stopped:
            raise stopped[0] from None
        raise
    finally:
        connection.set_progress_handler(None, 0)
