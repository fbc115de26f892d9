"""Which entries stand for others: by what a user decided, and by the policy for conflicts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from memviz.core.entry import Entry
from memviz.core.recall_settings import ConflictPolicy, RecallSettings
from memviz.core.snapshot import Snapshot
from memviz.core.superseding import stands_for
from memviz.recall.conflicts import Conflict, conflicts_with, losers, policy_for
from memviz.recall.gates import usable

#: So many of the entries that contradict one are named.
MOST_RIVALS = 50
#: Entries that come to stand for others may be stood for themselves; so often is that looked at.
_ROUNDS = 5


@dataclass(slots=True)
class Standing:
    """Who stands for whom among some entries.

    Attributes:
        for_entry: entry id -> the entry that is recalled instead of it.
        reasons: entry id -> why, for people.
        conflicts: entry id -> ids of entries with other values, at most :data:`MOST_RIVALS`, the newest.
        remarks: entry id -> what the model is told beside its text.
    """

    for_entry: dict[int, Entry] = field(default_factory=dict)
    reasons: dict[int, str] = field(default_factory=dict)
    conflicts: dict[int, tuple[int, ...]] = field(default_factory=dict)
    remarks: dict[int, str] = field(default_factory=dict)


def standing_of(entries: Sequence[Entry], snapshot: Snapshot, settings: RecallSettings) -> Standing:
    """What is known of these entries and of those around them.

    Only entries that can be recalled themselves stand for others, so that no filter loses both. Those that come to
    stand for others are looked at like the rest.
    """
    standing = Standing()
    known = {entry.id: entry for entry in entries}
    unseen = list(entries)
    for _ in range(_ROUNDS):
        _look_at(unseen, standing, snapshot, settings)
        unseen = [winner for winner in standing.for_entry.values() if winner.id not in known]
        known |= {winner.id: winner for winner in unseen}
        if not unseen:
            break
    for entry_id in list(standing.for_entry):
        standing.for_entry[entry_id] = _last(entry_id, standing.for_entry)
    return standing


def _look_at(entries: Sequence[Entry], standing: Standing, snapshot: Snapshot, settings: RecallSettings) -> None:
    decided = {entry.id: end for entry in entries if (end := _end_of_chain(entry, snapshot, settings)) is not None}
    examined = {entry.id for entry in entries}
    kept: set[int] = set()  # whoever keeps both keeps what a user decided against, too
    for conflict in conflicts_with(entries, snapshot):
        policy = policy_for(conflict, settings)
        _add_rivals(standing, conflict, examined)
        if policy is ConflictPolicy.BOTH:
            kept.update(entry.id for entry in conflict.entries)
            _add_remarks(standing, conflict, examined)
        else:
            _add_losers(standing, conflict, policy, snapshot, settings)
            if settings.policy is ConflictPolicy.BOTH:
                kept -= {entry.id for entry in conflict.entries}
                decided_here = {entry.id for entry in conflict.entries} & decided.keys()
                _add_decided(standing, {entry_id: decided[entry_id] for entry_id in decided_here})
    if settings.policy is not ConflictPolicy.BOTH:
        _add_decided(standing, {entry_id: end for entry_id, end in decided.items() if entry_id not in kept})


def _add_decided(standing: Standing, decided: Mapping[int, Entry]) -> None:
    for entry_id, end in decided.items():
        standing.for_entry[entry_id] = end
        standing.reasons[entry_id] = f"entry {end.id} stands for it"


def _end_of_chain(entry: Entry, snapshot: Snapshot, settings: RecallSettings) -> Entry | None:
    """The entry that stands for it and can be recalled; None where there is none."""
    if entry.superseded_by is None:
        return None  # thousands of them
    return stands_for(
        entry,
        lambda entry_id: next(iter(snapshot.get([entry_id])), None),
        lambda one: usable(one, settings, snapshot.now),
    )


def _last(entry_id: int, for_entry: Mapping[int, Entry]) -> Entry:
    """Whoever stands for the one that stands for it, and so on."""
    seen = {entry_id}
    winner = for_entry[entry_id]
    while winner.id in for_entry and winner.id not in seen:
        seen.add(winner.id)
        winner = for_entry[winner.id]
    return winner


def _add_losers(
    standing: Standing, conflict: Conflict, policy: ConflictPolicy, snapshot: Snapshot, settings: RecallSettings
) -> None:
    """A contest among those that can be recalled; what was decided against nobody that can be takes part again."""
    pairs = [
        (entry, claim)
        for entry, claim in zip(conflict.entries, conflict.claims, strict=True)
        if usable(entry, settings, snapshot.now)
    ]
    contest = Conflict(
        conflict.topic,
        tuple(entry for entry, _ in pairs),
        tuple(claim for _, claim in pairs),
        frozenset(entry.id for entry, _ in pairs if _end_of_chain(entry, snapshot, settings) is not None),
    )
    for entry_id, winner in losers(contest, policy).items() if pairs else ():
        standing.for_entry[entry_id] = winner
        standing.reasons[entry_id] = f"entry {winner.id} stands for it: {_WORDS[policy]} about {conflict.name}"


_WORDS = {
    ConflictPolicy.NEWEST: "it is the newest",
    ConflictPolicy.CONFIDENT: "it has the greatest confidence",
    ConflictPolicy.SOURCES: "most sources agree with it",
}


def _add_rivals(standing: Standing, conflict: Conflict, examined: Container[int]) -> None:
    """Of each entry that is looked at the others with another value, the newest :data:`MOST_RIVALS` of them."""
    newest = sorted(zip(conflict.entries, conflict.claims, strict=True), key=lambda pair: -pair[0].id)
    for entry, claim in newest:
        if entry.id in examined:
            rivals = (other.id for other, theirs in newest if theirs.values != claim.values)
            standing.conflicts[entry.id] = tuple(sorted(islice(rivals, MOST_RIVALS)))


def _add_remarks(standing: Standing, conflict: Conflict, examined: Container[int]) -> None:
    counts = Counter(claim.values for claim in conflict.claims)
    for entry, claim in zip(conflict.entries, conflict.claims, strict=True):
        if entry.id in examined:
            others = counts.total() - counts[claim.values]
            words = "other entry disagrees" if others == 1 else "other entries disagree"
            standing.remarks[entry.id] = f"{others} {words} about this"
