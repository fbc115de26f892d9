"""What was said: turns, and the sessions they belong to."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from memviz.core.chat_messages import ASSISTANT, ROLES, USER

__all__ = ["ASSISTANT", "ROLES", "USER", "DialogueSession", "SpokenTurn", "local_date", "time_of"]


@dataclass(frozen=True, slots=True)
class SpokenTurn:
    """One turn of a dialogue.

    Attributes:
        role: ``user`` or ``assistant``.
        text: as it was said.
        time: seconds since 1970, or None where nobody knows.
        speaker: a name, where one is known.
    """

    role: str
    text: str
    time: float | None = None
    speaker: str = ""


@dataclass(frozen=True, slots=True)
class DialogueSession:
    """Turns that were spoken in one sitting.

    Attributes:
        name: short words that tell it from others, often a date.
        owner: whose dialogue it is; empty where the file does not say.
        turns: the oldest first.
    """

    name: str
    owner: str
    turns: tuple[SpokenTurn, ...]


def local_date(time: float | None) -> datetime.date | None:
    """The day of a time in the local time zone; None for no time, or one that no calendar has."""
    if time is None:
        return None
    try:
        return datetime.datetime.fromtimestamp(time).date()
    except (OverflowError, OSError, ValueError):
        return None


def time_of(words: str) -> float | None:
    """Seconds since 1970 of an ISO date or time, in the local time zone where it names none; None for anything else."""
    try:
        return datetime.datetime.fromisoformat(words.strip()).timestamp()
    except (OverflowError, OSError, ValueError):
        return None
