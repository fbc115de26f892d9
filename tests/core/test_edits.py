"""Edits, and what differs between two entries."""

from __future__ import annotations

import pytest

from memviz.core.edits import Delete, EntryDiff, Insert, Update
from memviz.core.entry import ENTRY_FIELDS, Entry
from memviz.core.errors import KnownError

OLD, NEW = Entry(3, "key", "old", updated=1.0), Entry(3, "key", "new", updated=2.0)


def test_an_insert_needs_something_to_remember() -> None:
    assert dict(Insert(text="a").fields) == {"key": "", "text": "a"}
    assert dict(Insert(key="a").fields) == {"key": "a", "text": ""}
    for fields in ({}, {"text": " ", "key": "\n"}, {"owner": "Ann"}):
        with pytest.raises(KnownError, match="needs a text or a key"):
            Insert(**fields)


def test_an_update_sets_something() -> None:
    with pytest.raises(KnownError, match="at least one field"):
        Update(3)
    with pytest.raises(KnownError, match="confidence"):
        Update(3, confidence=2)
    with pytest.raises(TypeError):
        Update(3, text="a").fields["text"] = "b"  # type: ignore[index]


def test_ids_are_plain_integers() -> None:
    numpy = pytest.importorskip("numpy")
    assert type(Update(numpy.int64(3), text="a").entry_id) is int
    assert type(Delete(numpy.int64(3)).entry_id) is int


def test_changed_fields() -> None:
    assert EntryDiff(3, OLD, NEW).changed_fields() == ("text", "updated")
    assert EntryDiff(3, OLD, OLD).changed_fields() == ()
    assert EntryDiff(3, None, NEW).changed_fields() == ENTRY_FIELDS
