"""How a change of the limit or of one weight would move an entry among the candidates of a question."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from memviz.core.arrays import FloatArray
from memviz.core.events import FILTER_CAUSES, Candidate, RecallEvent
from memviz.core.progress import Progress, no_progress
from memviz.core.recall_settings import RecallSettings

#: A weight goes this far beyond where two scores are equal, of its own size, before it is rounded to three digits.
_BEYOND = 0.005
_LEXICAL_PARTS = ("lexical", "bm25", "subject", "phrase", "speaker", "context")

#: Values that are looked at together.
_BLOCK = 256

#: A score as a function of one weight: (what the weight multiplies, the rest).
Line = tuple[float, float]


def passing(recalled: RecallEvent) -> list[Candidate]:
    """Candidates that no filter cut, best first."""
    return [one for one in recalled.candidates if one.cause not in FILTER_CAUSES]


def place_of(own: Candidate, recalled: RecallEvent) -> int:
    """The place of an entry among those that no filter cuts: the limit that it needs where no score cuts."""
    return 1 + sum(one.rank < own.rank for one in passing(recalled))


def crossing_weights(
    own: Candidate, recalled: RecallEvent, settings: RecallSettings, limit: int, progress: Progress = no_progress
) -> Iterator[tuple[str, float]]:
    """(weight, value) pairs with which an entry would be among the first ``limit`` by score.

    A score is linear in each weight, so two entries change places where their lines cross; of each weight the nearest
    such value above and below the present one. ``progress`` may raise Cancelled.
    """
    others = [one for one in passing(recalled) if one.entry_id != own.entry_id]
    if not others:
        return
    ids = np.array([other.entry_id for other in others])
    for name in ("lexical", "dense", "recency", "confidence", "use"):
        weight = getattr(settings, name)
        if name in ("lexical", "dense") and not weight:
            continue  # entries that only this ranking finds are not among the candidates
        lines = np.array([_line(other, name, weight) for other in others])
        mine = _line(own, name, weight)
        for upwards in (True, False):
            value = _nearest(mine, lines, ids < own.entry_id, weight, limit, progress, upwards=upwards)
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
    own: Line,
    lines: FloatArray,
    earlier: NDArray[np.bool_],
    weight: float,
    limit: int,
    progress: Progress,
    *,
    upwards: bool,
) -> float | None:
    """``lines`` [N, 2] of the others; ``earlier`` [N]: those that are before the entry where they score the same."""
    unit, rest = own
    units, rests = lines[:, 0], lines[:, 1]
    differ = units != unit
    crossings = np.unique((rests[differ] - rest) / (unit - units[differ]))
    beyond = crossings[(crossings >= 0) & ((crossings > weight) if upwards else (crossings < weight))]
    ordered = beyond if upwards else beyond[::-1]
    for start in range(0, len(ordered), _BLOCK):
        progress(start, len(ordered), "looking for the nearest weight")
        moved = np.array([_rounded_beyond(float(value), upwards=upwards) for value in ordered[start : start + _BLOCK]])
        theirs = rests + moved[:, None] * units  # [block, N]
        mine = (rest + moved * unit)[:, None]
        before = (theirs > mine) | ((theirs == mine) & earlier)
        fits = np.isfinite(moved) & (before.sum(axis=1) < limit)
        if fits.any():
            return float(moved[int(fits.argmax())])
    return None


def _rounded_beyond(value: float, *, upwards: bool) -> float:
    if value == 0.0:
        return 0.001 if upwards else 0.0
    moved = value * (1 + _BEYOND if upwards else 1 - _BEYOND)
    scale = 10.0 ** (2 - math.floor(math.log10(moved)))
    return (math.ceil if upwards else math.floor)(moved * scale) / scale
