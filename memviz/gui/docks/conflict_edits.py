"""What is typed, on top of what somebody else has changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from memviz.core.edit_conflict import EditConflict
from memviz.core.edits import Edit, Restore, Update
from memviz.core.entry import Entry
from memviz.core.errors import KnownError
from memviz.core.memory import Store
from memviz.gui.docks.conflict_box import Versions
from memviz.gui.docks.inspector_draft import Raw, raw_of

_EMPTY = Entry(0, "", "")


def mine_on_top(conflict: EditConflict, store: Store) -> list[Edit]:
    """Sets what was wanted over what the user has been shown, and brings a deleted entry back. Store thread.

    Where it was changed once more, the edit is refused again.
    """
    wanted = dict(conflict.wanted or {})
    if conflict.now is not None:
        seen = {name: getattr(conflict.now, name) for name in conflict.seen}
        return [Update(conflict.entry_id, seen=seen, **wanted)]
    rows = store.history(conflict.entry_id, limit=1)
    if not rows or rows[0].diff.before is None or rows[0].diff.after is not None:
        raise KnownError(f"Entry {conflict.entry_id} is there again, or its past is not known; look for it once more.")
    return [Restore(replace(rows[0].diff.before, **wanted), new=True)]


def versions_of(conflict: EditConflict, typed: Mapping[str, Raw]) -> Sequence[Versions]:
    """The fields in conflict, or all that were typed where the entry is gone, as their editors show them."""
    names = [name for name in conflict.names if name in typed] or list(typed)
    return [
        Versions(
            name,
            _words(name, conflict.seen.get(name)),
            "" if conflict.now is None else str(raw_of(conflict.now, name)),
            str(typed[name]),
        )
        for name in names
    ]


def _words(name: str, value: Any) -> str:
    """A field's value as its editor shows it."""
    return str(raw_of(replace(_EMPTY, **{name: value}), name))
