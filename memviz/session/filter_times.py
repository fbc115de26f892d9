"""Times as they are typed into a filter: ``2025``, ``2025-03``, ``2025-03-01``, ``7d ago``, ``in 30d``, ``today``."""

from __future__ import annotations

import math
import re
from datetime import datetime, timedelta

from memviz.core.errors import KnownError

TIME_EXAMPLES = ("2025-03-01", "2025-03", "7d ago", "today")
_SECONDS = {"min": 60.0, "h": 3_600.0, "d": 86_400.0, "w": 7 * 86_400.0, "mo": 30 * 86_400.0, "y": 365 * 86_400.0}
_RELATIVE = re.compile(r"(in\s+)?(\d{1,7}(?:\.\d{1,6})?)\s*(min|h|d|w|mo|y)(\s+ago)?", re.IGNORECASE)
_YEAR, _MONTH, _DAY = (re.compile(form) for form in (r"\d{4}", r"(\d{4})-(\d{2})", r"\d{4}-\d{2}-\d{2}"))


def time_span(text: str, now: float, *, ahead: bool = False) -> tuple[float, float]:
    """The first and the last moment that are meant, in seconds since 1970, by the user's clock.

    ``ahead``: ``30d`` alone means in 30 days; else 30 days ago.

    Raises:
        KnownError: it is written otherwise, or no calendar reaches there.
    """
    words = " ".join(text.lower().split())
    if words == "now":
        return now, now
    if found := _RELATIVE.fullmatch(words):
        later = bool(found[1]) or (ahead and not found[4])
        if found[1] and found[4]:
            raise _no_time(text)
        moment = now + float(found[2]) * _SECONDS[found[3]] * (1 if later else -1)
        return moment, moment
    try:
        begin, end = _span(words, datetime.fromtimestamp(now))
        return begin.timestamp(), begin.timestamp() if end is None else math.nextafter(end.timestamp(), -math.inf)
    except (ValueError, OverflowError, OSError):
        raise _no_time(text) from None


def _span(words: str, now: datetime) -> tuple[datetime, datetime | None]:
    """Begin and end (not included) of a day, a month or a year; no end for a moment."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    day = timedelta(days=1)
    if words in ("today", "yesterday"):
        begin = today if words == "today" else today - day
        return begin, begin + day
    if _YEAR.fullmatch(words):
        return datetime(int(words), 1, 1), datetime(int(words) + 1, 1, 1)
    if found := _MONTH.fullmatch(words):
        year, month = int(found[1]), int(found[2])
        return datetime(year, month, 1), datetime(year + month // 12, month % 12 + 1, 1)
    begin = datetime.fromisoformat(words)
    return begin, begin + day if _DAY.fullmatch(words) else None


def _no_time(text: str) -> KnownError:
    return KnownError(f"“{text[:40]}” is no time; write for example {', '.join(TIME_EXAMPLES)}.")
