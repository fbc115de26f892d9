"""Times for people: how long ago, and exactly when."""

from __future__ import annotations

import datetime
import time

_UNITS = ((365 * 86_400, "y"), (30 * 86_400, "mo"), (86_400, "d"), (3_600, "h"), (60, "min"))


def age(seconds: float | None, now: float | None = None) -> str:
    """``3 d``, ``2 h`` …; ``now`` for less than a minute ago; empty for no time at all."""
    if not seconds:
        return ""
    passed = (time.time() if now is None else now) - seconds
    for length, unit in _UNITS:
        if passed >= length:
            return f"{int(passed // length)} {unit}"
    return "now" if passed > -60 else "later"


def date_time(seconds: float | None) -> str:
    """``2025-03-01 14:05`` in the local time zone; empty for no time at all."""
    if not seconds:
        return ""
    try:
        return datetime.datetime.fromtimestamp(seconds).strftime("%Y-%m-%d %H:%M")
    except (OverflowError, OSError, ValueError):
        return f"{seconds:g} s after 1970"


def parsed_date_time(text: str) -> float | None:
    """Seconds since 1970 of ``2025-03-01`` or ``2025-03-01 14:05``; None for nothing.

    Raises:
        ValueError: no such form.
    """
    text = text.strip()
    return datetime.datetime.fromisoformat(text).timestamp() if text else None


def precise_date_time(seconds: float | None) -> str:
    """Like :func:`date_time`, with seconds and their parts where there are any, for :func:`parsed_date_time`."""
    if seconds is None:
        return ""
    try:
        moment = datetime.datetime.fromtimestamp(seconds)
    except (OverflowError, OSError, ValueError):
        return f"{seconds:g}"
    return moment.isoformat(sep=" ", timespec="auto" if moment.second or moment.microsecond else "minutes")
