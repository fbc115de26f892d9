"""Export: entries of the open memory into a file that memviz, spreadsheets and people read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from memviz.core.entry import Entry
from memviz.core.filters import Filter
from memviz.core.memory import Store
from memviz.core.progress import Progress, no_progress
from memviz.core.snapshot import Snapshot
from memviz.exchange.formats import written_format
from memviz.exchange.own import values_of
from memviz.exchange.redaction import Redactor
from memviz.exchange.writers import writing

if TYPE_CHECKING:
    from memviz.session.session import Session

_BATCH = 1_000


@dataclass(frozen=True, slots=True)
class ExportPlan:
    """What is to be exported, and how.

    Attributes:
        path: of the file; it is replaced where there is one.
        format: one of ``formats.WRITE_FORMATS``; empty: as the file's ending says.
        ids: only these entries, in this order; None: all, or those that are searched for.
        search, where: only entries that hold these words, and for which these conditions hold.
        private: private entries too.
        redact: texts of private entries are replaced, owners get pseudonyms, and e-mail addresses, phone, card and ID
            numbers are taken out.
    """

    path: Path
    format: str = ""
    ids: tuple[int, ...] | None = None
    search: str = ""
    where: Filter = ()
    private: bool = False
    redact: bool = False


@dataclass(frozen=True, slots=True)
class Exported:
    """What was exported.

    Attributes:
        path: of the file.
        entries: how many are in it.
        left_out: how many private ones are not.
        redacted: what was taken from them -> how often.
    """

    path: Path
    entries: int
    left_out: int = 0
    redacted: Mapping[str, int] = field(default_factory=dict)


def run_export(session: Session, plan: ExportPlan, progress: Progress = no_progress) -> Exported:
    """Writes the file from a view of the memory, while the memory may be edited. Blocks; any thread but the store's.

    Raises:
        KnownError: no memory, a format that is none, a file that cannot be written; the old file is as it was.
        Cancelled: by ``progress``; the old file is as it was.
    """
    name = written_format(plan.path, plan.format)
    opened: Future[tuple[Snapshot, Sequence[int] | None]] = session.store_call(lambda store: _opened(store, plan))
    view, ids = opened.result()
    with closing(view):
        redactor = Redactor(_owners(view, progress)) if plan.redact else None
        total = view.count if ids is None else len(ids)
        done = entries = left_out = 0
        with writing(plan.path, name) as writer:
            for batch in _batches(view, ids):
                progress(done, total, "exporting entries")
                for entry in batch:
                    if entry.private and not plan.private:
                        left_out += 1
                        continue
                    values = values_of(entry)
                    writer.write(values if redactor is None else redactor.redacted(values))
                    entries += 1
                done += len(batch)
    return Exported(plan.path, entries, left_out, dict(redactor.counts) if redactor is not None else {})


def _opened(store: Store, plan: ExportPlan) -> tuple[Snapshot, Sequence[int] | None]:
    """A view, and the entries that are meant; None for all of them, by id."""
    if plan.ids is not None:
        return store.snapshot(), plan.ids
    chosen = store.search_ids(plan.search, where=plan.where) if plan.search.strip() or plan.where else None
    return store.snapshot(), chosen


def _batches(view: Snapshot, ids: Sequence[int] | None) -> Iterator[list[Entry]]:
    if ids is not None:
        for begin in range(0, len(ids), _BATCH):
            yield view.get([int(entry_id) for entry_id in ids[begin : begin + _BATCH]])
        return
    batch: list[Entry] = []
    for entry in view.scan():
        batch.append(entry)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    yield batch


def _owners(view: Snapshot, progress: Progress) -> set[str]:
    """Of all entries: a name may stand in the text of somebody else's."""
    found: set[str] = set()
    for done, entry in enumerate(view.scan()):
        if done % _BATCH == 0:
            progress(done, view.count, "reading owners")
        found.add(entry.owner)
    return found
