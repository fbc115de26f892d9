"""Edits on top of what somebody else has changed meanwhile: refused, with both versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from memviz.core.edits import Delete, Update
from memviz.core.entry import Entry
from memviz.core.errors import KnownError

#: Of a value this much is told in the sentence.
_LONGEST = 60


class EditConflict(KnownError):  # noqa: N818 - a state of the world
    """An entry is no longer as whoever asks for an edit saw it. Nothing was changed.

    Attributes:
        entry_id: which entry.
        names: the fields that are another one by now; empty where the entry is gone.
        seen: fields as they were seen.
        now: the entry as it is; None where it was deleted.
        wanted: what the edit sets; None for a deletion.
    """

    def __init__(
        self,
        entry_id: int,
        names: Sequence[str],
        seen: Mapping[str, Any],
        now: Entry | None,
        wanted: Mapping[str, Any] | None,
    ) -> None:
        self.entry_id = entry_id
        self.names = tuple(names)
        self.seen = seen
        self.now = now
        self.wanted = wanted
        super().__init__(self._sentence())

    def _sentence(self) -> str:
        undone = "it was not deleted" if self.wanted is None else "nothing was saved"
        if self.now is None:
            return f"Entry {self.entry_id} was deleted by somebody else meanwhile; {undone}. Undo brings it back."
        told = [
            f"its {name} is now {_told(getattr(self.now, name))}, not {_told(self.seen[name])}"
            for name in self.names
            if name != "updated"
        ]
        what = ", ".join(told) or "it was edited later than what you saw"
        return (
            f"Somebody else changed entry {self.entry_id} meanwhile ({what}); {undone}. Look at it, and then keep it"
            " as it is or make your edit again."
        )


class ChangedMeanwhile(KnownError):  # noqa: N818 - a state of the world
    """What an edit, an undo or a redo is about is not what whoever asks for it saw. Nothing was changed."""


def check_seen(edit: Update | Delete, now: Entry | None) -> None:
    """Raises an :class:`EditConflict` where the entry is not as the edit's ``seen`` says it was."""
    if not edit.seen:
        return
    wanted = edit.fields if isinstance(edit, Update) else None
    if now is None:
        raise EditConflict(edit.entry_id, (), edit.seen, None, wanted)
    names = [
        name
        for name, value in edit.seen.items()
        if getattr(now, name) != value and not (wanted and name in wanted and wanted[name] == getattr(now, name))
    ]
    if names:
        raise EditConflict(edit.entry_id, names, edit.seen, now, wanted)


def _told(value: Any) -> str:
    if isinstance(value, tuple):
        value = ", ".join(value)
    if isinstance(value, Mapping):
        value = str(dict(value))
    if value in ("", None):
        return "empty"
    words = " ".join(str(value).split())
    return f"“{words[:_LONGEST]}…”" if len(words) > _LONGEST else f"“{words}”"
