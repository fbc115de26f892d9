"""Which entries stand for others: by what a user decided, and by the policy for conflicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from memviz.core.entry import Entry
from memviz.core.memory import Snapshot
from memviz.core.recall_settings import ConflictPolicy, RecallSettings
from memviz.recall.conflicts import Conflict, conflicts_with, losers, policy_for

#: A chain of entries that supersede each other is followed this far.
_LONGEST_CHAIN = 100


@dataclass(slots=True)
class Standing:
    """Who stands for whom among some entries.

    Attributes:
        for_entry: entry id -> the entry that is recalled instead of it.
        reasons: entry id -> why, for people.
        conflicts: entry id -> ids of entries with other values.
        remarks: entry id -> what the model is told beside its text.
    """

    for_entry: dict[int, Entry] = field(default_factory=dict)
    reasons: dict[int, str] = field(default_factory=dict)
    conflicts: dict[int, tuple[int, ...]] = field(default_factory=dict)
    remarks: dict[int, str] = field(default_factory=dict)


def standing_of(entries: Sequence[Entry], snapshot: Snapshot, settings: RecallSettings) -> Standing:
    """What is known of these entries and of those around them."""
    standing = Standing()
    _add_superseded(standing, entries, snapshot, settings)
    for conflict in conflicts_with(entries, snapshot):
        _add_conflict(standing, conflict, policy_for(conflict, settings))
    return standing


def _add_superseded(standing: Standing, entries: Sequence[Entry], snapshot: Snapshot, settings: RecallSettings) -> None:
    """What a user decided holds as long as the entry that stands for another one can be recalled itself."""
    if settings.policy is ConflictPolicy.BOTH:
        return
    for entry in entries:
        if entry.superseded_by is None:
            continue
        successor = _end_of_chain(entry, snapshot)
        if successor is not None:
            standing.for_entry[entry.id] = successor
            standing.reasons[entry.id] = f"entry {successor.id} stands for it"


def _end_of_chain(entry: Entry, snapshot: Snapshot) -> Entry | None:
    """The entry that nobody supersedes any more; None where the chain ends at nothing, or where it began."""
    seen = {entry.id}
    successor = None
    while entry.superseded_by is not None and len(seen) <= _LONGEST_CHAIN:
        found = snapshot.get([entry.superseded_by])
        if not found or found[0].id in seen:
            break
        entry = found[0]
        seen.add(entry.id)
        if entry.recallable(snapshot.now):
            successor = entry
    return successor


def _add_conflict(standing: Standing, conflict: Conflict, policy: ConflictPolicy) -> None:
    values = {entry.id: claim.values for entry, claim in zip(conflict.entries, conflict.claims, strict=True)}
    for entry in conflict.entries:
        others = tuple(other.id for other in conflict.entries if values[other.id] != values[entry.id])
        standing.conflicts[entry.id] = others
    if policy is ConflictPolicy.BOTH:
        for entry in conflict.entries:
            standing.for_entry.pop(entry.id, None)
            standing.remarks[entry.id] = _remark(entry, conflict, values)
        return
    for entry_id, winner in losers(conflict, policy).items():
        standing.for_entry[entry_id] = winner
        standing.reasons[entry_id] = f"entry {winner.id} stands for it: {_WORDS[policy]} about {conflict.name}"


_WORDS = {
    ConflictPolicy.NEWEST: "it is the newest",
    ConflictPolicy.CONFIDENT: "it has the greatest confidence",
    ConflictPolicy.SOURCES: "most sources agree with it",
}


def _remark(entry: Entry, conflict: Conflict, values: dict[int, frozenset[str]]) -> str:
    others = sum(values[other.id] != values[entry.id] for other in conflict.entries)
    return f"{others} other {'entry disagrees' if others == 1 else 'entries disagree'} about this"
