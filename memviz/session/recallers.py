"""Who ranks entries for a model, kept from one question to the next."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from memviz.core.protocols import MemoryModel, RecallByQuery, Recaller, RecallNeed
from memviz.core.query import Query
from memviz.session.registry import RECALLERS, load


def need_of(model: MemoryModel | None, query: Query) -> RecallNeed:
    """How a model wants to be given entries for a question; None: as language models do."""
    if model is None:
        return RecallNeed()
    return model.recall_for(query) if isinstance(model, RecallByQuery) else model.recall


class Recallers:
    """The recallers of a session, one of each kind: one may have read the whole memory. Query thread.

    Args:
        given: ranks entries for every model; None: the one that the model needs.
        vectors: makes the options of a recaller for language models, which searches vectors too.
    """

    def __init__(self, given: Recaller | None, vectors: Callable[[], Mapping[str, Any]]) -> None:
        self._given, self._vectors = given, vectors
        self._kept: dict[str, tuple[RecallNeed, Recaller]] = {}  # kind -> the one made last

    def for_question(self, model: MemoryModel | None, query: Query) -> Recaller:
        """As this model needs it for this question."""
        return self._given if self._given is not None else self._made_for(need_of(model, query))

    def for_language_models(self) -> Recaller:
        """As they need it, whatever model is loaded."""
        return self._given if self._given is not None else self._made_for(RecallNeed())

    def _made_for(self, need: RecallNeed) -> Recaller:
        known = self._kept.get(need.kind)
        if known is None or known[0] != need:
            options = self._vectors() if need.kind == RecallNeed().kind else {}
            known = self._kept[need.kind] = need, load(RECALLERS, need.kind)(**options, **need.options)
        return known[1]

    def clear(self) -> None:
        """Lets go of what they have read."""
        self._kept.clear()
