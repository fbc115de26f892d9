"""From what other programs store to what the fields of an entry hold. Nothing here raises: what fits no field stays
in the metadata."""

from __future__ import annotations

import datetime
import json
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

#: Names under which other programs keep what memviz has a field for, the likeliest first; compared in lower case.
NAMES: Mapping[str, tuple[str, ...]] = {
    "text": (
        *("text", "content", "body", "memory", "document", "note", "message", "page_content", "fact", "statement"),
        *("value", "description", "summary", "answer", "data"),
    ),
    "key": ("key", "title", "name", "subject", "topic", "heading", "headline", "label"),
    "owner": ("owner", "user_id", "user", "username", "author", "actor_id", "agent_id"),
    "source": ("source", "url", "uri", "link", "origin", "file", "filename", "path"),
    "tags": ("tags", "labels", "keywords", "categories", "category"),
    "created": (
        *("created", "created_at", "createdat", "timestamp", "time", "date", "datetime", "inserted_at", "added"),
        "created_on",
    ),
    "confidence": ("confidence",),
    "expires": ("expires", "expires_at", "expiry"),
}

_UUID = re.compile(r"[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}|[0-9a-f]{32,}", re.IGNORECASE)
#: Seconds since 1970 above this are thousandths, or millionths: it is the year 5138.
_TOO_LATE = 1e11


def text_of(value: Any) -> str:
    """Text as it is; bytes that are no UTF-8 get marks in place of what is not; JSON for what is structured."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")
    if value is None:
        return ""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return json.dumps(json_of(value), ensure_ascii=False) if isinstance(value, Mapping | list | tuple) else str(value)


def time_of(value: Any) -> float | None:
    """Seconds since 1970 of a number (also of milli- and microseconds) or an ISO time, in UTC where it names no zone;
    None for anything else."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return _iso_time(value)
    if not isinstance(value, int | float) or not math.isfinite(value):
        return None
    while abs(value) >= _TOO_LATE:
        value /= 1_000
    return float(value)


def _iso_time(words: str) -> float | None:
    try:
        moment = datetime.datetime.fromisoformat(words.strip())
        return (moment if moment.tzinfo is not None else moment.replace(tzinfo=datetime.UTC)).timestamp()
    except (OverflowError, OSError, ValueError):
        return None


def tags_of(value: Any) -> list[str]:
    """Words of a list, of JSON that is one, or between commas."""
    if isinstance(value, str):
        value = json_text(value) if value.lstrip().startswith("[") else value.split(",")
    if not isinstance(value, list | tuple):
        return [] if value is None or isinstance(value, Mapping | bytes) else [text_of(value)]
    return [text_of(tag).strip() for tag in value if tag is not None and text_of(tag).strip()]


def json_text(value: Any) -> Any:
    """What JSON in text or bytes says; the value itself where it is none."""
    if not isinstance(value, str | bytes):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def json_of(value: Any, depth: int = 0) -> Any:
    """In types that JSON has: bytes are told by their number, what is deeper than an entry may be becomes text."""
    if isinstance(value, str):
        return text_of(value)
    if depth > 40:
        return repr(value)[:1_000]
    if isinstance(value, Mapping):
        return {text_of(key): json_of(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [json_of(item, depth + 1) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    return f"{len(value):,} bytes" if isinstance(value, bytes) else text_of(str(value))


def looks_made_up(name: str) -> bool:
    """Whether a name is a number that a program gave (a UUID, a hash), which says nothing to a reader."""
    return name.isdigit() or _UUID.fullmatch(name) is not None


def named(field: str, names: Iterable[str]) -> str:
    """The name under which a field is likeliest kept; empty where none is."""
    by_case = {name.lower(): name for name in names}
    return next((by_case[known] for known in NAMES[field] if known in by_case), "")


def fields_of(values: Mapping[str, Any], columns: Mapping[str, str]) -> dict[str, Any]:
    """The fields of an ``Insert``.

    Args:
        values: of one record, by name.
        columns: field of an entry -> name in ``values``; what is under no such name, or fits not, becomes metadata.
    """
    fields: dict[str, Any] = {}
    taken: set[str] = set()
    for field, name in columns.items():
        if name in values and (value := _fitting(field, values[name])) is not None:
            fields[field] = value
            taken.add(name)
    fields["metadata"] = {
        text_of(name): json_of(value)
        for name, value in values.items()
        if name not in taken and value is not None and not isinstance(value, bytes)
    }
    return fields


def _fitting(field: str, value: Any) -> Any:
    match field:
        case "text":
            return text_of(value)
        case "key" | "owner" | "source":
            return None if isinstance(value, Mapping | list | tuple | bytes) or value is None else text_of(value)
        case "tags":
            return tags_of(value) or None
        case "created" | "expires":
            return time_of(value)
        case "confidence":
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            return float(value) if is_number and 0 <= value <= 1 else None
        case _:  # private, enabled
            return bool(value) if isinstance(value, bool) or value in (0, 1) else None


def guessed(names: Iterable[str], *fields: str) -> dict[str, str]:
    """Field -> name, for those of the fields that have one; a name serves one field."""
    left, found = list(names), {}
    for field in fields:
        if name := named(field, left):
            found[field] = name
            left.remove(name)
    return found
