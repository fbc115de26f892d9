"""How far the vectors of a memory are, in words."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from memviz.core.sizes import count_words
from memviz.gui.vectors import job_words
from memviz.session.embedder_offers import VectorsOfMemory
from memviz.session.embedding_state import EmbeddingState

if TYPE_CHECKING:
    from memviz.recall.vector_index import RecallCheck

_EXACT = "Flat"


def state_words(state: EmbeddingState, stored: VectorsOfMemory, *, weighs: bool) -> str:
    """One sentence or two; ``weighs``: vectors have a weight above 0."""
    if state.working:
        return f"{job_words(state.done, state.total, state.working)}. What is done is searched already."
    if state.space:
        return f"{state.done:,} of {state.total:,} entries have a vector of {state.dimension:,} numbers."
    if state.name:
        return "It could not be used; choose another one, or try again when that is mended."
    if weighs:
        named = stored.embedder or "the built-in one"
        return f"Off, but vectors count: the next question uses {named}. Set “Vectors” to 0 to search by words alone."
    if stored.embedder:
        return "Off; this memory’s vectors are made up to date when “Vectors” has a weight above 0."
    return "Makes the vectors; " + ("none is used now." if stored.spaces else "this memory has none yet.")


def index_words(state: EmbeddingState, check: RecallCheck | None) -> str:
    """What is searched, and what that misses; empty before there is an index."""
    if not state.kind or not state.space:
        return ""
    if state.kind == _EXACT:
        return "Every vector is compared, so none is missed."
    found = check or state.check
    words = f"Approximate index {state.kind}"
    if found is None:
        return f"{words}; “Check Index” tells what it misses."
    asked = f"asked with {found.sample:,} of the memory’s own vectors, {found.probes:,} probes"
    return f"{words}: it finds {_percent(found.recall)} of the {found.limit} nearest that exact search finds ({asked})."


def _percent(share: float) -> str:
    """Down to a tenth: only what misses nothing is 100 %."""
    return "100 %" if share >= 1.0 else f"{math.floor(round(1_000 * share, 6)) / 10:.1f} %"


def truncated_words(state: EmbeddingState) -> str:
    if not state.truncated:
        return ""
    one = state.truncated == 1
    return f"{'One text was' if one else f'{state.truncated:,} texts were'} too long for it: the end was left out."


def space_words(space: str, dimension: int, number: int) -> str:
    """Vectors that no chosen embedder made."""
    return f"{count_words(number)} {'vector' if number == 1 else 'vectors'} of {dimension:,} numbers, of “{space}”"
