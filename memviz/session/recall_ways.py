"""Ways of recall to be compared, as a user writes them: ``hybrid:dense=1,recency=0.2``."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from memviz.core.errors import KnownError
from memviz.core.recall_settings import RecallSettings

#: What the way is called that the others are compared with.
FIRST = "recall"
#: The name of plain BM25 among the ways.
BASELINE = "bm25"


def changes_of(settings: Iterable[str]) -> dict[str, Any]:
    """Settings written as ``NAME=VALUE``; a value is JSON where it is JSON, else text.

    Raises:
        KnownError: one that sets nothing.
    """
    return dict(_setting(one) for one in settings)


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
        ways[name] = own.changed(**changes_of(_parts(changes)))
    return ways


def _parts(changes: str) -> list[str]:
    """Divided at commas, but not inside JSON: ``kinds=["fact","profile"],dense=1``."""
    parts, depth, begin = [], 0, 0
    for at, character in enumerate(changes):
        depth += (character in "[{") - (character in "]}")
        if character == "," and depth == 0:
            parts.append(changes[begin:at])
            begin = at + 1
    return [part for part in (*parts, changes[begin:]) if part.strip()]


def _setting(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise KnownError(f"“{text.strip()}” sets nothing; write a setting as NAME=VALUE, for example dense=1.")
    try:
        return name.strip(), json.loads(value)
    except ValueError:
        return name.strip(), value.strip()
