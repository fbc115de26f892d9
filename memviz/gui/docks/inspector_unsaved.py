"""All that was typed in the inspector and is not saved, also while it is on its way to the store."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

from memviz.core.edit_conflict import EditConflict
from memviz.core.edits import Update
from memviz.core.entry import Entry
from memviz.gui.docks.inspector_draft import Draft, Raw
from memviz.gui.docks.inspector_facts import Key

_NOTHING: Mapping[str, Raw] = MappingProxyType({})


class UnsavedDrafts:
    """A draft of each entry with unsaved changes; one in which nothing is typed any more goes. GUI thread."""

    def __init__(self) -> None:
        self._drafts: dict[Key, Draft] = {}
        self._saving: dict[Key, Mapping[str, Raw]] = {}  # what was typed when the saving began

    def ids_in(self, memory_url: str) -> list[int]:
        """Entries of this memory with unsaved changes."""
        return [entry_id for url, entry_id in self._drafts if url == memory_url]

    def typed(self, key: Key) -> Mapping[str, Raw]:
        """What the editors hold of the fields with unsaved changes; empty where there are none."""
        draft = self._drafts.get(key)
        return draft.values if draft is not None else _NOTHING

    def type(self, key: Key, stored: Entry, name: str, raw: Raw) -> None:
        """Takes in what the user typed into a field, on top of the entry as it is stored."""
        draft = self._drafts.get(key) or Draft(stored)
        draft.type(name, raw)
        self._keep(key, draft)

    def drop(self, key: Key, names: Collection[str] | None = None) -> None:
        """What was typed into these fields is thrown away; None: into all."""
        draft = self._drafts.get(key)
        if draft is not None:
            for name in tuple(draft.values) if names is None else names:
                draft.values.pop(name, None)
            self._keep(key, draft)

    def rebase(self, key: Key, stored: Entry) -> EditConflict | None:
        """Puts the draft on what is stored now; a conflict where both changed a field, and what was typed stays."""
        draft = self._drafts.get(key)
        if draft is None or draft.entry == stored:
            return None
        seen, (draft, clashes) = draft.entry, draft.rebased(stored)
        self._keep(key, draft)
        if not clashes:
            return None
        before = {name: getattr(seen, name) for name in clashes}
        typed = {name: draft.values[name] for name in clashes}
        return EditConflict(seen.id, clashes, before, stored, typed)

    def can_be_saved(self, key: Key) -> bool:
        """There is something to save, and it is not on its way yet."""
        return key in self._drafts and key not in self._saving

    def update(self, key: Key) -> Update:
        """The edit that saves the draft.

        Raises:
            KnownError: a value that its field cannot hold.
        """
        return self._drafts[key].update()

    def begin_saving(self, key: Key) -> None:
        """What is typed now is on its way to the store."""
        self._saving[key] = dict(self.typed(key))

    def saved(self, key: Key) -> None:
        """What was on its way is there; what was typed since stays unsaved."""
        saved = self._saving.pop(key)
        self.drop(key, [name for name, raw in saved.items() if self.typed(key).get(name) == raw])

    def not_saved(self, key: Key) -> Mapping[str, Raw]:
        """It stays unsaved; returns what was on its way."""
        return self._saving.pop(key, _NOTHING)

    def _keep(self, key: Key, draft: Draft) -> None:
        if draft.values:
            self._drafts[key] = draft
        else:
            self._drafts.pop(key, None)
