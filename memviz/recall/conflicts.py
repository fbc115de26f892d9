"""Entries that claim different values for the same subject and attribute, and which of them a policy recalls."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from memviz.core.entry import Entry
from memviz.core.progress import Progress, no_progress
from memviz.core.recall_settings import ConflictPolicy, RecallSettings
from memviz.core.snapshot import Snapshot
from memviz.core.superseding import stands_for
from memviz.recall.claims import Claim, claim_of, compared, stated, topic_name

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
        decided: ids of those for which another entry stands that can be recalled; a superseded entry whose successor is
            gone, disabled or expired is none of them.
    """

    topic: Topic
    entries: tuple[Entry, ...]
    claims: tuple[Claim, ...]
    decided: frozenset[int] = frozenset()

    @property
    def name(self) -> str:
        return topic_name(self.topic)

    @property
    def settled(self) -> bool:
        """True where the entries for which no other one stands agree."""
        return len({claim.values for _, claim in self._standing()}) < 2

    def _standing(self) -> list[tuple[Entry, Claim]]:
        pairs = zip(self.entries, self.claims, strict=True)
        return [(entry, claim) for entry, claim in pairs if entry.id not in self.decided]

    def kept(self, policy: ConflictPolicy) -> tuple[Entry, ...]:
        """The entries that a policy recalls, of those for which no other one stands; all where it keeps both."""
        standing = self._standing()
        if policy is ConflictPolicy.BOTH:
            return self.entries
        if policy is ConflictPolicy.MARK or len({claim.values for _, claim in standing}) < 2:
            return tuple(entry for entry, _ in standing)
        values = _winning_values(standing, policy)
        return tuple(entry for entry, claim in standing if claim.values == values)

    def standing_rivals(self) -> dict[int, tuple[int, ...]]:
        """Entry id -> ids of those that say something else, of those for which no other one stands."""
        standing = self._standing()
        return {
            entry.id: tuple(other.id for other, theirs in standing if theirs.values != claim.values)
            for entry, claim in standing
        }

    def winner(self, policy: ConflictPolicy) -> Entry:
        """The newest of :meth:`kept`, which stands for those that are not; there must be one."""
        return max(self.kept(policy), key=_by_time)


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


def conflicts_among(
    entries: Iterable[Entry], now: float, get: Callable[[Sequence[int]], Sequence[Entry]]
) -> list[Conflict]:
    """The conflicts of these entries, by the smallest id in them. Disabled and expired entries claim nothing.

    Args:
        get: other entries of the memory by their ids, for those that stand for some of these.
    """
    by_topic: dict[Topic, list[tuple[Entry, Claim]]] = defaultdict(list)
    for entry in entries:
        claim = claim_of(entry) if entry.recallable(now) else None
        if claim is not None:
            by_topic[claim.topic].append((entry, claim))
    found = []
    for topic, pairs in by_topic.items():
        if len({claim.values for _, claim in pairs}) > 1:
            ordered = sorted(pairs, key=lambda pair: pair[0].id)
            rivals = tuple(entry for entry, _ in ordered)
            found.append(Conflict(topic, rivals, tuple(c for _, c in ordered), _decided(rivals, now, get)))
    return sorted(found, key=lambda conflict: conflict.entries[0].id)


def _decided(entries: Sequence[Entry], now: float, get: Callable[[Sequence[int]], Sequence[Entry]]) -> frozenset[int]:
    """Ids of those for which another entry stands that can be recalled."""
    known: dict[int, Entry | None] = {entry.id: entry for entry in entries}

    def find(entry_id: int) -> Entry | None:
        if entry_id not in known:
            known[entry_id] = next(iter(get([entry_id])), None)
        return known[entry_id]

    superseded = (entry for entry in entries if entry.superseded_by is not None)
    return frozenset(entry.id for entry in superseded if stands_for(entry, find, lambda one: one.recallable(now)))


def find_conflicts(snapshot: Snapshot, progress: Progress = no_progress) -> list[Conflict]:
    """All conflicts of a memory. Looks at every entry: 2.4 s for 200,000 varied ones on one core, 1 s of it reading.

    While it looks, only topics, values and ids are kept of entries; those in conflict are read again at the end.

    Raises:
        Cancelled: by ``progress``.
    """
    first: dict[Topic, tuple[str, ...]] = {}  # what the first entry about it states
    contested: set[Topic] = set()
    # Tuples of words and numbers, which the garbage collector stops looking at: entries took a fifth of the time.
    claimed: list[tuple[int, Topic]] = []
    now = snapshot.now
    for number, entry in enumerate(snapshot.scan()):
        if number % _REPORT_EVERY == 0:
            progress(number, snapshot.count, "looking for conflicts")
        found = stated(entry) if entry.recallable(now) else None
        if found is not None:
            topic, values = found
            claimed.append((entry.id, topic))
            known = first.setdefault(topic, values)
            if known != values and compared(known) != compared(values):
                contested.add(topic)
    ids = [entry_id for entry_id, topic in claimed if topic in contested]
    entries: list[Entry] = []
    for begin in range(0, len(ids), _REPORT_EVERY):
        progress(begin, len(ids), "reading entries in conflict")
        entries += snapshot.get(ids[begin : begin + _REPORT_EVERY])
    return conflicts_among(entries, snapshot.now, snapshot.get)


def conflicts_with(entries: Sequence[Entry], snapshot: Snapshot) -> list[Conflict]:
    """The conflicts that these entries are part of, with whatever else the memory holds under the same keys.

    An entry without a key is only compared with ``entries``, and others with the :data:`_MOST_AROUND` newest around.
    """
    known = {entry.id for entry in entries}
    keys = [entry.key for entry in entries if entry.key and claim_of(entry) is not None]
    around = [entry_id for entry_id in snapshot.with_key(keys) if entry_id not in known]
    others = snapshot.get(around[-_MOST_AROUND:])
    return conflicts_among([*entries, *others], snapshot.now, snapshot.get)


def losers(conflict: Conflict, policy: ConflictPolicy) -> Mapping[int, Entry]:
    """Entry id -> the entry that stands for it, of those for which none does yet and that a policy does not recall."""
    kept = {entry.id for entry in conflict.kept(policy)}
    if not kept:
        return {}  # another entry stands for each
    winner = conflict.winner(policy)
    return {entry.id: winner for entry in conflict.entries if entry.id not in kept | conflict.decided}
