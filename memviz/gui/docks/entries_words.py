"""What the panel of entries says: why its table is empty, and what was undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memviz.core.edits import Change
from memviz.gui.tables.entry_model import EntryModel
from memviz.gui.tables.plain import one_line

if TYPE_CHECKING:
    from memviz.session.session import Session


def why_empty(model: EntryModel, session: Session, text: str, *, asked: bool) -> str:
    """The sentence of an empty table. ``text``: what is searched for; ``asked``: there is a question in view."""
    if not session.memory_url:
        return "No memory is open yet; if none is loading, choose one above."
    if not model.loaded:
        return f"Reading the entries of “{session.memory_name}” …"
    if model.searching:
        return "Searching …"
    if model.past is not None and model.total == 0:
        return "The memory had no entries then."
    if model.total == 0:
        return "This memory has no entries yet; press Ins to add the first, or drop a file to import."
    if model.only_run and not asked:
        return "No question was asked yet; ask one, or turn off “This query” to see all entries."
    if text:
        return f"No entry matches “{one_line(text, 80)}”; press Esc to see all."
    if model.only_run:
        return "Nothing was recalled for this query; turn off “This query” to see all entries."
    return ""


def summary(change: Change) -> str:
    """What a change did, in words."""
    parts = (("inserted", change.inserted), ("changed", change.updated), ("deleted", change.deleted))
    said = [
        f"{words} entry {ids[0]}" if len(ids) == 1 else f"{words} {len(ids):,} entries" for words, ids in parts if ids
    ]
    return ", ".join(said) or "nothing changed"
