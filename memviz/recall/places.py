"""How a change of the limit or of one weight would move an entry among the candidates of a question."""

from __future__ import annotations

import math
from collections.abc import Iterator

from memviz.core.events import FILTER_CAUSES, Candidate, RecallEvent
from memviz.core.recall_settings import RecallSettings

#: A weight goes this far beyond where two scores are equal, of its own size, before it is rounded to three digits.
_BEYOND = 0.005
_LEXICAL_PARTS = ("lexical", "bm25", "subject", "phrase", "speaker", "context")

#: A score as a function of one weight: (what the weight multiplies, the rest).
Line = tuple[float, float]


def passing(recalled: RecallEvent) -> list[Candidate]:
    """Candidates that no filter cut, best first."""
    return [one for one in recalled.candidates if one.cause not in FILTER_CAUSES]


def place_of(own: Candidate, recalled: RecallEvent) -> int:
    """The place of an entry among those that no filter cuts: the limit that it needs where no score cuts."""
    return 1 + sum(one.rank < own.rank for one in passing(recalled))


def crossing_weights(
    own: Candidate, recalled: RecallEvent, settings: RecallSettings, limit: int
) -> Iterator[tuple[str, float]]:
    """(weight, value) pairs with which an entry would be among the first ``limit`` by score.

    A score is linear in each weight, so two entries change places where their lines cross; of each weight the nearest
    such value above and below the present one.
    """
    others = [one for one in passing(recalled) if one.entry_id != own.entry_id]
    for name in ("lexical", "dense", "recency", "confidence", "use"):
        weight = getattr(settings, name)
        if name in ("lexical", "dense") and not weight:
            continue  # entries that only this ranking finds are not among the candidates
        mine = (_line(own, name, weight), own.entry_id)
        theirs = [(_line(other, name, weight), other.entry_id) for other in others]
        for upwards in (True, False):
            value = _nearest(mine, theirs, weight, limit, upwards=upwards)
            if value or (value is not None and name not in ("lexical", "dense")):
                yield name, value


def _line(one: Candidate, name: str, weight: float) -> Line:
    if name in ("lexical", "dense"):
        parts = _LEXICAL_PARTS if name == "lexical" else ("dense",)
        made = math.fsum(one.parts.get(part, 0.0) for part in parts)
        return made / weight, one.score - made
    unit = one.details["retention" if name == "recency" else name]
    return unit, one.score - weight * unit


def _nearest(
    mine: tuple[Line, int], theirs: list[tuple[Line, int]], weight: float, limit: int, *, upwards: bool
) -> float | None:
    (unit, rest), _ = mine
    crossings = [(other_rest - rest) / (unit - other) for (other, other_rest), _ in theirs if other != unit]
    beyond = (value for value in crossings if value >= 0 and (value > weight if upwards else value < weight))
    for value in sorted(beyond, reverse=not upwards):
        moved = _rounded_beyond(value, upwards=upwards)
        if math.isfinite(moved) and sum(_is_before(other, mine, moved) for other in theirs) < limit:
            return moved
    return None


def _is_before(other: tuple[Line, int], mine: tuple[Line, int], weight: float) -> bool:
    (unit, rest), entry_id = other
    (own_unit, own_rest), own_id = mine
    return (-(rest + weight * unit), entry_id) < (-(own_rest + weight * own_unit), own_id)


def _rounded_beyond(value: float, *, upwards: bool) -> float:
    if value == 0.0:
        return 0.001 if upwards else 0.0
    moved = value * (1 + _BEYOND if upwards else 1 - _BEYOND)
    scale = 10.0 ** (2 - math.floor(math.log10(moved)))
    return (math.ceil if upwards else math.floor)(moved * scale) / scale
