"""Several entries into one: its text, what it takes over from the others, and what becomes of those."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from memviz.core.edits import Delete, Edit, Update, described
from memviz.core.entry import Entry
from memviz.core.errors import KnownError
from memviz.core.filters import Comparison, Condition
from memviz.core.memory import Store
from memviz.core.progress import Progress, no_progress
from memviz.dialogue.claims import EVIDENCE
from memviz.session.bulk.work import BulkJob, check_as_at, run_edits
from memviz.session.session import Session

_LONGEST_CHAIN = 10_000
_BATCH = 2_000


class Keep(StrEnum):
    """Which of several entries stays."""

    NEWEST = "newest"
    SUREST = "surest"


@dataclass(frozen=True, slots=True)
class Merge:
    """Entries that become one.

    Attributes:
        ids: of at least two entries; joined texts stand in this order.
        into: id of the one that stays.
        text: what it says; None: what it says already, or all texts where ``join`` is given.
        join: what stands between the texts of all, each once; None: they are not joined.
        take_over: it gets the tags, sources, evidence and metadata of the others, and the greatest confidence.
        delete: the others go; else they stay, superseded by it.
    """

    ids: tuple[int, ...]
    into: int
    text: str | None = None
    join: str | None = None
    take_over: bool = True
    delete: bool = False

    def __post_init__(self) -> None:
        if len(set(self.ids)) < 2:
            raise KnownError("Choose at least two entries to merge.")
        if self.into not in self.ids:
            raise KnownError(f"Entry {self.into} is none of those to be merged; keep one of them.")


def merge(
    session: Session,
    groups: Sequence[Merge],
    who: str = "api",
    progress: Progress = no_progress,
    *,
    seen_at: int | None = None,
) -> BulkJob:
    """Merges each group, all in one change that one undo takes back. Returns at once.

    The future raises ``KnownError`` where an entry is gone or in two groups, or where one would come to stand for
    itself; nothing is changed then. ``seen_at``: see :func:`merge_groups`.
    """
    report = session.stoppable(progress)
    words = "Merge" if any(group.take_over for group in groups) else "Settle duplicates"

    def edits(store: Store, _job: BulkJob) -> list[Edit]:
        if seen_at is not None:
            check_as_at(store, [entry_id for group in groups for entry_id in group.ids], seen_at, report)
        return merge_edits(store, groups, report)

    return run_edits(session, edits, described(who, words), report)


def merge_groups(
    session: Session,
    ids: Sequence[int],
    groups_of: Callable[[dict[int, Entry]], Sequence[Merge]],
    who: str = "api",
    progress: Progress = no_progress,
    *,
    seen_at: int | None = None,
) -> BulkJob:
    """Like :func:`merge` of what ``groups_of(entries)`` decides on the store thread, of the entries that are there.

    ``seen_at``: the version that whoever asks saw; the future raises ``ChangedMeanwhile`` where one of the entries is
    not as it was then.
    """
    report = session.stoppable(progress)

    def edits(store: Store, _job: BulkJob) -> list[Edit]:
        if seen_at is not None:
            check_as_at(store, ids, seen_at, report)
        groups = groups_of({entry.id: entry for entry in _read(store, ids, report)})
        return merge_edits(store, groups, report)

    return run_edits(session, edits, described(who, "Settle duplicates"), report)


def kept_by(entries: Sequence[Entry], keep: Keep) -> Entry:
    """The newest, or the surest; of several such the newer, then the one with the greater id."""
    if keep is Keep.SUREST:
        return max(entries, key=lambda entry: (entry.confidence, entry.updated, entry.id))
    return max(entries, key=lambda entry: (entry.updated, entry.id))


def merged_fields(entries: Sequence[Entry], group: Merge) -> dict[str, Any]:
    """What changes in the entry that stays; ``entries`` are all of the group, in its order."""
    kept = next(entry for entry in entries if entry.id == group.into)
    fields: dict[str, Any] = {}
    if group.text is not None:
        fields["text"] = group.text
    elif group.join is not None:
        fields["text"] = group.join.join(dict.fromkeys(entry.text for entry in entries if entry.text.strip()))
    if group.take_over:
        first = [kept, *(entry for entry in entries if entry is not kept)]
        fields |= {
            "tags": tuple(dict.fromkeys(tag for entry in first for tag in entry.tags)),
            "confidence": max(entry.confidence for entry in entries),
            "source": "; ".join(dict.fromkeys(entry.source for entry in first if entry.source)),
            "private": any(entry.private for entry in entries),
            "metadata": _metadata(first),
        }
    return {name: value for name, value in fields.items() if getattr(kept, name) != value}


def _metadata(entries: Sequence[Entry]) -> Mapping[str, Any]:
    """Of each name the first that has it; of evidence all."""
    merged: dict[str, Any] = {}
    for entry in reversed(entries):
        merged.update(entry.metadata)
    evidence: list[Any] = []
    for entry in entries:
        listed = entry.metadata.get(EVIDENCE)
        evidence += [one for one in (listed if isinstance(listed, list) else ()) if one not in evidence]
    return {**merged, EVIDENCE: evidence} if evidence else merged


def merge_edits(store: Store, groups: Sequence[Merge], progress: Progress = no_progress) -> list[Edit]:
    """The edits of :func:`merge`. Store thread."""
    ids = [entry_id for group in groups for entry_id in dict.fromkeys(group.ids)]
    if len(set(ids)) < len(ids):
        twice = next(entry_id for entry_id in ids if ids.count(entry_id) > 1)
        raise KnownError(f"Entry {twice} is in two of the groups to be merged; merge one group first.")
    entries = {entry.id: entry for entry in _read(store, ids, progress)}
    if missing := next((entry_id for entry_id in ids if entry_id not in entries), None):
        raise KnownError(f"Entry {missing} was deleted meanwhile; choose the entries to merge again.")
    updates: dict[int, dict[str, Any]] = {}
    successor = {loser: group.into for group in groups for loser in group.ids if loser != group.into}
    deleted = {loser for group in groups if group.delete for loser in group.ids if loser != group.into}
    for group in groups:
        updates[group.into] = merged_fields([entries[entry_id] for entry_id in dict.fromkeys(group.ids)], group)
        kept = entries[group.into]
        if not (updates[group.into].get("text", kept.text) + kept.key).strip():
            raise KnownError(f"Entry {kept.id} would be left without key and text; give it a text.")
    for pointing in _superseded(store) if deleted else ():
        if pointing.superseded_by in deleted and pointing.id not in successor:
            heir = _heir(pointing.superseded_by, successor, deleted)
            updates.setdefault(pointing.id, {})["superseded_by"] = None if heir == pointing.id else heir
    _refuse_circles(store, groups, entries, successor, deleted, updates)
    edits: list[Edit] = []
    for entry_id in dict.fromkeys((*ids, *updates)):
        if entry_id in deleted:
            edits.append(Delete(entry_id))
        elif entry_id in successor:
            edits.append(Update(entry_id, keep_time=True, superseded_by=successor[entry_id]))
        elif fields := updates.get(entry_id):
            edits.append(Update(entry_id, keep_time=set(fields) == {"superseded_by"}, **fields))
    return edits


def _heir(entry_id: int, successor: Mapping[int, int], deleted: set[int]) -> int:
    """Who stands for a deleted entry; the one that stays of its group, which is deleted by no other group."""
    while entry_id in deleted:
        entry_id = successor[entry_id]
    return entry_id


def _read(store: Store, ids: Sequence[int], progress: Progress) -> Iterator[Entry]:
    for at in range(0, len(ids), _BATCH):
        progress(at, len(ids), "reading entries")
        yield from store.get(ids[at : at + _BATCH])


def _superseded(store: Store) -> list[Entry]:
    ids = store.search_ids(where=(Condition("superseded_by", Comparison.AT_LEAST, 1),))
    return [entry for at in range(0, len(ids), _BATCH) for entry in store.get(ids[at : at + _BATCH])]


def _refuse_circles(
    store: Store,
    groups: Sequence[Merge],
    entries: Mapping[int, Entry],
    successor: Mapping[int, int],
    deleted: set[int],
    updates: Mapping[int, Mapping[str, Any]],
) -> None:
    """Follows whoever stands for the entries that stay: none may lead back to itself."""
    for group in groups:
        seen, at = [group.into], _stands(store, group.into, entries, updates)
        while at is not None and at not in deleted and len(seen) < _LONGEST_CHAIN:
            if at in seen:
                raise KnownError(
                    f"Entry {group.into} is superseded by entry {seen[1]}, which would lead back to it; keep entry"
                    f" {seen[1]} instead, or let entry {group.into} be superseded by nobody first."
                )
            seen.append(at)
            at = successor[at] if at in successor else _stands(store, at, entries, updates)


def _stands(
    store: Store, entry_id: int, entries: Mapping[int, Entry], updates: Mapping[int, Mapping[str, Any]]
) -> int | None:
    if "superseded_by" in updates.get(entry_id, {}):
        by: int | None = updates[entry_id]["superseded_by"]
        return by
    entry = entries.get(entry_id) or next(iter(store.get([entry_id])), None)
    return None if entry is None else entry.superseded_by
