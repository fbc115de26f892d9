"""When a turn was said: its day above a sitting, its time beside it."""

from __future__ import annotations

from memviz.gui.tables.ages import date_time

_MIDNIGHT = "00:00"


def day(seconds: float | None) -> str:
    return date_time(seconds).partition(" ")[0]


def clock(seconds: float | None) -> str:
    """``14:05``; nothing at midnight, which stands for a file that names the day only."""
    _, _, time = date_time(seconds).partition(" ")
    return "" if time == _MIDNIGHT else time
