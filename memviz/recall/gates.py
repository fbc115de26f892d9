"""Why an entry that was found is not injected: filters first, then scores, then places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from memviz.core.decay import DAY
from memviz.core.entry import Entry
from memviz.core.query import Query
from memviz.core.recall_settings import RecallSettings

if TYPE_CHECKING:
    from memviz.recall.scoring import Scored
    from memviz.recall.standing import Standing


@dataclass(frozen=True, slots=True)
class Cut:
    """``cause``: one of ``events.CAUSES``; ``reason``: a clause with the figures."""

    cause: str
    reason: str


def usable(entry: Entry, settings: RecallSettings, now: float) -> bool:
    """Whether an entry may be injected as far as it alone decides: not hidden, nor anybody else's, nor faded."""
    left = settings.decay_of(entry.kind).retention_of(entry, now)
    return entry.recallable(now) and cut_by_state(entry, settings, left, now - entry.updated) is None


def cut_by_state(entry: Entry, settings: RecallSettings, left: float, age: float) -> Cut | None:
    """Whose, what kind, faded: ``left`` is its retention, 0..1, ``age`` in seconds."""
    if settings.owner and entry.owner not in ("", settings.owner):
        allowed = f"only what is {settings.owner}’s or nobody’s is recalled"
        return Cut("owner", f"it belongs to “{entry.owner}”, and {allowed}")
    if settings.kinds and entry.kind not in settings.kinds:
        return Cut("kind", f"it is a {entry.kind}, and only {', '.join(settings.kinds)} is recalled")
    if left < settings.least_retention:
        days = max(0.0, age) / DAY
        return Cut(
            "decayed",
            f"{left:.3f} of it is left after {days:,.0f} days, and at least {settings.least_retention:g} is needed",
        )
    return None


def cut_by_filter(one: Scored, query: Query, settings: RecallSettings, standing: Standing) -> Cut | None:
    """In the prompt already, whose, what kind, faded, superseded."""
    entry = one.entry
    if entry.id in query.excluded:
        return Cut("excluded", "what it says is in the prompt already, as a turn of the dialogue")
    cut = cut_by_state(entry, settings, one.details["retention"], one.details["age"])
    if cut is None and entry.id in standing.for_entry:
        return Cut("superseded", standing.reasons[entry.id])
    return cut


def cut_by_score(one: Scored, query: Query, settings: RecallSettings, place: int) -> Cut | None:
    """Too small a score, too small beside the best one's, too late; ``place`` counts those that got as far as here."""
    if one.score < settings.least_score:
        short = settings.least_score - one.score
        return Cut("score", f"score {one.score:.2f} is {short:.2f} below the least, {settings.least_score:g}")
    share = one.details["share"]
    if share < query.least_share:
        what = "its match by words or vectors" if {"lexical", "dense"} & one.parts.keys() else f"score {one.score:.2f}"
        return Cut("share", f"{what} is {share:.2f} of the best, and at least {query.least_share:g} is needed")
    if place > query.limit:
        return Cut("rank", f"ranked {place}, and at most {query.limit} entries are injected")
    return None
