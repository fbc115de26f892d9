"""Which entries of a memory are meant by the evidence of questions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeGuard

from memviz.core.entry import Entry
from memviz.core.snapshot import Snapshot
from memviz.core.text import normalised
from memviz.session.recall_questions import FILE_ID, RecallQuestion, Reference, in_json

#: Where programs keep the name of a turn.
_NAMES = (FILE_ID, "turn_id", "dia_id")


def held_entries(
    snapshot: Snapshot, questions: Sequence[RecallQuestion], *, file_ids: bool
) -> dict[Reference, frozenset[int]]:
    """Ids of the entries that each evidence means, none where the memory has no such entry.

    Args:
        file_ids: True for a memory made of a file, whose entries are known by the ids that they had there. Else a whole
            number is the id of an entry, and a name is looked for in the metadata (``id``, ``turn_id``, ``dia_id``).
    """
    found: dict[Reference, set[int]] = {one: set() for question in questions for one in question.evidence}
    plain = {} if file_ids else {one: number for one in found if (number := _number(one)) is not None}
    there = {entry.id for entry in snapshot.get(list(plain.values()))}
    for reference, number in plain.items():
        found[reference] = {number} & there
    named = [reference for reference in found if reference not in plain]
    if named:
        _look_through(snapshot.scan(), named, found)
    return {reference: frozenset(ids) for reference, ids in found.items()}


def _number(reference: Reference) -> int | None:
    """The id of an entry that a reference is, if it is one."""
    value = reference.value
    if reference.by != "id" or not isinstance(value, str | int):
        return None
    return value if isinstance(value, int) else int(value) if value.isascii() and value.isdecimal() else None


def _look_through(entries: Iterable[Entry], references: Sequence[Reference], found: dict[Reference, set[int]]) -> None:
    """Adds to ``found`` every entry that one of the references means."""
    ids, keys, texts = ({one.value: one for one in references if one.by == by} for by in ("id", "key", "text"))
    texts = {normalised(str(text)): one for text, one in texts.items()}
    shapes: dict[tuple[str, ...], dict[object, Reference]] = {}  # names of fields -> their values -> reference
    for one in references:
        if isinstance(one.value, tuple):
            shapes.setdefault(tuple(name for name, _ in one.value), {})[one.value] = one
    for entry in entries:
        meant = [keys.get(entry.key), texts.get(normalised(entry.text)) if texts else None]
        meant += [ids.get(name) for field in _NAMES if _is_name(name := entry.metadata.get(field))]
        for names, values in shapes.items():
            if all(name in entry.metadata for name in names):
                meant.append(values.get(tuple((name, in_json(entry.metadata[name])) for name in names)))
        for reference in meant:
            if reference is not None:
                found[reference].add(entry.id)


def _is_name(value: object) -> TypeGuard[str | int]:
    return isinstance(value, str | int) and not isinstance(value, bool)
