"""A conversation's part of the memory: turns become entries, claims become entries, and what is known of an owner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from memviz.core.edits import Change, Insert
from memviz.core.entry import Entry, Kind
from memviz.core.errors import KnownError, MaybeDone
from memviz.core.memory import Store
from memviz.core.protocols import Conversing
from memviz.core.recall_settings import SETTING, RecallSettings, settings_from_json
from memviz.dialogue.claims import Claim
from memviz.dialogue.profile import edits_of
from memviz.dialogue.short_term import estimated_tokens
from memviz.dialogue.turns import USER, SpokenTurn, local_date
from memviz.session.chat_memory import ChatMemory
from memviz.session.chat_state import ChatTurn, Sitting
from memviz.session.session import Session

#: Entries of an owner that are read at once.
_BATCH = 1_000


@dataclass(frozen=True, slots=True)
class Said:
    """A turn that is to be stored, and where it was said, which may not be where the conversation is by then.

    Of an answer also what was recalled for it, and the model that gave it.
    """

    turn: SpokenTurn
    sitting: Sitting
    recalled: tuple[int, ...] = ()
    model: str = ""


def store_turns(memory: ChatMemory, first: int, said: Sequence[Said]) -> tuple[ChatTurn, ...]:
    """Stores turns in one change, numbered from ``first`` on. Blocks.

    Raises:
        KnownError: the memory cannot be written, or it is not the one that is open.
    """
    turns = [_spoken_by(each.turn, each.sitting.owner) for each in said]
    inserts = [
        _turn_insert(turn, each.sitting, number)
        for number, (turn, each) in enumerate(zip(turns, said, strict=True), first)
    ]
    ids = memory.edit(inserts).inserted
    return tuple(
        ChatTurn(number, turn, each.sitting, entry_id, each.recalled, each.model)
        for number, (turn, each, entry_id) in enumerate(zip(turns, said, ids, strict=True), first)
    )


def _spoken_by(turn: SpokenTurn, owner: str) -> SpokenTurn:
    """What the user says is said by the owner, unless somebody else is named."""
    return replace(turn, speaker=owner) if turn.role == USER and not turn.speaker else turn


def _turn_insert(turn: SpokenTurn, sitting: Sitting, number: int) -> Insert:
    """The entry of a turn."""
    day = local_date(turn.time)
    when: dict[str, Any] = {} if turn.time is None else {"created": turn.time}
    return Insert(
        key=f"{turn.speaker or 'Assistant'} · {day.isoformat() if day is not None else sitting.session}",
        text=turn.text,
        kind=Kind.DIALOGUE_TURN,
        owner=sitting.owner,
        source=source_of(sitting.session),
        metadata={"role": turn.role, "session": sitting.session, "turn": number},
        **when,
    )


def not_stored(what: str, error: KnownError) -> str:
    """The sentence about what an error kept from being stored, or perhaps did not."""
    if isinstance(error, MaybeDone):
        return f"{what} may be stored or not: {error}"
    return f"{what} is not stored: {error}"


def token_counts(session: Session, texts: Sequence[str]) -> tuple[list[int], bool]:
    """The length of each text, and whether the model’s own tokenizer counted; else it is estimated. Blocks."""
    loaded: object = session.model
    if isinstance(loaded, Conversing):
        try:
            return session.model_call(lambda model: [model.count_tokens(text) for text in texts]).result(), True
        except (KnownError, AttributeError):
            pass  # another model came meanwhile
    return [estimated_tokens(text) for text in texts], False


def recall_settings(memory: ChatMemory) -> RecallSettings:
    """How the memory is recalled; as usual where it says nothing, or nothing that can be. Blocks."""
    try:
        return settings_from_json(memory.call(lambda store: store.settings.get(SETTING) or {}))
    except KnownError:
        return RecallSettings()


def source_of(session: str) -> str:
    return f"session {session}"


def store_claim(memory: ChatMemory, known: KnownEntries, claim: Claim, *, source: str, found_by: str) -> int:
    """Stores a claim in one change; returns the id of the entry that says it. Blocks.

    Raises:
        KnownError: the memory cannot be written, or it is not the one that is open.
    """
    found = edits_of(claim, known.of(claim.owner), source=source, found_by=found_by)
    change = memory.edit(found.edits) if found.edits else None
    if found.entry_id is not None or change is None:
        return found.entry_id or 0
    return change.inserted[0]


class KnownEntries:
    """Facts and profile of the owners that were asked for, kept as the memory changes. One thread; :meth:`changed` any.

    They are found by the owner's name, which stands in the key of every claim.
    """

    def __init__(self, memory: ChatMemory) -> None:
        self._memory = memory
        self._owners: dict[str, dict[int, Entry]] = {}
        self._stale: list[Change] = []

    def changed(self, change: Change) -> None:
        """Notes a change of the memory; it is read at the next call."""
        self._stale.append(change)

    def of(self, owner: str) -> list[Entry]:
        """Facts and profile of an owner, by id. Blocks.

        Raises:
            KnownError: no memory is open, or another one.
        """
        self._refresh()
        if owner not in self._owners:
            found = self._memory.call(lambda store: _entries_of(store, owner))
            self._owners[owner] = {entry.id: entry for entry in found}
        return [self._owners[owner][entry_id] for entry_id in sorted(self._owners[owner])]

    def _refresh(self) -> None:
        stale, self._stale = self._stale, []
        if any(change.kind == "load" for change in stale):
            self._owners = {}
        if not self._owners:
            return
        ids = sorted({i for change in stale for i in (*change.inserted, *change.updated, *change.deleted)})
        if not ids:
            return
        now = {entry.id: entry for entry in self._memory.call(lambda store: store.get(ids))}
        for owner, known in self._owners.items():
            for entry_id in ids:
                entry = now.get(entry_id)
                if entry is not None and _is_known_of(entry, owner):
                    known[entry_id] = entry
                else:
                    known.pop(entry_id, None)


def _entries_of(store: Store, owner: str) -> list[Entry]:
    ids: Sequence[int] = store.search_ids(owner)
    found: list[Entry] = []
    for start in range(0, len(ids), _BATCH):
        found += (entry for entry in store.get(ids[start : start + _BATCH]) if _is_known_of(entry, owner))
    return found


def _is_known_of(entry: Entry, owner: str) -> bool:
    return entry.owner == owner and entry.kind is not Kind.DIALOGUE_TURN
