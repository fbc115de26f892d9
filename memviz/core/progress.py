"""How long jobs tell how far they are."""

from __future__ import annotations

from collections.abc import Callable

#: Called with (done, total, words) during long jobs; raises :class:`~memviz.core.errors.Cancelled` to stop them.
Progress = Callable[[int, int, str], None]


def no_progress(done: int, total: int, words: str) -> None:
    """For callers that don't show progress."""
