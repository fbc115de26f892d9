"""How the next questions recall, where that is not as the memory says: other settings, another time."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from PySide6.QtCore import QObject, Signal

from memviz.core.decay import DAY
from memviz.core.errors import KnownError
from memviz.core.recall_settings import RecallSettings
from memviz.gui.tables.ages import date_time, parsed_date_time

#: Decay further ahead than this says nothing.
_MOST_DAYS = 1_000_000


class Moment(StrEnum):
    """How a time is said."""

    NOW = "now"
    DATE = "a date"
    VERSION = "a version"
    AHEAD = "in days"


@dataclass(frozen=True, slots=True)
class AsOf:
    """What the user chose: a way to say a time, and what was typed."""

    moment: Moment = Moment.NOW
    typed: str = ""

    def value(self, now: float) -> int | float | None:
        """As ``Query.as_of`` wants it.

        Raises:
            KnownError: what was typed is no such time.
        """
        text = self.typed.strip()
        match self.moment:
            case Moment.NOW:
                return None
            case Moment.DATE:
                return _date(text)
            case Moment.VERSION:
                if not text.isdecimal():
                    raise KnownError(f"“{text}” is no version; write a whole number, as the history shows it.")
                return int(text)
            case Moment.AHEAD:
                return now + _days(text) * DAY


def _date(text: str) -> float:
    try:
        found = parsed_date_time(text)
    except (ValueError, OverflowError):
        found = None
    if found is None:
        raise KnownError(f"“{text[:40]}” is no date; write it as 2024-05-01 or 2024-05-01 14:00.")
    return found


def _days(text: str) -> float:
    try:
        days = float(text.replace(",", "."))
    except ValueError:
        days = math.nan
    if not 0 < days <= _MOST_DAYS:
        raise KnownError(f"“{text[:40]}” is no number of days to come; write one above 0, for example 30.")
    return days


def as_of_words(as_of: int | float | None, now: float) -> str:
    """``version 12``, ``2024-05-01 00:00``; empty for now."""
    if as_of is None:
        return ""
    if isinstance(as_of, int):
        return f"version {as_of:,}"
    days = (as_of - now) / DAY
    ahead = f", {days:,.0f} {'day' if round(days) == 1 else 'days'} ahead" if days > 0.5 else ""
    return f"{date_time(as_of)}{ahead}"


def banner(as_of: int | float | None, now: float) -> str:
    """One sentence about a run that was asked of another time; empty for now."""
    words = as_of_words(as_of, now)
    if not words:
        return ""
    if isinstance(as_of, float) and as_of > now:
        return f"Asked as of {words}: the entries are those of now, and have faded until then."
    return f"Asked as of {words}: the memory as it was then, not as it is now."


class RecallChoice(QObject):
    """What the window adds to questions. GUI thread.

    Attributes:
        settings: instead of the memory's, for this session; None: as the memory says.
        as_of: of which time it is asked.

    Signals:
        changed()
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.settings: RecallSettings | None = None
        self.as_of = AsOf()

    def use(self, settings: RecallSettings | None) -> None:
        """Recalls by these settings, whatever the memory says; None: as it says."""
        if settings != self.settings:
            self.settings = settings
            self.changed.emit()

    def ask_as_of(self, as_of: AsOf) -> None:
        if as_of != self.as_of:
            self.as_of = as_of
            self.changed.emit()

    def forget(self) -> None:
        """Another memory: it has its own settings and its own past."""
        self.use(None)
        self.ask_as_of(AsOf())

    def fields(self) -> dict[str, Any]:
        """Of the next :class:`~memviz.core.query.Query`.

        Raises:
            KnownError: a time that cannot be read.
        """
        return {"recall": self.settings, "as_of": self.as_of.value(time.time())}
