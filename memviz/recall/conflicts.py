"""Entries that claim different values for the same subject and attribute, and which of them a policy recalls."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from memviz.core.entry import Entry
from memviz.core.memory import Snapshot
from memviz.core.progress import Progress, no_progress
from memviz.core.recall_settings import ConflictPolicy, RecallSettings
from memviz.recall.claims import Claim, claim_of, topic_name

_REPORT_EVERY = 5_000
#: Entries of the same keys that a question looks at: more would take longer than finding what it asks for.
_MOST_AROUND = 2_000
Topic = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Entries of one topic with at least two different values, by id.

    Attributes:
        topic: owner, subject and attribute.
        entries: all that claim something about it, superseded ones included.
        claims: of each, in the same order.
    """

    topic: Topic
    entries: tuple[Entry, ...]
    claims: tuple[Claim, ...]

    @property
    def name(self) -> str:
        return topic_name(self.topic)

    @property
    def settled(self) -> bool:
        """True where the entries that are not superseded agree."""
        return (
            len({claim.values for claim, entry in zip(self.claims, self.entries, strict=True) if not _done(entry)}) < 2
        )

    def kept(self, policy: ConflictPolicy) -> tuple[Entry, ...]:
        """The entries that a policy recalls, of those that are not superseded; all of them where it keeps both."""
        standing = [pair for pair in zip(self.entries, self.claims, strict=True) if not _done(pair[0])]
        if policy is ConflictPolicy.BOTH:
            return self.entries
        if policy is ConflictPolicy.MARK or len({claim.values for _, claim in standing}) < 2:
            return tuple(entry for entry, _ in standing)
        values = _winning_values(standing, policy)
        return tuple(entry for entry, claim in standing if claim.values == values)

    def standing_rivals(self) -> dict[int, tuple[int, ...]]:
        """Entry id -> ids of those that say something else, of those that nobody superseded."""
        standing = [pair for pair in zip(self.entries, self.claims, strict=True) if not _done(pair[0])]
        return {
            entry.id: tuple(other.id for other, theirs in standing if theirs.values != claim.values)
            for entry, claim in standing
        }

    def winner(self, policy: ConflictPolicy) -> Entry:
        """The newest of :meth:`kept`, which stands for those that are not; there must be one."""
        return max(self.kept(policy), key=_by_time)


def _done(entry: Entry) -> bool:
    return entry.superseded_by is not None


def _by_time(entry: Entry) -> tuple[float, int]:
    """Of equal times the greater id is the newer one."""
    return (entry.updated, entry.id)


def _winning_values(standing: Sequence[tuple[Entry, Claim]], policy: ConflictPolicy) -> frozenset[str]:
    match policy:
        case ConflictPolicy.NEWEST:
            return max(standing, key=lambda pair: _by_time(pair[0]))[1].values
        case ConflictPolicy.CONFIDENT:
            return max(standing, key=lambda pair: (pair[0].confidence, *_by_time(pair[0])))[1].values
        case _:
            sources: dict[frozenset[str], set[str]] = defaultdict(set)
            for entry, claim in standing:
                # An entry without a source stands for itself.
                sources[claim.values].add(entry.source or f"entry {entry.id}")
            return max(standing, key=lambda pair: (len(sources[pair[1].values]), *_by_time(pair[0])))[1].values


def policy_for(conflict: Conflict, settings: RecallSettings) -> ConflictPolicy:
    """The conflict's own policy, or the memory's."""
    return settings.exceptions.get(conflict.name, settings.policy)


def conflicts_among(entries: Iterable[Entry], now: float) -> list[Conflict]:
    """The conflicts of these entries, by the smallest id in them. Disabled and expired entries claim nothing."""
    by_topic: dict[Topic, list[tuple[Entry, Claim]]] = defaultdict(list)
    for entry in entries:
        claim = claim_of(entry) if entry.recallable(now) else None
        if claim is not None:
            by_topic[claim.topic].append((entry, claim))
    found = []
    for topic, pairs in by_topic.items():
        if len({claim.values for _, claim in pairs}) > 1:
            ordered = sorted(pairs, key=lambda pair: pair[0].id)
            found.append(Conflict(topic, tuple(e for e, _ in ordered), tuple(c for _, c in ordered)))
    return sorted(found, key=lambda conflict: conflict.entries[0].id)


def find_conflicts(snapshot: Snapshot, progress: Progress = no_progress) -> list[Conflict]:
    """All conflicts of a memory. Looks at every entry: about a second for 100,000.

    Raises:
        Cancelled: by ``progress``.
    """

    def told() -> Iterable[Entry]:
        for number, entry in enumerate(snapshot.scan()):
            if number % _REPORT_EVERY == 0:
                progress(number, snapshot.count, "looking for conflicts")
            yield entry

    return conflicts_among(told(), snapshot.now)


def conflicts_with(entries: Sequence[Entry], snapshot: Snapshot) -> list[Conflict]:
    """The conflicts that these entries are part of, with whatever else the memory holds under the same keys.

    An entry without a key is only compared with ``entries``, and others with the :data:`_MOST_AROUND` newest around.
    """
    known = {entry.id for entry in entries}
    keys = [entry.key for entry in entries if entry.key and claim_of(entry) is not None]
    around = [entry_id for entry_id in snapshot.with_key(keys) if entry_id not in known]
    others = snapshot.get(around[-_MOST_AROUND:])
    return conflicts_among([*entries, *others], snapshot.now)


def losers(conflict: Conflict, policy: ConflictPolicy) -> Mapping[int, Entry]:
    """Entry id -> the entry that stands for it, of those that a policy does not recall and nobody superseded yet."""
    kept = {entry.id for entry in conflict.kept(policy)}
    if not kept:
        return {}  # each is superseded by another entry
    winner = conflict.winner(policy)
    return {entry.id: winner for entry in conflict.entries if entry.id not in kept and not _done(entry)}
