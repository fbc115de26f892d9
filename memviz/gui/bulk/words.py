"""Sentences about changes of many entries."""

from __future__ import annotations

import re

from memviz.core.edits import Change, ChangeRow, who_and_what
from memviz.core.privacy import MASK

#: Edits that are of entries, not in them.
_OF = ("Delete", "Paste", "Merge", "Restore")
_TAGS = re.compile(r"(Add tag|Remove tag) .*?( in [\d,]+ entr(?:y|ies))?", re.DOTALL)


def entries_words(count: int) -> str:
    """``1 entry``, ``1,204 entries``."""
    return "1 entry" if count == 1 else f"{count:,} entries"


def done_words(change: Change, gone: int = 0) -> str:
    """What a bulk edit did, and what it could not do."""
    parts = (("changed", change.updated), ("added", change.inserted), ("deleted", change.deleted))
    said = ", ".join(f"{words} {entries_words(len(ids))}" for words, ids in parts if ids)
    sentence = f"{said[0].upper()}{said[1:]}." if said else "Nothing was left to change."
    if gone:
        sentence += f" {entries_words(gone)} of those chosen {'is' if gone == 1 else 'are'} not in the memory any more."
    return sentence


def step_words(row: ChangeRow | None) -> str:
    """What an edit was, after “Undo”: ``Replace in 1,204 entries``; empty for none."""
    if row is None:
        return ""
    _, what = who_and_what(row.initiator)
    count = entries_words(row.entries)
    if what:
        return f"{what} {'of' if what in _OF else 'in'} {count}"
    if row.kind == "load":
        return f"Load of {count}"
    if row.entries == row.inserted:
        return f"Adding {count}"
    if row.entries == row.deleted:
        return f"Deleting {count}"
    return f"Edit of {count}"


def without_tags(what: str) -> str:
    """What was done, as others may read it: the only names of edits with words of entries are those of tags."""
    found = _TAGS.fullmatch(what)
    return what if found is None else f"{found[1]} {MASK}{found[2] or ''}"


def did_words(row: ChangeRow) -> str:
    """What a change did: ``3 added, 1,204 changed``. No change is of no entries: those of this one were forgotten."""
    gone = "forgotten" if row.kind == "forget" else "deleted"
    parts = ((row.inserted, "added"), (row.updated, "changed"), (row.deleted, gone))
    return ", ".join(f"{count:,} {words}" for count, words in parts if count) or "all forgotten"
