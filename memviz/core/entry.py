"""A stored record of a memory."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from operator import attrgetter
from types import MappingProxyType
from typing import Any

from memviz.core.errors import KnownError


class Kind(StrEnum):
    """What an entry remembers."""

    FACT = "fact"
    DIALOGUE_TURN = "dialogue turn"
    PROFILE = "profile"


#: Seconds since 1970 far beyond any calendar; larger numbers are mistakes.
_END_OF_TIME = 1e15
_DEEPEST_METADATA = 50
_NO_METADATA: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Entry:
    """One record of a store. Times are seconds since 1970-01-01 UTC.

    Attributes:
        id: positive integer, given by the store, never used again after a deletion.
        key: what the entry is about, e.g. ``Blade Runner · director``; the part before `` · `` is the subject.
        text: what a model reads.
        kind: fact, dialogue turn or profile.
        owner: whose memory this is (a user's name), empty for everyone's.
        source: where it came from (a file, a URL, a dialogue).
        tags: free words, in order, without duplicates.
        created, updated: when the entry was inserted and last edited; an insert may say that it was learned earlier.
        last_used, used_count: when and how often an answer's prompt held it.
        confidence: 0..1.
        expires: from this time on the entry is not recalled; None: never.
        private: masked in screenshots and exports.
        enabled: a disabled entry stays in the store and is not recalled.
        superseded_by: id of the entry that stands for it; a superseded entry stays in the store
            and is not recalled unless recall is told to keep both.
        metadata: free JSON.
    """

    id: int
    key: str
    text: str
    kind: Kind = Kind.FACT
    owner: str = ""
    source: str = ""
    tags: tuple[str, ...] = ()
    created: float = 0.0
    updated: float = 0.0
    last_used: float | None = None
    used_count: int = 0
    confidence: float = 1.0
    expires: float | None = None
    private: bool = False
    enabled: bool = True
    superseded_by: int | None = None
    metadata: Mapping[str, Any] = field(default_factory=lambda: _NO_METADATA)

    @property
    def subject(self) -> str:
        """The part of the key before the first `` · ``; the whole key where there is none."""
        return self.key.split(" · ", 1)[0]

    def recallable(self, now: float) -> bool:
        """False for what no recall ever sees: disabled or expired."""
        return self.enabled and (self.expires is None or self.expires > now)

    @property
    def last_touched(self) -> float:
        """When it was last edited or used, whichever is later."""
        return max(self.updated, self.last_used or self.updated)


#: Fields that a user's edit may set; the others belong to the store.
EDITABLE_FIELDS = frozenset(
    {
        "key",
        "text",
        "kind",
        "owner",
        "source",
        "tags",
        "confidence",
        "expires",
        "private",
        "enabled",
        "superseded_by",
        "metadata",
    }
)
#: Fields that a new entry may be given: also when what it says was learned, and how it fared in another memory.
INSERT_FIELDS = EDITABLE_FIELDS | {"created", "updated", "last_used", "used_count"}
#: Fields whose values an edit may be made dependent on.
SEEN_FIELDS = EDITABLE_FIELDS | {"created", "updated"}
ENTRY_FIELDS = tuple(f.name for f in fields(Entry))

#: The values of an entry, in the order of ``ENTRY_FIELDS``.
values_of_entry: Callable[[Entry], tuple[Any, ...]] = attrgetter(*ENTRY_FIELDS)
_PLACES = {name: place for place, name in enumerate(ENTRY_FIELDS)}


def with_fields(entry: Entry, values: Mapping[str, Any]) -> Entry:
    """The entry with other values of these fields: ``dataclasses.replace`` in a third of its time, for bulk edits."""
    all_values = list(values_of_entry(entry))
    for name, value in values.items():
        all_values[_PLACES[name]] = value
    return Entry(*all_values)


def checked_fields(values: Mapping[str, Any], allowed: frozenset[str] = EDITABLE_FIELDS) -> dict[str, Any]:
    """Returns ``values`` in the types of :class:`Entry`, ready for an edit.

    Raises:
        KnownError: a field that does not exist or cannot be edited, or a value that the field cannot hold.
    """
    checked: dict[str, Any] = {}
    for name, value in values.items():
        if name not in allowed:
            raise KnownError(f"“{name}” is not a field that can be edited; use one of {', '.join(sorted(allowed))}.")
        checked[name] = _checked(name, value)
    return checked


def _checked(name: str, value: Any) -> Any:
    if name in ("key", "text", "owner", "source"):
        if not isinstance(value, str):
            raise KnownError(f"The {name} of an entry must be text, not {type(value).__name__}.")
        return _storable(name, value)
    if name in ("private", "enabled"):
        if not isinstance(value, bool):
            raise KnownError(f"“{name}” must be true or false, not {value!r}.")
        return value
    if name == "confidence":
        return _confidence(value)
    if name == "kind":
        try:
            return Kind(value)
        except ValueError:
            raise KnownError(f"The kind must be one of {', '.join(Kind)}, not {value!r}.") from None
    if name == "tags":
        if not isinstance(value, list | tuple) or not all(isinstance(tag, str) for tag in value):
            raise KnownError("Tags must be a list of words.")
        return tuple(dict.fromkeys(_storable("tags", tag.strip()) for tag in value if tag.strip()))
    if name in ("expires", "last_used"):
        return None if value is None else _time(name, value)
    if name in ("created", "updated"):
        return _time(name, value)
    if name == "used_count":
        return _count(value)
    if name == "superseded_by":
        return None if value is None else _entry_id(value)
    if not isinstance(value, Mapping):
        raise KnownError("Metadata must be a JSON object.")
    return MappingProxyType(_json_copy(value))


def _storable(name: str, value: str) -> str:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise KnownError(
            f"The {name} holds half of a character (a lone surrogate) that no file can store; remove it."
        ) from None
    return value


def _confidence(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0.0 <= value <= 1.0:
        raise KnownError(f"The confidence must be a number from 0 to 1, not {value!r}.")
    return float(value)


def _time(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < _END_OF_TIME:
        what = (
            "The expiry must be a time in seconds since 1970 or nothing"
            if name == "expires"
            else (f"“{name}” must be a time in seconds since 1970")
        )
        raise KnownError(f"{what}, not {value!r}.")
    return float(value)


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < _END_OF_TIME:
        raise KnownError(f"“used_count” must be a whole number from 0, not {value!r}.")
    return value


def _entry_id(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise KnownError(f"“superseded_by” must be the id of an entry or nothing, not {value!r}.")
    return value


def _json_copy(value: Any, depth: int = 0) -> Any:
    """A copy of its own, in the types that reading JSON gives back."""
    if depth > _DEEPEST_METADATA:
        raise KnownError(f"Metadata is nested deeper than {_DEEPEST_METADATA} levels; make it flatter.")
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {_storable("metadata", key): _json_copy(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_json_copy(item, depth + 1) for item in value]
    if isinstance(value, str):
        return _storable("metadata", value)
    if value is None or isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    raise KnownError(f"Metadata must be a JSON object; it cannot hold {value!r}.")
