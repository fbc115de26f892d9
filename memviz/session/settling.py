"""What a user decides about conflicts: who stands for whom, what is kept, and taking that back."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Any

from memviz.core.edits import Change, Edit, Restore, Update
from memviz.core.entry import Entry
from memviz.core.memory import Store
from memviz.core.recall_settings import SETTING, ConflictPolicy, RecallSettings, settings_from_json
from memviz.core.snapshot import Snapshot
from memviz.recall.conflicts import Conflict, conflicts_among, conflicts_with, losers, policy_for
from memviz.session.session import Session

#: So many changes of an entry are looked through for the one that superseded it.
_HISTORY = 1_000


@dataclass(frozen=True, slots=True)
class Settlement:
    """What settling a conflict will do. ``losers``: will be marked, ``winner`` stands for them."""

    conflict: Conflict
    policy: ConflictPolicy
    winner: Entry
    losers: tuple[Entry, ...]


def settlements(
    conflicts: Sequence[Conflict], settings: RecallSettings, policy: ConflictPolicy | None = None
) -> list[Settlement]:
    """What :func:`settle` will do, before it is done; conflicts of which nothing changes are left out.

    ``policy``: who wins; None: each conflict's own policy, or the memory's.
    """
    found = []
    for conflict in conflicts:
        chosen = policy or policy_for(conflict, settings)
        gone = losers(conflict, chosen)
        if gone:
            losing = tuple(entry for entry in conflict.entries if entry.id in gone)
            found.append(Settlement(conflict, chosen, next(iter(gone.values())), losing))
    return found


def settle(
    session: Session, conflicts: Sequence[Conflict], policy: ConflictPolicy | None = None, initiator: str = "api"
) -> Future[Change]:
    """Marks the losers of conflicts as superseded, all in one change that undo takes back.

    The entries are judged as they are now. A decision says nothing new, so the times of the entries stay: a loser
    that is taken back later is no newer than it was.

    Args:
        policy: who wins; None: each conflict's own policy, or the memory's.
    """

    def edits(store: Store) -> list[Update]:
        entries = _current(store, conflicts)
        settings = settings_from_json(store.settings.get(SETTING, {}))
        return [
            Update(loser.id, keep_time=True, superseded_by=one.winner.id)
            for one in settlements(conflicts_among(entries, time.time(), store.get), settings, policy)
            for loser in one.losers
        ]

    return session.edit_from(edits, initiator)


def unsettle(session: Session, conflicts: Sequence[Conflict], initiator: str = "api") -> Future[Change]:
    """Nobody stands for these entries any more; one change that undo takes back."""

    def edits(store: Store) -> list[Edit]:
        return [_taking_back(entry, store) for entry in _current(store, conflicts) if entry.superseded_by]

    return session.edit_from(edits, initiator)


def conflicts_again(session: Session, ids: Sequence[int]) -> Future[list[Conflict]]:
    """The conflicts among these entries as they are now, for whoever followed a change of some of them."""
    return session.store_call(lambda store: conflicts_among(store.get(ids), time.time(), store.get))


def change_exception(session: Session, name: str, policy: ConflictPolicy | None) -> Future[RecallSettings]:
    """Gives one conflict a policy of its own, kept in the memory; None: the memory's policy holds for it again.

    Args:
        name: what it is about (``Conflict.name``).
    """

    def change(store: Store) -> RecallSettings:
        settings = settings_from_json(store.settings.get(SETTING, {}))
        kept = {other: own for other, own in settings.exceptions.items() if other != name}
        changed = settings.changed(exceptions=kept if policy is None else {**kept, name: policy})
        store.change_settings({SETTING: changed.as_json()})
        return changed

    return session.store_call(change)


def _current(store: Store, conflicts: Sequence[Conflict]) -> list[Entry]:
    return store.get(list(dict.fromkeys(entry.id for conflict in conflicts for entry in conflict.entries)))


def _taking_back(entry: Entry, store: Store) -> Edit:
    """An edit that made the entry newer by superseding it, and by nothing else, is taken back with its time."""
    for row in store.history(entry.id, limit=_HISTORY):
        before, after = row.diff.before, row.diff.after
        if before is not None and after is not None and before.superseded_by is None and after.superseded_by:
            if after.updated == entry.updated and set(row.diff.changed_fields()) == {"superseded_by", "updated"}:
                return Restore(replace(entry, superseded_by=None, updated=before.updated))
            break
    return Update(entry.id, keep_time=True, superseded_by=None)


def rivals_of(session: Session, entry_id: int) -> Future[tuple[int, ...]]:
    """Entries under the same key that say something else than this one, and are superseded no more than it is."""

    def look(_recaller: Any, snapshot: Snapshot) -> tuple[int, ...]:
        found = conflicts_with(snapshot.get([entry_id]), snapshot)
        return next((one.standing_rivals().get(entry_id, ()) for one in found), ())

    return session.recall_call(look)
