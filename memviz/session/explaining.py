"""Why a question does not inject an entry, beside the entry as the memory had it that was asked."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from memviz.core.entry import Entry
from memviz.core.errors import KnownError
from memviz.core.memory import Store
from memviz.core.query import Query
from memviz.core.snapshot import Snapshot
from memviz.core.why_not import WhyNot
from memviz.recall.why_not import why_not
from memviz.session.session import Session

#: So many changes of an entry are looked at for the one that brought or took it.
_CHANGES = 10_000


@dataclass(frozen=True, slots=True)
class Explained:
    """Why an entry is not injected.

    Attributes:
        entry: as the memory had it.
        why_not: the reason.
        url: address of the memory.
        version: of the memory that was asked.
        count: how many entries it had.
    """

    entry: Entry
    why_not: WhyNot
    url: str
    version: int
    count: int


def explain(session: Session, query: Query, entry_id: int) -> Future[Explained]:
    """Why a question does not inject an entry, of the time that ``query.as_of`` names; on the query thread.

    The future raises KnownError where the memory has no such entry, or had none then: it says since when, or until
    when, it had.
    """

    def look(recaller: Any, snapshot: Snapshot) -> Explained:
        found = snapshot.get([entry_id])
        if not found:
            raise session.store_call(lambda store: _absent(store, entry_id, snapshot.version)).result()
        reason = why_not(recaller, query, snapshot, entry_id)
        return Explained(found[0], reason, snapshot.url, snapshot.version, snapshot.count)

    return session.recall_call(look, as_of=query.as_of)


def _absent(store: Store, entry_id: int, version: int) -> KnownError:
    """Says that a memory had no such entry at a version, and when it has, or that it never had one. Store thread."""
    changes = store.history(entry_id, limit=_CHANGES)  # the newest first
    came = [row.version for row in changes if row.version > version and row.diff.before is None]
    went = [row.version for row in changes if row.version <= version and row.diff.after is None]
    words = f"At version {version} the memory had no entry {entry_id}"
    if went:
        return KnownError(f"{words} any more: it was deleted at version {went[0]}; ask as of an earlier one.")
    if came:
        return KnownError(f"{words} yet: it was added at version {came[-1]}; ask as of that one or a later one.")
    if store.get([entry_id]):  # a load does not tell its entries one by one
        return KnownError(f"{words} yet; ask as of a later version, or of now.")
    return KnownError(f"The memory has no entry {entry_id}; look for its id with a search.")
