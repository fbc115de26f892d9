"""Which entries are turns of a dialogue, and who says them."""

from __future__ import annotations

import re

from memviz.core.entry import Entry, Kind

#: “Ann: …”, “[8 May 2023] Ann: …”, “(2023-05-08) 小明：…”, “2023-05-08 Ann: …”: maybe a date, then a name of at most
#: four words before a colon.
_DATE = r"[\[(（【][^\])）】\n]{0,60}[\])）】]|\d{4}-\d\d?-\d\d?(?:[T ]\d\d?:\d\d(?::\d\d)?)?"
_NAME = r"[^\W\d_][\w.'’·-]*(?: [\w.'’·-]+){0,3}"
_LABEL = re.compile(rf"\s*(?:(?:{_DATE})\s*)?({_NAME}) ?(?::\s|：)")

#: Where programs write who spoke, and what says that an entry is a turn at all.
_SPEAKER_FIELDS = ("speaker", "role")
_TURN_FIELDS = (*_SPEAKER_FIELDS, "turn", "turn_id", "dia_id")


def speaker(entry: Entry) -> str:
    """Who says it; empty where neither the metadata nor the beginning of the text names anyone."""
    for name in _SPEAKER_FIELDS:
        value = entry.metadata.get(name)
        if isinstance(value, str) and value:
            return value
    label = _LABEL.match(entry.text[:120])
    return label.group(1) if label else ""


def is_turn(entry: Entry) -> bool:
    """True for what was said in a dialogue: its kind, its metadata or the label before its text says so.

    A fact whose text happens to begin with a label is none.
    """
    return _called_turn(entry) or (" · " not in entry.key and _LABEL.match(entry.text[:120]) is not None)


def is_fact(entry: Entry) -> bool:
    """True for what has a subject and an attribute (``Alien · director``) and was not said: it stands by itself."""
    return " · " in entry.key and not _called_turn(entry)


def belong_together(one: Entry, other: Entry) -> bool:
    """True for neighbours of which one is understood with the other: of one dialogue or one source."""
    if one.source != other.source or one.owner != other.owner or is_fact(one) or is_fact(other):
        return False
    return bool(one.source) or (is_turn(one) and is_turn(other))


def _called_turn(entry: Entry) -> bool:
    return entry.kind is Kind.DIALOGUE_TURN or any(name in entry.metadata for name in _TURN_FIELDS)
