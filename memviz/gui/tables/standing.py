"""Whether an entry stands, another one stands for it, or others contradict it."""

from __future__ import annotations

from collections.abc import Sequence

from memviz.core.entry import Entry

SUPERSEDED, DISPUTED, PRIVATE = "→", "≠", "•"
#: Said of a cell that is not shown.
MASKED = "This entry is private; View ▸ Mask Private Entries shows it again"
_NAMED = 6


def mark(entry: Entry, rivals: Sequence[int]) -> str:
    """One sign for a cell; empty for an entry that stands alone."""
    if entry.superseded_by is not None:
        return SUPERSEDED
    if rivals:
        return DISPUTED
    return PRIVATE if entry.private else ""


def standing_words(entry: Entry, rivals: Sequence[int]) -> str:
    """What the sign means; empty where there is none."""
    if entry.superseded_by is not None:
        return f"Superseded: entry {entry.superseded_by} stands for it"
    if not rivals:
        return "Private: masked in screenshots and exports" if entry.private else ""
    named = ", ".join(map(str, rivals[:_NAMED]))
    more = f" and {len(rivals) - _NAMED} more" if len(rivals) > _NAMED else ""
    return f"In conflict with {'entry' if len(rivals) == 1 else 'entries'} {named}{more}"
