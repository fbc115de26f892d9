"""Why an entry was not recalled, and which single change would bring it back.

The reason is read off the same walk that recalls (:mod:`memviz.recall.hybrid`); where no ranking reached the entry, its
exact places in them are computed. Every change that is suggested was tried on that walk first.
"""

from __future__ import annotations

from dataclasses import dataclass

from memviz.core.entry import Entry
from memviz.core.errors import KnownError
from memviz.core.events import Candidate, RecallEvent
from memviz.core.progress import Progress, no_progress
from memviz.core.query import Query
from memviz.core.recall_settings import RecallSettings
from memviz.core.snapshot import Snapshot
from memviz.core.why_not import WhyNot
from memviz.recall.edited_snapshot import EditedSnapshot, shown
from memviz.recall.hybrid import HybridRecaller, settings_for
from memviz.recall.lexical import LexicalRanking
from memviz.recall.remedies import Case, remedies
from memviz.recall.watched_snapshot import WatchedSnapshot

LOOKING = "looking for the reason"


def why_not(
    recaller: HybridRecaller, query: Query, snapshot: Snapshot, entry_id: int, progress: Progress = no_progress
) -> WhyNot:
    """Why an entry is not among those that a question injects. Takes up to seconds in large memories. Query thread.

    Args:
        progress: called many times a second, with no figures; it may raise ``Cancelled``.

    Raises:
        KnownError: the memory has no such entry.
        Cancelled: by ``progress``.
    """
    snapshot = WatchedSnapshot(snapshot, progress, LOOKING)
    found = snapshot.get([entry_id])
    if not found:
        raise KnownError(f"This memory has no entry {entry_id}; it may have been deleted meanwhile.")
    entry = found[0]
    settings = settings_for(query, snapshot)
    recalled = recaller(query, snapshot)
    candidate = _candidate_of(recalled, entry_id)
    score = candidate.score if candidate is not None else None
    parts = dict(candidate.parts) if candidate is not None else {}
    if candidate is not None and candidate.status == "injected":
        return WhyNot(entry_id, True, "", "It is recalled.", dict(candidate.found), score, parts)
    places = exact_places(recaller, query, settings, snapshot, entry)
    cause, reason = _reason(entry, candidate, places, snapshot)
    case = Case(query, settings, entry, recalled, candidate, cause, places.ranks())
    brings_back = remedies(recaller, case, snapshot, progress)
    return WhyNot(entry_id, False, cause, reason, places.ranks(), score, parts, brings_back)


@dataclass(frozen=True, slots=True)
class Places:
    """Where an entry stands in each ranking, however far down; None where that ranking cannot find it.

    ``searched``: the rankings that were searched for the question. ``size``: how far down they were.
    """

    lexical: int | None
    dense: int | None
    cosine: float
    searched: tuple[str, ...]
    size: int
    has_vector: bool
    approximate: bool

    def ranks(self) -> dict[str, int]:
        named = {"lexical": self.lexical, "dense": self.dense}
        return {name: rank for name, rank in named.items() if rank is not None}


def exact_places(
    recaller: HybridRecaller, query: Query, settings: RecallSettings, snapshot: Snapshot, entry: Entry
) -> Places:
    """Ranks without any bound; a hidden entry is looked at as if it were not."""
    seen = snapshot if entry.recallable(snapshot.now) else EditedSnapshot(snapshot, shown(entry))
    dense = recaller.open_dense(settings)
    changed = entry.id in snapshot.differing()  # since then: its vector is another text's
    near = dense.ranks(query.text, [entry.id]).get(entry.id) if dense is not None and not changed else None
    searched = [name for name, on in (("lexical", settings.lexical > 0), ("dense", dense is not None)) if on]
    return Places(
        lexical=_lexical_place(query, seen, entry.id) if settings.lexical > 0 or dense is None else None,
        dense=near[0] if near is not None else None,
        cosine=near[1] if near is not None else 0.0,
        searched=tuple(searched) or ("lexical",),
        size=max(settings.candidates, query.limit),
        has_vector=near is not None,
        approximate=dense is not None and not dense.exact and not settings.exact,
    )


def _lexical_place(query: Query, snapshot: Snapshot, entry_id: int) -> int | None:
    ranking = list(LexicalRanking().ranked(query.text, snapshot, max(1, snapshot.count)))
    return ranking.index(entry_id) + 1 if entry_id in ranking else None


def _candidate_of(recalled: RecallEvent, entry_id: int) -> Candidate | None:
    return next((one for one in recalled.candidates if one.entry_id == entry_id), None)


def why_hidden(entry: Entry, now: float) -> tuple[str, str] | None:
    """Cause and reason why no recall of whatever kind sees an entry; None where one may."""
    if not entry.enabled:
        return "disabled", "It is disabled, and no recall sees it."
    if not entry.recallable(now):
        return "expired", "It has expired, and no recall sees it any more."
    return None


def _reason(entry: Entry, candidate: Candidate | None, places: Places, snapshot: Snapshot) -> tuple[str, str]:
    hidden = why_hidden(entry, snapshot.now)
    if hidden is not None:
        return hidden
    if candidate is not None:
        return candidate.cause, f"{candidate.reason[:1].upper()}{candidate.reason[1:]}."
    if places.approximate and places.dense is not None and places.dense <= places.size:
        return "index", (
            f"The approximate index missed it: its exact rank by vectors is {places.dense:,}"
            f" (cosine {places.cosine:.3f}), and the best {places.size:,} are looked at."
        )
    ranks = [f"{rank:,} by {'words' if name == 'lexical' else 'vectors'}" for name, rank in places.ranks().items()]
    if ranks:
        return "candidates", f"It ranks {' and '.join(ranks)}, and the best {places.size:,} of each are looked at."
    if "dense" in places.searched:
        return "no vector", "It shares no word with the question that counts, and has no vector yet."
    return "not found", "It shares no word with the question that counts, and vectors were not searched."
