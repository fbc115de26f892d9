"""Entries, changes and history as JSON values and as lines for people."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from memviz.cli.output import clipped, counted, plain
from memviz.core.edits import Change, EntryDiff, HistoryRow
from memviz.core.entry import ENTRY_FIELDS, Entry
from memviz.core.forgetting import Told

_TIMES = frozenset({"created", "updated", "last_used", "expires"})


def entry_as_dict(entry: Entry) -> dict[str, Any]:
    """All fields as JSON values; times are seconds since 1970-01-01 UTC."""
    values = {name: getattr(entry, name) for name in ENTRY_FIELDS}
    return {**values, "kind": str(entry.kind), "tags": list(entry.tags), "metadata": dict(entry.metadata)}


def change_as_dict(change: Change | None) -> dict[str, Any] | None:
    if change is None:
        return None
    return {
        "version": change.version,
        "kind": change.kind,
        "inserted": list(change.inserted),
        "updated": list(change.updated),
        "deleted": list(change.deleted),
    }


def history_as_dict(row: HistoryRow) -> dict[str, Any]:
    return {
        "version": row.version,
        "kind": row.kind,
        "time": row.time,
        "initiator": row.initiator,
        "undone": row.undone,
        **diff_as_dict(row.diff),
    }


def diff_as_dict(diff: EntryDiff) -> dict[str, Any]:
    return {
        "entry_id": diff.entry_id,
        "before": entry_as_dict(diff.before) if diff.before else None,
        "after": entry_as_dict(diff.after) if diff.after else None,
    }


def entry_line(entry: Entry) -> str:
    marks = "".join(
        mark for mark, shown in ((" [disabled]", not entry.enabled), (" [private]", entry.private)) if shown
    )
    return f"{entry.id:>8}  {clipped(plain(entry.key), 40):<40}  {clipped(plain(entry.text), 120)}{marks}"


def field_lines(entry: Entry) -> Iterator[str]:
    for name in ENTRY_FIELDS:
        yield f"{name:<13} {field_words(name, getattr(entry, name))}"


def field_words(name: str, value: Any) -> str:
    """A field's value for people, on one line."""
    if value is None:
        return "never" if name in _TIMES else "none"
    if name in _TIMES:
        return moment(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name == "tags":
        return plain(", ".join(value))
    if name == "metadata":
        return plain(str(dict(value)))
    return plain(str(value))


def moment(seconds: float) -> str:
    """A time as the user's clock shows it; the bare number where no calendar reaches."""
    try:
        return datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    except (OverflowError, ValueError, OSError):
        return f"{seconds:g} s"


def change_line(row: HistoryRow) -> str:
    undone = ", undone" if row.undone else ""
    return f"version {row.version}  {moment(row.time)}  {row.kind} by {plain(row.initiator) or 'someone'}{undone}"


def forgetting_line(told: Told) -> str:
    entries = "1 entry" if told.entries == 1 else f"{told.entries:,} entries"
    return (
        f"version {told.version}  {moment(told.time)}  forgot {entries} by {plain(told.initiator) or 'someone'};"
        " cannot be undone"
    )


def diff_lines(diff: EntryDiff) -> Iterator[str]:
    if diff.before is None or diff.after is None:
        entry = diff.after or diff.before
        words = "added" if diff.before is None else "deleted"
        yield f"  {words} {diff.entry_id}: {plain(entry.text if entry else '')}"
        return
    changed = diff.changed_fields()
    named = diff.after.key or ("" if "text" in changed else diff.after.text)
    yield f"  entry {diff.entry_id}: {clipped(plain(named), 120)}".rstrip()
    for name in changed:
        if name != "updated":
            yield f"    {name}: {field_words(name, getattr(diff.before, name))}"
            yield f"    {' ' * len(name)}→ {field_words(name, getattr(diff.after, name))}"


def change_sentence(change: Change) -> str:
    """What was done, e.g. ``Changed entry 8611 (version 5).``"""
    parts = [
        f"{word} {_ids(ids)}"
        for word, ids in (("added", change.inserted), ("changed", change.updated), ("deleted", change.deleted))
        if ids
    ]
    if not parts:
        return f"Nothing changed (version {change.version})."
    done = " and ".join(parts)
    if change.kind in ("undo", "redo"):
        return f"{change.kind.capitalize()}: {done} (version {change.version})."
    return f"{done[0].upper()}{done[1:]} (version {change.version})."


def bulk_sentence(change: Change, gone: int) -> str:
    """The same of a change of many entries, and how many of them were not there any more."""
    left = f" {counted(gone, 'of the chosen entries is', 'of the chosen entries are')} gone." if gone else ""
    return change_sentence(change) + left


def _ids(ids: tuple[int, ...]) -> str:
    if len(ids) == 1:
        return f"entry {ids[0]}"
    if len(ids) <= 5:
        return f"entries {', '.join(map(str, ids))}"
    return f"{len(ids):,} entries"
