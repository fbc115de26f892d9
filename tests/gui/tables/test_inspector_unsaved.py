"""What was typed in the inspector and is not saved, without a window."""

from __future__ import annotations

from dataclasses import replace

import pytest

from memviz.core.entry import Entry
from memviz.core.errors import KnownError
from memviz.gui.docks.inspector_unsaved import UnsavedDrafts

URL = "sqlite:///notes.sqlite"
KEY = (URL, 1)
STORED = Entry(1, "Alien · director", "Alien was directed by Ridley Scott.", owner="li")


@pytest.fixture
def drafts() -> UnsavedDrafts:
    """A text and an owner are typed."""
    made = UnsavedDrafts()
    made.type(KEY, STORED, "text", "mine")
    made.type(KEY, STORED, "owner", "ann")
    return made


def test_what_is_as_stored_is_no_draft(drafts: UnsavedDrafts) -> None:
    assert (drafts.ids_in(URL), drafts.ids_in("sqlite:///other.sqlite")) == ([1], [])
    drafts.type(KEY, STORED, "text", STORED.text)
    assert drafts.typed(KEY) == {"owner": "ann"}
    drafts.type(KEY, STORED, "owner", "li")
    assert (drafts.typed(KEY), drafts.ids_in(URL), drafts.can_be_saved(KEY)) == ({}, [], False)


def test_what_is_typed_while_it_is_saved_stays_unsaved(drafts: UnsavedDrafts) -> None:
    assert drafts.update(KEY).fields == {"text": "mine", "owner": "ann"}
    drafts.begin_saving(KEY)
    assert not drafts.can_be_saved(KEY)
    drafts.type(KEY, STORED, "text", "mine, and more")
    drafts.saved(KEY)
    assert drafts.typed(KEY) == {"text": "mine, and more"}
    assert drafts.can_be_saved(KEY)


def test_what_could_not_be_saved_stays_as_it_was_typed(drafts: UnsavedDrafts) -> None:
    drafts.begin_saving(KEY)
    assert drafts.not_saved(KEY) == drafts.typed(KEY) == {"text": "mine", "owner": "ann"}
    assert drafts.can_be_saved(KEY)
    drafts.type(KEY, STORED, "expires", "some day")
    with pytest.raises(KnownError, match="is no date"):
        drafts.update(KEY)


def test_only_fields_that_both_have_changed_are_in_conflict(drafts: UnsavedDrafts) -> None:
    assert drafts.rebase(KEY, STORED) is None
    assert drafts.rebase(KEY, replace(STORED, source="import")) is None
    conflict = drafts.rebase(KEY, replace(STORED, text="theirs", source="import"))
    assert conflict is not None
    assert (conflict.names, conflict.seen, conflict.wanted) == (("text",), {"text": STORED.text}, {"text": "mine"})
    assert drafts.typed(KEY) == {"text": "mine", "owner": "ann"}
    drafts.drop(KEY, conflict.names)
    assert drafts.typed(KEY) == {"owner": "ann"}
    drafts.drop(KEY)
    assert drafts.ids_in(URL) == []


def test_the_same_typed_by_both_is_no_change_any_more(drafts: UnsavedDrafts) -> None:
    assert drafts.rebase(KEY, replace(STORED, text="mine")) is None
    assert drafts.typed(KEY) == {"owner": "ann"}
