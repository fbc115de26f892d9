"""Why an entry was not recalled, and the smallest change that would bring it back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from memviz.core.edits import Update
from memviz.core.query import Query


@dataclass(frozen=True, slots=True)
class Remedy:
    """One change of one setting after which the entry is recalled; it was tried before it is told.

    Attributes:
        words: what to change, for people: ``limit 12 → 17``.
        setting: its name: a field of ``Query`` or ``RecallSettings``, or ``entry.<field>``.
        before, after: its values.
        query: the question to ask again, where the change is one of the question or its recall settings.
        edit: the change of the entry, where it is one.
    """

    words: str
    setting: str
    before: Any
    after: Any
    query: Query | None = None
    edit: Update | None = None


@dataclass(frozen=True, slots=True)
class WhyNot:
    """Why an entry is not in the prompt of a question.

    Attributes:
        entry_id: which.
        recalled: True where it is.
        cause: one of ``events.CAUSES``, or ``disabled``, ``expired``, ``not found`` (in no ranking), ``no vector``
            (not embedded yet), ``candidates`` (too far down in its rankings to be looked at), ``index`` (an approximate
            index missed it); empty where it is recalled.
        reason: one sentence with the figures that decide.
        ranks: its exact rank in each ranking that can find it, 1 is best.
        score, parts: what it would score; None where it has no score.
        remedies: the smallest change first; empty where it is recalled.
    """

    entry_id: int
    recalled: bool
    cause: str
    reason: str
    ranks: dict[str, int]
    score: float | None
    parts: dict[str, float]
    remedies: tuple[Remedy, ...] = ()
