"""Ways of recall to be compared, as a user writes them: ``hybrid:dense=1,recency=0.2``."""

from __future__ import annotations

from collections.abc import Iterable

from memviz.core.errors import KnownError
from memviz.core.recall_settings import RecallSettings
from memviz.session.recall_words import parse_recall

#: What the way is called that the others are compared with.
FIRST = "recall"
#: The name of plain BM25 among the ways.
BASELINE = "bm25"


def ways_of(own: RecallSettings, compared: Iterable[str]) -> dict[str, RecallSettings]:
    """``own`` as the first way, and one for each ``NAME:SETTING=VALUE,…``, by name.

    Raises:
        KnownError: a way without a name or with another's, or a setting or value that does not exist.
    """
    ways = {FIRST: own}
    for one in compared:
        name, colon, changes = one.partition(":")
        name = name.strip()
        if not name or not colon:
            raise KnownError(f"“{one}” has no name; write for example hybrid:dense=1,recency=0.2.")
        if name in ways or name == BASELINE:
            raise KnownError(f"Two ways are called “{name}”; give each a name of its own.")
        ways[name] = parse_recall(_parts(changes), own)
    return ways


def _parts(changes: str) -> list[str]:
    """Divided at commas; what sets nothing belongs to what is before it: ``kinds=fact,profile,dense=1``."""
    parts: list[str] = []
    for part in changes.split(","):
        if "=" in part or not parts:
            parts.append(part)
        else:
            parts[-1] += f",{part}"
    return [part for part in parts if part.strip()]
