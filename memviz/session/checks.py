"""A query is checked where it is asked, before any thread sees it."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from memviz.core.errors import KnownError
from memviz.core.query import Query, Turn

#: Longer texts are books; a text to translate or to sum up may be long.
MAX_QUERY_CHARACTERS = 400_000

MAX_BEAMS = 64

#: More would be a prompt of pinned entries alone.
MAX_PINNED = 100

#: Who may have said something in a dialogue.
_ROLES = ("user", "assistant")


def checked_query(query: str | Query, options: dict[str, Any]) -> Query:
    """The query with its options.

    Raises:
        KnownError: nothing to ask, too long, not storable, or an option out of its range.
        TypeError: an option that :class:`Query` does not have.
    """
    checked = replace(query, **options) if isinstance(query, Query) else Query(query, **options)
    _check_text(checked.text)
    _check_dialogue(checked.dialogue)
    _check_pinned(checked.pinned)
    if checked.max_tokens < 1:
        raise KnownError(f"The answer must have room for at least 1 token, not {checked.max_tokens}.")
    if checked.limit < 1:
        raise KnownError(
            f"At least 1 entry must be allowed, not {checked.limit}; to ask without memory, switch it off."
        )
    if not 0 <= checked.beams <= MAX_BEAMS:
        raise KnownError(f"A search may have up to {MAX_BEAMS} beams (0: as the model says), not {checked.beams}.")
    if checked.window < 0:
        raise KnownError(f"The window must be at least 1 token (0: all that the model has), not {checked.window}.")
    if not 0 <= checked.least_share <= 1:
        raise KnownError(f"The least share of the best score must be from 0 to 1, not {checked.least_share}.")
    if not (math.isfinite(checked.temperature) and checked.temperature >= 0):
        raise KnownError(f"The temperature must be 0 or more, not {checked.temperature}.")
    if not 0 < checked.top_p <= 1:
        raise KnownError(f"top-p must be above 0 and at most 1, not {checked.top_p}.")
    if not 0 <= checked.seed < 2**63:
        raise KnownError(f"The seed must be a whole number from 0 to 2⁶³ − 1, not {checked.seed}.")
    if checked.as_of is not None:
        _check_as_of(checked.as_of)
    return checked


def _check_as_of(as_of: Any) -> None:
    """A time is a float, as ``time.time()`` is: a whole number of seconds would be taken for a version."""
    if isinstance(as_of, bool) or not isinstance(as_of, int | float):
        raise KnownError(f"A memory is asked as of a version (a whole number) or a time (a float), not {as_of!r}.")
    if isinstance(as_of, int) and as_of < 0:
        raise KnownError(f"Versions of a memory begin with 0, so there is none {as_of}; give another one.")
    if isinstance(as_of, float) and not math.isfinite(as_of):
        raise KnownError(f"A memory cannot be asked as of {as_of}; give a version or a time in seconds since 1970.")


def _check_text(text: str) -> None:
    if not text.strip():
        raise KnownError("The question is empty; type one.")
    if len(text) > MAX_QUERY_CHARACTERS:
        raise KnownError(
            f"The question has {len(text):,} characters, and {MAX_QUERY_CHARACTERS:,} are allowed; shorten it."
        )
    _check_characters(text, "The question")


def _check_pinned(pinned: tuple[int, ...]) -> None:
    if len(pinned) > MAX_PINNED:
        raise KnownError(f"{len(pinned):,} entries are pinned, and {MAX_PINNED} are allowed; pin fewer.")
    for entry_id in pinned:
        if isinstance(entry_id, bool) or not isinstance(entry_id, int) or not 1 <= entry_id < 2**63:
            raise KnownError(f"An entry that is pinned is named by its number, which is 1 or more, not {entry_id!r}.")
    if len(set(pinned)) < len(pinned):
        raise KnownError("An entry is pinned twice; pin each once.")


def _check_dialogue(dialogue: tuple[Turn, ...]) -> None:
    """An empty text is allowed: an answer may have been empty."""
    for number, turn in enumerate(dialogue, 1):
        if turn.role not in _ROLES:
            raise KnownError(
                f"Turn {number} of the dialogue was said by “{turn.role}”; make it one of {' and '.join(_ROLES)}."
            )
        _check_characters(turn.text, f"Turn {number} of the dialogue")


def _check_characters(text: str, what: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise KnownError(f"{what} holds half of a character (a lone surrogate); remove it.") from None
