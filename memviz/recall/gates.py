"""Why an entry that was found is not injected: filters first, then scores, then places."""

from __future__ import annotations

from dataclasses import dataclass

from memviz.core.decay import DAY
from memviz.core.events import Query
from memviz.core.recall_settings import RecallSettings
from memviz.recall.scoring import Scored
from memviz.recall.standing import Standing


@dataclass(frozen=True, slots=True)
class Cut:
    """``cause``: one of ``events.CAUSES``; ``reason``: a clause with the figures."""

    cause: str
    reason: str


def cut_by_filter(one: Scored, query: Query, settings: RecallSettings, standing: Standing) -> Cut | None:
    """In the prompt already, whose, what kind, superseded, faded."""
    entry = one.entry
    if entry.id in query.excluded:
        return Cut("excluded", "what it says is in the prompt already, as a turn of the dialogue")
    if settings.owner and entry.owner not in ("", settings.owner):
        return Cut(
            "owner", f"it belongs to “{entry.owner}”, and only what is {settings.owner}’s or nobody’s is recalled"
        )
    if settings.kinds and entry.kind not in settings.kinds:
        return Cut("kind", f"it is a {entry.kind}, and only {', '.join(settings.kinds)} is recalled")
    if entry.id in standing.for_entry:
        return Cut("superseded", standing.reasons[entry.id])
    left = one.details["retention"]
    if left < settings.least_retention:
        days = max(0.0, one.details["age"]) / DAY
        return Cut(
            "decayed",
            f"{left:.3f} of it is left after {days:,.0f} days, and at least {settings.least_retention:g} is needed",
        )
    return None


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
