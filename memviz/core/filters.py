"""Which entries are meant: conditions on their fields, all of which must hold."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from memviz.core.entry import Entry, Kind
from memviz.core.errors import KnownError


class Comparison(StrEnum):
    """How a field is compared with a value."""

    IS = "is"
    CONTAINS = "contains"
    AT_LEAST = "at least"
    AT_MOST = "at most"
    MISSING = "missing"


#: Text is compared without regard to the case of A to Z, as the orders of a store are.
TEXT_FIELDS = ("key", "text", "kind", "owner", "source")
#: A number, or a time in seconds since 1970.
NUMBER_FIELDS = ("id", "created", "updated", "used_count", "confidence")
#: The same, or nothing.
OPTIONAL_FIELDS = ("last_used", "expires", "superseded_by")
#: True or false. ``expired``: its expiry has passed; ``embedded``: it has vectors, of whatever space.
TRUTH_FIELDS = ("private", "enabled", "expired", "embedded")
FILTER_FIELDS = (*TEXT_FIELDS, "tags", *NUMBER_FIELDS, *OPTIONAL_FIELDS, *TRUTH_FIELDS)

_NUMBERS = (Comparison.IS, Comparison.AT_LEAST, Comparison.AT_MOST)
_COMPARISONS = {
    **dict.fromkeys(TEXT_FIELDS, (Comparison.IS, Comparison.CONTAINS)),
    "tags": (Comparison.IS, Comparison.MISSING),
    **dict.fromkeys(NUMBER_FIELDS, _NUMBERS),
    **dict.fromkeys(OPTIONAL_FIELDS, (*_NUMBERS, Comparison.MISSING)),
    **dict.fromkeys(TRUTH_FIELDS, (Comparison.IS,)),
}


def comparisons_of(field: str) -> tuple[Comparison, ...]:
    """How a field can be compared.

    Raises:
        KnownError: no such field.
    """
    if field not in _COMPARISONS:
        raise KnownError(f"Entries cannot be filtered by “{field}”; use one of {', '.join(FILTER_FIELDS)}.")
    return _COMPARISONS[field]


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that must be so of an entry: ``Condition("confidence", Comparison.AT_LEAST, 0.5)``.

    Attributes:
        field: one of :data:`FILTER_FIELDS`.
        comparison: one of :func:`comparisons_of` the field.
        value: text, a number, a time in seconds since 1970, or a truth value; of ``tags`` one tag; None for
            ``missing``, which means no value, or no tag at all.
        negated: it must not be so.
    """

    field: str
    comparison: Comparison
    value: Any = None
    negated: bool = False

    def __post_init__(self) -> None:
        allowed = comparisons_of(self.field)
        if self.comparison not in allowed:
            raise KnownError(f"“{self.field}” can be compared by {', '.join(allowed)}, not by “{self.comparison}”.")
        if self.comparison is Comparison.MISSING:
            return
        if not self._can_hold(self.value):
            raise KnownError(f"“{self.field}” cannot be compared with {self.value!r}.")
        if self.field == "kind" and self.comparison is Comparison.IS and self.value not in list(Kind):
            raise KnownError(f"The kind must be one of {', '.join(Kind)}, not {self.value!r}.")

    def _can_hold(self, value: Any) -> bool:
        if self.field in TRUTH_FIELDS:
            return isinstance(value, bool)
        if self.field in (*NUMBER_FIELDS, *OPTIONAL_FIELDS):
            return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        return isinstance(value, str)

    def holds(self, entry: Entry, *, now: float, embedded: bool = False) -> bool:
        """Whether it is so of an entry at a time (seconds since 1970); ``embedded``: the entry has vectors."""
        return self._holds(entry, now, embedded) != self.negated

    def _holds(self, entry: Entry, now: float, embedded: bool) -> bool:
        match self.field:
            case "expired":
                return bool((entry.expires is not None and entry.expires <= now) == self.value)
            case "embedded":
                return bool(embedded == self.value)
            case "tags":
                tags = [folded(tag) for tag in entry.tags]
                return not tags if self.comparison is Comparison.MISSING else folded(self.value) in tags
        held = getattr(entry, self.field)
        match self.comparison:
            case Comparison.MISSING:
                return bool(held is None)
            case Comparison.CONTAINS:
                return bool(folded(self.value) in folded(held))
            case Comparison.IS:
                return bool(folded(held) == folded(self.value) if isinstance(held, str) else held == self.value)
            case Comparison.AT_LEAST:
                return bool(held is not None and held >= self.value)
            case Comparison.AT_MOST:
                return bool(held is not None and held <= self.value)


#: Conditions that must all hold; none lets every entry in.
Filter = tuple[Condition, ...]

_FOLDED = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def folded(text: str) -> str:
    """Without the case of A to Z, as SQLite's ``NOCASE``."""
    return text.translate(_FOLDED)
